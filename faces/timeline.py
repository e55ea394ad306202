"""`turnaround timeline`: what happened, when, who decided and who recorded it, and what was corrected since."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from domain.actors import CLOCK, ENGINE, Actor
from domain.council import InterventionClosed, InterventionOpened
from domain.dates import london_day
from domain.panel import ScoreBid
from domain.reads import AUDITORS
from domain.records import CommandRecord, Recorded, instant_text
from faces import dates, telling
from faces.desk import Desk, Target
from faces.listing import tell_kind
from faces.page import Answer, Cell, for_a_person, note, table
from faces.problems import usage
from faces.readers import every_role, known_role, note_read
from faces.words import Words
from ledger import commands, events
from ledger.events import Place

CORRECTS = ("event-corrected", "event-withdrawn", "rating-withdrawn")
"""The events that say of another one what was wrong with it."""


@dataclass(frozen=True)
class Two:
    """The two people of a step with legal force, and how that is said."""

    proposed_by: Actor
    confirmed_by: Actor
    words: str

    @classmethod
    def of(cls, record: CommandRecord, words: Words) -> "Two | None":
        """Those of a command; None where it took one."""
        first, second = record.proposed_by, record.confirmed_by
        if first is None or second is None:
            return None
        return cls(first, second, f"proposed by {_titled(first, words)}, confirmed by {_titled(second, words)}")


@dataclass
class Told:
    """An event in words, with what its command claims and what was later said of it."""

    event: Recorded
    title: str
    values: Mapping[str, Any]
    claim: Mapping[str, Any]
    via: str | None
    two: "Two | None" = None
    later: list[dict[str, Any]] = field(default_factory=list)

    @property
    def assumed(self) -> bool:
        """Whether no source says it."""
        return self.event.type == "stage-assumed" or bool(self.event.body.get("assumed"))

    def remarks(self) -> Iterator[str]:
        """What stands beside the title: values, claims and corrections, each on a line of its own."""
        for name, value in self.values.items():
            yield f"{name}: {value}"
        if self.assumed:
            yield "assumed: no source says that its gate was met"
        if self.claim.get("reported_on"):
            yield f"reported on {dates.printed(self.claim['reported_on'])}"
        if self.claim.get("disputed"):
            yield f"disputed: {self.claim['disputed']}"
        if self.claim.get("source"):
            yield f"source: {self.claim['source']}"
        if self.two is not None:
            yield self.two.words
        for change in self.later:
            yield change["words"]

    def data(self) -> dict[str, Any]:
        """All of it as plain data."""
        event = self.event
        return {
            "stream": event.stream,
            "version": event.version,
            "position": event.position,
            "type": event.type,
            "title": self.title,
            "occurred": event.occurred.model_dump(mode="json"),
            "recorded_at": event.recorded_at,
            "decided_by": event.decided_by.model_dump(mode="json"),
            "recorded_by": event.recorded_by.model_dump(mode="json"),
            "command": event.command.id,
            "via": self.via,
            "proposed_by": self.two.proposed_by.model_dump(mode="json") if self.two else None,
            "confirmed_by": self.two.confirmed_by.model_dump(mode="json") if self.two else None,
            "assumed": self.assumed,
            "source": self.claim.get("source"),
            "disputed": self.claim.get("disputed"),
            "reported_on": self.claim.get("reported_on"),
            "values": dict(self.values),
            "later": self.later,
            "body": event.body,
        }


def whole_of(desk: Desk, conn: Connection, council: Target, words: Words) -> list[Told]:
    """What happened in a council and in its engagements, in the order of the days; each title says in which of them.

    That an engagement was opened or closed is told once, by itself; what was owed in it is left to its own timeline.
    """
    own = desk.council(conn, council.name).history.all(InterventionOpened)
    told = history(desk, conn, council, words)
    for entry in own:
        name = entry.event.engagement
        rules = desk.engagement(conn, name)[1]
        for one in history(desk, conn, Target("engagement", name), desk.words(conn, rules)):
            if not one.event.type.startswith(("obligation-", "clock-")):
                told.append(replace(one, title=f"{name}: {one.title}"))
    known = (InterventionOpened.type, InterventionClosed.type)
    told = [one for one in told if one.event.type not in known]
    return sorted(told, key=_by_day)


def _by_day(one: Told) -> tuple[date, date, int]:
    occurred = one.event.occurred
    return occurred.earliest or occurred.latest, occurred.latest, one.event.position


def history(
    desk: Desk,
    conn: Connection,
    target: Target,
    words: Words,
    *,
    refusals: bool = False,
    bids: bool = False,
    without: Collection[str] = (),
) -> list[Told]:
    """The events of a stream in words, in the order in which they were recorded."""
    found = desk.stream(conn, target.stream)
    if refusals:
        found += desk.stream(conn, f"refusal/{target.stream}")
        found.sort(key=lambda event: event.position)
    return tell(conn, found, words, bids=bids, without=without)


@dataclass(frozen=True)
class Cut:
    """Which of a list are asked for: no more than so many, after the first so many."""

    after: int = 0
    most: int | None = None

    def of(self, found: Sequence[Place]) -> Sequence[Place]:
        """Those of a list."""
        return found[self.after : None if self.most is None else self.after + self.most]


EVERY = Cut()


def places_of(desk: Desk, conn: Connection, target: Target, *, refusals: bool = False) -> list[Place]:
    """Where in the ledger what happened stands, without reading it; of a council only what is there for the reader."""
    streams = [target.stream, *([f"refusal/{target.stream}"] if refusals else [])]
    if target.family != "council":
        return events.places(conn, streams)
    found = (event for stream in streams for event in desk.stream(conn, stream))
    return sorted((Place(e.position, e.stream, e.version) for e in found), key=lambda place: place.position)


def tell_of(
    conn: Connection, stream: str, found: Sequence[Recorded], words: Words, *, bids: bool = False
) -> list[Told]:
    """Some of the events of a stream in words, each with what was corrected of it by others since."""
    there = {event.position for event in found}
    corrections = [event for event in events.read_streams(conn, [stream], CORRECTS) if event.position not in there]
    return tell(conn, [*found, *corrections], words, bids=bids)[: len(found)]


def tell(
    conn: Connection,
    found: Sequence[Recorded],
    words: Words,
    *,
    bids: bool = False,
    without: Collection[str] = (),
) -> list[Told]:
    """Events in words. What bids hold is told only with `bids`, and no sealed value of a class in `without`."""
    records = dict(_records(conn, found))
    claims = [record.claim.model_dump() for record in records.values() if record.claim is not None]
    wanted = [*(event.body for event in found), *claims]
    values = telling.values_of(conn, wanted, bids=bids, without=without)

    def opened(commitment: str | None) -> Any:
        return None if commitment is None else values.get(commitment, telling.ERASED)

    result = []
    for event in found:
        record = records.get(event.command.id)
        claim = record.claim if record is not None else None
        first = record if event.decided_by != ENGINE else None  # what followed by itself nobody proposed
        result.append(
            Told(
                event,
                telling.title(event.type, event.body, words),
                {name: opened(commitment) for name, commitment in telling.sealed_in(event.body)},
                {
                    "source": opened(claim.source),
                    "disputed": opened(claim.disputed),
                    "reported_on": str(claim.reported_on) if claim.reported_on else None,
                }
                if claim and event.decided_by != ENGINE  # what followed by itself is not what the source says
                else {},
                record.via if record is not None else None,
                Two.of(first, words) if first is not None else None,
            )
        )
    _put_beside(result)
    return result


def _records(conn: Connection, found: Iterable[Recorded]) -> Iterator[tuple[str, CommandRecord]]:
    ids = list(dict.fromkeys(event.command.id for event in found if event.command.digest))
    for stored in commands.stored_commands(conn, ids):
        yield stored.record.id, stored.record


def _put_beside(told: list[Told]) -> None:
    """Put each correction and withdrawal beside what it is about."""
    by_place = {(one.event.stream, one.event.version): one for one in told}
    for one in told:
        event = one.event
        about = event.body.get("rating") if event.type == "rating-withdrawn" else event.body.get("version")
        if event.type not in CORRECTS:
            continue
        wrong = by_place.get((event.stream, about)) if isinstance(about, int) else None
        if wrong is None:
            continue
        reason = one.values.get("reason")
        later: dict[str, Any] = {"version": event.version, "what": event.type, "reason": reason}
        if event.type == "event-corrected":
            later["changes"] = _changes(event.body["changes"], one.values)
            later["occurred"] = event.body.get("occurred")
            changed = [f"{name} is {_short(value)}" for name, value in later["changes"].items()]
            changed += [f"it was {_short(later['occurred'])}"] if later["occurred"] else []
            later["words"] = f"corrected by {event.version}: {', '.join(changed)} ({reason})"
        else:
            later["words"] = f"withdrawn by {event.version} ({reason})"
        wrong.later.append(later)


def _changes(changes: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values.get(f"changes {name}", value) for name, value in changes.items()}


def _short(value: Any) -> str:
    if isinstance(value, Mapping) and "printed" in value:
        return dates.when_in(value)
    return str(value)


def _titled(actor: Actor, words: Words) -> str:
    return words.title_of_role(str(actor)) + (f" ({actor.person})" if actor.person else "")


def who(event: Recorded, words: Words) -> Cell:
    """Who decided an event, and who recorded it where that was another."""
    decided, recorded = event.decided_by, event.recorded_by
    if str(decided) in (str(CLOCK), str(ENGINE)):
        return Cell(words.title_of_role(str(decided)), decided.label)
    shown = _titled(decided, words)
    if recorded != decided:
        shown += f", recorded by {words.title_of_role(str(recorded))}"
    return Cell(shown, f"{decided.label} {recorded.label}")


def show_timeline(told: Sequence[Told], words: Words) -> None:
    if not told:
        return
    rows: list[Sequence[Cell | str | None]] = []
    for one in told:
        event, remarks = one.event, list(one.remarks())
        number = "-" if event.stream.startswith("refusal/") else str(event.version)
        occurred = Cell(dates.when(event.occurred), event.occurred.printed)
        recorded = Cell(_recorded(event), instant_text(event.recorded_at))
        what = "\n".join((one.title, *(f"  {remark}" for remark in remarks)))
        if for_a_person():
            rows.append((number, occurred, what, who(event, words), recorded))
        else:
            rows.append((number, occurred, recorded, event.type, who(event, words), one.title, "; ".join(remarks)))
    table(("#", "On", "What", "Who", "Recorded"), rows)


def _recorded(event: Recorded) -> str:
    said = dates.moment(event.recorded_at)
    same_day = event.occurred.earliest == event.occurred.latest == london_day(event.recorded_at)
    return f"{said.partition(' on ')[0]} that day" if same_day else said


def say_if_empty(desk: Desk, target: Target, told: Sequence[Told]) -> None:
    if not told:
        name = target.name if target.family == "engagement" else desk.facts(target.name).name
        note(f"Nothing of {name} is recorded there.")
    tell_kind(desk)


@dataclass(frozen=True)
class Asked:
    """Of a history: only what came after a version, only the last so many, with refusals, with a council's engagements."""

    since: int = 0
    limit: int | None = None
    refusals: bool = False
    whole: bool = False
    cut: Cut = EVERY

    def of(self, found: Sequence[Place]) -> Sequence[Place]:
        """Those that are asked for; refusals have versions of their own."""
        since = [one for one in found if one.version > self.since or one.stream.startswith("refusal/")]
        return self.cut.of(since[-self.limit :] if self.limit else since)


def what_happened(
    desk: Desk, conn: Connection, id: str, asked: Asked, role: str | None = None, auditor: str | None = None
) -> Answer:
    """The history of an engagement or a council. Raises Problem."""
    target = desk.resolve(conn, id)
    rules = desk.engagement(conn, target.name)[1] if target.family == "engagement" else None
    words = desk.words(conn, rules)
    known_role(role, [*rules.lifecycle.roles, *AUDITORS] if rules else every_role(desk))
    bids = rules is not None and role in rules.lifecycle.who_may(ScoreBid.type)
    if asked.whole and target.family != "council":
        raise usage("--engagements is asked of a council.", "name one, such as Swindon")
    note_read(desk, target.name, "timeline", auditor)
    if asked.whole:
        told = whole_of(desk, conn, target, words)
        return Answer([one.data() for one in told], lambda: show_timeline(told, words))
    chosen = asked.of(places_of(desk, conn, target, refusals=asked.refusals))
    found = list(events.read_at(conn, [place.position for place in chosen]))
    told = tell_of(conn, target.stream, found, words, bids=bids)

    def tell() -> None:
        show_timeline(told, words)
        say_if_empty(desk, target, told)

    return Answer([one.data() for one in told], tell)
