"""Calendars and invitations as RFC 5545 and 5546 have them, read back by another's parser and by a real mail server."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar, Event, Timezone
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.delivery import Channel, Delivery, FileChannel, Invitation, Letter, Recipient, Text, host_of
from activities.invitations import Inviting
from activities.library import PEOPLE, read_register
from activities.mail import EmailChannel, message_of
from activities.messages import NoticeTask
from activities.recipients import of_directory
from domain.dates import LONDON
from domain.notices import NoticeAsked, invited_by
from ledger import read_models
from ledger.store import Ledger
from tests.databases import noted_statements
from tests.given import shipped, way_to
from tests.mail_server import Mailbox, a_mail_server
from tests.transactions import Office
from workers.agenda import Agendas
from workers.calendars import REFRESH, Item, Party, invitation, published
from workers.composition import RELEASE
from workers.notices import Letters, Templates
from workers.settings import Settings

LEAD, DIRECTOR, CONSULTANT = "inspectorate.lead-inspector", "council.director", "team.lead-consultant"
OFFICE, ENGAGEMENT = "department.programme-office", "engagement/haringey-1"
FROM = "turnaround@department.example"
STAMP = datetime(2002, 9, 2, 8, 30, 15, 123456, tzinfo=UTC)

HOSTILE = 'Board, of; "Jo\\Brown"\r\nBEGIN:VEVENT\u2028\x07 \u05d9\u05d5\u05e1\u05d9\u200f \u202eevil ' + "é€𝄞" * 40
"""Commas, semicolons, quotes, a line that would begin another entry, control characters, marks of direction, and length."""


def check(content: bytes) -> Calendar:
    """What RFC 5545 wants of a whole calendar. Read by our own eyes, not by the library that wrote it."""
    assert content.endswith(b"\r\n")
    lines = content.split(b"\r\n")[:-1]
    assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", b"".join(lines)), "one line ends as another: in CRLF"
    assert max(len(line) for line in lines) <= 75, "longer lines are folded"
    assert all(line.decode() for line in lines), "and never within a character"
    unfolded = content.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]
    opened: list[str] = []
    for line in unfolded:
        assert re.match(r"[A-Z-]+[;:]", line), line
        name, _, value = line.partition(":")
        if name == "BEGIN":
            opened.append(value)
        elif name == "END":
            assert opened.pop() == value
    assert not opened
    for one in ("VERSION:2.0", "PRODID:-//turnaround//turnaround//EN", "CALSCALE:GREGORIAN"):
        assert unfolded.count(one) == 1
    assert sum(line.startswith("METHOD:") for line in unfolded) == 1
    parsed = Calendar.from_ical(content)
    assert isinstance(parsed, Calendar) and not parsed.errors
    zones = {str(zone["TZID"]) for zone in parsed.walk("VTIMEZONE")}
    used = {line.partition("TZID=")[2].partition(":")[0] for line in unfolded if ";TZID=" in line}
    assert used == zones
    for event in parsed.walk("VEVENT"):
        assert not event.errors
        for required in ("UID", "DTSTAMP", "DTSTART", "SEQUENCE", "SUMMARY"):
            assert required in event
        assert event.decoded("DTSTAMP").utcoffset() == timedelta()
        assert event.decoded("DTEND") > event.decoded("DTSTART")
    uids = [str(event["UID"]) for event in parsed.walk("VEVENT")]
    assert len(set(uids)) == len(uids)
    return parsed


def entry(calendar: Calendar) -> Event:
    (event,) = calendar.walk("VEVENT")
    assert isinstance(event, Event)
    return event


def item(**changes: Any) -> Item:
    starts = datetime(2002, 10, 10, 14, 30, tzinfo=LONDON)
    made = Item(
        "haringey-1.board.1.1@here",
        0,
        STAMP,
        starts,
        starts + timedelta(hours=2),
        "Board 1",
        "The first.",
        "Hall",
        True,
    )
    return replace(made, **changes)


JO = Party("jo@council.example", "Jo Brown")


def test_whatever_people_write_stays_within_its_line() -> None:
    calendar = check(published(HOSTILE, [item(summary=HOSTILE, description=f"One.\n{HOSTILE}", place=HOSTILE)]))
    event, said = entry(calendar), str(entry(calendar)["SUMMARY"])
    assert said.startswith('Board, of; "Jo\\Brown" BEGIN:VEVENT') and said.endswith("é€𝄞")
    assert "\u05d9\u05d5\u05e1\u05d9\u200f" in said, "a mark of direction that a name needs is kept"
    assert not re.search("[\x00-\x1f\u2028\u202e]", said)
    assert str(event["LOCATION"]) == said and str(event["DESCRIPTION"]).startswith("One.\nBoard, of;")
    sent = invitation(item(), Party(FROM), Party("jo@council.example", HOSTILE), stamp=STAMP)
    attendee = entry(check(sent.content))["ATTENDEE"]
    assert str(attendee) == "mailto:jo@council.example"
    assert attendee.params["CN"].startswith("Board, of; 'Jo\\Brown' BEGIN:VEVENT")


def zone_in(content: bytes) -> tzinfo:
    """The zone that comes with a calendar, by the rules that are written in it."""
    (zone,) = Calendar.from_ical(content).walk("VTIMEZONE")
    assert isinstance(zone, Timezone)
    found: tzinfo = zone.to_tz(lookup_tzid=False)
    return found


@pytest.mark.parametrize(("month", "utc"), [(7, "13:30"), (11, "14:30")])
def test_times_are_those_of_london_by_the_zone_that_comes_with_them(month: int, utc: str) -> None:
    starts = datetime(2026, month, 10, 14, 30, tzinfo=LONDON)
    content = published("Boards", [item(starts=starts, ends=starts + timedelta(minutes=45))])
    event = entry(check(content))
    assert f"DTSTART;TZID=Europe/London:2026{month:02}10T143000\r\n".encode() in content
    assert event.decoded("DTSTART").astimezone(UTC).strftime("%H:%M") == utc
    by_the_rules = starts.replace(tzinfo=zone_in(content))
    assert by_the_rules.astimezone(UTC).strftime("%H:%M") == utc, "the rules that are written say so too"


def test_the_rules_of_the_zone_turn_at_the_same_moment_as_london() -> None:
    ours = zone_in(published("Boards", [item()]))
    for year in (1998, 2002, 2026, 2037):
        moment = datetime(year, 3, 20, tzinfo=UTC)
        while moment < datetime(year, 11, 5, tzinfo=UTC):
            assert moment.astimezone(ours).utcoffset() == moment.astimezone(LONDON).utcoffset(), moment
            moment += timedelta(minutes=30)


def test_a_whole_day_ends_with_the_next_and_takes_up_nobodys_time() -> None:
    event = entry(check(published("Deadlines", [item(starts=date(2002, 12, 31), ends=None, busy=False)])))
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (date(2002, 12, 31), date(2003, 1, 1))
    assert str(event["TRANSP"]) == "TRANSPARENT"


def test_what_is_published_names_nobody_and_asks_to_be_read_again() -> None:
    content = published("Boards", [item()], refresh=REFRESH)
    calendar = check(content)
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT6H\r\n" in content and b"X-PUBLISHED-TTL:PT6H\r\n" in content
    assert str(calendar["METHOD"]) == "PUBLISH" and str(calendar["X-WR-CALNAME"]) == "Boards"
    assert b"ATTENDEE" not in content and b"ORGANIZER" not in content
    assert content == published("Boards", [item()], refresh=REFRESH), "the same again, to the byte"
    assert check(published("Nothing", [])).walk("VEVENT") == []


@pytest.mark.parametrize(
    ("kind", "method", "status"),
    [("invited", "REQUEST", "CONFIRMED"), ("called-off", "CANCEL", "CANCELLED"), ("no-longer-invited", "CANCEL", None)],
)
def test_an_invitation_has_one_method_and_one_who_is_invited(kind: Any, method: str, status: str | None) -> None:
    sent = invitation(item(sequence=3), Party(FROM), JO, stamp=STAMP, kind=kind)
    calendar = check(sent.content)
    event = entry(calendar)
    assert (sent.method, str(calendar["METHOD"])) == (method, method)
    assert event.get("STATUS") == status
    assert (event.decoded("SEQUENCE"), str(event["ORGANIZER"]), str(event["ATTENDEE"])) == (
        3,
        f"mailto:{FROM}",
        f"mailto:{JO.address}",
    )
    assert event.decoded("DTSTAMP") == STAMP.replace(microsecond=0)


# In mail


def letter(sent: Invitation | None) -> Letter:
    asked = NoticeAsked(about=ENGAGEMENT, version=1, template="board-scheduled", council="x", to=DIRECTOR)
    to = Recipient("jo", "Jo Brown", "jo@council.example", "email")
    text = Text("A board", "Grüße – £5.\n", "Director", None, sent)
    return Letter("haringey-1.1.1", 1, to, "<haringey-1.1.1.1@here>", STAMP, text, asked)


@dataclass
class Received:
    """A message as a mail program looks at it."""

    message: EmailMessage

    @property
    def types(self) -> list[str]:
        """The types of all its parts, in order."""
        return [part.get_content_type() for part in self.message.walk()]

    @property
    def part(self) -> EmailMessage:
        """The part that calendar programs act upon."""
        (found,) = (part for part in self.message.walk() if part.get_content_type() == "text/calendar")
        assert isinstance(found, EmailMessage)
        return found

    @property
    def calendar(self) -> Calendar:
        """What is in it, which is also what the attached file holds."""
        content = self.part.get_payload(decode=True)
        (attached,) = (part for part in self.message.walk() if part.get_content_type() == "application/ics")
        assert isinstance(content, bytes) and attached.get_payload(decode=True) == content
        assert self.part["Content-Type"].params["charset"] == "utf-8"
        assert self.part.get_content_disposition() is None and attached.get_content_disposition() == "attachment"
        calendar = check(content)
        assert self.part["Content-Type"].params["method"] == str(calendar["METHOD"])
        return calendar


def test_each_try_is_the_same_message_to_the_byte() -> None:
    sent = invitation(item(summary=HOSTILE), Party(FROM), JO, stamp=STAMP)
    once, again = (message_of(letter(sent), FROM).as_bytes() for _ in range(2))
    assert once == again
    assert not [line for line in once.split(b"\r\n") if len(line) > 998 or b"\n" in line or not line.isascii()]


def test_a_notice_without_an_invitation_is_words_alone() -> None:
    assert message_of(letter(None), FROM).get_content_type() == "text/plain"


class Boards:
    """A ledger with an engagement at its boards, people who hold the roles, and the delivery of what they are told."""

    def __init__(self, ledger: Ledger, home: Path, mailbox: Mailbox) -> None:
        self.office, self.mailbox = Office(ledger, home), mailbox
        settings = Settings(home=home, smtp_url=mailbox.url, mail_from=FROM)
        assert settings.mail_server is not None
        channels: dict[str, Channel] = {
            "file": FileChannel(home / "outbox"),
            "email": EmailChannel(settings.mail_server, 5),
        }
        letters = Letters(ledger, Templates.shipped(), self.now, FROM)
        people = of_directory(ledger)
        self.delivery = Delivery(ledger, channels, letters.write, RELEASE, self.now, people)
        self.inviting = Inviting(ledger, RELEASE, self.now, channels)
        self.office.rate()
        for do in way_to("board-cycles"):
            at = datetime.combine(date.fromisoformat(do.on or ""), datetime.min.time(), UTC) + timedelta(hours=12)
            self.office.at = max(self.office.at, at)
            self.give(do.type, do.as_, **do.body)

    def now(self) -> datetime:
        return self.office.at

    def give(self, type: str, role: str, target: str = ENGAGEMENT, /, **body: Any) -> None:
        recorders = {"department.minister": "department.official", "board.board": LEAD}
        done = self.office.give(target, type, role, dict(body), recorded_by=recorders.get(role, role))
        assert done.accepted, done.outcome

    def at(self, day: str) -> "Boards":
        self.office.at = datetime.fromisoformat(f"{day}T12:00:00+00:00")
        return self

    def person(self, id: str, *roles: str, name: str | None = None) -> None:
        address = f"{id}@council.example"
        self.give("register-person", OFFICE, PEOPLE, person=id, name=name or id.title(), email=address)
        for role in roles:
            self.give("give-role", OFFICE, PEOPLE, person=id, role=role)

    def waiting(self) -> list[read_models.NoticeRow]:
        """The notices on their way."""
        with self.office.ledger.reading() as conn:
            return read_models.unsettled_notices(conn)

    async def deliver(self) -> dict[str, Received]:
        """Deliver all that is on its way; what came of boards, by address."""
        waiting = [row.id for row in self.waiting()]
        before = len(self.mailbox.accepted)
        for id in waiting:
            await self.try_one(id)
        boards = [one for one in self.mailbox.accepted[before:] if one.is_multipart()]
        found = {str(one["To"].addresses[0].addr_spec): Received(one) for one in boards}
        assert len(found) == len(boards), "nobody gets two"
        return found

    async def try_one(self, id: str) -> None:
        """Try a notice once."""
        task = NoticeTask(id=id, at=self.office.at, epoch=1)
        await ActivityEnvironment().run(self.delivery.deliver, task)


@pytest.fixture
def boards(ledger: Ledger, tmp_path: Path) -> Iterator[Boards]:
    with a_mail_server() as mailbox:
        yield Boards(ledger, tmp_path, mailbox)


def facts(received: Mapping[str, Received]) -> dict[str, tuple[str, int]]:
    """Of each address: the method and the sequence."""
    return {
        address.partition("@")[0]: (str(one.calendar["METHOD"]), entry(one.calendar).decoded("SEQUENCE"))
        for address, one in received.items()
    }


async def test_a_board_that_is_set_moved_and_called_off_keeps_its_uid_and_raises_its_sequence(boards: Boards) -> None:
    boards.person("dee", DIRECTOR, name='Dee "D", Brown; \u200f')
    boards.person("lea", LEAD)
    await boards.deliver()
    seen = []
    boards.at("2002-09-02").give(
        "schedule-board", LEAD, board=1, date="2002-10-10", time="14:30", place="Hall 1, Civic Centre"
    )
    seen.append(await boards.deliver())
    boards.at("2002-09-03").give("schedule-board", LEAD, board=1, date="2002-10-17")
    seen.append(await boards.deliver())
    boards.at("2002-09-04").give("cancel-board", LEAD, board=1, reason="Snow.")
    seen.append(await boards.deliver())

    wanted = (("REQUEST", 0), ("REQUEST", 1), ("CANCEL", 2))
    assert [facts(each) for each in seen] == [{"dee": one, "lea": one} for one in wanted]
    mails = [each["dee@council.example"] for each in seen]
    uids = {str(entry(mail.calendar)["UID"]) for mail in mails}
    assert uids == {f"haringey-1.board.1.1@{host_of(boards.office.ledger.about)}"}
    first, moved, off = (entry(mail.calendar) for mail in mails)
    assert first.decoded("DTSTART").isoformat() == "2002-10-10T14:30:00+01:00"
    assert moved.decoded("DTSTART").isoformat() == "2002-10-17T14:30:00+01:00"
    assert (str(first["LOCATION"]), str(off["STATUS"])) == ("Hall 1, Civic Centre", "CANCELLED")
    assert first["ATTENDEE"].params["CN"] == "Dee 'D', Brown; \u200f"
    assert str(first["ORGANIZER"]) == f"mailto:{FROM}" and mails[0].message["From"] == FROM

    assert mails[0].types == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/calendar",
        "application/ics",
    ]
    body = mails[0].message.get_body(("plain",))
    assert body is not None
    words = body.get_content()
    assert "on 10 October 2002 at 2:30pm" in words and "An invitation for your calendar comes with this" in words
    assert "Civic" not in words, "where it meets is sealed: it stands in the invitation alone"
    assert "London Borough of Haringey: board 1 is now on 17 October 2002" in mails[1].message["Subject"]
    assert "board 1 is called off" in mails[2].message["Subject"]


async def test_a_second_try_is_the_same_invitation(boards: Boards) -> None:
    boards.person("dee", DIRECTOR)
    await boards.deliver()
    boards.at("2002-09-02").give("schedule-board", LEAD, board=1, date="2002-10-10")
    (id,) = (row.id for row in boards.waiting() if row.to_role == DIRECTOR)
    boards.mailbox.data = lambda message: "451 later"
    with pytest.raises(ApplicationError):
        await boards.try_one(id)
    boards.mailbox.data = lambda message: None
    boards.at("2002-09-03").give("schedule-board", LEAD, board=1, date="2002-10-17")
    await boards.try_one(id)
    first, again = boards.mailbox.seen[-2:]
    calendars = [Received(one).part.get_payload(decode=True) for one in (first, again)]
    assert first["Message-ID"] == again["Message-ID"] and calendars[0] == calendars[1], (
        "also when it has moved meanwhile"
    )


async def test_a_board_without_a_day_comes_without_an_invitation_and_takes_an_older_one_back(boards: Boards) -> None:
    boards.person("dee", DIRECTOR)
    await boards.deliver()
    boards.at("2002-09-02").give("schedule-board", LEAD, board=1, date="2002-11")
    assert not await boards.deliver()
    assert "in November 2002" in boards.mailbox.accepted[-1]["Subject"]
    boards.at("2002-09-03").give("schedule-board", LEAD, board=1, date="2002-11-14")
    assert facts(await boards.deliver()) == {"dee": ("REQUEST", 1)}
    boards.at("2002-09-04").give("schedule-board", LEAD, board=1, date="2002-12")
    assert facts(await boards.deliver()) == {"dee": ("CANCEL", 2)}


async def test_with_a_new_date_who_left_is_taken_out_and_who_came_is_invited(boards: Boards) -> None:
    boards.person("dee", DIRECTOR)
    boards.person("eve")
    boards.at("2002-09-02").give("schedule-board", LEAD, board=1, date="2002-10-10", place="Hall")
    assert facts(await boards.deliver()) == {"dee": ("REQUEST", 0)}
    boards.give("end-role", OFFICE, PEOPLE, holding=1)
    boards.give("give-role", OFFICE, PEOPLE, person="eve", role=DIRECTOR)
    boards.at("2002-09-03").give("schedule-board", LEAD, board=1, date="2002-10-17")
    received = await boards.deliver()
    assert facts(received) == {"dee": ("CANCEL", 1), "eve": ("REQUEST", 1)}
    gone = received["dee@council.example"]
    assert "STATUS" not in entry(gone.calendar) and "LOCATION" not in entry(gone.calendar)
    assert "you are no longer invited to board 1" in gone.message["Subject"]
    boards.at("2002-09-04").give("cancel-board", LEAD, board=1)
    assert facts(await boards.deliver()) == {"eve": ("CANCEL", 2)}, "who left is told nothing more"


async def test_between_dates_who_comes_and_goes_is_asked_once(boards: Boards) -> None:
    boards.person("dee", DIRECTOR)
    boards.person("lea", LEAD)
    boards.person("eve")
    boards.at("2002-09-02").give("schedule-board", LEAD, board=1, date="2002-10-10")
    assert boards.inviting.renew() == 0, "they are on their way"
    await boards.deliver()
    assert boards.inviting.renew() == 0
    boards.give("end-role", OFFICE, PEOPLE, holding=1)
    boards.give("give-role", OFFICE, PEOPLE, person="eve", role=DIRECTOR)
    assert boards.inviting.renew() == 1
    assert boards.inviting.renew() == 0, "no second time while it is on its way"
    assert facts(await boards.deliver()) == {"dee": ("CANCEL", 0), "eve": ("REQUEST", 0)}
    assert boards.inviting.renew() == 0
    boards.give("give-role", OFFICE, PEOPLE, person="lea", role=CONSULTANT)
    boards.give("end-role", OFFICE, PEOPLE, holding=2)
    assert boards.inviting.renew() == 0, "who still holds another of the roles stays invited"
    boards.give("record-absence", OFFICE, PEOPLE, person="eve", cover="dee", starts="2002-09-10", ends="2002-10-11")
    assert boards.inviting.renew() == 0, "eve is still there"
    boards.at("2002-09-10")
    assert boards.inviting.renew() == 1
    assert facts(await boards.deliver()) == {"dee": ("REQUEST", 0), "eve": ("CANCEL", 0)}
    boards.at("2002-10-11")
    boards.give("end-absence", OFFICE, PEOPLE, absence=1)
    assert boards.inviting.renew() == 0, "the board is over"


async def test_looking_whom_to_invite_reads_no_more_for_more_boards(boards: Boards) -> None:
    boards.person("dee", DIRECTOR)
    boards.at("2002-09-02").give("schedule-board", LEAD, board=1, date="2002-10-10")
    await boards.deliver()
    assert boards.inviting.renew() == 0, "and the lifecycle is read, once"
    taken = []
    for board, day in ((2, "2002-11-10"), (3, "2002-12-10")):
        boards.give("schedule-board", LEAD, board=board, date=day)
        await boards.deliver()
        with noted_statements(boards.office.ledger) as seen:
            assert boards.inviting.renew() == 0
        taken.append(len(seen))
    assert len(set(taken)) == 1, taken


async def test_who_leaves_and_comes_back_before_they_are_told_is_told_both(boards: Boards) -> None:
    boards.person("dee", DIRECTOR)
    boards.person("eve", DIRECTOR)
    boards.at("2002-09-02").give("schedule-board", LEAD, board=1, date="2002-10-10")
    await boards.deliver()
    boards.give("end-role", OFFICE, PEOPLE, holding=1)
    assert boards.inviting.renew() == 1
    boards.mailbox.data = lambda message: "451 later"
    (id,) = (row.id for row in boards.waiting() if row.template == "board-scheduled")
    with pytest.raises(ApplicationError):
        await boards.try_one(id)
    boards.mailbox.data = lambda message: None
    boards.give("give-role", OFFICE, PEOPLE, person="dee", role=DIRECTOR)
    assert facts(await boards.deliver()) == {"dee": ("CANCEL", 0)}, "as it was addressed"
    assert boards.inviting.renew() == 1
    assert facts(await boards.deliver()) == {"dee": ("REQUEST", 0)}


async def test_who_is_registered_after_a_date_was_told_is_invited_to_it(boards: Boards) -> None:
    boards.at("2002-09-02").give("schedule-board", LEAD, board=1, date="2002-10-10")
    assert not await boards.deliver(), "nobody was known by name"
    boards.person("dee", DIRECTOR)
    assert boards.inviting.renew() == 1
    assert facts(await boards.deliver()) == {"dee": ("REQUEST", 0)}


# Of an engagement


def test_the_calendar_of_an_engagement_has_its_boards_and_deadlines(boards: Boards) -> None:
    boards.at("2002-09-02").give("schedule-board", LEAD, board=1, date="2002-10-10", time="14:30", place="Hall")
    boards.give("schedule-board", LEAD, board=2, date="2002-11-14")
    boards.give("schedule-board", LEAD, board=3, date="2002-12")
    boards.give("cancel-board", LEAD, board=2)
    agendas = Agendas(host_of(boards.office.ledger.about), read_register())
    with boards.office.ledger.reading() as conn:
        content = agendas.of_engagement(conn, "haringey-1")
    events = {str(event["SUMMARY"]): event for event in check(content).walk("VEVENT")}
    name = "London Borough of Haringey"
    assert [said for said in events if said.startswith(f"{name}: board")] == [f"{name}: board 1"]
    assert str(events[f"{name}: board 1"]["LOCATION"]) == "Hall"
    report = events[f"Due, {name}: Send the team's report before the board (board 1)"]
    assert report.decoded("DTSTART") == date(2002, 10, 3)
    owed = {said.rpartition(": ")[2] for said in events if said.startswith("Due, ")}
    assert {"Hold the board (board 1)", "Hold the board (board 3)"} <= owed and "Hold the board (board 2)" not in owed
    with boards.office.ledger.reading() as conn, pytest.raises(KeyError):
        agendas.of_engagement(conn, "nowhere-1")
    assert set(invited_by(shipped().lifecycle)) >= {LEAD, DIRECTOR, CONSULTANT}
