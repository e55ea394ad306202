"""One transaction's work: streams folded, commands and strikes answered, and everything appended at the end.

Nothing is written before `write`, so a batch of which one step is refused leaves no trace but the refusal.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from activities import folding
from activities.library import DOCUMENTS, ERASURES, OFFICE, PEOPLE, Library, UnknownLifecycle, facts_of, submitted
from activities.messages import Submission, Wake
from activities.projection import project_engagement, project_notice, project_obligations
from activities.signatures import SigningKey
from domain import council as a_council
from domain import directory as a_directory
from domain import engagement as an_engagement
from domain import erasure, publishing
from domain.access import insiders
from domain.actors import ENGINE, Actor
from domain.checkpoints import STATUTORY
from domain.council import Council, CouncilFacts, InterventionClosed, InterventionOpened, Telling
from domain.course import EngagementClosed, EngagementOpened, HistoryImported
from domain.dates import When, london_day
from domain.directory import Directory, Known
from domain.documents import Document
from domain.engagement import Engagement, Rules
from domain.erasure import EraseValues, Erasures, Found, Kept
from domain.imports import ImportCase
from domain.meetings import CHANGES, Meeting, stirred
from domain.moving import EngagementMoved, MoveEngagement
from domain.notices import notices_for, told
from domain.part import Asked, Command, Entry, Event, Refusal
from domain.records import CommandRecord, CommandRef, Draft
from domain.respond import Answer, draft
from domain.sealed import Sealed
from domain.switching import Destination
from ledger import read_models, sealing
from ledger.commands import SignedCommand
from ledger.leaves import Appended
from ledger.newest import Newest
from ledger.store import Transaction

OWNED: Mapping[str, Mapping[str, type[Command]]] = {
    "engagement": an_engagement.STORED,
    "council": a_council.COMMANDS,
    "office": {**a_directory.COMMANDS, **publishing.COMMANDS, **erasure.COMMANDS},
}
"""The commands that each family of streams takes."""

COMMANDS: Mapping[str, type[Command]] = {
    **{name: kind for owned in OWNED.values() for name, kind in owned.items()},
    ImportCase.type: ImportCase,
}

Folding = Engagement | Council | Directory | Erasures


@dataclass(frozen=True)
class Shelf:
    """What every transaction draws on: the published rules, the register, the worker's key and the release."""

    library: Library
    register: Mapping[str, CouncilFacts]
    key: SigningKey
    release: str


Folded = Newest[str, Folding]
"""Streams folded before, as they were committed, so that a command reads only what came since."""

STREAMS = 256
"""How many of them a worker keeps."""

S = TypeVar("S", Council, Directory, Erasures)


@dataclass
class Drafting(Generic[S]):
    """A council, the directory of people, or what was erased, with the events drafted so far folded in."""

    state: S
    at: datetime
    evolve: Callable[[S, Entry[Any]], S]

    def add(self, event: Event, occurred: When, decided_by: Actor, recorded_by: Actor) -> Draft:
        """Draft an event and fold it."""
        entry = Entry(self.state.version + 1, occurred, self.at, decided_by, event)
        self.state = self.evolve(self.state, entry)
        return draft(event, occurred, decided_by, recorded_by)

    def add_all(self, events: Sequence[Event], asked: Asked) -> list[Draft]:
        """Draft and fold what a command leads to."""
        return [self.add(event, asked.occurred, asked.decided_by, asked.recorded_by) for event in events]


class Work:
    """The streams that one transaction touches."""

    def __init__(self, tx: Transaction, at: datetime, shelf: Shelf, folded: Folded) -> None:
        self.tx, self.at, self._shelf, self._folded = tx, at, shelf, folded
        self._engagements: dict[str, Answer] = {}
        self._councils: dict[str, Drafting[Council]] = {}
        self._directory: Drafting[Directory] | None = None
        self._erasures: Drafting[Erasures] | None = None
        self._erased: list[str] = []
        self._taken: dict[str, int] = {}
        self._pending: list[tuple[str, list[Draft], CommandRef]] = []
        self._derived: list[SignedCommand] = []
        self.derived_outcomes: list[tuple[CommandRef, Refusal | None]] = []
        self._quiet = False
        self.wakes: list[Wake] = []
        self.asked: list[str] = []
        self.statutory = False
        """Whether a step with legal force was written."""

    # Reading

    def engagement(self, id: str) -> Answer | None:
        """An engagement as it stands, with the answers of this transaction; None when there is none of that id."""
        if id not in self._engagements:
            stream = f"engagement/{id}"
            known = self._folded.get(stream)
            state = known if isinstance(known, Engagement) else Engagement(id)
            if state.version != self.tx.head(stream).version:
                state = folding.fold_engagement(state, self.tx.events(stream, state.version))
            if state.version == 0:
                return None
            self._engagements[id] = Answer(state, self._no_earlier(state.recorded_at))
        return self._engagements[id]

    def council(self, gss: str) -> Drafting[Council]:
        """A council as it stands, with the answers of this transaction."""
        if gss not in self._councils:
            stream = f"council/{gss}"
            known = self._folded.get(stream)
            start = known if isinstance(known, Council) else Council.new(gss)
            state = folding.fold_council(start, self.tx.events(stream, start.version))
            self._councils[gss] = Drafting(state, self._no_earlier(state.recorded_at), a_council.evolve)
        return self._councils[gss]

    def directory(self) -> Drafting[Directory]:
        """The directory of people as it stands, with the answers of this transaction."""
        if self._directory is None:
            known = self._folded.get(PEOPLE)
            start = known if isinstance(known, Directory) else Directory()
            state = folding.fold_directory(start, self.tx.events(PEOPLE, start.version))
            self._directory = Drafting(state, self._no_earlier(state.recorded_at), a_directory.evolve)
        return self._directory

    def erasures(self) -> Drafting[Erasures]:
        """Holds and erasures as they stand, with the answers of this transaction."""
        if self._erasures is None:
            state = folding.fold_erasures(Erasures(), self.tx.events(ERASURES))
            self._erasures = Drafting(state, self._no_earlier(state.recorded_at), erasure.evolve)
        return self._erasures

    def _no_earlier(self, recorded_at: datetime | None) -> datetime:
        """Now, or when a stream was last recorded, whichever is later: its times never run backwards."""
        return self.at if recorded_at is None else max(recorded_at, self.at)

    def rules_of(self, state: Engagement) -> Rules:
        """What an engagement is held to."""
        return self._shelf.library.rules(state.model, self.tx.events)

    def _destination(self, ref: str) -> Destination | None:
        """The document that an engagement is to be moved to; None where it is not published."""
        try:
            return Destination(self._shelf.library.rules(ref, self.tx.events), self._shelf.library.sha256(ref))
        except UnknownLifecycle:
            return None

    def facts(self, gss: str) -> CouncilFacts:
        """What the register knows of a council."""
        facts = facts_of(self._shelf.register, gss)
        if facts is None:
            raise KeyError(gss)
        return facts

    # Deciding

    def strike(self, id: str) -> bool:
        """Do everything the clock owes an engagement, in due order; whether there was anything.

        What a newer version of the calendar moves is moved first.
        """
        answer = self.engagement(id)
        assert answer is not None
        rules, struck = self.rules_of(answer.state), False
        ref = CommandRef(id=f"calendar/{id}/{answer.state.version}/{rules.calendar.ref}", digest="")
        answer.recalculate(rules)
        self._take(answer, ref)
        while True:
            version = answer.state.version
            due = answer.strike_one(rules)
            if due is None:
                return struck
            struck = True
            stamp = due.strftime("%Y-%m-%dT%H:%M:%SZ")
            self._take(answer, CommandRef(id=f"clock/{id}/{version}/{stamp}", digest=""))

    def command(self, record: CommandRecord, ref: CommandRef) -> Refusal | None:
        """Carry out a command on its target, with all that follows in other streams; or say why not."""
        kind = COMMANDS.get(record.type)
        family, _, name = record.target.partition("/")
        if kind is None or kind.type not in OWNED.get(family, ()):
            return Refusal("unknown-command", {"command": record.type, "target": family})
        asked = Asked(
            kind.model_validate(record.body),
            record.occurred,
            record.decided_by,
            record.recorded_by,
            self.at,
            record.via,
        )
        if family == "council":
            return self._council_command(name, asked, ref)
        if record.target == DOCUMENTS:
            return self._publish(asked, ref)
        if record.target == ERASURES and kind.type in erasure.COMMANDS:
            return self._erasure_command(asked, ref)
        if family == "office":
            return self._office_command(record.target, asked, ref)
        answer = self.engagement(name)
        if answer is None:
            return Refusal("no-such-engagement", {"engagement": name})
        rules = self.rules_of(answer.state)
        if isinstance(asked.command, MoveEngagement):
            refusal = answer.move(rules, asked, self._destination(asked.command.ref))
        else:
            refusal = answer.respond(rules, asked)
        if refusal is None:
            self._take(answer, ref)
        return refusal

    def _council_command(self, gss: str, asked: Asked, ref: CommandRef) -> Refusal | None:
        self._shelf.library.refresh(self.tx.events)
        facts = facts_of(self._shelf.register, gss)
        if facts is None:
            return Refusal("unknown-council", {"council": gss})
        answer = self.council(gss)
        before = answer.state
        decided = a_council.decide(before, facts, self._shelf.library.every(), asked)
        if isinstance(decided, Refusal):
            return decided
        drafts = answer.add_all(decided, asked)
        self._pending.append((f"council/{gss}", drafts, ref))
        for event in decided:
            if isinstance(event, InterventionOpened):
                self._open(answer.state, event, asked, ref)
        for telling in a_council.tellings(before, answer.state):
            self._tell(telling, asked, ref)
        return None

    def _office_command(self, target: str, asked: Asked, ref: CommandRef) -> Refusal | None:
        if target != PEOPLE or asked.command.type not in a_directory.COMMANDS:
            return Refusal("unknown-command", {"command": asked.command.type, "target": target})
        self._shelf.library.refresh(self.tx.events)
        answer, command = self.directory(), asked.command
        council, engagement = getattr(command, "council", None), getattr(command, "engagement", None)
        known = Known(
            roles=self._shelf.library.roles(),
            councils=[council] if council and facts_of(self._shelf.register, council) else (),
            engagements=[engagement] if engagement and read_models.engagement(self.tx.connection, engagement) else (),
        )
        decided = a_directory.decide(answer.state, known, asked)
        if isinstance(decided, Refusal):
            return decided
        drafts = answer.add_all(decided, asked)
        self._pending.append((target, drafts, ref))
        return None

    def _publish(self, asked: Asked, ref: CommandRef) -> Refusal | None:
        if not isinstance(asked.command, publishing.PublishLifecycle):
            return Refusal("unknown-command", {"command": asked.command.type, "target": DOCUMENTS})
        library = self._shelf.library
        library.refresh(self.tx.events)
        document = Document(DOCUMENTS, asked.command.document, {})
        decided = publishing.decide(library.shelved(), submitted(document, library.calendars()), asked)
        if isinstance(decided, Refusal):
            return decided
        drafts = [draft(event, asked.occurred, asked.decided_by, asked.recorded_by) for event in decided]
        if drafts:
            self._pending.append((OFFICE, drafts, ref))
        return None

    def _erasure_command(self, asked: Asked, ref: CommandRef) -> Refusal | None:
        answer, found = self.erasures(), self._found(asked.command)
        decided = erasure.decide(answer.state, found, asked)
        if isinstance(decided, Refusal):
            return decided
        drafts = answer.add_all(decided, asked)
        self._pending.append((ERASURES, drafts, ref))
        if isinstance(asked.command, EraseValues):
            self._erased.extend(value.commitment for value in found.values)
        return None

    def _found(self, command: Command) -> Found:
        """What the ledger knows of what a command about erasure names."""
        subject, engagement = getattr(command, "subject", None), getattr(command, "engagement", None)
        classes, commitments = getattr(command, "classes", ()), getattr(command, "commitments", ())
        kept = []
        if subject or (engagement and classes) or commitments:
            target = f"engagement/{engagement}" if engagement else None
            kept = sealing.still_kept(
                self.tx.connection, subject=subject, target=target, classes=classes, commitments=commitments
            )
        closed = {}
        if engagement and (answer := self.engagement(engagement)) is not None:
            last = answer.state.history.last(EngagementClosed)
            closed[engagement] = last.occurred.latest if last and answer.state.closed else None
        values = [
            Kept(
                each.commitment,
                each.class_,
                each.subject,
                each.target.removeprefix("engagement/") if each.target.startswith("engagement/") else None,
            )
            for each in kept
        ]
        return Found(values, closed, self.directory().state.people)

    def _open(self, council: Council, opened: InterventionOpened, asked: Asked, ref: CommandRef) -> None:
        answer = Answer(Engagement(opened.engagement), self.at)
        self._engagements[opened.engagement] = answer
        event = EngagementOpened(
            council=council.gss,
            service=opened.service,
            model=opened.model,
            lifecycle_sha256=self._shelf.library.sha256(opened.model),
            rating=opened.rating,
            stars=a_council.stars_behind(council.history, opened),
            imported=asked.via == "import",
            kind=opened.kind,
            trigger=opened.trigger,
        )
        answer.add(event, asked.occurred, ENGINE, ENGINE)
        answer.settle(self.rules_of(answer.state), asked.occurred)
        self._take(answer, ref)
        if asked.via != "import":
            self.wakes.append(Wake(target=f"engagement/{opened.engagement}"))

    def _tell(self, telling: Telling, asked: Asked, ref: CommandRef) -> None:
        """Give an engagement under way the command that follows from what happened to its council."""
        target = f"engagement/{telling.engagement}"
        record = CommandRecord(
            id=f"{ref.id}/{telling.engagement}",
            target=target,
            type=telling.command.type,
            decided_by=asked.decided_by,
            recorded_by=asked.recorded_by,
            signed_in="derived",
            via="derived",
            cause=ref.id,
            occurred=asked.occurred,
            body=telling.command.model_dump(mode="json"),
        )
        signed = SignedCommand.make(record, self._shelf.key.id, self._shelf.key.sign)
        self._derived.append(signed)
        if asked.via == "import":  # history is decided in one batch: nobody is woken to be told
            refusal = self.command(record, signed.ref)
            self.derived_outcomes.append((signed.ref, refusal))
        else:
            submission = Submission(command_id=signed.ref.id, digest=signed.digest)
            self.wakes.append(Wake(target=target, submission=submission))

    def finish_import(self, live: bool, source: Sealed, steps: int, ref: CommandRef) -> None:
        """Close the history of every engagement of an import; those that are live go on from here. Nobody is told."""
        self._quiet = True
        today = When.day(london_day(self.at))
        for answer in self._engagements.values():
            event = HistoryImported(live=live and answer.state.closed is None, source=source, steps=steps)
            answer.add(event, today, ENGINE, ENGINE)
            answer.settle(self.rules_of(answer.state), today)
            self._take(answer, ref)
            if event.live:
                self.wakes.append(Wake(target=f"engagement/{answer.state.id}"))
            elif answer.state.closed is None:
                # What is history only must not stand in the way of an engagement that a rating of today opens.
                self._tell_council(answer.state, "history", today, ref)

    # Writing

    def _take(self, answer: Answer, ref: CommandRef) -> None:
        """Note what an answer drafted since the last time, and what the council must know of it."""
        stream = f"engagement/{answer.state.id}"
        start = self._taken.get(stream, 0)
        fresh, events = answer.drafts[start:], answer.events[start:]
        self._taken[stream] = len(answer.drafts)
        if fresh:
            self._pending.append((stream, fresh, ref))
        for event in events:
            if isinstance(event, EngagementClosed):
                self._tell_council(answer.state, event.end, fresh[-1].occurred, ref)

    def _tell_council(self, state: Engagement, end: str, occurred: When, ref: CommandRef) -> None:
        """Note on the council's stream that one of its engagements is no longer open."""
        assert state.opening is not None
        council = self.council(state.opening.council)
        drafted = council.add(InterventionClosed(engagement=state.id, end=end), occurred, ENGINE, ENGINE)
        self._pending.append((f"council/{council.state.gss}", [drafted], ref))

    def write(self) -> int | None:
        """Append everything, with the notices it asks for and the read models; the last position, if there is one."""
        position: int | None = None
        for signed in self._derived:
            self.tx.store(signed, self.at)
        for stream, drafts, ref in self._pending:
            appended = self.tx.append(
                stream, self.tx.head(stream).version, drafts, ref, self._at_of(stream), self._shelf.release
            )
            position = appended.position
            self.statutory |= any(each.type in STATUTORY for each in drafts)
            if stream.startswith("engagement/"):
                self._ask_for_notices(self._engagements[stream.removeprefix("engagement/")], drafts, appended, ref)
        if self._erased:
            sealing.erase(self.tx, self.at, commitments=self._erased)
        for answer in self._engagements.values():
            if answer.drafts:
                assert answer.state.opening is not None
                facts = self.facts(answer.state.opening.council)
                project_engagement(self.tx.connection, answer.state, self.rules_of(answer.state), facts)
                project_obligations(self.tx.connection, answer.state, answer.events)
        return position

    def free(self, target: str) -> None:
        """Mark an engagement as no longer stuck when its clock went through and had nothing to do."""
        answer = self._engagements.get(target.removeprefix("engagement/"))
        if answer is None or answer.drafts or answer.state.opening is None:
            return
        row = read_models.engagement(self.tx.connection, answer.state.id)
        if row is not None and row.stuck:
            facts = self.facts(answer.state.opening.council)
            project_engagement(self.tx.connection, answer.state, self.rules_of(answer.state), facts)

    def _at_of(self, stream: str) -> datetime:
        family, _, name = stream.partition("/")
        if stream == OFFICE:
            return self.at
        if stream == ERASURES:
            return self.erasures().at
        if family == "office":
            return self.directory().at
        return (self._engagements[name] if family == "engagement" else self._councils[name]).at

    def _ask_for_notices(self, answer: Answer, drafts: Sequence[Draft], appended: Appended, ref: CommandRef) -> None:
        state = answer.state
        if self._quiet or not state.live or state.opening is None:
            return
        lifecycle = self._rules_at(state, appended.version).lifecycle
        told_of = self._boards_stirred(state.id, drafts)
        types, first = told(lifecycle), appended.version - len(drafts) + 1
        telling = [n for n, each in enumerate(drafts) if each.type in types or first + n in told_of]
        if not telling:
            return
        inside = insiders(lifecycle, state.history)
        for event in (appended[n] for n in telling):
            typed = folding.read_event(event, an_engagement.EVENTS).event
            boards = told_of.get(event.version, ())
            council = state.opening.council
            for id, asked in notices_for(lifecycle, state.id, council, event.version, typed, boards, inside):
                wanted = draft(asked, event.occurred, ENGINE, ENGINE)
                (stored,) = self.tx.append(f"notice/{id}", 0, [wanted], ref, answer.at, self._shelf.release)
                project_notice(self.tx.connection, id, asked, stored)
                self.asked.append(id)

    def _rules_at(self, state: Engagement, version: int) -> Rules:
        """What an engagement was held to at a version: whoever is told of what came before a move is told by the old rules."""
        later = next((entry.event for entry in state.history.all(EngagementMoved, version)), None)
        return self._shelf.library.rules(later.from_model if later else state.model, self.tx.events)

    def _boards_stirred(self, id: str, drafts: Sequence[Draft]) -> Mapping[int, Sequence[Meeting]]:
        """The boards to be told of, by the version of the event that set, moved or called them off."""
        if not any(an_engagement.EVENTS.get(each.type) in CHANGES for each in drafts):
            return {}
        # From the stream as recorded: in what is folded, corrections are applied and what they changed is gone.
        return stirred(id, folding.entries_of(self.tx.events(f"engagement/{id}")))

    def forget(self) -> None:
        """Let go of everything that was answered: nothing of it is to be written, nor kept for the next transaction."""
        self._engagements.clear()
        self._councils.clear()
        self._directory = None
        self._erasures = None
        self._erased.clear()
        self._taken.clear()
        self._pending.clear()
        self._derived.clear()
        self.derived_outcomes.clear()
        self.wakes.clear()

    def keep(self) -> None:
        """After the commit: keep the folded states for the next transaction."""
        for id, answer in self._engagements.items():
            self._folded.put(f"engagement/{id}", answer.state)
        for gss, council in self._councils.items():
            self._folded.put(f"council/{gss}", council.state)
        if self._directory is not None:
            self._folded.put(PEOPLE, self._directory.state)
