"""Digests: who is told what on which morning, and how they go out through the real engine."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.workflowservice.v1 import ListScheduleMatchingTimesRequest
from temporalio.client import ScheduleActionStartWorkflow, ScheduleOverlapPolicy

from activities.digests import Digesting, waits
from activities.library import PEOPLE, Library, shipped_documents
from activities.mail import EmailChannel
from activities.messages import DigestTask
from domain.actors import ENGINE
from domain.calendar import Calendar
from domain.dates import LONDON, When, end_of, morning_of
from domain.digest import (
    Compiled,
    Digest,
    DigestsCompiled,
    Escalated,
    Item,
    Left,
    Morning,
    NoticeLeftToDigest,
    Owed,
    Strike,
    compile_for,
    digests,
    evolve,
    is_morning,
    morning,
    next_morning,
)
from domain.directory import EVENTS, Directory
from domain.directory import evolve as folded
from domain.notices import (
    DIGEST_UNDELIVERED,
    UNDELIVERED,
    Addressee,
    NoticeAddressed,
    NoticeAsked,
    NoticeBounced,
    NoticeSent,
    may_wait,
    of_digest,
    standing,
    undelivered,
)
from domain.part import Entry
from faces import desk
from ledger import read_models, sealing
from ledger.store import Ledger
from ledger.verify import verify
from tests.command_line import Run
from tests.engine import Rig, a_rig, deliveries, engagement_of, new_council, new_namespace, until
from tests.ledgers import Filled
from tests.mail_server import Mailbox, a_mail_server
from tests.transactions import Office, publish
from workers.composition import RELEASE
from workers.dev_server import DevServer
from workers.rebuild import rebuild_read_models
from workers.rehearsal import Rehearsal
from workers.running import Engine, send_digests, start_digests
from workers.settings import Settings

ENGLAND = Calendar.model_validate(next(document.value for kind, document in shipped_documents() if kind == "calendar"))
DAY = date(2002, 6, 10)
"""A Monday."""
AT = datetime(2002, 6, 10, 7, tzinfo=UTC)
"""Eight in the morning of it, in London."""
DIRECTOR, CHIEF, OFFICE = "council.director", "inspectorate.chief-inspector", "department.programme-office"
ONE, OTHER = "haringey-1", "swindon-1"
COUNCIL = {ONE: "E09000014", OTHER: "E06000030"}
SEALED = f"sealed:{'1' * 64}"


# Mornings


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2002-06-10T06:59:59", "2002-06-10T07:00"),
        ("2002-06-10T07:00:00", "2002-06-11T07:00"),
        ("2002-06-07T07:00:00", "2002-06-10T07:00"),  # over a weekend
        ("2002-05-31T12:00:00", "2002-06-05T07:00"),  # and two bank holidays: the Golden Jubilee
        ("2002-12-24T12:00:00", "2002-12-27T08:00"),
        ("2002-03-29T12:00:00", "2002-04-02T07:00"),  # summer time begins on Easter Sunday
        ("2002-10-25T12:00:00", "2002-10-28T08:00"),  # and ends
        ("2004-02-28T12:00:00", "2004-03-01T08:00"),
    ],
)
def test_digests_go_out_at_eight_in_london_on_the_next_working_morning(after: str, expected: str) -> None:
    found = next_morning(ENGLAND, datetime.fromisoformat(after).replace(tzinfo=UTC))
    assert found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") == expected


def test_a_bank_holiday_announced_late_is_no_morning_from_then_on() -> None:
    later = ENGLAND.model_copy(update={"version": 2, "holidays": ENGLAND.holidays | {DAY}})
    assert is_morning(ENGLAND, AT)
    assert not is_morning(ENGLAND, AT - timedelta(seconds=1))
    assert not is_morning(later, AT)
    assert next_morning(later, AT - timedelta(days=2)) == morning(date(2002, 6, 11))


# Who is told what


def people(*events: tuple[str, dict[str, Any]]) -> Directory:
    """A directory in which Ann, Bob and Carl are registered, Ann with a digest, and what else happened."""
    registered = [("person-registered", {"person": name, "name": SEALED}) for name in ("ann", "bob", "carl")]
    every = [*registered, ("preference-set", {"person": "ann", "pace": "digest"}), *events]
    state = Directory()
    for version, (kind, body) in enumerate(every, start=1):
        event = EVENTS[kind].read({"starts": "2002-05-01", **body} if kind in SPANNED else body)
        state = folded(state, Entry(version, When.parse("2002-05-01"), AT, ENGINE, event))
    return state


SPANNED = ("role-given", "absence-recorded")


def role(person: str, name: str = DIRECTOR, number: int = 1, **where: str) -> tuple[str, dict[str, Any]]:
    """That somebody holds a role."""
    return "role-given", {"holding": number, "person": person, "role": name, **where}


def away(person: str, cover: str | None) -> tuple[str, dict[str, Any]]:
    """That somebody is away."""
    return "absence-recorded", {"absence": 1, "person": person, "cover": cover}


def owed(due: str, engagement: str = ONE, owner: str = DIRECTOR, *strikes: Strike) -> Owed:
    """Something owed by the end of a day."""
    day = date.fromisoformat(due)
    item = Item(engagement=engagement, obligation="submit-pip", number=1, owner=owner, due_on=day)
    return Owed(item, COUNCIL[engagement], end_of(day), strikes)


def told(directory: Directory, *what: Owed, left: tuple[Left, ...] = (), before: Compiled | None = None) -> Any:
    """Everybody's digest this morning."""
    return digests(Morning(AT, directory, what, left, before or Compiled()))


LATE, SOON, FAR = owed("2002-06-09"), owed("2002-06-17"), owed("2002-06-18")


def test_a_digest_lists_what_is_late_and_what_is_due_within_seven_days() -> None:
    today = owed("2002-06-10")
    found = told(people(role("ann")), LATE, today, SOON, FAR)
    assert found == {"ann": Digest(day=DAY, late=(LATE.item,), soon=(today.item, SOON.item))}


def test_what_is_due_today_is_not_late_and_what_was_due_yesterday_is() -> None:
    digest = told(people(role("ann")), owed("2002-06-10"), LATE)["ann"]
    assert [item.due_on.isoformat() for item in digest.late] == ["2002-06-09"]
    assert [item.due_on.isoformat() for item in digest.soon] == ["2002-06-10"]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([role("ann")], {"ann"}, id="everywhere"),
        pytest.param([role("ann", council=COUNCIL[ONE])], {"ann"}, id="in the council"),
        pytest.param([role("ann", engagement=OTHER)], set(), id="in another engagement"),
        pytest.param([role("ann"), role("bob", number=2, engagement=ONE)], set(), id="somebody else holds it nearer"),
        pytest.param([role("ann", CHIEF)], set(), id="another role"),
        pytest.param([role("bob")], set(), id="told at once"),
        pytest.param([role("ann", ends="2002-06-09")], set(), id="no longer"),
        pytest.param([role("ann", starts="2002-06-11")], set(), id="not yet"),
        pytest.param([role("bob"), away("bob", "ann")], {"ann"}, id="stands in"),
        pytest.param([role("ann"), away("ann", "bob")], set(), id="away, and who stands in is told at once"),
        pytest.param([role("ann"), away("ann", None)], {"ann"}, id="away and nobody stands in"),
    ],
)
def test_a_digest_goes_to_whoever_wants_it_and_holds_the_role_that_day(
    events: list[tuple[str, dict[str, Any]]], expected: set[str]
) -> None:
    assert set(told(people(*events), LATE)) == expected


def test_nobody_gets_an_empty_digest() -> None:
    assert told(people(role("ann")), FAR) == {}
    assert told(people(role("ann"))) == {}


def test_an_escalation_is_new_to_whoever_owes_it_and_whoever_was_told_until_their_next_digest() -> None:
    strike = Strike(50, CHIEF, date(2002, 6, 7))
    directory = people(role("ann"), role("bob", CHIEF, 2), ("preference-set", {"person": "bob", "pace": "digest"}))
    what = owed("2002-06-06", ONE, DIRECTOR, strike)
    escalated = (Escalated(item=what.item, to=CHIEF, on=strike.on),)

    def after(**last: int) -> Any:
        return told(directory, what, before=Compiled(1, date(2002, 6, 7), (), 60, last))

    assert after() == {
        "ann": Digest(day=DAY, late=(what.item,), escalated=escalated),
        "bob": Digest(day=DAY, escalated=escalated),
    }
    assert after(ann=49, bob=49) == after()
    assert after(ann=50, bob=50) == {"ann": Digest(day=DAY, late=(what.item,))}
    # Whoever was away when the others were told learns of it when they are back.
    assert after(ann=50, bob=49)["bob"].escalated == escalated


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([role("ann")], {"ann"}, id="theirs"),
        pytest.param([], {"ann"}, id="theirs, though the role is not any more"),
        pytest.param([away("ann", "bob")], {"bob"}, id="who stands in, though told at once of all else"),
        pytest.param([away("ann", None)], {"ann"}, id="away and nobody stands in"),
        pytest.param([("preference-set", {"person": "ann", "pace": "at-once"})], {"ann"}, id="told at once since"),
    ],
)
def test_a_notice_that_was_left_is_told_of_once(events: list[tuple[str, dict[str, Any]]], expected: set[str]) -> None:
    found = told(people(*events), left=(Left("haringey-1.4.1", "ann"), Left("haringey-1.5.1", "ann")))
    assert set(found) == expected
    assert all(digest.left == ("haringey-1.4.1", "haringey-1.5.1") for digest in found.values())


def test_anybodys_digest_can_be_looked_at() -> None:
    ahead = Morning(AT, people(role("bob")), (LATE,))
    assert digests(ahead) == {}
    assert compile_for(ahead, ["bob", "carl"]) == {"bob": Digest(day=DAY, late=(LATE.item,)), "carl": Digest(day=DAY)}


def test_what_was_compiled_is_kept_by_person() -> None:
    state = Compiled()
    for day, through, those in ((7, 40, ("ann", "bob")), (10, 60, ("bob",))):
        state = evolve(state, DigestsCompiled(day=date(2002, 6, day), through=through, people=those))
    assert (state.version, state.through, state.last) == (2, 60, {"ann": 40, "bob": 60})
    assert state.ids == ("digest.2002-06-10.1",)


# What is left to a digest


def asked(template: str, **more: Any) -> NoticeAsked:
    """A notice to the director."""
    return NoticeAsked(
        about="engagement/haringey-1", version=4, template=template, council="E09000014", to=DIRECTOR, **more
    )


@pytest.mark.parametrize(
    ("notice", "waits"),
    [
        (asked("stage-entered"), True),
        (asked("obligation-reminded"), True),
        (asked("obligation-escalated"), False),
        (asked("engagement-stuck"), False),
        (asked(UNDELIVERED, notice="haringey-1.3.1"), False),
        (asked(DIGEST_UNDELIVERED, notice="digest.2002-06-10.1"), False),
        (asked("board-scheduled", meeting="1.1"), False),
        (of_digest(1, 1, "ann", Digest(day=DAY))[1], False),
    ],
)
def test_an_escalation_and_what_cannot_wait_go_at_once(notice: NoticeAsked, waits: bool) -> None:
    assert may_wait(notice) is waits


def test_a_notice_left_to_digests_is_settled_and_nobody_was_missed() -> None:
    to = tuple(Addressee(person=person, channel="email") for person in ("ann", "bob"))
    first, left = asked("stage-entered"), NoticeLeftToDigest(channel="email", recipient="ann")
    start = (first, NoticeAddressed(recipients=to), left)
    sent = NoticeSent(channel="email", attempt=1, recipient="bob")
    bounced = NoticeBounced(channel="email", recipient="bob", why="refused", attempt=1)
    also = NoticeLeftToDigest(channel="email", recipient="bob")
    states = {name: standing((*start, last)) for name, last in (("sent", sent), ("partly", bounced), ("digest", also))}
    assert standing(start).state == "asked"
    assert {name: (found.state, found.settled) for name, found in states.items()} == {
        "sent": ("sent", True),
        "partly": ("partly", True),
        "digest": ("digest", True),
    }
    assert [found.undelivered for found in states.values()] == [False, True, False]


def test_the_office_is_told_of_a_digest_that_did_not_arrive_and_never_of_that_in_turn() -> None:
    id, notice = of_digest(3, 2, "ann", Digest(day=DAY, late=(LATE.item,)))
    assert (id, notice.about, notice.version, notice.to) == ("digest.2002-06-10.2", "digest", 3, "")
    found = undelivered(id, notice)
    assert found is not None
    assert found[0] == "digest.undelivered.2002-06-10.2"
    assert (found[1].template, found[1].to, found[1].notice) == (DIGEST_UNDELIVERED, OFFICE, id)
    assert undelivered(*found) is None


@pytest.mark.parametrize(
    ("at", "to", "expected"),
    [
        ("2002-07-25T09:00", DIRECTOR, True),
        pytest.param("2002-07-26T09:00", DIRECTOR, False, id="due at the end of this Friday"),
        pytest.param("2002-07-26T09:00", CHIEF, True, id="owed by somebody else"),
        pytest.param("2002-07-27T09:00", DIRECTOR, True, id="late already"),
    ],
)
def test_what_is_to_be_done_before_the_next_digest_is_told_at_once(
    ledger: Ledger, tmp_path: Path, at: str, to: str, expected: bool
) -> None:
    office = Office(ledger, tmp_path)
    office.rate()
    told = NoticeAsked(about="engagement/haringey-1", version=2, template="stage-entered", council="E09000014", to=to)
    with ledger.reading() as conn:
        assert waits(conn, Library(), told, datetime.fromisoformat(at).replace(tzinfo=UTC)) is expected


def test_digests_are_compiled_from_what_is_on_record(ledger: Ledger, tmp_path: Path) -> None:
    office = Office(ledger, tmp_path)
    office.rate()
    for person in ("ann", "bob"):
        assert office.give(PEOPLE, "register-person", OFFICE, {"person": person, "name": person}).accepted
        assert office.give(PEOPLE, "give-role", OFFICE, {"person": person, "role": CHIEF}).accepted
    assert office.give(PEOPLE, "set-preference", OFFICE, {"person": "ann", "pace": "digest"}).accepted
    office.at = datetime(2002, 6, 17, 9, tzinfo=UTC)
    office.clock("engagement/haringey-1")
    digesting = Digesting(ledger, RELEASE, lambda: office.at)

    def compile_at(moment: datetime) -> tuple[str, ...]:
        office.at = moment
        return digesting.compile_digests(DigestTask(at=moment)).ids

    assert compile_at(datetime(2002, 6, 18, 6, 59, tzinfo=UTC)) == (), "not yet"
    assert compile_at(datetime(2002, 6, 16, 12, tzinfo=UTC)) == (), "a Sunday"
    ids = compile_at(datetime(2002, 6, 18, 7, tzinfo=UTC))
    assert ids == ("digest.2002-06-18.1",)
    assert compile_at(datetime(2002, 6, 18, 15, tzinfo=UTC)) == ids, "the same, and no other"
    (told,) = office.bodies(f"notice/{ids[0]}", "notice-asked")
    assert (told["person"], told["digest"]["day"]) == ("ann", "2002-06-18")
    assert [item["obligation"] for item in told["digest"]["late"]] == ["meet-council"]
    assert [one["to"] for one in told["digest"]["escalated"]] != []
    assert [body["people"] for body in office.bodies("digest", "digests-compiled")] == [["ann"]]
    assert verify(ledger).ok
    rebuild_read_models(ledger, lambda done, total: None)
    with ledger.reading() as conn:
        (row,) = [row for row in read_models.every_notice(conn) if row.id == ids[0]]
    assert (row.template, row.state, row.settled) == ("digest", "asked", False)


def test_nobody_who_wants_one_means_no_digest_and_no_record_of_any(ledger: Ledger, tmp_path: Path) -> None:
    office = Office(ledger, tmp_path)
    office.rate()
    digesting = Digesting(ledger, RELEASE, lambda: office.at)
    assert digesting.compile_digests(DigestTask(at=datetime(2002, 6, 18, 7, tzinfo=UTC))).ids == ()
    assert office.types("digest") == []


# Through the engine


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with a_mail_server() as mailbox:
        yield mailbox


class Desk:
    """An engine whose clock a rehearsal's driver moves: Ann and Bob are directors of a council, Ann with a digest."""

    def __init__(self, rig: Rig, mailbox: Mailbox, home: Path) -> None:
        self.rig, self.mailbox = rig, mailbox
        settings = Settings(home=home, smtp_url=mailbox.url, mail_from="turnaround@department.example")
        assert settings.mail_server is not None
        deliveries(rig)._channels["email"] = EmailChannel(settings.mail_server, 5)
        engine = Engine(rig.ledger, rig.process, rig.face, "", skipper=rig.skipper)
        self.driver = Rehearsal(engine, lambda event: None)
        self.council = new_council()
        self.engagement = engagement_of(self.council)

    async def people(self, **more: Any) -> None:
        """Register Ann and Bob, then open an engagement of theirs."""
        for number, name in enumerate(("ann", "bob")):
            await self.office("register-person", person=name, name=name.title(), email=f"{name}@council.example")
            await self.office("give-role", person=name, role=DIRECTOR, council=self.council)
            if not number:
                await self.office("set-preference", person=name, pace="digest")
        await self.rig.open(self.council)
        await self.rig.all_settled(self.engagement)

    async def office(self, command: str, **body: Any) -> None:
        """Something that the programme office does in the directory."""
        outcome = await self.rig.give(PEOPLE, command, OFFICE, **body)
        assert outcome.accepted, outcome.outcome

    async def to(self, day: str, hour: int = 10) -> None:
        """Move on to an hour of a day."""
        await self.driver.move_to(morning_of(date.fromisoformat(day)) + timedelta(hours=hour - 9))

    def compiled(self) -> list[str]:
        """When digests were compiled, by London's clock."""
        found = self.rig.of_type("digest", "digests-compiled")
        return [f"{event.recorded_at.astimezone(LONDON):%a %d %B %H:%M}" for event in found]

    def mail(self, name: str, what: str = "") -> list[str]:
        """The subjects of what somebody was sent, that hold something."""
        found = [m for m in self.mailbox.accepted if str(m["To"]).startswith(name.title())]
        return [str(m["Subject"]) for m in found if what in str(m["Subject"])]

    def body(self, name: str) -> str:
        """The last that somebody was sent."""
        last = [m for m in self.mailbox.accepted if str(m["To"]).startswith(name.title())][-1]
        return str(last.get_content()).replace("\r\n", "\n")


@asynccontextmanager
async def a_desk(temporal: DevServer, home: Path, mailbox: Mailbox, start: str) -> AsyncIterator[Desk]:
    at = morning_of(date.fromisoformat(start))
    namespace = await new_namespace(
        temporal
    )  # its own: there is one directory of people, and one digest a day, in each
    async with a_rig(temporal.address, home / "home", at=at, namespace=namespace) as rig:
        desk = Desk(rig, mailbox, home)
        await desk.people()
        yield desk


@pytest.mark.parametrize(
    ("start", "end", "mornings"),
    [
        pytest.param(
            "2002-05-30",
            "2002-06-06",
            ["Fri 31 May 08:00", "Wed 05 June 08:00", "Thu 06 June 08:00"],
            id="a weekend and two bank holidays",
        ),
        pytest.param(
            "2002-10-24",
            "2002-10-29",
            ["Fri 25 October 08:00", "Mon 28 October 08:00", "Tue 29 October 08:00"],
            id="summer time ends",
        ),
        pytest.param("2003-03-28", "2003-04-01", ["Mon 31 March 08:00", "Tue 01 April 08:00"], id="it begins"),
    ],
)
async def test_digests_are_compiled_each_working_morning(
    temporal: DevServer, tmp_path: Path, mailbox: Mailbox, start: str, end: str, mornings: list[str]
) -> None:
    async with a_desk(temporal, tmp_path, mailbox, start) as desk:
        await desk.to(end)
        assert desk.compiled() == mornings


async def test_what_can_wait_is_left_to_the_digest_and_an_escalation_is_not(
    temporal: DevServer, tmp_path: Path, mailbox: Mailbox
) -> None:
    async with a_desk(temporal, tmp_path, mailbox, "2002-05-29") as desk:
        assert desk.mail("bob") != []
        assert desk.mail("ann") == []
        await desk.to("2002-05-31")
        (first,) = desk.mail("ann")
        assert first == f"Your digest for Thursday 30 May 2002: {len(desk.mail('bob'))} told of"
        for subject in desk.mail("bob"):
            assert f"- {subject}" in desk.body("ann")

        await desk.office("give-role", person="ann", role="council.chief-executive")
        await desk.to("2002-07-29", 7)  # the plan was due on Friday the 26th, and its reminders have gone out
        assert desk.mail("ann", "Reminder") == []
        assert desk.mail("bob", "Reminder") != []
        assert desk.mail("bob", "digest") == []
        assert len(desk.mail("ann", "Overdue")) == 1
        await desk.to("2002-07-29", 8)
        last = desk.body("ann")
        assert "Late:\n- " in last and "26 July 2002 from the Director of social services: 3 days late" in last
        assert "Newly escalated:\n- " in last
        assert "was told on 27 July 2002" in last

        await desk.to("2002-07-30", 8)
        assert "4 days late" in desk.body("ann")
        assert "Newly escalated" not in desk.body("ann")


async def test_the_same_morning_is_compiled_once_whoever_asks_and_however_often(
    temporal: DevServer, tmp_path: Path, mailbox: Mailbox
) -> None:
    async with a_desk(temporal, tmp_path, mailbox, "2002-05-29") as desk:
        at = datetime(2002, 5, 30, 7, tzinfo=UTC)
        await desk.rig.move_to(at)
        queue = desk.rig.settings.task_queue
        for _ in range(2):
            await asyncio.gather(*(send_digests(desk.rig.client, queue, at) for _ in range(3)))
        await until(lambda: not desk.rig.unsettled(), "it is sent")
        assert len(desk.compiled()) == len(desk.mail("ann", "Your digest")) == 1


async def test_a_crash_after_the_digests_were_asked_for_sends_them_once(
    temporal: DevServer, tmp_path: Path, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, failed = Digesting._ask, list[int]()

    def fail_once(self: Digesting, *rest: Any) -> tuple[str, ...]:
        ids = ask(self, *rest)
        if not failed:
            failed.append(1)
            raise OSError("killed here")
        return ids

    monkeypatch.setattr(Digesting, "_ask", fail_once)
    async with a_desk(temporal, tmp_path, mailbox, "2002-05-29") as desk:
        await desk.to("2002-05-30")
        assert failed and len(desk.compiled()) == len(desk.mail("ann", "Your digest")) == 1


async def test_a_morning_missed_is_caught_up_once_on_the_same_day_and_not_on_another(
    temporal: DevServer, tmp_path: Path, mailbox: Mailbox
) -> None:
    async with a_desk(temporal, tmp_path, mailbox, "2002-05-29") as desk:
        rig, queue = desk.rig, desk.rig.settings.task_queue

        async def down_until(at: datetime, started: datetime) -> None:
            await rig.stop_worker()
            fired = asyncio.create_task(send_digests(rig.client, queue, started))
            await rig.move_to(at)
            await rig.start_worker()
            await fired
            await until(lambda: not rig.unsettled(), "it is sent")

        friday = datetime(2002, 5, 31, 7, tzinfo=UTC)
        await down_until(friday + timedelta(hours=7), friday)
        assert desk.compiled() == ["Fri 31 May 15:00"]
        assert len(desk.mail("ann", "Your digest for Friday 31 May 2002")) == 1
        wednesday = datetime(2002, 6, 5, 7, tzinfo=UTC)
        await down_until(wednesday + timedelta(days=3), wednesday)
        assert len(desk.compiled()) == 1, "on a Saturday nobody is sent a digest"


async def test_a_calendar_with_a_late_bank_holiday_moves_the_digest_to_the_next_morning(
    temporal: DevServer, tmp_path: Path, mailbox: Mailbox
) -> None:
    async with a_desk(temporal, tmp_path, mailbox, "2002-05-29") as desk:
        publish(desk.rig.ledger, ENGLAND, desk.rig.clock, "2002-05-30")
        await desk.to("2002-05-31")
        assert desk.compiled() == ["Fri 31 May 08:00"]


async def test_a_digest_that_bounces_is_told_to_the_office_with_what_it_was_to_say(
    temporal: DevServer, tmp_path: Path, mailbox: Mailbox
) -> None:
    async with a_desk(temporal, tmp_path, mailbox, "2002-05-29") as desk:
        mailbox.rcpt = lambda address: "550 no such person" if address.startswith("ann") else None
        await desk.to("2002-05-30")
        (_, notice), *_ = [(id, id) for id in desk.rig.files() if "digest" in id]
        assert notice == "digest.undelivered.2002-05-30.1.txt"
        text = (desk.rig.settings.outbox / notice).read_text(encoding="utf-8")
        assert text.startswith("Subject: A digest did not reach ann")
        assert "the mail server refused the address (its answer was 550)" in text
        assert f"- {desk.mail('bob')[0]}" in text


async def test_the_digest_of_somebody_who_is_away_goes_to_whoever_stands_in_and_an_erased_one_bounces(
    temporal: DevServer, tmp_path: Path, mailbox: Mailbox
) -> None:
    async with a_desk(temporal, tmp_path, mailbox, "2002-05-29") as desk:
        await desk.office("register-person", person="carl", name="Carl", email="carl@council.example")
        await desk.office("record-absence", person="ann", starts="2002-05-30", ends="2002-05-31", cover="carl")
        await desk.to("2002-05-30")
        assert len(desk.mail("carl", "Your digest for Thursday 30 May 2002")) == 1
        assert desk.mail("ann") == []

        with desk.rig.ledger.writing() as tx:
            sealing.erase(tx, desk.rig.clock, subject="ann")
        await desk.to("2002-07-30")  # the plan is late by then
        assert desk.mail("ann") == []
        bounced = [event for event in desk.rig.all_events() if event.type == "notice-bounced"]
        assert {event.body["why"] for event in bounced if event.stream.startswith("notice/digest.")} == {"no-address"}


async def test_nothing_personal_travels_through_temporal(temporal: DevServer, tmp_path: Path, mailbox: Mailbox) -> None:
    async with a_desk(temporal, tmp_path, mailbox, "2002-05-29") as desk:
        await desk.to("2002-05-30")
        assert desk.mail("ann", "Your digest")
        await until(lambda: _listed(desk.rig, "DigestWorkflow"), "it is listed")
        histories = await desk.rig.histories()
        kinds = {
            history.events[0].workflow_execution_started_event_attributes.workflow_type.name for history in histories
        }
        assert "DigestWorkflow" in kinds
        for history in histories:
            text = history.workflow_id + history.to_json()
            assert not any(word in text for word in ("ann", "Ann", "council.example")), history.workflow_id


async def _listed(rig: Rig, kind: str) -> bool:
    query = f"TaskQueue = '{rig.settings.task_queue}' AND WorkflowType = '{kind}'"
    return [found async for found in rig.client.list_workflows(query)] != []


async def test_the_schedule_fires_at_eight_in_london_whatever_the_season(temporal: DevServer, tmp_path: Path) -> None:
    namespace = await new_namespace(temporal)
    async with a_rig(temporal.address, tmp_path / "home", worker=False, namespace=namespace) as rig:
        for _ in range(2):
            await start_digests(rig.client, rig.settings.task_queue)
        description = await rig.client.get_schedule_handle("digest").describe()
        schedule = description.schedule
        assert isinstance(schedule.action, ScheduleActionStartWorkflow)
        assert (schedule.action.workflow, schedule.action.id) == ("DigestWorkflow", "digest/daily")
        assert schedule.policy.overlap is ScheduleOverlapPolicy.SKIP
        assert schedule.policy.catchup_window == timedelta(days=1)
        found = []
        for start, end in ((date(2027, 3, 26), date(2027, 3, 30)), (date(2027, 10, 29), date(2027, 11, 2))):
            times = await rig.client.workflow_service.list_schedule_matching_times(
                ListScheduleMatchingTimesRequest(
                    namespace=rig.client.namespace,
                    schedule_id="digest",
                    start_time=_stamp(start),
                    end_time=_stamp(end),
                )
            )
            found += [f"{time.ToDatetime():%a %d %b %H:%M}" for time in times.start_time]
        assert found == [
            "Fri 26 Mar 08:00",
            "Mon 29 Mar 07:00",
            "Fri 29 Oct 07:00",
            "Mon 01 Nov 08:00",
        ]


def _stamp(day: date) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(datetime.combine(day, datetime.min.time()))
    return stamp


# The command line


def hold_the_role(filled: Filled, *people: str) -> None:
    """Register people as chief inspectors, the first of them with a digest."""
    for person in people:
        filled.give(PEOPLE, "register-person", OFFICE, fields={"person": person, "name": person.title()})
        filled.give(PEOPLE, "give-role", OFFICE, fields={"person": person, "role": CHIEF})
    filled.give(PEOPLE, "set-preference", OFFICE, fields={"person": people[0], "pace": "digest"})


def test_anybodys_digest_is_shown_without_being_sent(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = datetime(2026, 9, 1, 11, tzinfo=UTC)
    filled = Filled.make(tmp_path, opened)
    filled.give("council/E09000014", "publish-rating", CHIEF, service="social-services", stars=0)
    hold_the_role(filled, "ann", "bob")
    filled.ledger.close()
    monkeypatch.setattr(desk.Desk, "now", property(lambda self: opened + timedelta(days=16)))

    told = run(tmp_path, "digest", "--for", "ann")
    assert told.code == 0, told.err
    assert told.rows == [["late", "haringey-1", "meet-council", CHIEF, "2026-09-15", "2 days late"]]
    assert "ann: 1 late." in told.err
    data = run(tmp_path, "digest", "--for", "ann", "--json").json
    assert (data["person"], data["pace"], data["day"]) == ("ann", "digest", "2026-09-17")
    assert [(one["obligation"], one["title"]) for one in data["late"]] == [
        ("meet-council", "Meet the council about its rating")
    ]
    assert "bob is told at once of everything, and gets no digest." in run(tmp_path, "digest", "--for", "bob").err
    missing = run(tmp_path, "digest", "--for", "anne")
    assert (missing.code, "did you mean ann?" in missing.err) == (3, True)
    assert run(tmp_path, "digest").code == 2


def test_notices_show_digests_and_what_was_left_to_them(run: Run, tmp_path: Path) -> None:
    filled = Filled.make(tmp_path, datetime(2002, 5, 29, 9, tzinfo=UTC))
    hold_the_role(filled, "ann")
    filled.give("council/E09000014", "publish-rating", CHIEF, service="social-services", stars=0)
    at = datetime(2002, 6, 12, 7, tzinfo=UTC)
    Digesting(filled.ledger, RELEASE, lambda: at).compile_digests(DigestTask(at=at))
    filled.ledger.close()
    shown = {one["id"]: one for one in run(tmp_path, "notices", "--json").json}
    one = shown["digest.2002-06-12.1"]
    assert (one["engagement"], one["to"], one["person"], one["template"]) == (None, None, "ann", "digest")
    assert [item["obligation"] for item in one["digest"]["soon"]] == ["meet-council"]
    row = next(row for row in run(tmp_path, "notices").rows if row[0] == "digest.2002-06-12.1")
    assert row[2:5] == ["ann", "digest", "asked"]
