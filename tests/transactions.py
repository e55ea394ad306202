"""`transact` without Temporal: commands stored by a face and carried out in process, on whatever ledger a test has."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

from activities.library import publish_shipped
from activities.messages import Done, Submission, Task
from activities.signatures import Keyring, SigningKey
from activities.transact import Transact
from domain.actors import ENGINE, Actor
from domain.calendar import Calendar
from domain.dates import When, london_day
from domain.office import CalendarPublished
from domain.records import CommandRef
from domain.respond import draft
from ledger.canonical import canonical, digest
from ledger.commands import SignedCommand, StoredOutcome
from ledger.store import Ledger
from workers.composition import RELEASE, make_shelf
from workers.face import Face, Unsealed
from workers.settings import Settings

HARINGEY = "council/E09000014"
SWINDON = "council/E06000030"
OPENED = datetime(2002, 5, 29, 9, tzinfo=UTC)

_ids = itertools.count(1)


@dataclass
class Office:
    """A ledger with the shipped documents, a face and `transact`. `at` is the time; tests move it."""

    ledger: Ledger
    home: Path
    at: datetime = OPENED
    face: Face = field(init=False)
    transact: Transact = field(init=False)

    def __post_init__(self) -> None:
        settings = Settings(home=self.home)
        with self.ledger.writing() as tx:
            publish_shipped(tx, self.at, RELEASE)
        shelf = make_shelf(settings)
        key = SigningKey.kept_in(settings.keys, "command-line")
        self.face = Face(self.ledger, cast(Any, None), key)
        self.transact = Transact(self.ledger, shelf, lambda: Keyring.of_folder(settings.keys))

    def command(self, target: str, type: str, role: str, body: dict[str, Any], **more: Any) -> Unsealed:
        """A command as a face would take it, on the day it is."""
        return Unsealed(
            id=more.pop("id", f"test-{next(_ids)}"),
            target=target,
            type=type,
            decided_by=Actor.parse(role),
            recorded_by=Actor.parse(more.pop("recorded_by", role)),
            occurred=When.parse(more.pop("on", london_day(self.at).isoformat())),
            body=body,
            via=more.pop("via", "command-line"),
            **more,
        )

    def store(self, unsealed: Unsealed) -> SignedCommand:
        """Store a command without carrying it out."""
        return self.face.store([unsealed])[0]

    def run(self, signed: SignedCommand, epoch: int = 1) -> Done:
        """Carry a stored command out."""
        submission = Submission(command_id=signed.record.id, digest=signed.digest)
        return self.transact.run(Task(target=signed.record.target, at=self.at, epoch=epoch, submission=submission))

    def give(self, target: str, type: str, role: str, body: dict[str, Any], **more: Any) -> StoredOutcome:
        """Store a command, carry it out, and return what the ledger says of it."""
        signed = self.store(self.command(target, type, role, body, **more))
        self.run(signed)
        outcome = self.face.outcome_of(signed.record.id)
        assert outcome is not None
        return outcome

    def clock(self, target: str) -> Done:
        """Have the clock's work done at this time."""
        return self.transact.run(Task(target=target, at=self.at, epoch=1))

    def rate(self, council: str = HARINGEY, stars: int = 0, **more: Any) -> StoredOutcome:
        """Publish a rating."""
        body = {"service": "social-services", "stars": stars}
        return self.give(council, "publish-rating", "inspectorate.chief-inspector", body, **more)

    def types(self, stream: str) -> list[str]:
        """The types of a stream's events, in order."""
        with self.ledger.writing() as tx:
            return [event.type for event in tx.events(stream)]

    def bodies(self, stream: str, type: str) -> list[dict[str, Any]]:
        """The bodies of a stream's events of one type."""
        with self.ledger.writing() as tx:
            return [event.body for event in tx.events(stream) if event.type == type]


def publish(ledger: Ledger, calendar: Calendar, at: datetime, *holidays: str, version: int = 2) -> None:
    """Publish a later version of a calendar with more holidays, as a release that ships it does when a worker starts."""
    more = {date.fromisoformat(day) for day in holidays}
    document = calendar.model_copy(update={"version": version, "holidays": calendar.holidays | more}).model_dump(
        mode="json"
    )
    document["holidays"] = sorted(document["holidays"])
    event = CalendarPublished(id=calendar.id, version=version, sha256=digest(canonical(document)), document=document)
    with ledger.writing() as tx:
        stored = draft(event, When.day(london_day(at)), ENGINE, ENGINE)
        ref = CommandRef(id=f"founding/{calendar.id}@{version}", digest="")
        tx.append("office", tx.head("office").version, [stored], ref, at, RELEASE)
