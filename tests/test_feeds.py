"""Private feeds: opened and revoked in the directory, and read over HTTP as a calendar program does."""

import logging
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from icalendar import Calendar

from activities.library import PEOPLE, Library
from console.app import SECURITY, make_app
from console.feeds import feed_path, feeds_router
from console.serving import HOST, PortTaken, serving
from domain.actors import Actor
from domain.dates import When
from domain.directory import COMMANDS, MAY, Directory, Known, Person, decide
from domain.feeds import Feed, FeedOpened, FeedRevoked, OpenFeed, RevokeFeed, after, opened_with
from domain.part import Asked, Entry, Event, Refusal
from ledger import sealing
from ledger.store import Ledger
from tests.command_line import Engine, Run
from tests.given import seal
from tests.mail_server import Mailbox
from tests.test_calendars import CONSULTANT, LEAD, OFFICE, Boards, check
from workers.composition import make_ledger
from workers.settings import Settings

HASHES = tuple(sha256(name.encode()).hexdigest() for name in ("a", "b", "c"))


# In the directory


def asked(command: Any) -> Asked:
    office = Actor.parse(OFFICE)
    return Asked(
        command, When.parse("2026-11-02"), office, office, datetime(2026, 11, 2, 12, tzinfo=UTC), "command-line"
    )


def entry(version: int, event: Event) -> Entry[Any]:
    return Entry(version, When.parse("2026-11-02"), datetime(2026, 11, 2, tzinfo=UTC), Actor.parse(OFFICE), event)


def directory(*events: Event) -> Directory:
    feeds: tuple[Feed, ...] = ()
    for version, event in enumerate(events, start=1):
        feeds = after(feeds, entry(version, event))
    return Directory(people={id: Person(id, seal(id)) for id in ("jo-b", "sam-k")}, feeds=feeds)


JO_1 = FeedOpened(person="jo-b", feed=1, token_sha256=HASHES[0])
JO_2 = FeedOpened(person="jo-b", feed=2, token_sha256=HASHES[1])
SAM_1 = FeedOpened(person="sam-k", feed=1, token_sha256=HASHES[1])
GONE = FeedRevoked(person="jo-b", feed=1)


@pytest.mark.parametrize(
    ("given", "command", "expected"),
    [
        ([], OpenFeed(person="jo-b", token_sha256=HASHES[0]), [JO_1]),
        (
            [JO_1],
            OpenFeed(person="jo-b", token_sha256=HASHES[1]),
            [JO_1.model_copy(update={"feed": 2, "token_sha256": HASHES[1]})],
        ),
        (
            [JO_1, GONE],
            OpenFeed(person="sam-k", token_sha256=HASHES[1]),
            [SAM_1],
        ),
        ([JO_1], OpenFeed(person="sam-k", token_sha256=HASHES[0]), "token-known"),
        ([JO_1], OpenFeed(person="nobody", token_sha256=HASHES[1]), "not-registered"),
        ([JO_1], RevokeFeed(person="jo-b", feed=1), [GONE]),
        ([JO_1], RevokeFeed(person="jo-b", feed=2), "no-such-feed"),
        ([JO_1], RevokeFeed(person="sam-k", feed=1), "no-such-feed"),
        ([JO_1, GONE], RevokeFeed(person="jo-b", feed=1), "feed-revoked-already"),
    ],
)
def test_feeds_are_counted_for_each_person_and_revoked_once(given: list[Event], command: Any, expected: Any) -> None:
    found = decide(directory(*given), Known(roles=[OFFICE]), asked(command))
    assert (found.rule if isinstance(found, Refusal) else list(found)) == expected


def test_a_token_opens_its_feed_until_that_is_revoked() -> None:
    assert opened_with(directory(JO_1).feeds, HASHES[0]) == Feed("jo-b", 1, HASHES[0], When.parse("2026-11-02"))
    assert opened_with(directory(JO_1).feeds, HASHES[1]) is None
    assert opened_with(directory(JO_1, GONE).feeds, HASHES[0]) is None


def test_the_office_alone_opens_and_revokes_them() -> None:
    assert {name: MAY[name] for name in COMMANDS if "feed" in name} == {
        "open-feed": (OFFICE,),
        "revoke-feed": (OFFICE,),
    }


# Over HTTP


class Served(Boards):
    """A ledger with feeds, served on a port of its own."""

    client: httpx.AsyncClient

    def open(self, person: str) -> str:
        """Open a feed for somebody; its path."""
        token = secrets.token_urlsafe(32)
        self.give("open-feed", OFFICE, PEOPLE, person=person, token_sha256=sha256(token.encode()).hexdigest())
        return feed_path(token)

    async def summaries(self, path: str) -> list[str]:
        """What a feed says."""
        response = await self.client.get(path)
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/calendar; charset=utf-8"
        return sorted(
            str(event["SUMMARY"]).removeprefix("London Borough of Haringey: ")
            for event in check(response.content).walk("VEVENT")
        )


@asynccontextmanager
async def _serving(ledger: Ledger, boards: Served) -> AsyncIterator[httpx.AsyncClient]:
    app = make_app(ledger, [feeds_router(ledger, boards.now)])
    async with serving(app, 0) as address, httpx.AsyncClient(base_url=address, trust_env=False) as client:
        yield client


@pytest.fixture
async def served(ledger: Ledger, tmp_path: Path) -> AsyncIterator[Served]:
    boards = Served(ledger, tmp_path, Mailbox(url="smtp://127.0.0.1:1"))
    async with _serving(ledger, boards) as client:
        boards.client = client
        yield boards


async def test_a_feed_holds_the_boards_and_deadlines_of_ones_roles(served: Served) -> None:
    served.person("lea", LEAD)
    served.person("con", CONSULTANT)
    served.person("off", OFFICE)
    served.person("out")
    served.at("2002-09-02").give("schedule-board", LEAD, board=1, date="2002-10-10", time="14:30", place="Hall")
    served.give("schedule-board", LEAD, board=2, date="2002-11-14")
    served.give("cancel-board", LEAD, board=2)
    lea, con, off, out = (served.open(person) for person in ("lea", "con", "off", "out"))
    due = "Due, London Borough of Haringey: "
    assert {"board 1", f"{due}Hold the board (board 1)"} <= set(await served.summaries(lea))
    assert await served.summaries(con) == [f"{due}Send the team's report before the board (board 1)", "board 1"]
    assert await served.summaries(off) == [], "who is not invited, and owes nothing"
    assert await served.summaries(out) == []
    content = (await served.client.get(con)).content
    assert b"LOCATION:Hall\r\n" in content and b"METHOD:PUBLISH\r\n" in content
    assert b"ATTENDEE" not in content and b"ORGANIZER" not in content and b"con@" not in content
    served.give("record-absence", OFFICE, PEOPLE, person="con", cover="out", starts="2002-09-03", ends="2002-09-30")
    served.at("2002-09-03")
    assert "board 1" in await served.summaries(out) and await served.summaries(con) == [], "who stands in has it"
    served.at("2002-10-01")
    assert await served.summaries(out) == []


async def test_what_was_revoked_never_was_or_belongs_to_the_erased_is_answered_alike(served: Served) -> None:
    for person in ("ann", "bob", "eve"):
        served.person(person, LEAD)
    revoked, erased, open_ = (served.open(person) for person in ("ann", "bob", "eve"))
    assert [(await served.client.get(path)).status_code for path in (revoked, erased, open_)] == [200, 200, 200]
    served.give("revoke-feed", OFFICE, PEOPLE, person="ann", feed=1)
    with served.office.ledger.writing() as tx:
        sealing.erase(tx, served.office.at, subject="bob")
    odd = (
        feed_path(secrets.token_urlsafe(32)),
        feed_path("a"),
        feed_path("%00%ff"),
        feed_path("x" * 5000),
        "/calendars/",
    )
    answers = [await served.client.get(path) for path in (revoked, erased, *odd)]
    same = {
        (a.status_code, a.content, tuple(sorted((k, v) for k, v in a.headers.items() if k != "date"))) for a in answers
    }
    assert len(same) == 1 and answers[0].status_code == 404
    assert (await served.client.get(open_)).status_code == 200


async def test_what_has_not_changed_is_not_sent_again(served: Served) -> None:
    served.person("lea", LEAD)
    path = served.open("lea")
    served.at("2002-09-02").give("schedule-board", LEAD, board=1, date="2002-10-10")
    served.office.at += timedelta(minutes=1)
    first = await served.client.get(path)
    tag, changed = first.headers["etag"], first.headers["last-modified"]
    assert first.headers["cache-control"] == "private, no-cache"
    for headers in (
        {"If-None-Match": tag},
        {"If-None-Match": f'"x", W/{tag}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": changed},
    ):
        again = await served.client.get(path, headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert (again.headers["etag"], again.headers["last-modified"]) == (tag, changed)
    assert (await served.client.head(path)).headers["etag"] == tag
    since = {"If-Modified-Since": changed}
    assert (await served.client.get(path, headers={**since, "If-None-Match": '"other"'})).status_code == 200
    earlier = format_datetime(parsedate_to_datetime(changed) - timedelta(seconds=1), usegmt=True)
    for headers in ({"If-Modified-Since": earlier}, {"If-Modified-Since": "soon"}):
        assert (await served.client.get(path, headers=headers)).status_code == 200

    served.give("schedule-board", LEAD, board=1, date="2002-10-17")
    at_once = await served.client.get(path, headers={"If-None-Match": tag, **since})
    assert at_once.status_code == 200 and at_once.headers["etag"] != tag
    assert "last-modified" not in at_once.headers, "something else may still happen within this second"
    assert (await served.client.get(path, headers=since)).status_code == 200


async def test_a_day_that_begins_is_a_change(served: Served) -> None:
    served.person("lea", LEAD)
    path = served.open("lea")
    served.office.at = datetime(2002, 9, 1, 22, 0, tzinfo=UTC)
    before = (await served.client.get(path)).headers["last-modified"]
    served.office.at = datetime(2002, 9, 1, 23, 30, tzinfo=UTC)  # it is the second in London
    after_midnight = (await served.client.get(path)).headers["last-modified"]
    assert parsedate_to_datetime(after_midnight) > parsedate_to_datetime(before)


async def test_boards_of_a_confidential_model_stay_out(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    served.person("lea", LEAD)
    path = served.open("lea")
    assert await served.summaries(path)
    rules = Library.rules

    def confidential(self: Library, *args: Any) -> Any:
        found = rules(self, *args)
        return replace(found, lifecycle=found.lifecycle.model_copy(update={"confidential": True}))

    monkeypatch.setattr(Library, "rules", confidential)
    assert await served.summaries(path) == []


async def test_every_answer_carries_the_headers_that_keep_browsers_careful(served: Served) -> None:
    served.person("lea", LEAD)
    for path in (served.open("lea"), "/health", "/ready", "/nowhere", feed_path("a")):
        response = await served.client.get(path)
        for name, value in SECURITY.items():
            assert name in response.headers
            assert response.headers[name] == value or name == "Cache-Control"
        assert "server" not in response.headers
    assert (await served.client.post("/health")).status_code == 405
    assert (await served.client.get("/health")).json() == {"status": "live"}
    assert (await served.client.get("/ready")).text == "ready\n"
    assert (
        (await served.client.get("/docs")).status_code == (await served.client.get("/openapi.json")).status_code == 404
    )


async def test_a_ledger_that_is_away_is_said_to_be_away(tmp_path: Path) -> None:
    home = tmp_path / "home"
    ledger = make_ledger(Settings(home=home), "production")
    app = make_app(ledger, [feeds_router(ledger, lambda: datetime.now(UTC))])
    async with serving(app, 0) as address, httpx.AsyncClient(base_url=address, trust_env=False) as client:
        ledger.close()
        for path in home.glob("ledger.db*"):
            path.unlink()
        (home / "ledger.db").mkdir(parents=True, exist_ok=True)
        assert (await client.get("/health")).status_code == 200
        assert (await client.get("/ready")).status_code == 503
        away = await client.get(feed_path("a"))
        assert (away.status_code, away.headers["retry-after"]) == (503, "30")


async def test_no_path_is_logged_as_it_holds_the_token(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    served.person("lea", LEAD)
    path = served.open("lea")
    await served.client.get(path)
    token = path.rpartition("/")[2].removesuffix(".ics")
    assert not [
        record for record in caplog.records if token in record.getMessage() and not record.name.startswith("http")
    ]


async def test_a_port_that_is_taken_is_said_to_be(ledger: Ledger) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        async with AsyncExitStack() as stack:
            with pytest.raises(PortTaken) as taken:
                await stack.enter_async_context(serving(make_app(ledger), port))
        assert taken.value.port == port


# At the command line


def test_a_feed_is_opened_shown_once_listed_and_revoked(run: Run, engine_home: Engine) -> None:
    home = engine_home.home
    assert run(home, "people", "add", "jo-b", "--name", "Jo Berry").code == 0
    first = run(home, "people", "feed", "open", "jo-b")
    assert first.code == 0
    (url,) = [word for word in first.out.split() if word.startswith("http://127.0.0.1:")]
    token = url.rpartition("/")[2].removesuffix(".ics")
    assert len(token) == 43 and "shown this once" in first.out
    second = run(home, "people", "feed", "open", "jo-b", "--json").json
    assert (second["person"], second["feed"]) == ("jo-b", 2) and second["url"] != url
    assert run(home, "people", "feed", "revoke", "jo-b", "1").code == 0
    again = run(home, "people", "feed", "revoke", "jo-b", "1")
    assert (again.code, "was revoked already" in again.err) == (1, True)
    listed = run(home, "people", "feed", "--json").json
    assert [(row["person"], row["feed"], row["revoked"] is not None) for row in listed] == [
        ("jo-b", 1, True),
        ("jo-b", 2, False),
    ]
    shown = run(home, "people", "feed")
    assert [row[:2] for row in shown.rows] == [["jo-b", "1"], ["jo-b", "2"]]
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file() and "temporal" not in path.name)
    assert sha256(token.encode()).hexdigest().encode() in kept and token.encode() not in kept


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["open", "nobody"], 3, "there is nobody 'nobody'"),
        (["revoke", "jo-b", "9"], 1, "has no feed 9"),
        (["revoke", "jo-b", "x"], 2, "FEED"),
        (["revoke", "jo-b"], 2, "FEED"),
    ],
)
def test_what_is_wrong_is_said(run: Run, engine_home: Engine, arguments: list[str], code: int, said: str) -> None:
    run(engine_home.home, "people", "add", "jo-b", "--name", "Jo Berry")
    result = run(engine_home.home, "people", "feed", *arguments)
    assert result.code == code and said in result.err


def test_the_calendar_of_an_engagement_is_printed_or_written(run: Run, boards_home: Path, tmp_path: Path) -> None:
    printed = run(boards_home, "calendar", "haringey-1")
    assert printed.code == 0
    file = tmp_path / "haringey.ics"
    written = run(boards_home, "calendar", "haringey-1", "-o", str(file))
    assert (written.code, written.out) == (0, "") and str(file) in written.err
    names = {str(event["SUMMARY"]) for event in check(file.read_bytes()).walk("VEVENT")}
    assert "London Borough of Haringey: board 1" in names
    assert {str(event["SUMMARY"]) for event in Calendar.from_ical(printed.out).walk("VEVENT")} == names
    assert [path.name for path in tmp_path.iterdir()] == ["haringey.ics"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["haringey-9"], 3, "there is no engagement"),
        (["Haringey"], 2, "is a council"),
        (["haringey-1", "-o", "/nowhere/at/all.ics"], 2, "can't be written"),
    ],
)
def test_a_calendar_that_can_not_be(run: Run, boards_home: Path, arguments: list[str], code: int, said: str) -> None:
    result = run(boards_home, "calendar", *arguments)
    assert (result.code, result.out) == (code, "") and said in result.err


@pytest.fixture
def boards_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a ledger with an engagement that has a board to come."""
    home = tmp_path_factory.mktemp("boards")
    ledger = make_ledger(Settings(home=home, synchronous="OFF"), "production", None)
    try:
        boards = Boards(ledger, home, Mailbox(url="smtp://127.0.0.1:1"))
        boards.at("2002-09-02").give("schedule-board", LEAD, board=1, date="2002-10-10", time="14:30", place="Hall")
    finally:
        ledger.close()
    return home
