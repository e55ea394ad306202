"""Duties kept apart, proved from what was recorded: who decided and recorded what, and that nobody did what they must not.

It reads the events and the stored commands of an engagement and asks nobody who decides: no `decide`, no gate, no part's
rules. The lifecycle in force at a version is the one it was opened on or moved to; roles, recorders and stages are read from
that document. Signing off is a table of pairs: a claim, what judges it, and the key that links them. What must not be is a
finding; what was allowed and is out of the ordinary is an exception, with the reason that was given for it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from domain import engagement
from domain.actors import CLOCK, ENGINE, OFFICE_ROLE, Actor
from domain.course import EngagementClosed, EngagementOpened, EventCorrected, EventWithdrawn, StageEntered, reread
from domain.directory import Directory, holders
from domain.disputes import FactChosen
from domain.exit import FurtherPhaseStarted
from domain.items import given_as, named, value_in
from domain.lifecycle import Lifecycle
from domain.moving import EVERYWHERE, EngagementMoved, MoveEngagement
from domain.panel import BidScored, InterestDeclared
from domain.part import Command, Entry, Event, History
from domain.records import CommandRecord, Recorded
from domain.sealed import Sealed


@dataclass(frozen=True)
class Pair:
    """A claim and what judges it, by the names of their events and the fields that link them.

    A judgement that names no claim is of every one that is still open. What is `shared` is agreed by several: whoever made
    the claim may be among them, and not the only one.
    """

    claims: tuple[str, ...]
    judged: str
    key: str | None
    by: str | None = None
    """The field of the judgement, where it is called otherwise than that of the claim."""
    shared: bool = False


PAIRS = (
    Pair(("days-used", "final-days-used"), "days-signed-off", "claim", "claims"),
    Pair(("deliverable-submitted",), "deliverable-accepted", "deliverable"),
    Pair(("pid-submitted",), "pid-agreed", "pid"),
    Pair(("scope-drafted",), "scope-agreed", "draft", shared=True),
    Pair(("change-requested",), "change-decided", "change"),
    Pair(("recommendation-made",), "decision-recorded", None),
    Pair(("progress-report-received",), "progress-report-decided", "report"),
    Pair(("partner-invoice-received",), "partner-invoice-settled", "invoice"),
    Pair(("diagnosis-recorded",), "diagnosis-acceptance-recorded", "diagnosis"),
)
"""What is claimed, and what signs it off. A plan is not among them: that it was received, its judge may put down."""

EXCEPTIONS: Mapping[str, str] = {
    "stage-assumed": "because",
    "review-waived": "reason",
    "clock-paused": "reason",
    "clock-resumed": "reason",
    "authority-recorded": "document",
    "authority-ended": "reason",
    "event-corrected": "reason",
    "event-withdrawn": "reason",
    "fact-chosen": "reason",
    "engagement-stopped": "reason",
    "opened-in-error": "reason",
    "engagement-moved": "reason",
    "history-imported": "source",
}
"""The events that are out of the ordinary, and the field with the reason for each."""

_ENGINES = frozenset((str(ENGINE), str(CLOCK)))
_BROUGHT = frozenset(event.type for command in engagement.STORED.values() for event in command.gives)
"""The events that commands bring; all others follow by themselves."""


@dataclass(frozen=True)
class Finding:
    """Something that must not be: which rule was broken at a version, by whom, and what a face needs to say it."""

    version: int
    rule: str
    who: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Exceptional:
    """Something out of the ordinary that was allowed, with its sealed reason where it has one."""

    version: int
    type: str
    reason: Sealed | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Act:
    """What somebody decided: the command by its name, who decided and recorded it, and how it came in.

    `proposed_by` and `confirmed_by` are there where it took two people.
    """

    version: int
    on: str
    command: str
    decided_by: Actor
    recorded_by: Actor
    via: str | None
    model: str
    stage: str | None
    proposed_by: Actor | None = None
    confirmed_by: Actor | None = None


@dataclass(frozen=True)
class Duties:
    """Everything people did in an engagement, what of it must not be, and what was out of the ordinary."""

    acts: tuple[Act, ...]
    findings: tuple[Finding, ...]
    exceptions: tuple[Exceptional, ...]


def duties(
    id: str,
    recorded: Sequence[Recorded],
    commands: Mapping[str, CommandRecord],
    lifecycles: Mapping[str, Lifecycle],
    directory: Directory,
) -> Duties:
    """What an engagement's stream and its stored commands show of who did what.

    `commands` are those stored, by their ids; `lifecycles` the published ones by their names, such as `franchise@1`.
    """
    reading = _Reading(id, commands, lifecycles)
    for _, group in groupby(recorded, key=lambda event: event.command.id):
        reading.take(list(group))
    entries = [(event, _typed(event)) for event in recorded]
    council = next((event.council for _, event in entries if isinstance(event, EngagementOpened)), None)
    findings = [*reading.findings, *_own_claims(entries), *_interested(entries)]
    exceptions = [*_exceptions(entries), *_standing_in(reading.acts, recorded, directory, council, id)]
    return Duties(
        tuple(reading.acts),
        tuple(sorted(findings, key=lambda found: found.version)),
        tuple(sorted(exceptions, key=lambda found: found.version)),
    )


def _typed(recorded: Recorded) -> Event:
    return engagement.EVENTS[recorded.type].read(recorded.body)


# What each act was allowed by


@dataclass
class _Reading:
    """The stream read from its start: the document and the stage in force, and what was done under them."""

    id: str
    commands: Mapping[str, CommandRecord]
    lifecycles: Mapping[str, Lifecycle]
    model: str = ""
    stage: str | None = None
    closed: bool = False
    acts: list[Act] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def take(self, together: Sequence[Recorded]) -> None:
        """Read what one command, or one strike of the clock, brought."""
        record = self.commands.get(together[0].command.id)
        people = [event for event in together if str(event.decided_by) not in _ENGINES]
        if record is not None and record.target != f"engagement/{self.id}":
            record = None  # the rating that opened it, or the import as a whole
        command = self._command(record)
        if people:
            self._act(people[0], record, command)
        for event in together:
            self.findings.extend(self._unfounded(event, record, command))
            self._follow(_typed(event))

    def _command(self, record: CommandRecord | None) -> Command | None:
        kind = engagement.STORED.get(record.type) if record is not None else None
        return kind.model_validate(record.body) if kind is not None and record is not None else None

    def _act(self, event: Recorded, record: CommandRecord | None, command: Command | None) -> None:
        name = given_as(command) if command is not None else event.type
        via = record.via if record is not None else None
        self.acts.append(
            Act(
                event.version,
                str(event.occurred),
                name,
                event.decided_by,
                event.recorded_by,
                via,
                self.model,
                self.stage,
                record.proposed_by if record is not None else None,
                record.confirmed_by if record is not None else None,
            )
        )
        if command is None:
            return
        wrong = self._not_allowed(event, name, command, via)
        if wrong is not None:
            rule, details = wrong
            self.findings.append(Finding(event.version, rule, event.decided_by.label, {"command": name, **details}))

    def _unfounded(self, event: Recorded, record: CommandRecord | None, command: Command | None) -> Iterator[Finding]:
        """What is not what its command says, or comes from none where one must stand behind it."""
        who = str(event.decided_by)
        if who in _ENGINES:
            # Moved to another document, the engine carries over what the mapping of that command says.
            if event.type in _BROUGHT and not isinstance(command, MoveEngagement):
                yield Finding(event.version, "not-the-engines", who, {"event": event.type})
            return
        if record is None or command is None:
            yield Finding(event.version, "no-command", event.decided_by.label, {"event": event.type})
            return
        if event.type not in {given.type for given in command.gives}:
            yield Finding(
                event.version, "not-its-event", event.decided_by.label, {"event": event.type, "command": record.type}
            )
        for said, meant in ((event.decided_by, record.decided_by), (event.recorded_by, record.recorded_by)):
            if said != meant:
                details = {"event": event.type, "said": said.label, "meant": meant.label}
                yield Finding(event.version, "another-actor", event.decided_by.label, details)

    def _not_allowed(
        self, event: Recorded, name: str, command: Command, via: str | None
    ) -> tuple[str, dict[str, Any]] | None:
        """The rule of the document in force that an act breaks: of its role, its recorder, or the stage."""
        role, recorder = str(event.decided_by), str(event.recorded_by)
        if command.derived:
            return None if via == "derived" else ("not-derived", {})
        if name in EVERYWHERE:
            if not role == recorder == OFFICE_ROLE:
                return "role", {"role": role, "may": [OFFICE_ROLE], "model": self.model}
            return ("closed", {}) if self.closed else None
        life = self.lifecycles.get(self.model)
        if life is None:
            return "no-lifecycle", {"model": self.model}
        held = life.roles.get(role)
        if held is None or name not in held.may:
            may = [other for other, each in life.roles.items() if name in each.may]
            return "role", {"role": role, "may": may, "model": self.model}
        recorders = {*held.recorded_by, *([role] if held.signs_in else [])}
        if recorder not in recorders:
            return "recorder", {"role": role, "recorder": recorder, "may": sorted(recorders)}
        if self.closed:
            return None if name in life.after_close else ("closed", {})
        stage = next((each for each in life.stages if each.id == self.stage), None)
        if stage is None or name not in (*stage.allows, *life.always):
            return "stage", {"stage": self.stage, "model": self.model}
        return None

    def _follow(self, event: Event) -> None:
        match event:
            case EngagementOpened() | EngagementMoved():
                self.model = event.model
            case StageEntered():
                self.stage = event.stage
            case EngagementClosed():
                self.closed = True


# Nobody signs off their own claim


def _own_claims(entries: Sequence[tuple[Recorded, Event]]) -> Iterator[Finding]:
    """Claims that were signed off by whoever made them, as everything reads now: corrected, and without what was withdrawn."""
    history = _as_it_reads(entries)
    for pair in PAIRS:
        claims: dict[Any, Entry[Any]] = {}
        signed: set[Any] = set()
        agreed: dict[int, list[Entry[Any]]] = {}
        for entry in history.entries:
            name = named(entry.event)
            if _new_phase(entry.event):
                signed.update(claims)  # who names no claim means none of an earlier phase
            if name in pair.claims:
                key = _key(pair, entry, claims)
                claims[key] = entry
                signed.discard(key)
            if name != pair.judged:
                continue
            keys = _judged(pair, entry, claims, signed)
            if pair.by is None or value_in(entry.event, pair.by):
                signed.update(keys)
            for key in keys:
                claim = claims.get(key)
                if claim is None:
                    continue
                if pair.shared:
                    agreed.setdefault(claim.version, []).append(entry)
                elif _is_own(claim, entry):
                    yield _signed(claim, entry)
        for version, by in agreed.items():
            claim = history.at(version)
            left = next((e for e in history.entries if e.version > by[0].version and _goes_on(e)), None)
            if claim is not None and left is not None:
                until = [entry for entry in by if entry.version < left.version]
                if until and all(_is_own(claim, entry) for entry in until):
                    yield _signed(claim, until[-1], alone=True)


def _new_phase(event: Event) -> bool:
    return isinstance(event, FurtherPhaseStarted) or (isinstance(event, EngagementMoved) and event.another_model)


def _goes_on(entry: Entry[Any]) -> bool:
    return isinstance(entry.event, StageEntered) and not entry.event.assumed


def _signed(claim: Entry[Any], judged: Entry[Any], *, alone: bool = False) -> Finding:
    details = {"claim": claim.version, "claimed": named(claim.event), "judged": named(judged.event)}
    return Finding(judged.version, "own-claim-alone" if alone else "own-claim", judged.decided_by.label, details)


def _key(pair: Pair, claim: Entry[Any], claims: Mapping[Any, Entry[Any]]) -> Any:
    """What a claim goes by; one that was stored without a number takes the next."""
    found = value_in(claim.event, pair.key) if pair.key is not None else None
    if found is None and pair.key is not None:
        return max((key for key in claims if isinstance(key, int)), default=0) + 1
    return found


def _judged(
    pair: Pair, entry: Entry[Any], claims: Mapping[Any, Entry[Any]], signed: Collection[Any]
) -> tuple[Any, ...]:
    name = pair.by or pair.key
    found = value_in(entry.event, name) if name is not None else None
    if isinstance(found, tuple):
        return found or tuple(key for key in claims if key not in signed)
    return (found,)


def _is_own(claim: Entry[Any], judged: Entry[Any]) -> bool:
    """The same person; or the same role, where it does not say of both who held it."""
    claimant, judge = claim.decided_by, judged.decided_by
    if judge.person is not None:
        if judge.person in (claimant.person, getattr(claim.event, "consultant", None)):
            return True
        if claimant.person is not None:
            return False
    return str(claimant) == str(judge)


def _as_it_reads(entries: Sequence[tuple[Recorded, Event]]) -> History:
    history = History()
    for recorded, event in entries:
        history = history.plus(
            Entry(recorded.version, recorded.occurred, recorded.recorded_at, recorded.decided_by, event)
        )
        match event:
            case EventCorrected() | FactChosen() if history.at(event.version) is not None:
                history = reread(history, event.version, event.changes, event.occurred)
            case EventWithdrawn():
                history = history.without(event.version)
    return history


def _interested(entries: Sequence[tuple[Recorded, Event]]) -> Iterator[Finding]:
    """Bids that were scored by a member of the panel who had declared an interest in the bidder."""
    declared: dict[tuple[str, str], int] = {}
    for entry in _as_it_reads(entries).entries:
        match entry.event:
            case InterestDeclared(member=member, bidder=bidder):
                declared[member, bidder] = entry.version
            case BidScored(member=member, bidder=bidder):
                for (other, firm), version in declared.items():
                    if firm == bidder and _one_member(other, member):
                        details = {"member": member, "bidder": bidder, "declared": version}
                        yield Finding(entry.version, "interest", entry.decided_by.label, details)
            case event if _new_phase(event):
                declared = {}  # a new tender, with a panel of its own


def _one_member(one: str, other: str) -> bool:
    """Whether two members of a panel may be one: of a role, and not told apart by a person."""
    (role, _, person), (other_role, _, other_person) = one.partition("/"), other.partition("/")
    return role == other_role and (not person or not other_person or person == other_person)


# Out of the ordinary


def _exceptions(entries: Sequence[tuple[Recorded, Event]]) -> Iterator[Exceptional]:
    for recorded, event in entries:
        single = event.type == "tenders-invited" and value_in(event, "route") == "single"
        if event.type in EXCEPTIONS or single:
            yield Exceptional(recorded.version, event.type, getattr(event, EXCEPTIONS.get(event.type, "reason")))


def _standing_in(
    acts: Sequence[Act], recorded: Sequence[Recorded], directory: Directory, council: str | None, id: str
) -> Iterator[Exceptional]:
    """Acts of people who stood in for whoever holds the role, by the directory."""
    occurred = {event.version: event.occurred for event in recorded}
    for act in acts:
        day = occurred[act.version].latest
        if act.decided_by.person is None or day is None:
            continue
        for holder in holders(directory, str(act.decided_by), council, id, day):
            if holder.person == act.decided_by.person and holder.in_place_of is not None:
                details = {"person": holder.person, "in_place_of": holder.in_place_of, "role": str(act.decided_by)}
                yield Exceptional(act.version, "stood-in", None, details)
