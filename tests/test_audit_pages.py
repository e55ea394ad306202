"""The auditor's pages and the reports, over a history told late and put right twice, against the command line and by hand."""

import html
import io
import json
import re
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import Connection

from console.pages import audit_verify
from console.store import Store
from console.witness import Identity
from faces.verifying import Against, whether_it_verifies
from ledger import events
from ledger.notes import VerifierKey
from ledger.store import Ledger
from tests.command_line import Run
from tests.late_reports import CHIEF, TABLE
from tests.ledgers import Filled
from tests.test_pack import verify
from tests.test_plots import imported
from tests.test_replay_cli import made
from tests.web import Browser, Web, console_over
from tests.witness_server import a_witness
from workers.composition import make_checkpointing
from workers.settings import Settings

AUDITOR, HEAD, OFFICE = "auditor.auditor", "auditor.head", "department.programme-office"
DIRECTOR = "council.director"
ONE = "/audit/engagements/haringey-1"


def sign(home: Path) -> tuple[str, str]:
    """Sign a checkpoint of a ledger: the note, and the key that it is signed with."""
    settings = Settings(home=home, synchronous="OFF")
    ledger = Ledger.open(settings.url, synchronous="OFF")
    making = make_checkpointing(settings, ledger)
    done = making.make()
    note = making.where(done).read_text(encoding="utf-8")
    ledger.close()
    return note, str(done.key)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """The history of tests/late_reports.py and an imported one, a checkpoint after it, and the key of that."""
    folder = tmp_path_factory.mktemp("audit")
    filled = made(folder)
    filled.at = datetime(2026, 11, 1, 12, tzinfo=UTC)
    imported(filled, "birmingham")
    filled.ledger.close()
    note, key = sign(folder)
    return folder, note, key


@pytest.fixture(scope="module")
def console(signed: tuple[Path, str, str]) -> Iterator[Web]:
    with console_over(signed[0]) as web:
        yield web


@pytest.fixture
async def audit(console: Web) -> AsyncIterator[Browser]:
    """Somebody of the auditor's office."""
    async with console.local(AUDITOR) as browser:
        yield browser


def words(answer: httpx.Response) -> str:
    """What a page says, without its marks."""
    text = re.sub(r"<[^>]*>", " ", answer.text.partition('id="main-content"')[2])
    return " ".join(html.unescape(text).split())


def reads(web: Web) -> list[tuple[str, str]]:
    """What is on record of what auditors read."""
    with web.site.ledger.reading() as conn:
        found = [event.body for event in events.read_stream(conn, "access") if event.type == "record-read"]
    return [(read["what"], read["command"]) for read in found]


# On a day


@pytest.mark.parametrize("days", [days for days in TABLE if days != (None, None)], ids=str)
async def test_the_two_days_say_what_the_command_line_says(
    signed: tuple[Path, str, str], audit: Browser, run: Run, days: tuple[str | None, str | None]
) -> None:
    given = {name: day for name, day in zip(("true-on", "known-on"), days, strict=True) if day}
    options = [part for name, day in given.items() for part in (f"--{name}", day)]
    expected = run(signed[0], "replay", "haringey-1", *options, "--json").json
    page = await audit.get(ONE, params=given)
    said = words(page)
    assert page.status_code == 200 and expected["meaning"] in said
    if expected["state"] is None:
        assert "haringey-1 had not been opened." in said or "Nothing of haringey-1 was known." in said
        return
    then = page.text.partition("Then and now")[0]
    assert f"Stage {expected['state']['stage']['title']}" in words(page).partition("Then and now")[0]
    assert f"version {expected['state']['version']})" in then
    for owed in expected["state"]["obligations"]:
        assert owed["title"] in then and html.escape(owed["reached"]) in then


async def test_what_is_late_then_is_late_then_alone(audit: Browser) -> None:
    late = await audit.get(ONE, params={"known-on": "2002-07-30"})
    assert "4 days late" in words(late)
    assert (
        "days late" not in words(await audit.get(ONE, params={"known-on": "2002-07-26"})).partition("Then and now")[0]
    )
    assert "As it was then known: what had been recorded by the end of 30 July 2002, right or wrong." in words(late)
    assert 'class="govuk-inset-text"' in late.text


async def test_then_and_now_stand_beside_each_other(audit: Browser) -> None:
    page = await audit.get(ONE, params={"known-on": "2002-07-30", "as": "xlsx"})
    book = load_workbook(io.BytesIO(page.content))
    rows = {row[0]: row[1:] for row in book["Then and now"].iter_rows(values_only=True)}
    assert rows["What"] == ("Known on 30 July 2002", "Now", "Differs")
    assert rows["Stage"] == ("Special measures", "Decision", "differs")
    assert rows["Improvement plan"][:2] == ("nothing", 1)
    assert rows["Phase"] == (1, 1, None)


async def test_without_a_day_it_is_how_it_stands_now(audit: Browser) -> None:
    page = await audit.get(ONE)
    assert "No day is given, so this is how it stands now." in words(page) and "Stage Decision" in words(page)


@pytest.mark.parametrize(
    ("given", "field", "problem"),
    [
        ({"true-on": "soon"}, "true-on", "‘soon’ is not a date"),
        ({"known-on": "2002-02-30"}, "known-on", "is not a date"),
        ({"known-on": "2199-01-01"}, "known-on", "1 January 2199 is still to come"),
        ({"true-on": "2002-06", "as-reported": "yes"}, "as-reported", "no “Known on” asks for that"),
    ],
    ids=str,
)
async def test_a_day_that_can_not_be_is_said_at_its_field(
    audit: Browser, given: dict[str, str], field: str, problem: str
) -> None:
    page = await audit.get(ONE, params=given)
    assert page.status_code == 400
    assert problem.replace("‘", "'").replace("’", "'") in words(page).replace("‘", "'").replace("’", "'")
    assert f'href="#{field}"' in page.text and f'id="{field}"' in page.text
    assert "Error: " in page.text and "--" not in words(page)
    for name, value in given.items():
        assert name == "as-reported" or f'value="{value}"' in page.text, "nothing typed is lost"


async def test_imported_history_as_it_was_reported(audit: Browser) -> None:
    of = "/audit/engagements/birmingham-1"
    assert "Nothing of birmingham-1 was known." in words(await audit.get(of, params={"known-on": "2003-01-31"}))
    told = words(await audit.get(of, params={"known-on": "2003-01-31", "as-reported": "yes"}))
    assert "what sources had reported by the end of 31 January 2003" in told and "Stage Board cycles" in told


async def test_a_council_and_the_programme_on_a_day(signed: tuple[Path, str, str], audit: Browser, run: Run) -> None:
    council = words(await audit.get("/audit/councils/E09000014", params={"true-on": "2002-05-28"}))
    expected = run(signed[0], "replay", "Haringey", "--true-on", "2002-05-28", "--json").json
    assert expected["meaning"] in council
    programme = words(await audit.get("/audit/programme", params={"known-on": "2002-07-30"}))
    assert "haringey-1 Haringey social services Special measures" in programme and "1 owed, 1 late" in programme
    assert "birmingham-1" not in programme


async def test_two_moments_are_compared(audit: Browser) -> None:
    days = {"known-on-1": "2002-08-11", "known-on-2": "2002-08-25", "true-on-2": "2002-07-30"}
    page = await audit.get(f"{ONE}/compare", params=days | {"as": "csv"})
    rows = {line.split(",")[0]: line for line in page.text.splitlines()}
    assert rows["Stage"] == "Stage,Special measures,Special measures,"
    wrong = await audit.get(f"{ONE}/compare", params={"known-on-1": "soon", "true-on-2": "later"})
    assert wrong.status_code == 400
    assert 'href="#known-on-1"' in wrong.text and 'href="#true-on-2"' in wrong.text


# Step by step


async def test_every_step_says_what_the_command_line_says(
    signed: tuple[Path, str, str], audit: Browser, run: Run
) -> None:
    expected = [json.loads(line) for line in run(signed[0], "replay", "haringey-1", "--json").out.splitlines()]
    address: str | None = f"{ONE}/steps"
    seen = 0
    while address is not None:
        page = await audit.get(address)
        said, step = words(page), expected[seen]
        assert f"Step {seen + 1} of {len(expected)}" in said
        assert " ".join(step["title"].split()) in said
        for line in step["decided_words"] if not step["refused"] else ():
            assert " ".join(line.split()) in said
        for change in step["changed"]:
            assert " ".join(change["words"].partition(":")[0].split()) in said
        if step["refused"]:
            assert step["refused"]["sentence"] in said and "It changed nothing in the state." in said
        else:
            assert f"release {step['release']}; {step['held_to']['model']}" in said or step["held_to"] is None
        following = re.search(r'href="([^"]*)" rel="next"', page.text)
        address = following.group(1) if following else None
        seen += 1
    assert seen == len(expected)


async def test_a_step_that_there_is_not_is_not_found(audit: Browser) -> None:
    for wrong in ("1", "0", "-1", "x", "99999999999999999999", "²"):
        assert (await audit.get(f"{ONE}/steps/{wrong}")).status_code == 404, wrong


async def test_corrections_with_what_they_correct_and_refusals_beside(audit: Browser) -> None:
    said = words(await audit.get(f"{ONE}/changes"))
    assert "corrected by 9: it was 5 June 2002 (It was put down wrongly.)" in said or "it was 5 June 2002" in said
    assert "withdrawn by" in said
    assert said.count("may not give the command") >= 1 and "Our secret." not in said


async def test_a_bid_is_told_to_nobody_who_is_not_of_the_panel(audit: Browser) -> None:
    for address in [f"{ONE}/steps", *await steps_of(audit)]:
        assert "Our secret." not in (await audit.get(address)).text


async def steps_of(browser: Browser) -> list[str]:
    found, address = [], f"{ONE}/steps"
    while following := re.search(r'href="([^"]*)" rel="next"', (await browser.get(address)).text):
        address = following.group(1)
        found.append(address)
    return found


# Other questions


async def test_duties_and_another_lifecycle(audit: Browser) -> None:
    duties = words(await audit.get(f"{ONE}/duties"))
    assert "Nothing was found." in duties and "Chief Inspector" in duties
    other = await audit.get(f"{ONE}/what-if", params={"lifecycle": "performance-action-team@1"})
    assert other.status_code == 200 and "performance-action-team@1" in words(other)
    for wrong in ("../../etc/passwd", "pyproject.toml", "nothing@1"):
        assert (await audit.get(f"{ONE}/what-if", params={"lifecycle": wrong})).status_code == 400
    assert (await audit.get("/audit/councils/E09000014/duties")).status_code == 404


@pytest.mark.parametrize("edition", ["full", "public"])
async def test_a_pack_from_the_page_verifies_alone(
    signed: tuple[Path, str, str], audit: Browser, tmp_path: Path, edition: str
) -> None:
    answer = await audit.get(f"{ONE}/pack", params={"edition": edition, "since": signed[1].replace("\n", "\r\n")})
    assert answer.headers["content-type"] == "application/zip", words(answer)
    name = "haringey-1.zip" if edition == "full" else "haringey-1-public.zip"
    assert f'filename="{name}"' in answer.headers["content-disposition"]
    pack = tmp_path / name
    pack.write_bytes(answer.content)
    code, told = verify(tmp_path, pack, signed[2])
    assert code == 0, told
    with ZipFile(pack) as archive:
        held = b"".join(archive.read(file) for file in archive.namelist())
    assert (b"It was put down wrongly." in held) == (edition == "full")


async def test_what_is_wrong_with_a_pack_is_said(audit: Browser) -> None:
    of_other = (
        "turnaround/other/0011223344556677\n3\nJgtXYZhPZZgfptwUejZTNtr0GHKKymKoYy72srC/i5o=\n\n— a 00000000aaaa\n"
    )
    for given in ({"edition": "all"}, {"edition": "full", "since": "soon"}, {"edition": "full", "since": of_other}):
        answer = await audit.get(f"{ONE}/pack", params=given)
        assert answer.status_code == 400 and "There is a problem" in answer.text, given


async def test_receipts_are_given_and_checked(signed: tuple[Path, str, str], audit: Browser) -> None:
    receipt = await audit.get("/audit/receipts/given-1")
    assert receipt.status_code == 200 and "given-1" in receipt.text
    held = await audit.submit("/audit/receipts", receipt=receipt.text.replace("\n", "\r\n"))
    assert "The receipt holds" in words(held) and "given-1 to council/E09000014" in words(held)
    forged = await audit.submit("/audit/receipts", receipt=receipt.text.replace("accepted", "refused"))
    assert "The receipt is not borne out" in words(forged)
    assert (await audit.submit("/audit/receipts")).status_code == 400
    assert (await audit.get("/audit/receipts/never-given")).status_code == 404


# Verifying


async def verified(browser: Browser, **fields: Any) -> str:
    """What a verification of the whole ledger came to."""
    begun = await browser.submit("/audit/verifications", **fields)
    assert begun.status_code == 303, words(begun)
    page = await browser.get(begun.headers["location"])
    while 'http-equiv="refresh"' in page.text:
        page = await browser.get(begun.headers["location"])
    assert begun.headers["location"].partition("?")[0] in (await browser.get("/audit")).text, "the result is kept"
    return words(page)


async def test_the_last_checkpoint_is_shown_as_it_was_published(signed: tuple[Path, str, str], audit: Browser) -> None:
    page = words(await audit.get("/audit"))
    origin, size, *_ = signed[1].splitlines()
    assert origin in page and f"{int(size):,}" in page and "Cosigned by nobody" in page
    assert (await audit.get("/audit/checkpoint")).text == signed[1]


async def test_what_was_proved_is_told_apart(signed: tuple[Path, str, str], audit: Browser) -> None:
    alone = await verified(audit)
    assert "It verifies" in alone and "The ledger agrees with itself proved" in alone
    assert (
        "It extends the checkpoint that you gave not proved" in alone
        and "Witnesses that you named saw it not proved" in alone
    )
    held = await verified(audit, checkpoint=signed[1].replace("\n", "\r\n"), keys=signed[2])
    assert "It extends the checkpoint that you gave proved" in held and "the ledger itself names" not in held
    unkeyed = await verified(audit, checkpoint=signed[1], tree="yes")
    assert "The keys were those that the ledger itself names" in unkeyed


@pytest.fixture
def witnessed(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, VerifierKey, VerifierKey]:
    """A ledger of which a witness cosigned a checkpoint; the witness's key, and that of one who was never asked."""
    home = tmp_path / "home"
    filled = Filled.make(home)
    filled.give("council/E09000014", "publish-rating", CHIEF, service="social-services", stars=0)
    key = make_checkpointing(filled.settings, filled.ledger).make().key
    filled.ledger.close()
    with a_witness(tmp_path / "w", key) as (url, witness):
        monkeypatch.setenv("TURNAROUND_WITNESSES", f"{url} {witness}")
        assert run(home, "checkpoint").code == 0
    monkeypatch.delenv("TURNAROUND_WITNESSES")
    return home, witness, Identity.kept_in(tmp_path / "v", "v").verifier


async def test_what_witnesses_saw_is_proved_by_their_keys_alone(
    witnessed: tuple[Path, VerifierKey, VerifierKey],
) -> None:
    home, witness, other = witnessed
    with console_over(home) as web:
        async with web.local(AUDITOR) as browser:
            assert f"Cosigned by {witness.name}" in words(await browser.get("/audit"))
            seen = await verified(browser, witnesses=str(witness))
            assert "It verifies" in seen and "Witnesses that you named saw it proved" in seen
            both = await verified(browser, witnesses=f"{witness}\r\n{other}")
            assert "It verifies, and not all that you asked for is proved" in both
            assert (
                "The ledger agrees with itself proved" in both and "Witnesses that you named saw it not proved" in both
            )
            enough = await verified(browser, witnesses=f"{witness}\r\n{other}", need="1")
            assert "Witnesses that you named saw it proved" in enough


async def test_a_checkpoint_may_be_a_file(signed: tuple[Path, str, str], audit: Browser) -> None:
    given = {"file": ("latest", signed[1].encode())}
    answer = await audit.post("/audit/verifications", data={"csrf": audit.csrf, "keys": signed[2]}, files=given)
    assert answer.status_code == 303, words(answer)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"checkpoint": "nonsense"}, "checkpoint"),
        ({"keys": "nonsense", "checkpoint": "x"}, "keys"),
        ({"keys": "KEY"}, "keys"),
        ({"witnesses": "nonsense"}, "witnesses"),
        ({"need": "many"}, "need"),
        ({"need": "2"}, "need"),
    ],
    ids=str,
)
async def test_what_can_not_be_checked_is_said(
    signed: tuple[Path, str, str], audit: Browser, fields: dict[str, str], field: str
) -> None:
    given = {name: value.replace("KEY", signed[2]) for name, value in fields.items()}
    answer = await audit.submit("/audit/verifications", **given)
    assert answer.status_code == 400 and f'href="#{field}"' in answer.text
    assert html.escape(next(iter(given.values()))) in answer.text, "nothing typed is lost"


async def test_one_engagement_is_verified_at_once(audit: Browser) -> None:
    assert "each as it was hashed and following from the one before" in words(await audit.get(f"{ONE}/verify"))
    assert "Verified:" in words(await audit.get("/audit/councils/E09000014/verify"))


async def test_what_was_changed_behind_its_back_is_found_with_its_position(
    signed: tuple[Path, str, str], tmp_path: Path
) -> None:
    home = tmp_path / "changed"
    shutil.copytree(signed[0], home)
    with sqlite3.connect(home / "ledger.db") as conn:
        conn.execute("DROP TRIGGER IF EXISTS event_no_update")
        names = [name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for name in names:
            conn.execute(f'DROP TRIGGER "{name}"')
        position, leaf = conn.execute(
            "SELECT position, leaf FROM event WHERE stream = 'engagement/haringey-1' AND type = 'pip-received'"
        ).fetchone()
        changed = leaf.replace(b"2002-07-20", b"2002-07-19")
        assert changed != leaf
        conn.execute("UPDATE event SET leaf = ? WHERE position = ?", (changed, position))
    conn.close()
    with console_over(home) as web:
        async with web.local(AUDITOR) as browser:
            found = await verified(browser)
            assert "It does not verify" in found
            assert f"Position of the first finding {position}" in found, found
            assert f"position {position} does not verify" in words(await browser.get(f"{ONE}/verify"))
            told = await browser.get(ONE)
            assert told.status_code == 500 and f"Position {position} does not verify" in words(told)


def test_one_that_ends_while_it_is_looked_up_was_not_cut_off(console: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up, reading = threading.Event(), Store.reading
    verifications = audit_verify.Verifications(console.site)

    def checked(*arguments: Any, **options: Any) -> Any:
        assert looked_up.wait(60)
        return whether_it_verifies(*arguments, **options)

    @contextmanager
    def slowly(store: Store) -> Iterator[Connection]:
        with reading(store) as conn:
            yield conn
        looked_up.set()
        verifications._work.shutdown()  # when it has ended

    monkeypatch.setattr("console.pages.audit_verify.whether_it_verifies", checked)
    id = verifications.start(AUDITOR, Against(), contents=False)
    with monkeypatch.context() as slow:
        slow.setattr(Store, "reading", slowly)
        found = verifications.find(id)
    assert found is not None and found.found is None, "as it was when it was read"
    found = verifications.find(id)
    assert found is not None and found.found is not None and found.found["ok"]


async def test_values_stand_in_pages_and_never_what_they_are_sealed_as(web: Web) -> None:
    async with web.local(AUDITOR) as browser:
        then = await browser.get(ONE, params={"known-on": "2003-12-01"})
        assert "a deliverable accepted for each of thresholds, rota" in words(then)
        for path in ("", "?known-on=2003-12-01", "/compare?known-on-1=2003-12-01", "/changes", "/duties", "/steps"):
            page = await browser.get(f"{ONE}{path}")
            assert page.status_code == 200 and "sealed:" not in page.text, path


# Who may


PAGES = (
    "/audit",
    "/audit/checkpoint",
    "/audit/programme",
    ONE,
    f"{ONE}/steps",
    f"{ONE}/compare",
    f"{ONE}/changes",
    f"{ONE}/duties",
    f"{ONE}/what-if",
    f"{ONE}/pack",
    f"{ONE}/verify",
    "/audit/councils/E09000014",
    "/audit/receipts/given-1",
    "/audit/verifications/none",
)


@pytest.mark.parametrize("path", PAGES)
async def test_an_audit_is_not_for_a_council(console: Web, path: str) -> None:
    async with console.local(DIRECTOR, council="E09000014") as browser:
        answer = await browser.get(path)
        assert answer.status_code in (403, 404) and "haringey-1" not in words(answer)


async def test_nobody_verifies_or_checks_who_may_not(console: Web) -> None:
    async with console.local(DIRECTOR, council="E09000014") as browser:
        assert (await browser.submit("/audit/verifications")).status_code == 403
        assert (await browser.submit("/audit/receipts")).status_code == 403


async def test_what_auditors_read_is_for_the_head_of_their_office(console: Web) -> None:
    for role in (OFFICE, AUDITOR):
        async with console.local(role) as browser:
            assert (await browser.get("/audit/reads")).status_code == 403
            assert "/audit/reads" not in (await browser.get("/audit")).text
            assert (await browser.get(f"{ONE}/steps")).status_code == 200
    async with console.local(HEAD) as browser:
        assert "/audit/reads" in (await browser.get("/audit")).text
        said = words(await browser.get("/audit/reads"))
        assert "haringey-1 replay auditor.auditor" in said
        denied = words(await browser.get("/audit/access"))
        assert "denied reads" in denied and "the role may not" in denied


@pytest.mark.parametrize(
    ("path", "what", "command"),
    [
        (ONE, "haringey-1", "show"),
        (f"{ONE}?known-on=2002-08", "haringey-1", "replay"),
        (f"{ONE}/steps", "haringey-1", "replay"),
        (f"{ONE}/compare", "haringey-1", "replay"),
        (f"{ONE}/changes", "haringey-1", "replay"),
        (f"{ONE}/duties", "haringey-1", "duties"),
        (f"{ONE}/what-if?lifecycle=performance-action-team@1", "haringey-1", "what-if"),
        (f"{ONE}/pack?edition=public", "haringey-1", "pack"),
        ("/audit/programme?true-on=2002", "programme", "replay"),
        ("/audit/councils/E09000014?true-on=2002", "E09000014", "replay"),
    ],
)
async def test_an_auditors_read_is_on_record_once(console: Web, path: str, what: str, command: str) -> None:
    before = len(reads(console))
    async with console.local(AUDITOR) as browser:
        assert (await browser.get(path)).status_code == 200
    assert reads(console)[before:] == [(what, command)]
    async with console.local(OFFICE) as browser:
        assert (await browser.get(path)).status_code == 200
    assert len(reads(console)) == before + 1, "of others' reads nothing is kept"


async def test_what_is_not_there_is_not_found(audit: Browser) -> None:
    for path in (
        "/audit/engagements/nothing-1",
        "/audit/councils/E99999999",
        "/audit/engagements/E09000014",
        "/audit/verifications/x",
    ):
        assert (await audit.get(path)).status_code == 404, path


# Reports


async def test_reports_say_what_the_command_line_says(signed: tuple[Path, str, str], console: Web, run: Run) -> None:
    async with console.local() as browser:
        index = await browser.get("/reports")
        for name in ("programme", "ratings", "summary", "interventions", "directions"):
            assert f'href="/reports/{name}"' in index.text
            page = await browser.get(f"/reports/{name}", params={"on": "2004-04"})
            assert page.status_code == 200, name
            expected = run(signed[0], "report", name, "--on", "2004-04", "--json").json
            for row in expected["rows"]:
                if name in ("programme", "ratings"):
                    assert row["council"] in words(page)
        table = (await browser.get("/reports/programme", params={"on": "2004-04", "as": "csv"})).text
        assert [line.split(",")[0] for line in table.splitlines()] == ["\ufeffCouncil", "Birmingham", "Haringey"]
        assert "Population" in words(await browser.get("/reports/councils/E08000025", params={"on": "2004"}))


async def test_a_report_on_no_date_keeps_what_was_typed(console: Web) -> None:
    async with console.local() as browser:
        for path in ("/reports/programme", "/reports/councils/E09000014", "/reports/indicators/haringey-1"):
            page = await browser.get(path, params={"on": '"><b>soon'})
            assert page.status_code == 400 and 'href="#on"' in page.text, path
            assert "<b>soon" not in page.text and 'value="&#34;&gt;&lt;b&gt;soon"' in page.text
        assert (await browser.get("/reports/nothing")).status_code == 404
        assert (await browser.get("/reports/indicators/nothing-1")).status_code == 404
        assert (await browser.get("/reports/programme?as=pdf")).status_code == 400


async def test_a_council_reads_reports_on_its_own_alone(console: Web) -> None:
    async with console.local(DIRECTOR, council="E08000025") as browser:
        page = words(await browser.get("/reports/programme"))
        assert "Birmingham" in page and "Haringey" not in page
        assert (await browser.get("/reports/councils/E09000014")).status_code == 404
        assert (await browser.get("/reports/indicators/haringey-1")).status_code == 404
    async with console.local(DIRECTOR, council="E09000014") as browser:
        page = words(await browser.get("/reports/programme"))
        assert "Haringey" in page and "Birmingham" not in page, "what was made for one director is not told to another"
