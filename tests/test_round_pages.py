"""Rounds of ratings in the browser: a file checked row by row, published after a second person, watched, taken back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from console.who import Holding
from faces.rounds import HEADER
from tests.engine import CHIEF, DIRECTOR, OFFICE, until
from tests.web import Browser, Running, running_console

DAY = {"day.day": "29", "day.month": "5", "day.year": "2002"}
ROWS = (
    "Haringey,social-services,0,some,poor,some,poor,Many changes.",
    "Swindon,social-services,0,no,uncertain,some,uncertain,",
    "Barnet,social-services,2,most,promising,most,promising,",
)


def csv_of(*rows: str) -> bytes:
    """A round's file."""
    return "\n".join((",".join(HEADER), *rows, "")).encode()


@pytest.fixture(scope="module")
async def engine(dev_server_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """One for all these tests."""
    folder = tmp_path_factory.mktemp("rounds")
    async with running_console(dev_server_binary, folder) as found:
        yield found


async def upload(browser: Browser, data: bytes, **fields: Any) -> httpx.Response:
    """Upload a file."""
    form = {"csrf": browser.csrf, **DAY, **fields}
    return await browser.post("/rounds", data=form, files={"file": ("round.csv", data, "text/csv")})


async def test_a_round_is_checked_published_by_another_person_watched_and_taken_back(engine: Running) -> None:
    async with (
        engine.web.person("jo-b", Holding(OFFICE)) as first,
        engine.web.person("al-c", Holding(OFFICE)) as other,
    ):
        assert (await first.get("/rounds")).status_code == 200
        sent = await upload(first, csv_of(*ROWS, "Nowhere,social-services,1,,,,,"))
        check = sent.headers["location"]
        page = await first.get(check)
        assert "opens haringey-1" in page.text and "opens swindon-1" in page.text and "opens nothing" in page.text
        assert "1 row is wrong" in page.text and "there is no such council" in page.text
        assert "Send to a second person" in page.text and "Publish the round" not in page.text

        # Whoever uploaded it can't publish it; another person can.
        assert (await first.submit(check, _step="publish")).status_code == 403
        assert (await other.submit(check, _step="publish")).status_code == 403, "it was not sent yet"
        assert (await first.submit(check, _step="send")).status_code == 303
        assert (await first.submit(check, _step="publish")).status_code == 403
        assert "Publish the round" in (await other.get(check)).text
        done = await other.submit(check, _step="publish")
        assert done.headers["location"] == "/rounds/social-services-2002-05-29", done.text
        assert (await other.submit(check, _step="publish")).status_code == 404, "pressed twice, it is done once"

        progress = await wait(other, done.headers["location"])
        assert "3 of 3" in progress and "haringey-1" in progress and "barnet" not in engine.rig.open_engagements()
        (rated,) = [
            e for e in engine.rig.all_events() if e.stream == "council/E09000014" and e.type == "rating-published"
        ]
        assert (str(rated.decided_by), rated.recorded_by.person) == (CHIEF, "al-c")

        back = f"{done.headers['location']}/withdraw"
        assert "3 ratings are withdrawn" in (await other.get(back)).text
        assert (await other.submit(back, reason=" ")).status_code == 422
        taken = await other.submit(back, reason="Published by mistake.")
        back = await wait(other, taken.headers["location"])
        assert "Ratings taken back: 3 of 3" in back, back
        await until(lambda: not engine.rig.open_engagements(), "what was opened is closed")


async def wait(browser: Browser, path: str) -> str:
    """The page of a round once it is done. Until then it looks again by itself."""
    for _ in range(600):
        page = await browser.get(path)
        assert page.status_code == 200
        if 'http-equiv="refresh"' not in page.text:
            return page.text
        await asyncio.sleep(0.1)
    raise AssertionError("the round does not end")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty"),
        (csv_of("Haringey,social-services,0,some,poor,some,poor,caf\u00e9").decode().encode("cp1252"), "Windows-1252"),
        (csv_of(*ROWS).decode().encode("utf-16"), "UTF-16"),
        (b"council;service\n", "parted by"),
        (b"PK\x03\x04\0\0", "NUL character"),
        (b"x" * (5 * 1024 * 1024 + 1), "too large"),
    ],
    ids=["empty", "windows", "utf-16", "semicolons", "a workbook", "6 MB"],
)
async def test_a_file_that_is_no_round_is_refused_in_words(engine: Running, data: bytes, says: str) -> None:
    async with engine.web.local(OFFICE) as browser:
        refused = await upload(browser, data)
        assert refused.status_code == 422
        assert says in refused.text and 'href="#file"' in refused.text and 'id="file"' in refused.text
        assert 'value="29"' in refused.text, "the day that was entered stays"


async def test_what_is_wrong_in_a_row_is_told_with_its_line(engine: Running) -> None:
    rows = (
        "Haringey,social-services,7,some,poor,some,poor,",
        'Kent,social-services,1,,,,,"=HYPERLINK(""x"")"',
        "Barnet,social-services,1,,,,,\u202eleft\u202c",
    )
    async with engine.web.local(OFFICE) as browser:
        check = (await upload(browser, csv_of(*rows))).headers["location"]
        page = (await browser.get(check)).text
        assert "line 2, stars" in page and "line 3, note" in page and "for a formula" in page
        assert "\u202e" not in page


async def test_a_day_is_wanted_and_a_file(engine: Running) -> None:
    async with engine.web.local(OFFICE) as browser:
        refused = await browser.submit("/rounds", **{"day.month": "5", "day.year": "2002"})
        assert refused.status_code == 422 and 'href="#file"' in refused.text and 'href="#f-day-day"' in refused.text


async def test_a_file_of_50_mb_is_refused_with_a_page_and_not_read(engine: Running) -> None:
    read = 0

    async def stream() -> AsyncIterator[bytes]:
        nonlocal read
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="round.csv"\r\n\r\n'
        for _ in range(50 * 16):
            read += 64 * 1024
            yield b"x" * 64 * 1024

    async with engine.web.local(OFFICE) as browser:
        headers = {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": str(50 * 2**20)}
        told = await browser.post("/rounds", content=stream(), headers=headers)
        assert told.status_code == 413 and "This is too large" in told.text and read < 2**20
        del headers["Content-Length"]
        untold = await browser.post("/rounds", content=stream(), headers=headers)
        assert untold.status_code == 413


async def test_rounds_are_not_for_councils(engine: Running) -> None:
    async with engine.web.local(DIRECTOR) as browser:
        assert (await browser.get("/rounds")).status_code == 403
        assert (await upload(browser, csv_of(*ROWS))).status_code == 403


@pytest.mark.parametrize(
    "way", ["/rounds/none", "/rounds/social-services-2001-05-29", "/rounds/check/0", "/rounds/x/withdraw"]
)
async def test_a_round_that_never_was_is_not_found(engine: Running, way: str) -> None:
    async with engine.web.local(OFFICE) as browser:
        assert (await browser.get(way)).status_code == 404
