"""Rehearsals: a case played through a real Temporal server, timers, notices and all, on a clock that can be moved.

The ledger is a rehearsal for good. The driver moves every open workflow to each next instant, so that what happens at it
happens in order, and gives the case's commands on their days.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from activities import folding
from activities.digests import next_digests
from activities.library import Library
from domain import engagement as an_engagement
from domain.case import Case, Step
from domain.dates import morning_of
from domain.engagement import Engagement
from domain.records import Recorded
from ledger import commands, events, read_models
from ledger.commands import StoredOutcome
from workers.face import Unsealed
from workers.running import Engine, send_digests

PATIENCE = timedelta(seconds=60)
"""How long, in real time, a workflow may take to do what its clock owes before the rehearsal gives up."""

AFTER_THE_MORNING = timedelta(hours=1)
"""Steps are given at ten in the morning, after whatever that morning brings by itself."""


class StepRefused(Exception):
    """A step of the case was refused: the step, and the outcome with its rule and details."""

    def __init__(self, step: Step, outcome: StoredOutcome) -> None:
        super().__init__(step.number, step.line)
        self.step, self.outcome = step, outcome


class ClockStuck(Exception):
    """Something that belongs to an instant was not done within a minute of real time: a strike, a command, a notice."""

    def __init__(self, what: str, instant: datetime) -> None:
        super().__init__(what, instant)
        self.what, self.instant = what, instant


def starts_at(case: Case) -> datetime:
    """When the clock of a rehearsal of the case starts: nine in the morning of its first step's day."""
    day, _ = next(iter(case.played()))
    return morning_of(day)


@dataclass
class Rehearsal:
    """One or more cases played on one engine. `watch` is called with every event as it is recorded."""

    engine: Engine
    watch: Callable[[Recorded], None]
    seen: int = 0
    library: Library = field(default_factory=Library)
    folded: dict[str, Engagement] = field(default_factory=dict)

    async def play(self, case: Case, text: str) -> AsyncIterator[Step]:
        """Give every step of the case on its day; yields each when it is done. Raises StepRefused, ClockStuck.

        `text` is the case file's: its hash names the commands, so that a rehearsal broken off can be taken up again.
        """
        name = sha256(text.encode()).hexdigest()[:16]
        before = await asyncio.to_thread(self._engagements_of, case.council)
        for day, step in case.played():
            await self.move_to(morning_of(day) + AFTER_THE_MORNING)
            outcome = await self.engine.face.give(self._command(case, step, name, before))
            if not outcome.accepted:
                raise StepRefused(step, outcome)
            await self._until_quiet(morning_of(day) + AFTER_THE_MORNING)
            await self._show_new_events()
            yield step

    def _engagements_of(self, council: str) -> list[str]:
        with self.engine.ledger.reading() as conn:
            return read_models.engagement_ids(conn, council)

    def _command(self, case: Case, step: Step, name: str, before: Sequence[str]) -> Unsealed:
        target = f"council/{case.council}"
        if step.target == "engagement":
            opened = [id for id in self._engagements_of(case.council) if id not in before]
            target = f"engagement/{opened[step.engagement - 1]}" if len(opened) >= step.engagement else "engagement/-"
        claim = {"source": step.source, "disputed": step.disputed}
        if step.reported_on is not None:
            claim["reported_on"] = str(step.reported_on)
        return Unsealed(
            id=f"case/{name}/{step.number:04}",
            target=target,
            type=step.command_type,
            decided_by=step.decided_by,
            recorded_by=step.recorded_by,
            occurred=step.occurred,
            body=step.body,
            via="case-file",
            claim={key: value for key, value in claim.items() if value is not None} or None,
        )

    async def move_to(self, moment: datetime) -> None:
        """Move every open workflow's clock on to a moment, stopping at each instant at which one has something to do."""
        while True:
            clock, due, digests = await asyncio.to_thread(self._next_instant)
            if digests == clock:
                await self._send_digests(clock)
                continue
            if clock >= moment:
                return
            instant = min(each for each in (moment, due, digests) if each is not None and each > clock)
            await self._forward(clock, instant)
            await self._until_quiet(instant)
            await self._show_new_events()

    async def _forward(self, clock: datetime, instant: datetime) -> None:
        skipper, starter = self.engine.skipper, self.engine.process.starter
        assert skipper is not None
        targets, epoch = await asyncio.to_thread(self._open_streams)
        offset = clock - datetime.now(UTC)
        # One that was opened a moment ago may not run yet, and one that does not run cannot be moved.
        await asyncio.gather(*(starter.start(target, epoch, offset) for target in targets))

        def set_clock() -> None:
            with self.engine.ledger.writing() as tx:
                tx.set_clock(instant)

        async def move(target: str) -> None:
            await skipper.fast_forward(skipper.client.get_workflow_handle(target), instant - clock)

        await asyncio.to_thread(set_clock)
        await asyncio.gather(*(move(target) for target in targets))

    async def _send_digests(self, instant: datetime) -> None:
        starter = self.engine.process.starter
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                await send_digests(starter.client, starter.task_queue, instant)
        except TimeoutError:
            raise ClockStuck("digest", instant) from None
        await self._until_quiet(instant)
        await self._show_new_events()

    async def _until_quiet(self, instant: datetime) -> None:
        """Wait until nothing that belongs to this instant is still under way. Raises ClockStuck."""
        deadline = asyncio.get_running_loop().time() + PATIENCE.total_seconds()
        while (busy := await asyncio.to_thread(self._busy_with, instant)) is not None:
            if asyncio.get_running_loop().time() > deadline:
                raise ClockStuck(busy, instant)
            await asyncio.sleep(0.01)

    def _folded(self) -> list[Engagement]:
        """The open engagements; those that were folded before go on from there."""
        with self.engine.ledger.reading() as conn:
            open_ones = [row.id for row in read_models.open_engagements(conn)]
            for id in open_ones:
                state = self.folded.get(id, Engagement(id))
                since = events.read_stream(conn, f"engagement/{id}", state.version)
                self.folded[id] = folding.fold_engagement(state, since)
        return [self.folded[id] for id in open_ones]

    def _next_instant(self) -> tuple[datetime, datetime | None, datetime | None]:
        """The clock, when an engagement's next has something to do, and when digests are next due."""
        dues = [due for state in self._folded() if (due := an_engagement.next_due(state)) is not None]
        clock = self.engine.ledger.about.clock
        assert clock is not None, "a rehearsal has a clock"
        with self.engine.ledger.reading() as conn:
            digests = next_digests(conn, self.library, clock)
        return clock, min(dues, default=None), digests

    def _busy_with(self, instant: datetime) -> str | None:
        """Something that is still to be done at an instant: a strike, a derived command, a notice."""
        for state in self._folded():
            due = an_engagement.next_due(state)
            if due is not None and due <= instant:
                return f"engagement/{state.id}"
        with self.engine.ledger.reading() as conn:
            waiting = [id for id, _, _ in commands.undecided(conn, "derived")]
            waiting += [f"notice/{row.id}" for row in read_models.unsettled_notices(conn)]
        return waiting[0] if waiting else None

    def _open_streams(self) -> tuple[list[str], int]:
        with self.engine.ledger.reading() as conn:
            engagements = [f"engagement/{row.id}" for row in read_models.open_engagements(conn)]
            others = events.streams(conn, "council/") + events.streams(conn, "office/")
        return engagements + others, self.engine.ledger.about.epoch

    async def _show_new_events(self) -> None:
        for event in await asyncio.to_thread(self._new_events):
            self.watch(event)

    def _new_events(self) -> list[Recorded]:
        with self.engine.ledger.reading() as conn:
            found = list(events.read_all(conn, self.seen))
        if found:
            self.seen = found[-1].position
        return found
