"""`transact`: the one way in which anything changes. Load, fold, strike what is due, decide, advance, append: one transaction.

It runs as a local activity of the workflow that owns the stream, so commands come one at a time. It may run more than once
for one command (a repeated id, a worker killed after the commit, a workflow continued as new): the first outcome stands.
"""

from collections.abc import Callable

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.library import DOCUMENTS, OFFICE, stream_of
from activities.messages import Done, Outcome, Standing, Stuck, Task, Wake
from activities.projection import project_notice
from activities.signatures import Keyring
from activities.work import STREAMS, Folded, Shelf, Work
from domain import engagement as an_engagement
from domain.actors import ENGINE, OFFICE_ROLE
from domain.dates import When, london_day
from domain.imports import MAY as MAY_IMPORT
from domain.imports import ImportCase
from domain.notices import NoticeAsked
from domain.office import EngagementStuck
from domain.part import Refusal
from domain.records import CommandRef
from domain.refusals import CommandRefused
from domain.respond import draft
from ledger import read_models
from ledger.commands import StoredCommand, StoredOutcome
from ledger.errors import DatabaseUnavailable
from ledger.store import Ledger, Transaction

_LOG = structlog.stdlib.get_logger(__name__)

UNAVAILABLE = "DatabaseUnavailable"
STALE_EPOCH = "StaleEpoch"


def outcome_data(refusal: Refusal | None, version: int, wakes: list[Wake]) -> dict[str, object]:
    """An outcome as the ledger keeps it: for a refusal the rule and its details, otherwise what must be woken."""
    if refusal is not None:
        return {"rule": refusal.rule, "details": dict(refusal.details), "version": version}
    return {"version": version, "wakes": [wake.model_dump(mode="json") for wake in wakes]}


class Transact:
    """Everything that changes an engagement, a council or the directory of people, over one ledger."""

    def __init__(self, ledger: Ledger, shelf: Shelf, keyring: Callable[[], Keyring]) -> None:
        self._ledger, self._shelf, self._keyring = ledger, shelf, keyring
        self._keys = keyring()
        self._folded = Folded(STREAMS)

    @activity.defn(name="transact", no_thread_cancel_exception=True)
    def transact(self, task: Task) -> Done:
        """Do a task. Fails with `DatabaseUnavailable`, which is worth trying again; any other failure is final."""
        try:
            return self.run(task)
        except DatabaseUnavailable:
            raise ApplicationError("the database is unavailable", type=UNAVAILABLE) from None
        except ApplicationError:
            raise
        except Exception as error:
            # Failures travel through Temporal, where no stored value may stand: only the kind of error goes on.
            activity.logger.exception("transact failed", extra={"target": task.target})
            raise ApplicationError("transact failed", type=type(error).__name__, non_retryable=True) from None

    def run(self, task: Task) -> Done:
        """Do a task in one transaction."""
        with self._ledger.writing() as tx:
            if tx.epoch != task.epoch:
                raise ApplicationError("the ledger is in another epoch", type=STALE_EPOCH, non_retryable=True)
            work = Work(tx, task.at, self._shelf, self._folded)
            outcome = self._carry_out(tx, work, task) if task.submission else None
            if outcome is None:
                self._shelf.library.refresh(tx.events)  # a calendar may have been published since
                self._catch_up(work, task.target)
                work.write()
                work.free(task.target)
            standing = self._standing(tx, work, task, outcome)
        work.keep()
        _log(task, outcome, standing)
        return Done(outcome=outcome, standing=standing, statutory=work.statutory)

    def _catch_up(self, work: Work, target: str) -> None:
        family, _, name = target.partition("/")
        if family == "engagement" and work.engagement(name) is not None:
            work.strike(name)

    def _carry_out(self, tx: Transaction, work: Work, task: Task) -> Outcome:
        assert task.submission is not None
        given = task.submission
        first = tx.outcome_of(given.command_id)
        if first is not None:
            if first.digest != given.digest:
                return Outcome(accepted=False, version=0, rule="command-id-reused")
            work.wakes.extend(Wake.model_validate(wake) for wake in first.outcome.get("wakes", ()))
            return _outcome(first, repeated=True)
        stored = tx.stored_command(given.command_id)
        if stored is None or stored.digest != given.digest or stored.record.target != task.target:
            return Outcome(accepted=False, version=0, rule="command-not-stored")
        if not self._trusted(stored):
            return Outcome(accepted=False, version=0, rule="face-not-trusted")
        expected, actual = stored.record.expected_version, tx.head(stream_of(task.target)).version
        self._catch_up(work, task.target)
        if expected is not None and expected != actual:
            refusal: Refusal | None = Refusal("stale-version", {"expected": expected, "actual": actual})
        elif stored.record.type == ImportCase.type:
            refusal = self._import(tx, work, stored)
        else:
            refusal = work.command(stored.record, stored.ref)
        return self._record(tx, work, stored, refusal)

    def _trusted(self, stored: StoredCommand) -> bool:
        if stored.face not in self._keys.keys:
            self._keys = self._keyring()  # a face may have been added since
        return self._keys.checks(stored.face, stored.signature, stored.bytes)

    def _import(self, tx: Transaction, work: Work, stored: StoredCommand) -> Refusal | None:
        """Decide every step of an import in order, and write nothing at all when one of them is refused."""
        role = str(stored.record.decided_by)
        if role not in MAY_IMPORT:
            return Refusal("role", {"command": ImportCase.type, "role": role, "may": list(MAY_IMPORT)})
        batch = ImportCase.model_validate(stored.record.body)
        refs = []
        for number, step in enumerate(batch.steps, start=1):
            command = tx.stored_command(step.command.id)
            if command is None or command.digest != step.command.digest or not self._trusted(command):
                return Refusal("step-not-stored", {"step": number, "line": step.line})
            refusal = work.command(command.record, command.ref)
            if refusal is not None:
                return Refusal(
                    "step-refused",
                    {"step": number, "line": step.line, "rule": refusal.rule, "details": dict(refusal.details)},
                )
            refs.append(command.ref)
        work.finish_import(batch.live, batch.source, len(batch.steps), stored.ref)
        work.derived_outcomes.extend((ref, None) for ref in refs)
        return None

    def _record(self, tx: Transaction, work: Work, stored: StoredCommand, refusal: Refusal | None) -> Outcome:
        if refusal is not None and stored.record.type == ImportCase.type:
            work.forget()
        position = work.write()
        version = tx.head(stream_of(stored.record.target)).version
        if refusal is not None:
            stream = f"refusal/{stored.record.target}"
            event = CommandRefused(command=stored.record.type, rule=refusal.rule, details=dict(refusal.details))
            record = stored.record
            wanted = draft(event, record.occurred, record.decided_by, record.recorded_by)
            (kept,) = tx.append(stream, tx.head(stream).version, [wanted], stored.ref, work.at, self._shelf.release)
            position = kept.position
        for ref, why in work.derived_outcomes:
            tx.record_outcome(ref, why is None, outcome_data(why, version, []), position, work.at)
        data = outcome_data(refusal, version, work.wakes)
        return _outcome(tx.record_outcome(stored.ref, refusal is None, data, position, work.at))

    def _standing(self, tx: Transaction, work: Work, task: Task, outcome: Outcome | None) -> Standing:
        family, _, name = task.target.partition("/")
        if family == "council":
            council = work.council(name)
            return Standing(version=council.state.version, council=name, wakes=tuple(work.wakes))
        if task.target == DOCUMENTS:
            return Standing(version=tx.head(OFFICE).version, council="")
        if family == "office":
            return Standing(version=tx.head(task.target).version, council="")
        answer = work.engagement(name)
        if answer is None:
            return Standing(version=0, council="", idle=True)
        state = answer.state
        assert state.opening is not None
        # What an earlier run left unsettled is this run's to start.
        again = outcome is None or outcome.repeated
        notices = read_models.unsettled_notice_ids(tx.connection, name) if again else work.asked
        deadline = state.next_deadline()
        return Standing(
            version=state.version,
            council=state.opening.council,
            stage=state.stage,
            model=state.model,
            next_due=an_engagement.next_due(state),
            deadline=deadline.opened.due_at if deadline else None,
            owner=deadline.opened.owner if deadline else None,
            closed=state.closed,
            idle=state.closed is not None or not state.live,
            notices=tuple(notices),
        )

    @activity.defn(name="mark_stuck", no_thread_cancel_exception=True)
    def mark_stuck(self, stuck: Stuck) -> str | None:
        """Record that the clock of an engagement keeps failing, once until it strikes again; the notice that says so."""
        with self._ledger.writing() as tx:
            if tx.epoch != stuck.epoch or not read_models.set_stuck(tx.connection, stuck.engagement):
                return None
            row = read_models.engagement(tx.connection, stuck.engagement)
            assert row is not None, "it was just marked"
            ref = CommandRef(id=f"stuck/{stuck.engagement}/{stuck.at:%Y-%m-%dT%H:%M:%SZ}", digest="")
            today = When.day(london_day(stuck.at))
            event = EngagementStuck(engagement=stuck.engagement, failure=stuck.failure)
            kept = draft(event, today, ENGINE, ENGINE)
            (recorded,) = tx.append(OFFICE, tx.head(OFFICE).version, [kept], ref, stuck.at, self._shelf.release)
            id = f"{stuck.engagement}.stuck.{recorded.version}"
            asked = NoticeAsked(
                about=f"engagement/{stuck.engagement}",
                version=row.version,
                template=event.type,
                council=row.council,
                to=OFFICE_ROLE,
            )
            wanted = draft(asked, today, ENGINE, ENGINE)
            (stored,) = tx.append(f"notice/{id}", 0, [wanted], ref, stuck.at, self._shelf.release)
            project_notice(tx.connection, id, asked, stored)
            return id


def _log(task: Task, outcome: Outcome | None, standing: Standing) -> None:
    where = {"target": task.target, "version": standing.version, "stage": standing.closed or standing.stage}
    if task.submission is None or outcome is None:
        _LOG.info("the clock was served", **where, notices=len(standing.notices))
    elif outcome.accepted:
        _LOG.info("command carried out", **where, command=task.submission.command_id, repeated=outcome.repeated)
    else:
        found = {"command": task.submission.command_id, "rule": outcome.rule, "repeated": outcome.repeated}
        _LOG.info("command refused", **where, **found)


def _outcome(stored: StoredOutcome, repeated: bool = False) -> Outcome:
    return Outcome(
        accepted=stored.accepted,
        version=stored.outcome["version"],
        rule=stored.outcome.get("rule"),
        repeated=repeated,
    )
