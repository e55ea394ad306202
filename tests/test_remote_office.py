"""What the programme office does at its desk, done on another machine: people, rounds, cases, documents, and what is kept."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.resources import files
from pathlib import Path

import httpx
import pytest

from console.who import Holding
from faces import rounds
from tests.api import OFFICE, api_of
from tests.command_line import Engine, Result, Run
from tests.web import Web, console_over

There = Callable[..., Awaitable[Result]]


@pytest.fixture(scope="module")
async def web(engine_home: Engine) -> AsyncIterator[Web]:
    """The console beside an engine."""
    with console_over(engine_home.home, temporal_address=engine_home.address) as found:
        yield found


@pytest.fixture(scope="module")
async def address(web: Web) -> AsyncIterator[str]:
    """Where it is served."""
    async with web.served() as found:
        yield found


@pytest.fixture
def there(run: Run, monkeypatch: pytest.MonkeyPatch, web: Web, address: str, tmp_path: Path) -> There:
    """The command line of a machine without a ledger."""
    token = str(api_of(web).headers["Authorization"]).removeprefix("Bearer ")

    async def asked(*typed: str) -> Result:
        with monkeypatch.context() as patched:
            patched.setenv("TURNAROUND_SERVER", address)
            patched.setenv("TURNAROUND_TOKEN", token)
            return await asyncio.to_thread(run, tmp_path / "none", *typed)

    return asked


@pytest.fixture
def here(run: Run, engine_home: Engine) -> There:
    """The command line of the ledger's own machine."""

    async def asked(*typed: str) -> Result:
        return await asyncio.to_thread(run, engine_home.home, *typed)

    return asked


async def done(there: There, *typed: str) -> Result:
    """A command that is done there."""
    found = await there(*typed)
    assert found.code == 0, (typed, found.out, found.err)
    return found


async def test_people_are_kept_from_there(there: There, here: There, address: str) -> None:
    added = await done(there, "people", "add", "jo-b", "--name", "Jo Berry", "--email", "jo@example.org")
    assert added.out.startswith("Done: register-person, the directory of people is at version")
    await done(there, "people", "add", "sam-k", "--name", "Sam King")
    await done(there, "people", "role", "jo-b", "council.director", "--council", "Haringey", "--from", "2020-01-01")
    await done(there, "people", "contact", "jo-b", "--organisation", "Haringey")
    await done(there, "people", "prefer", "jo-b", "file")
    await done(there, "people", "away", "jo-b", "--from", "2020-02-01", "--cover", "sam-k")
    listed = await done(there, "people", "--json")
    assert listed.json == (await here("people", "--json")).json
    (jo, _) = listed.json
    assert (jo["channel"], jo["absences"][0]["cover"], jo["roles"][0]["council"]) == ("file", "sam-k", "E09000014")
    await done(there, "people", "back", "jo-b")
    again, local = await there("people", "back", "jo-b"), await here("people", "back", "jo-b")
    assert (again.code, again.err) == (local.code, local.err)
    await done(there, "people", "end-role", str(jo["roles"][0]["holding"]))
    unknown = await there("people", "role", "nobody", "council.director")
    assert unknown.code == 3 and "there is nobody 'nobody'" in unknown.err
    nowhere = await there("people", "role", "jo-b", "council.director", "--council", "haringey-99")
    assert nowhere.code == 3


async def test_a_system_is_told_and_its_secret_changed_from_there(there: There, here: There) -> None:
    private = await there("people", "add", "cases", "--name", "Cases", "--webhook", "https://127.0.0.1/hook")
    assert private.code == 2 and "private network" in private.err
    await done(there, "people", "add", "cases", "--name", "Cases", "--webhook", "https://cases.example.org/hook")
    first = await done(there, "people", "webhook", "cases", "--json")
    await done(there, "people", "rotate-secret", "cases")
    second = await done(there, "people", "webhook", "cases", "--json")
    assert second.json == (await here("people", "webhook", "cases", "--json")).json
    assert second.json["old_secret"] == first.json["secret"] != second.json["secret"]
    assert (await done(there, "people", "webhook", "cases")).out == (await here("people", "webhook", "cases")).out


async def test_a_private_calendar_is_opened_and_revoked_from_there(there: There, here: There, address: str) -> None:
    await done(there, "people", "add", "cal-r", "--name", "Cal Reed")
    opened = await done(there, "people", "feed", "open", "cal-r", "--json")
    assert opened.json["url"].startswith(f"{address}/calendars/")
    async with httpx.AsyncClient() as client:
        assert (await client.get(opened.json["url"])).status_code == 200
        await done(there, "people", "feed", "revoke", "cal-r", str(opened.json["feed"]))
        assert (await client.get(opened.json["url"])).status_code == 404
    assert (await done(there, "people", "feed", "--json")).json == (await here("people", "feed", "--json")).json


def of(*rows: str) -> str:
    """A round's file."""
    return "\n".join((",".join(rounds.HEADER), *rows, ""))


async def test_a_round_is_checked_published_and_withdrawn_from_there(
    there: There, here: There, web: Web, tmp_path: Path
) -> None:
    file = tmp_path / "round.csv"
    file.write_text(of("Barnet,social-services,2,most,promising,most,promising,", "Nowhere,social-services,1,,,,,"))
    typed = [str(file), "--on", "2002-05-29"]
    for form in ([], ["--json"]):
        found, local = await there("rating", "check", *typed, *form), await here("rating", "check", *typed, *form)
        assert (found.code, found.out, found.err) == (local.code, local.out, local.err)
    asked = await there("rating", "publish", *typed)
    assert asked.code == 2 and "--yes" in asked.err
    published = await there("rating", "publish", *typed, "--yes")
    assert published.code == 1 and "1 rating done, 0 engagements opened, 0 refused." in published.out, published.err
    again, local = await there("rating", "publish", *typed, "--yes"), await here("rating", "publish", *typed, "--yes")
    assert (again.code, again.out) == (local.code, local.out), local.err
    assert "1 had been done before" in again.out
    machine = await there("rating", "publish", *typed, "--yes", "--json")
    assert machine.json == (await here("rating", "publish", *typed, "--yes", "--json")).json
    back = await there("rating", "withdraw", *typed, "--reason", "Two columns were swapped.", "--yes")
    assert "1 rating withdrawn, 0 refused" in back.out, back.err
    nothing = await there("rating", "withdraw", str(file), "--on", "2001-05-29", "--reason", "x", "--yes")
    assert nothing.code == 3


async def test_a_round_that_opens_engagements_waits_for_a_second_person(
    there: There, web: Web, address: str, tmp_path: Path
) -> None:
    file = tmp_path / "round.csv"
    file.write_text(of("Swindon,social-services,0,,,,,"))
    typed = ["rating", "publish", str(file), "--on", "2002-05-30", "--yes"]
    waits = await there(*typed)
    assert waits.code == 4 and "a second person confirms it at" in waits.err
    page = "/rounds/check/" + waits.err.split("/rounds/check/")[1].split(".")[0]
    async with web.person("al-c", Holding(OFFICE)) as other:
        assert (await other.submit(page, _step="publish")).status_code == 303
    published = await there(*typed)
    assert published.code == 0 and "opened swindon-1" in published.out, published.err
    timeline = await done(there, "timeline", "Swindon", "--json")
    assert [event["confirmed_by"]["person"] for event in timeline.json if event["type"] == "rating-published"] == [
        "al-c"
    ]


async def test_a_round_waits_for_its_hour_from_there(there: There, tmp_path: Path) -> None:
    file = tmp_path / "round.csv"
    file.write_text(of("Barnet,education,2,most,promising,most,promising,"))
    waits = await done(there, "rating", "publish", str(file), "--at", "2100-05-29T09:30", "--yes")
    assert "is published at 9:30am on 29 May 2100" in waits.out
    passed = await there("rating", "publish", str(file), "--at", "2002-05-29T09:30", "--yes")
    assert passed.code == 2 and "has passed" in passed.err


async def test_a_case_is_taken_over_from_there(there: There, here: There, tmp_path: Path) -> None:
    file = tmp_path / "haringey.yaml"
    file.write_text((files("domain") / "cases" / "haringey.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    asked = await there("import", str(file))
    assert asked.code == 2 and "haringey-1; it stays history" in asked.err
    taken = await done(there, "import", str(file), "--yes")
    assert taken.out.startswith("Taken over: ") and "haringey-1: in Follow-up" in taken.out
    again = await done(there, "import", str(file), "--json")
    assert again.json == (await here("import", str(file), "--json")).json and again.json["repeated"]
    found = await done(there, "receipt", again.json["command"])
    assert found.out.startswith("turnaround/")
    bad = tmp_path / "bad.yaml"
    bad.write_text(file.read_text().replace("council:", "counsel:", 1))
    wrong, local = await there("import", str(bad), "--yes"), await here("import", str(bad), "--yes")
    assert (wrong.code, wrong.err) == (local.code, local.err)


async def test_what_is_kept_is_found_held_and_erased_from_there(there: There, here: There, tmp_path: Path) -> None:
    await done(there, "people", "add", "kit-v", "--name", "Kit Vale", "--email", "kit@example.org")
    found = await done(there, "privacy", "find", "Kit Vale", "--json")
    assert (
        found.json == (await here("privacy", "find", "Kit Vale", "--json")).json
        and found.json[0]["value"] == "Kit Vale"
    )
    assert (await done(there, "privacy", "export", "kit-v")).out == (await here("privacy", "export", "kit-v")).out
    await done(there, "privacy", "export", "kit-v", "-o", str(tmp_path / "kit.json"))
    assert json.loads((tmp_path / "kit.json").read_text())["person"] == "kit-v"
    await done(there, "privacy", "hold", "kit-v", "--reason", "An inquiry")
    assert (
        (await done(there, "privacy", "holds", "--json")).json == (await here("privacy", "holds", "--json")).json != []
    )
    kept = await there("privacy", "erase", "kit-v", "--yes")
    assert kept.code == 1 and "legal hold" in kept.err
    await done(there, "privacy", "lift", "1", "--reason", "It reported")
    erased = await done(there, "privacy", "erase", "kit-v", "--asked-on", "2026-11-02", "--yes")
    assert erased.out.startswith("Done: erase-values, the record of erasures is at version")
    assert (await done(there, "privacy", "find", "Kit Vale", "--json")).json == []
    assert (await done(there, "privacy", "due")).out == (await here("privacy", "due")).out
    nothing = await there("privacy", "erase", "--yes")
    assert nothing.code == 2 and "not said whose" in nothing.err


async def test_a_document_is_published_from_there(there: There, here: There, tmp_path: Path) -> None:
    file = tmp_path / "peer-support-1.yaml"
    assert (await here("lifecycle", "new", "peer-help", "-o", str(file))).code == 0
    published = await done(there, "lifecycle", "publish", str(file), "--reason", "Agreed.", "--yes")
    assert published.out.startswith("Done: publish-lifecycle"), published.err
    for form in ("--yaml", "--json"):
        shown = await done(there, "lifecycle", "show", "peer-help@1", form)
        assert shown.out == (await here("lifecycle", "show", "peer-help@1", form)).out
    drawn = await done(there, "lifecycle", "show", "peer-help@1", "--graph", "-")
    assert drawn.out == (await here("lifecycle", "show", "peer-help@1", "--graph", "-")).out
    file.write_text(file.read_text().replace("version: 1", "version: 2", 1).replace("stage", "stange", 1))
    assert (await there("lifecycle", "publish", str(file), "--reason", "x", "--yes")).code != 0
    shutil.rmtree(tmp_path / "none", ignore_errors=True)
