"""Rebuilding: read models from the ledger's events, and a lost Temporal cluster's workflows from the ledger.

The ledger is the truth, so nothing else needs a backup. Rebuilding sends nothing: a notice that was sent stays sent.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import Connection
from temporalio.client import WorkflowUpdateFailedError

from activities import folding
from activities.library import Library, facts_of, read_register
from activities.messages import Submission
from activities.projection import project_engagement, project_notice, project_obligations
from activities.starting import Starter
from domain.council import CouncilFacts
from domain.engagement import Engagement
from domain.records import Recorded
from ledger import commands, events, read_models
from ledger.store import Ledger, Transaction
from workers.face import Clock

Progress = Callable[[int, int], None]

FOLLOWED_SINCE = timedelta(days=14)
"""How long ago a notice may have been asked for of which a carrier still says what became of it: it was tried, it may have
come back and been sent again, and each letter is followed for three days.
"""


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
            refold_engagement(tx.connection, tx.connection, stream, library, register)
            progress(done, total)
        for done, stream in enumerate(notices, start=len(engagements) + 1):
            refold_notice(tx.connection, tx.connection, stream)
            progress(done, total)
    return total


def refold_engagement(
    source: Connection, into: Connection, stream: str, library: Library, register: Mapping[str, CouncilFacts]
) -> None:
    """Fold an engagement's stream and write its read models, which may be those of another database. Raises Tampered."""

    def read(name: str, after: int = 0) -> Iterator[Recorded]:
        return events.read_stream(source, name, after)

    state = folding.fold_engagement(Engagement(stream.removeprefix("engagement/")), read(stream))
    assert state.opening is not None
    facts = facts_of(register, state.opening.council)
    assert facts is not None, "a council is looked up before an engagement is opened in it"
    project_engagement(into, state, library.rules(state.model, read), facts)
    project_obligations(into, state, [entry.event for entry in state.history.entries])


def refold_notice(source: Connection, into: Connection, stream: str) -> None:
    """Fold a notice's stream and write its read model, which may be that of another database. Raises Tampered."""
    recorded = list(events.read_stream(source, stream))
    found = folding.fold_notice(recorded)
    id = stream.removeprefix("notice/")
    project_notice(into, id, found.asked, recorded[0])
    read_models.follow_notice(into, id, found.state, found.settled, found.attempts)


def _followed(tx: Transaction, since: datetime) -> list[str]:
    """The notices that are settled, and of which a carrier may still say what became of them."""

    def followed(id: str) -> bool:
        return bool(folding.fold_notice(tx.events(f"notice/{id}")).followed)

    return [id for id in read_models.notices_sent(tx.connection, since) if followed(id)]


async def rebuild_workflows(ledger: Ledger, starter: Starter, progress: Progress) -> int:
    """Begin a new epoch and start every workflow that should run, ending those of an older one; how many there were.

    An old cluster that comes back is refused by `transact` and by delivery: it is of an older epoch.
    """

    since = Clock(ledger).now() - FOLLOWED_SINCE

    def begin() -> tuple[int, list[str], list[str]]:
        with ledger.writing() as tx:
            epoch = tx.raise_epoch()
            open_ones = [f"engagement/{row.id}" for row in read_models.open_engagements(tx.connection)]
            councils = events.streams(tx.connection, "council/")
            office = events.streams(tx.connection, "office/")
            notices = [row.id for row in read_models.unsettled_notices(tx.connection)]
            notices += _followed(tx, since)
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
