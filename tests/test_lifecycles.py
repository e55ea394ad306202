"""A model that no line of Python knows: published at the command line, opened, and carried to its end on a real server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from activities.signatures import Keyring
from domain.dates import morning_of
from domain.records import Recorded
from ledger.verify import verify
from tests.command_line import Engine, Result, Run
from workers.rehearsal import Rehearsal
from workers.running import rehearsal_engine, told_to_others
from workers.settings import Settings

MODEL = Path(__file__).parent / "models" / "peer-support-1.yaml"
TEXT = MODEL.read_text(encoding="utf-8")

OFFICE = "department.programme-office"
LIBRARIAN, PEER, MINISTER = "council.chief-librarian", "peers.lead-peer", "department.minister"

Say = Callable[..., Awaitable[Result]]


def changed(folder: Path, *changes: tuple[str, str], name: str = "peer-support.yaml") -> Path:
    """The model with some of its text changed, as a file."""
    text = TEXT
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


# From start to end


@asynccontextmanager
async def rehearsing(home: Path, run: Run) -> AsyncIterator[tuple[Say, Rehearsal, list[Recorded]]]:
    """An engine whose time can be moved, the command line beside it, and what is recorded meanwhile."""
    seen: list[Recorded] = []
    settings = Settings(home=home, synchronous="OFF")
    start = datetime(2009, 3, 2, 9, tzinfo=UTC)
    async with (
        rehearsal_engine(settings, lambda line: None, start) as engine,
        told_to_others(settings, engine),
    ):

        async def say(*arguments: str) -> Result:
            return await asyncio.to_thread(run, home, *arguments)

        yield say, Rehearsal(engine, seen.append), seen
        assert verify(engine.ledger, trusted=Keyring.of_folder(settings.keys).checks).ok


async def test_a_model_written_as_yaml_alone_runs_from_start_to_end(
    run: Run, tmp_path: Path, dev_server_binary: Path
) -> None:
    async with rehearsing(tmp_path, run) as (say, rehearsal, seen):

        async def do(command: str, role: str, *fields: str) -> Any:
            done = await say("do", "haringey-1", command, *fields, "--as", role, "--json")
            assert done.code == 0, done.err or done.out
            return done.json

        published = await say("lifecycle", "publish", str(MODEL), "--reason", "Agreed.", "--yes", "--json")
        assert published.code == 0, published.err
        (event,) = published.json["events"]
        assert (event["stream"], event["title"]) == ("office", "Lifecycle published: peer-support@1")

        opening = ("open-engagement", "service=whole-council", "model=peer-support", "reason=Readers ask for it.")
        refused = await say("do", "Haringey", *opening, "--as", OFFICE)
        assert (refused.code, "give trigger=request or concern" in refused.err) == (1, True)
        opened = await say("do", "Haringey", *opening, "trigger=concern", "--as", OFFICE, "--json")
        assert opened.code == 0, opened.err
        assert (await say("show", "haringey-1", "--json")).json["trigger"]["title"] == "A concern raised"

        # The branch: the concern is acknowledged, so help is looked for.
        answered = await do("record-answer", LIBRARIAN, "acknowledged=true", "why=We know.")
        assert [one["title"] for one in answered["events"]][:2] == [
            "Answer to the concern: acknowledged yes",
            "Stage entered: Finding help",
        ]
        shown = (await say("show", "haringey-1", "--json")).json
        assert [(one["id"], one["due_on"]) for one in shown["obligations"]] == [("offer", "2009-03-16")]

        # A reminder three working days before, the date passes, and the lead peer is told.
        await rehearsal.move_to(datetime(2009, 3, 18, 10, tzinfo=UTC))
        struck = [event.type for event in seen if event.decided_by.role == "clock"]
        assert struck == ["obligation-reminded", "obligation-passed", "obligation-escalated"]
        able = (await say("can", "haringey-1", "--json")).json
        assert able["to_go_on"][0]["missing"]["missing"] == "an Offer of help"
        assert "record-help" in [one["command"] for one in able["now"]]

        offer = ("kind=peer-review", "until=2009-06-30", "budget=1200.50", "helpers=E09000014")
        offered = await do("record-help", OFFICE, *offer)
        assert offered["told"] == [LIBRARIAN]
        assert offered["events"][0]["title"] == (
            "Offer of help: open until 30 June 2009; helpers E09000014; budget £1200.50; kind peer review"
        )
        await do("record-visit", PEER, "visit=1", "next=2009-04-01", "themes=stock,staff")
        await do("record-finding", PEER, "visit=1", "summary=Too few novels.")
        await do("record-action", LIBRARIAN, "action=buy-novels", f"by={LIBRARIAN}", "who=jo-b")

        # The way back: more is needed, another offer is made, and the stage is not left by what met it before.
        await do("record-verdict", MINISTER, "outcome=more")
        assert (await say("show", "haringey-1", "--json")).json["stage"]["id"] == "help"
        await do("record-help", OFFICE, "kind=mentoring", "until=2009-09-30")
        await rehearsal.move_to(datetime(2009, 4, 1, 10, tzinfo=UTC))
        await do("record-visit", PEER, "visit=2")
        await do("record-finding", PEER, "visit=2", "summary=More novels.")
        ended = await do("record-verdict", MINISTER, "outcome=enough", "document=DCMS/7")
        assert ended["events"][-1]["title"] == "Engagement over: Helped"
        await rehearsal.move_to(datetime(2009, 4, 2, 10, tzinfo=UTC))

        told = (await say("timeline", "haringey-1", "--json")).json
        finding = next(one for one in told if one["title"] == "Finding: visit 1")
        assert finding["values"] == {"summary": "Too few novels."}
        dossier = (await say("dossier", "haringey-1", "records", "--json")).json["records"]
        assert [each["record"] for each in dossier][:3] == ["answer", "help", "visit"]
        assert dossier[0]["fields"] == {"acknowledged": True, "why": "We know."}
        page = (await say("dossier", "haringey-1", "records")).out
        assert "2009-03-18\tdepartment.programme-office\t2009-06-30\tE09000014\t£1200.50\tpeer review" in page
        letters = [path.read_text(encoding="utf-8") for path in Settings(home=tmp_path).outbox.glob("*.txt")]
        assert any("Offer of help" in letter and "novels" not in letter for letter in letters)
        listed = (await say("lifecycle", "list", "--json")).json
        mine = next(one for one in listed if one["lifecycle"] == "peer-support@1")
        assert (mine["state"], mine["open_engagements"]) == ("published", 0)


async def test_an_offer_that_nobody_uses_lapses_by_itself(run: Run, tmp_path: Path, dev_server_binary: Path) -> None:
    async with rehearsing(tmp_path, run) as (say, rehearsal, seen):
        assert (await say("lifecycle", "publish", str(MODEL), "--reason", "Agreed.", "--yes")).code == 0
        opening = ("service=whole-council", "model=peer-support", "version=1", "trigger=request", "reason=Asked.")
        assert (await say("do", "Swindon", "open-engagement", *opening, "--as", OFFICE)).code == 0
        offer = ("kind=mentoring", "until=2009-03-20")
        assert (await say("do", "swindon-1", "record-help", *offer, "--as", OFFICE)).code == 0
        await rehearsal.move_to(morning_of(date(2009, 3, 21)))
        assert (await say("show", "swindon-1", "--json")).json["closed"]["end"] == "lapsed"
        closed = next(event for event in seen if event.type == "engagement-closed")
        assert f"{closed.recorded_at:%Y-%m-%dT%H:%M}" == "2009-03-21T00:00"


# Publishing


def publish(run: Run, home: Path, file: Path, *more: str) -> Result:
    return run(home, "lifecycle", "publish", str(file), "--reason", "Because.", "--yes", *more)


def test_a_document_is_published_once_and_never_otherwise(run: Run, engine_home: Engine, tmp_path: Path) -> None:
    home = engine_home.home
    first = publish(run, home, MODEL, "--json")
    assert (first.code, len(first.json["events"])) == (0, 1)
    again = publish(run, home, MODEL, "--json")
    assert (again.code, again.json["events"]) == (0, [])
    assert "published already" in publish(run, home, MODEL).err

    otherwise = publish(run, home, changed(tmp_path, ("title: A talk", "title: A word")), "--json")
    assert (otherwise.code, otherwise.json["rule"]) == (1, "lifecycle-published-otherwise")
    skipped = publish(run, home, changed(tmp_path, ("version: 1", "version: 3")))
    assert (skipped.code, "its next version is 2" in skipped.err) == (1, True)
    unknown = publish(run, home, changed(tmp_path, ("id: peer-support", "id: peer-help"), ("version: 1", "version: 2")))
    assert (unknown.code, "its next version is 1" in unknown.err) == (1, True)
    second = publish(run, home, changed(tmp_path, ("version: 1", "version: 2"), ("title: A talk", "title: A word")))
    assert (second.code, "peer-support@2" in second.out) == (0, True)

    listed = {one["lifecycle"]: one for one in run(home, "lifecycle", "list", "--json").json}
    assert {ref: one["state"] for ref, one in listed.items() if one["id"] == "peer-support"} == {
        "peer-support@1": "published",
        "peer-support@2": "published",
    }
    told = run(home, "lifecycle", "diff", "peer-support@1", "peer-support@2")
    assert told.out == "stage talk: title is A word; was A talk\n"
    assert run(home, "lifecycle", "show", "peer-support", "--json").json["version"] == 2
    read_back = tmp_path / "back.yaml"
    read_back.write_text(run(home, "lifecycle", "show", "peer-support@1", "--yaml").out, encoding="utf-8")
    assert run(home, "lifecycle", "diff", "peer-support@1", str(read_back), "--json").json["changes"] == []


def test_what_does_not_check_is_not_published(run: Run, engine_home: Engine, tmp_path: Path) -> None:
    wrong = changed(tmp_path, ("owner: peers.lead-peer\n    allows", "owner: peers.leed-peer\n    allows"))
    told = publish(run, engine_home.home, wrong)
    line = next(n for n, text in enumerate(wrong.read_text().splitlines(), start=1) if "leed-peer" in text)
    assert told.out == f"peer-support.yaml:{line}: there is no role 'peers.leed-peer'; did you mean peers.lead-peer?\n"
    assert told.code == 1
    assert "can't be published: 1 mistake" in told.err
    assert publish(run, engine_home.home, wrong, "--json").json["found"][0]["line"] == line


def test_no_rating_starts_two_models(run: Run, engine_home: Engine, tmp_path: Path) -> None:
    starts = ("opens:\n", "starts: {services: [housing, social-services], stars: [0, 1]}\nopens:\n")
    other = changed(tmp_path, ("id: peer-support", "id: peer-rating"), starts)
    told = publish(run, engine_home.home, other)
    assert told.code == 1
    assert "performance-action-team@" in told.err and "no rating opens two engagements" in told.err


def test_publishing_asks_first_and_wants_a_reason(run: Run, engine_home: Engine, tmp_path: Path) -> None:
    file = changed(tmp_path, ("id: peer-support", "id: peer-asked"))
    assert run(engine_home.home, "lifecycle", "publish", str(file)).code == 2
    unasked = run(engine_home.home, "lifecycle", "publish", str(file), "--reason", "Because.")
    assert (unasked.code, "repeat it with --yes" in unasked.err) == (2, True)
    assert publish(run, engine_home.home, tmp_path / "none.yaml").code == 3


def test_a_further_model_is_shown_with_what_engagements_are_on_it(
    run: Run, engine_home: Engine, tmp_path: Path
) -> None:
    home, file = engine_home.home, changed(tmp_path, ("id: peer-support", "id: peer-shown"))
    assert publish(run, home, file).code == 0
    opening = ("service=whole-council", "model=peer-shown", "trigger=request", "reason=Asked.")
    assert run(home, "do", "Walsall", "open-engagement", *opening, "--as", OFFICE).code == 0
    newer = changed(tmp_path, ("id: peer-support", "id: peer-shown"), ("version: 1", "version: 2"), name="newer.yaml")
    told = run(home, "lifecycle", "diff", "peer-shown@1", str(newer), "--json").json
    assert (told["changes"], told["open_on_a"]) == ([], ["walsall-1"])
