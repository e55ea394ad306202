"""Rebuilding: read models from the ledger's events, and a lost Temporal cluster's workflows from the ledger.

The ledger is the truth, so nothing else needs a backup. Rebuilding sends nothing: a notice that was sent stays sent.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from temporalio.client import WorkflowUpdateFailedError

from activities import folding
from activities.library import Library, facts_of, read_register
from activities.messages import Submission
from activities.projection import project_engagement, project_notice, project_obligations
from activities.starting import Starter
from domain.engagement import Engagement
from domain.notices import EVENTS, standing
from ledger import commands, events, read_models
from ledger.store import Ledger, Transaction
from workers.face import Clock

Progress = Callable[[int, int], None]


def rebuild_read_models(ledger: Ledger, progress: Progress) -> int:
    """Fold every stream again and write the read models from nothing, in one transaction; how many streams there were.

    Raises Tampered when stored bytes are not what was stored.
    """
    library, register = Library(), read_register()
    with ledger.writing() as tx:
        read_models.empty(tx.connection)
        engagements = events.streams(tx.connection, "engagement/")
        notices = events.streams(tx.connection, "notice/")
        total = len(engagements) + len(notices)
        for done, stream in enumerate(engagements, start=1):
            state = folding.fold_engagement(Engagement(stream.removeprefix("engagement/")), tx.events(stream))
            assert state.opening is not None
            facts = facts_of(register, state.opening.council)
            assert facts is not None, "a council is looked up before an engagement is opened in it"
            project_engagement(tx.connection, state, library.rules(state.opening.model, tx.events), facts)
            project_obligations(tx.connection, state, [entry.event for entry in state.history.entries])
            progress(done, total)
        for done, stream in enumerate(notices, start=len(engagements) + 1):
            _rebuild_notice(tx, stream)
            progress(done, total)
    return total


def _rebuild_notice(tx: Transaction, stream: str) -> None:
    recorded = list(tx.events(stream))
    found = standing(folding.read_event(event, EVENTS).event for event in recorded)
    id = stream.removeprefix("notice/")
    project_notice(tx.connection, id, found.asked, recorded[0])
    read_models.follow_notice(tx.connection, id, found.state, found.settled, found.attempts)


async def rebuild_workflows(ledger: Ledger, starter: Starter, progress: Progress) -> int:
    """Begin a new epoch and start every workflow that should run, ending those of an older one; how many there were.

    An old cluster that comes back is refused by `transact` and by delivery: it is of an older epoch.
    """

    def begin() -> tuple[int, list[str], list[str]]:
        with ledger.writing() as tx:
            epoch = tx.raise_epoch()
            open_ones = [f"engagement/{row.id}" for row in read_models.open_engagements(tx.connection)]
            councils = events.streams(tx.connection, "council/")
            office = events.streams(tx.connection, "office/")
            notices = [row.id for row in read_models.unsettled_notices(tx.connection)]
        return epoch, open_ones + councils + office, notices

    epoch, targets, notices = await asyncio.to_thread(begin)
    offset = Clock(ledger).offset()
    total, done = len(targets) + len(notices), 0
    for target in targets:
        await starter.start(target, epoch, offset, replace=True)
        progress(done := done + 1, total)
    for id in notices:
        await starter.start_notice(id, epoch, offset, replace=True)
        progress(done := done + 1, total)
    with ledger.reading() as conn:
        waiting = commands.undecided(conn, "derived")
    for command_id, target, digest in waiting:
        with suppress(WorkflowUpdateFailedError):  # undecided as before; the sweep tries again
            await starter.submit(target, Submission(command_id=command_id, digest=digest), epoch, offset)
    return total
