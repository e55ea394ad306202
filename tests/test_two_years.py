"""Two years of an invented council, from zero stars to the review after the exit, with a worker that is killed on the way.

Everything is real: the dev server with time skipped, a worker in a process of its own that SIGKILL ends in the middle of
its work ten times, and a mail server. Who was to be told of what, and when, stands in a table that was worked out by hand
from the lifecycle's rules and the bank holidays of England, and nothing in this file counts a day.
"""

import asyncio
import re
import secrets
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from functools import partial
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random

from activities import folding
from activities.library import PEOPLE
from activities.signatures import Keyring
from domain import spoken
from domain.case import read_case
from domain.dates import LONDON, morning_of
from domain.documents import parse
from domain.notices import EVENTS, NoticeAsked, Standing, standing
from domain.records import Recorded
from ledger import read_models
from ledger.verify import verify
from tests.engine import OFFICE, Rig, a_rig, a_server, until
from tests.given import shipped
from tests.mail_server import Mailbox, a_mail_server
from tests.transactions import publish
from tests.worker_process import mine
from workers.rehearsal import Rehearsal, starts_at
from workers.running import Engine

COUNCIL = "Council X2002001"
ENGAGEMENT = "council-x2002001-1"

CASE = """
council: X2002001
title: Two years
model: performance-action-team
source: Invented
steps:
  - {on: 2002-05-29, do: publish-rating, as: inspectorate.chief-inspector, with: {service: social-services, stars: 0}}
  - {on: 2002-06-13, do: meet-council, as: inspectorate.chief-inspector}
  - on: 2002-07-01
    do: pause-clock
    as: department.programme-office
    with: {obligation: submit-pip, ground: other-body, reason: The health authority's own plan is awaited.}
  - {on: 2002-07-15, do: resume-clock, as: department.programme-office, with: {obligation: submit-pip}}
  - {on: 2002-08-20, do: receive-pip, as: council.director}
  - {on: 2002-09-17, do: judge-pip, as: inspectorate.lead-inspector, with: {verdict: acceptable}}
  - on: 2002-09-18
    do: assess-conditions
    as: inspectorate.lead-inspector
    with: {assessments: [{condition: council.leadership, holds: partly}]}
  - on: 2002-09-27
    do: recommend
    as: inspectorate.chief-inspector
    with: {outcome: engage, grounds: Too few managers to do it alone.}
  - on: 2002-10-14
    do: record-decision
    as: department.minister
    with: {outcome: engage, reasons: A team is needed., document: DH/1}
  - on: 2002-10-24
    do: draft-scope
    as: inspectorate.lead-inspector
    with:
      failure_location: department
      areas: [{concern: practice.thresholds, action: Agree thresholds., priority: 1, outcome: Children are seen in time.}]
  - {on: 2002-10-30, do: agree-scope, as: inspectorate.lead-inspector}
  - {on: 2002-11-05, do: agree-scope, as: council.director}
  - {on: 2002-11-08, do: invite-tenders, as: department.official, with: {route: framework, framework: F/1}}
  - {on: 2002-12-02, do: receive-bid, as: department.official, with: {bidder: KPMG}}
  - on: 2003-01-07
    do: sit-panel
    as: department.official
    with: {members: [department.official, inspectorate.lead-inspector, council.director], preferred: KPMG}
  - on: 2003-01-09
    do: award-contract
    as: department.official
    with: {team: KPMG, starts: 2003-01-09, ends: 2003-06-30, deliverables: [{id: thresholds, title: Thresholds}]}
  - {on: 2003-01-14, do: hold-mobilisation-meeting, as: inspectorate.lead-inspector}
  - {on: 2003-01-15, do: name-lead, as: inspectorate.lead-inspector, with: {party: inspectorate, person: max}}
  - {on: 2003-01-15, do: name-lead, as: council.director, with: {party: council, person: dora}}
  - {on: 2003-01-15, do: name-lead, as: team.senior-partner, with: {party: team, person: theo}}
  - on: 2003-02-10
    do: submit-pid
    as: team.lead-consultant
    with:
      workstreams: [{id: practice, title: Practice}]
      deliverables: [{id: thresholds, title: Thresholds, workstream: practice}]
  - {on: 2003-02-12, do: agree-pid, as: board.board}
  - {on: 2003-02-14, do: schedule-board, as: inspectorate.lead-inspector, with: {board: 1, date: 2003-03-31}}
  - {on: 2003-03-21, do: send-report, as: team.lead-consultant, with: {board: 1}}
  - {on: 2003-04-02, do: hold-board, as: inspectorate.lead-inspector, with: {board: 1}}
  - {on: 2003-04-08, do: circulate-minutes, as: council.assistant-director, with: {board: 1}}
  - {on: 2003-04-10, do: submit-deliverable, as: team.lead-consultant, with: {deliverable: thresholds}}
  - {on: 2003-04-14, do: accept-deliverable, as: board.board, with: {deliverable: thresholds}}
  - {on: 2003-04-28, do: pass-lead, as: board.board, with: {days: "30"}}
  - {on: 2003-06-02, do: use-final-days, as: council.director, with: {days: "30"}}
  - {on: 2003-06-10, do: evaluate-deliverables, as: inspectorate.lead-inspector}
  - {on: 2003-06-11, do: evaluate-contribution, as: inspectorate.lead-inspector}
  - {on: 2003-06-12, do: evaluate-improvement, as: inspectorate.lead-inspector, with: {improved: "yes"}}
  - {on: 2003-06-24, do: evaluate-impact, as: inspectorate.lead-inspector}
  - {on: 2003-06-30, do: sign-off-exit, as: board.board}
  - {on: 2003-09-15, do: hold-strategy-meeting, as: department.official, with: {next: 2003-10-26}}
  - {on: 2003-11-03, do: hold-strategy-meeting, as: department.official, with: {next: 2004-03-28}}
  - {on: 2004-04-05, do: hold-strategy-meeting, as: department.official}
  - {on: 2004-06-24, do: record-review, as: inspectorate.lead-inspector}
"""


@dataclass(frozen=True)
class Told:
    """A notice: when it was asked for in London (an hour where the clock asked for it), of what, to which role, and to whom.

    To whom: a person by mail; `by file` for who has no address, `refused` where the mail server takes none for it, `for`
    where somebody stands in.
    """

    when: str
    what: str
    role: str
    people: tuple[str, ...]


def told(when: str, what: str, role: str, *people: str) -> Told:
    return Told(when, what, role, people)


CHIEF, LEAD, REGION = "inspectorate.chief-inspector", "inspectorate.lead-inspector", "inspectorate.regional-director"
DIRECTOR, EXECUTIVE, ASSISTANT = "council.director", "council.chief-executive", "council.assistant-director"
OFFICIAL, TEAM, PARTNER = "department.official", "team.lead-consultant", "team.senior-partner"

# "wd" are working days. Bank holidays that matter: 3 and 4 June and 26 August 2002, Christmas 2002 (25 and 26 December,
# 1 January), Easter 2003 (18 and 21 April), 5 and 26 May 2003; and 2 September 2002, which is announced on 28 August.
TABLE = [
    told("2002-05-29", "opened", EXECUTIVE, "carl by file"),
    told("2002-05-29", "opened", DIRECTOR, "dora"),
    told("2002-05-29", "opened", REGION, "rita"),
    told("2002-05-29", "opened", OFFICE, "olga"),
    told("2002-05-29", "stage Special measures", LEAD, "lea"),
    told("2002-05-29", "stage Special measures", DIRECTOR, "dora"),
    # 10 wd after 29 May: 30 and 31 May, 5 to 7 June (3 and 4 are holidays), 10 to 14 June. Three before: 13, 12, 11 June.
    # The chief inspector is away from 3 to 21 June.
    told("2002-06-11 09:00", "remind meet-council 14 June 2002", CHIEF, "deputy for chief"),
    # 40 wd after 29 May is 26 July. Paused on 1 July: 19 wd left (2 to 5, 8 to 12, 15 to 19, 22 to 26 July). From 15 July
    # those reach to 9 August: 16 to 19, 22 to 26, 29 July to 2 August, 5 to 9 August. Ten before: 8 to 5 August, 2 August to
    # 29 July, 26 July; three before: 8, 7, 6 August. The reminders of 12 and 23 July never come.
    told("2002-07-26 09:00", "remind submit-pip 9 August 2002", DIRECTOR, "dora"),
    told("2002-08-06 09:00", "remind submit-pip 9 August 2002", DIRECTOR, "dora"),
    # Not in by then: told at the midnight that ends the day, and 5 wd later (12 to 16 August). 20 wd would be in September.
    told("2002-08-10 00:00", "overdue submit-pip 9 August 2002", EXECUTIVE, "carl by file"),
    told("2002-08-16 09:00", "overdue submit-pip 9 August 2002", REGION, "rita"),
    # Received on 20 August: 15 wd are 21 to 23, 27 to 30 August (26 is a holiday), 2 to 6, 9 to 11 September. As 2 September
    # becomes a holiday it is 12 September. Three before: 11, 10, 9 September; without the holiday it had been 6 September.
    told("2002-09-09 09:00", "remind judge-pip 12 September 2002", LEAD, "lea"),
    told("2002-09-13 09:00", "overdue judge-pip 12 September 2002", REGION, "rita"),
    told("2002-09-17", "stage Decision", LEAD, "lea"),
    told("2002-09-17", "stage Decision", DIRECTOR, "dora"),
    # 10 wd after 17 September: 18 to 20, 23 to 27, 30 September, 1 October. Three before: 30, 27, 26 September.
    told("2002-09-26 09:00", "remind recommend 1 October 2002", CHIEF, "chief"),
    # Recommended on 27 September: 15 wd are 30 September to 4 October, 7 to 11, 14 to 18. Five before: 17 to 14, 11 October.
    told("2002-10-11 09:00", "remind decide 18 October 2002", OFFICIAL, "otto"),
    told("2002-10-14", "decided", EXECUTIVE, "carl by file"),
    told("2002-10-14", "decided", CHIEF, "chief"),
    told("2002-10-14", "decided", OFFICE, "olga"),
    # From 1 October Max is the lead inspector, and Lea no longer.
    told("2002-10-14", "stage Scoping", LEAD, "max"),
    told("2002-10-14", "stage Scoping", DIRECTOR, "dora"),
    # 10 wd after 14 October: 15 to 18, 21 to 25, 28 October, when summer time is over. Three before: 25, 24, 23 October.
    told("2002-10-23 09:00", "remind draft-scope 28 October 2002", LEAD, "max"),
    # Drafted on 24 October: 10 wd are 25, 28 October to 1 November, 4 to 7 November. Three before: 6, 5, 4 November.
    told("2002-11-04 09:00", "remind agree-scope 7 November 2002", DIRECTOR, "dora"),
    told("2002-11-05", "stage Tender", LEAD, "max"),
    told("2002-11-05", "stage Tender", DIRECTOR, "dora"),
    # 35 wd after 5 November: 6 to 8, 11 to 15, 18 to 22, 25 to 29, 2 to 6 December, 9 to 13, 16 to 20, 23 and 24 December.
    # Ten before: 23, 20 to 16, 13 to 10 December. One after, over Christmas: 27 December.
    told("2002-12-10 09:00", "remind award 24 December 2002", OFFICIAL, "otto"),
    told("2002-12-27 09:00", "overdue award 24 December 2002", OFFICE, "olga"),
    told("2003-01-09", "stage Mobilisation", LEAD, "max"),
    told("2003-01-09", "stage Mobilisation", DIRECTOR, "dora"),
    # 25 wd after 9 January: 10, 13 to 17, 20 to 24, 27 to 31, 3 to 7 February, 10 to 13. Five before: 12 to 10, 7, 6 February.
    # Theo is known as the lead consultant from 7 February only, so nobody holds the role, and the office is told.
    told("2003-02-06 09:00", "remind submit-pid 13 February 2003", TEAM),
    told("2003-02-06", "undelivered", OFFICE, "olga"),
    told("2003-02-12", "stage Board cycles", LEAD, "max"),
    told("2003-02-12", "stage Board cycles", DIRECTOR, "dora"),
    # The date of the first board is set: all who make up a board are invited, of whom two can't be reached.
    told("2003-02-14", "board 31 March 2003", LEAD, "max"),
    told("2003-02-14", "board 31 March 2003", OFFICIAL, "otto"),
    told("2003-02-14", "board 31 March 2003", DIRECTOR, "dora"),
    told("2003-02-14", "board 31 March 2003", ASSISTANT, "anna refused"),
    told("2003-02-14", "board 31 March 2003", PARTNER),
    told("2003-02-14", "board 31 March 2003", TEAM, "theo"),
    told("2003-02-14", "undelivered", OFFICE, "olga"),
    told("2003-02-14", "undelivered", OFFICE, "olga"),
    # It is on 31 March. The report is due 5 wd before: 28 to 24 March; reminded 3 wd before that: 21, 20, 19 March.
    told("2003-03-19 09:00", "remind send-report 24 March 2003", TEAM, "theo"),
    # Two before the board: 28, 27 March; summer time begins on 30 March. It does not meet that day.
    told("2003-03-27 09:00", "remind hold-board 31 March 2003", LEAD, "max"),
    told("2003-04-01 09:00", "overdue hold-board 31 March 2003", REGION, "rita"),
    # It met on 2 April: 5 wd are 3, 4, 7, 8, 9 April. Two before: 8, 7 April. The mail server takes nothing for Anna.
    told("2003-04-07 09:00", "remind circulate-minutes 9 April 2003", ASSISTANT, "anna refused"),
    told("2003-04-07", "undelivered", OFFICE, "olga"),
    told("2003-04-14", "stage Council-led final days", LEAD, "max"),
    told("2003-04-14", "stage Council-led final days", DIRECTOR, "dora"),
    # 10 wd after 14 April, over Easter: 15 to 17, 22 to 25, 28 to 30 April. Three before: 29, 28, 25 April.
    told("2003-04-25 09:00", "remind pass-lead 30 April 2003", LEAD, "max"),
    told("2003-06-02", "stage Exit", LEAD, "max"),
    told("2003-06-02", "stage Exit", DIRECTOR, "dora"),
    # 20 wd after 2 June: 3 to 6, 9 to 13, 16 to 20, 23 to 27, 30 June. Five before: 27 to 23 June.
    told("2003-06-23 09:00", "remind evaluate 30 June 2003", LEAD, "max"),
    told("2003-06-30", "stage Follow-up", LEAD, "max"),
    told("2003-06-30", "stage Follow-up", DIRECTOR, "dora"),
    # The next meeting is to be on the Sunday on which summer time ends. Five wd before: 24 to 20 October, in summer time; one
    # after: 27 October, in winter time.
    told("2003-10-20 09:00", "remind hold-next-meeting 26 October 2003", OFFICIAL, "otto"),
    told("2003-10-27 09:00", "overdue hold-next-meeting 26 October 2003", OFFICE, "olga"),
    # And the next on the Sunday on which it begins. Five before: 26 to 22 March; one after: 29 March.
    told("2004-03-22 09:00", "remind hold-next-meeting 28 March 2004", OFFICIAL, "otto"),
    told("2004-03-29 09:00", "overdue hold-next-meeting 28 March 2004", OFFICE, "olga"),
    # Twelve months after 30 June 2003. A month before, a Sunday: 30 May; five wd before: 29, 28, 25, 24, 23 June.
    told("2004-05-30 09:00", "remind review 30 June 2004", LEAD, "max"),
    told("2004-06-23 09:00", "remind review 30 June 2004", LEAD, "max"),
    told("2004-06-24", "over", EXECUTIVE, "carl by file"),
    told("2004-06-24", "over", LEAD, "max"),
    told("2004-06-24", "over", OFFICE, "olga"),
]

SUBJECTS = {
    "opened": f"{COUNCIL}: an engagement has been opened",
    "stage": f'{COUNCIL}: now at "{{}}"',
    "remind": f"Reminder, {COUNCIL}: due by {{}}",
    "overdue": f"Overdue, {COUNCIL}: was due by {{}}",
    "decided": f"{COUNCIL}: ministers have decided",
    "board": f"{COUNCIL}: board 1 is on {{}}",
    "undelivered": f"{COUNCIL}: a notice did not reach everybody",
    "over": f"{COUNCIL}: the engagement is over",
}


def mailed(notice: Told) -> Iterator[tuple[str, str, str]]:
    """The mails that a notice makes: day, address and subject."""
    kind, _, rest = notice.what.partition(" ")
    subject = SUBJECTS[kind].format(rest.partition(" ")[2] if kind in ("remind", "overdue") else rest)
    for person in notice.people:
        name, _, how = person.partition(" ")
        if how not in ("by file", "refused"):
            yield notice.when[:10], address(name), subject


def address(person: str) -> str:
    return f"{person}@example.org"


# What was to come of it, as the ledger has it and as the mail server has it

WHAT = {
    "engagement-opened": "opened",
    "stage-entered": "stage",
    "obligation-reminded": "remind",
    "obligation-escalated": "overdue",
    "decision-recorded": "decided",
    "board-scheduled": "board",
    "notice-undelivered": "undelivered",
    "engagement-closed": "over",
}


@dataclass(frozen=True)
class Notice:
    """A notice as its stream in the ledger has it."""

    id: str
    asked_at: datetime
    asked: NoticeAsked
    standing: Standing

    def told(self, rig: Rig) -> Told:
        """This as a row of the table."""
        kind, about = WHAT[self.asked.template], rig.events(self.asked.about)
        at = (self.asked.due or self.asked_at).astimezone(LONDON)
        event, more = about[self.asked.version - 1], ""
        if kind == "stage":
            more = f" {shipped().lifecycle.title_of(event.body['stage'])}"
        if kind == "board":
            more = f" {spoken.printed(event.body['date']['printed'])}"
        if self.asked.obligation is not None:
            more = f" {self.asked.obligation} {_due(about, event)}"
        people = tuple(
            f"{one.to.person or 'the role'}"
            + (f" for {one.to.in_place_of}" if one.to.in_place_of else "")
            + (" by file" if one.to.channel == "file" else "")
            + {"sent": "", "bounced": f" {one.why}"}[one.outcome]
            for one in self.standing.deliveries
        )
        when = f"{at:%Y-%m-%d %H:%M}" if self.asked.due else f"{at:%Y-%m-%d}"
        return Told(when, kind + more, self.asked.to, people)


def _due(about: list[Recorded], struck: Recorded) -> str:
    """The day on which what was reminded of was due, as the last event before said it."""
    own = [
        event.body["due_on"]
        for event in about[: struck.version]
        if event.type in ("obligation-opened", "obligation-rescheduled")
        and [event.body[name] for name in ("obligation", "number")]
        == [struck.body[name] for name in ("obligation", "number")]
    ]
    return spoken.day(date.fromisoformat(own[-1]))


def notices(rig: Rig) -> list[Notice]:
    """All notices of the ledger."""
    with rig.ledger.reading() as conn:
        rows = list(read_models.every_notice(conn))
    streams = {row.id: rig.events(f"notice/{row.id}") for row in rows}
    typed = {id: [folding.read_event(event, EVENTS).event for event in stream] for id, stream in streams.items()}
    return [Notice(row.id, row.asked_at, found.asked, found) for row in rows for found in [standing(typed[row.id])]]


def id_of(message: EmailMessage) -> str:
    """A mail's Message-ID: a long one is folded on to a line of its own."""
    return str(message["Message-ID"]).strip()


def read(message: EmailMessage) -> tuple[str, str, str]:
    """The day, the address and the subject of a mail."""
    at = parsedate_to_datetime(str(message["Date"])).astimezone(LONDON)
    to = re.search(r"<(.+)>", str(message["To"]))
    assert to is not None
    return f"{at:%Y-%m-%d}", to[1], str(message["Subject"])


# The people


async def directory(rig: Rig) -> None:
    """The people who are known at the start. Carl has no address."""
    held: Mapping[str, tuple[str, dict[str, object]]] = {
        "olga": (OFFICE, {}),
        "chief": (CHIEF, {}),
        "rita": (REGION, {}),
        "lea": (LEAD, {"ends": "2002-09-30"}),
        "max": (LEAD, {"starts": "2002-10-01"}),
        "dora": (DIRECTOR, {}),
        "carl": (EXECUTIVE, {}),
        "anna": (ASSISTANT, {}),
        "otto": (OFFICIAL, {}),
    }
    await register(rig, "deputy")
    for person, (role, when) in held.items():
        await register(rig, person, email=person != "carl")
        await office(rig, "give-role", person=person, role=role, **when)
    away = {"person": "chief", "starts": "2002-06-03", "ends": "2002-06-21", "cover": "deputy"}
    await office(rig, "record-absence", **away)


async def register(rig: Rig, person: str, *, email: bool = True) -> None:
    more = {"email": address(person)} if email else {}
    await office(rig, "register-person", person=person, name=person.capitalize(), **more)


async def office(rig: Rig, command: str, **body: object) -> None:
    assert (await rig.give(PEOPLE, command, OFFICE, **body)).accepted


# The worker, and what kills it

POINTS = ("at rest", "before-commit", "after-commit", "before-mail", "after-mail")


@dataclass
class Workers:
    """One worker process after the other: as soon as one is killed the next is started."""

    rig: Rig
    mailbox: Mailbox
    running: ForkServerProcess | None = None
    killed: int = 0
    points: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """A worker, whatever happens to it, while the context lasts."""
        keeping = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping

    async def _keep(self) -> None:
        environment = {
            "TURNAROUND_SMTP_URL": self.mailbox.url,
            "TURNAROUND_MAIL_FROM": address("turnaround"),
            "TRY_SECONDS": "2",
        }
        while True:
            async with self.rig.worker_process(**environment) as worker:
                self.running = worker
                assert await death_of(worker) == -signal.SIGKILL, "it ends only when it is killed"
                self.running = None
            self.killed += 1

    async def kill(self, point: str) -> None:
        """Have the worker killed where it next comes to a point of its work, or here and now."""
        self.points.append(point)
        if point != "at rest":
            mine(self.rig.settings.home, point, len(self.points)).touch()
            return
        await until(lambda: self.running, "a worker runs")
        assert self.running is not None
        self.running.kill()


async def death_of(worker: ForkServerProcess) -> int:
    """The status with which a process ended. Nobody waits in a thread: of two that wait for a process one learns nothing."""
    while True:
        if worker.exitcode is not None:
            return worker.exitcode
        await asyncio.sleep(0.02)


def killings(random: Random) -> Iterator[tuple[datetime, str]]:
    """Ten moments in the two years, some weeks apart, and for each the point at which the worker is killed."""
    points = [*POINTS, *POINTS]
    random.shuffle(points)
    day = date(2002, 6, 1)
    for point in points:
        day += timedelta(days=random.randrange(25, 75))
        yield morning_of(day) + timedelta(hours=random.randrange(24)), point


async def test_everybody_is_told_what_a_table_says_on_its_date_although_the_worker_is_killed_all_the_while(
    tmp_path: Path, dev_server_binary: Path
) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    case = read_case(parse("two-years", CASE), shipped().lifecycle)
    with a_mail_server() as mailbox:
        mailbox.rcpt = lambda to: "550 no such person" if to == address("anna") else None
        async with (
            a_server(dev_server_binary, tmp_path / "log") as server,
            a_rig(server.address, tmp_path / "home", at=starts_at(case), worker=False) as rig,
        ):
            workers = Workers(rig, mailbox)
            async with workers.at_work():
                await directory(rig)
                rehearsal = Rehearsal(
                    Engine(rig.ledger, rig.process, rig.face, server.address, skipper=rig.skipper), lambda event: None
                )
                await play(rehearsal, rig, workers, Random(seed))
            check(rig, mailbox, workers)


async def play(rehearsal: Rehearsal, rig: Rig, workers: Workers, random: Random) -> None:
    """The case on its days, and between its steps what else happens: announcements, a newcomer, and the killings."""
    case = read_case(parse("two-years", CASE), shipped().lifecycle)

    async def announce() -> None:
        publish(rig.ledger, shipped().calendar, rig.clock, "2002-09-02")

    async def arrive() -> None:
        await register(rig, "theo")
        await office(rig, "give-role", person="theo", role=TEAM)

    between: list[tuple[datetime, Callable[[], Awaitable[None]]]] = [
        (morning_of(date(2002, 8, 28)), announce),
        (morning_of(date(2003, 2, 7)), arrive),
    ]
    between += [(moment, partial(workers.kill, point)) for moment, point in killings(random)]
    between.sort(key=lambda each: each[0])
    days = [day for day, _ in case.played()]
    playing = rehearsal.play(case, CASE)
    async for step in playing:
        coming = days[step.number] if step.number < len(days) else days[-1]
        while between and between[0][0] < morning_of(coming):
            moment, happen = between.pop(0)
            await rehearsal.move_to(moment)
            await happen()
    assert between == []


def check(rig: Rig, mailbox: Mailbox, workers: Workers) -> None:
    """The ledger and the mail server have exactly what the table says, and what came twice is shown as that."""
    found = notices(rig)
    assert rig.row(f"engagement/{ENGAGEMENT}").closed == "reviewed"
    assert verify(rig.ledger, trusted=Keyring.of_folder(rig.settings.keys).checks).ok
    assert Counter(notice.told(rig) for notice in found) == Counter(TABLE)
    assert not any(notice.asked.late for notice in found)
    assert workers.killed == len(workers.points) == 2 * len(POINTS), workers.points

    # Whoever got a letter twice got the same letter, and the ledger says that it may have been so.
    copies = Counter(id_of(message) for message in mailbox.accepted)
    sent = {one.message_id: one for notice in found for one in notice.standing.deliveries if one.to.channel == "email"}
    assert {id for id, count in copies.items() if count > 1} <= {id for id, one in sent.items() if one.repeat}
    letters = {id_of(message): read(message) for message in mailbox.accepted}
    assert {id for id, one in sent.items() if one.outcome == "sent"} == set(letters)
    assert Counter(letters.values()) == Counter(mail for notice in TABLE for mail in mailed(notice))
    assert {path.stem for path in rig.settings.outbox.glob("*.txt")} == {
        f"{notice.id}.{one.number}"
        for notice in found
        for one in notice.standing.deliveries
        if one.to.channel == "file"
    }
