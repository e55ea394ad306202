"""The life of one engagement: it serves commands, sleeps until the clock has something to do, and does it.

The ledger is the truth. The workflow owns order and time: it knows where the engagement stands and when to wake, and
nothing else.
"""

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey, SearchAttributeUpdate
from temporalio.exceptions import ActivityError

from workflows.submitting import FAILED, LONGEST_LOCAL_WAIT, Submitting, cause_of

with workflow.unsafe.imports_passed_through():
    from activities.messages import Begin, NoticeStart, Standing, Stuck
    from activities.transact import STALE_EPOCH

COUNCIL = SearchAttributeKey.for_keyword("Council")
STAGE = SearchAttributeKey.for_keyword("Stage")
MODEL = SearchAttributeKey.for_keyword("Model")
DUE = SearchAttributeKey.for_datetime("Due")

STUCK_AFTER = 3
"""Failures in a row after which the office is told."""


@workflow.defn(name="EngagementWorkflow")
class EngagementWorkflow(Submitting):
    """Runs from the rating that opens the engagement until it is over. Its id is `engagement/<id>`."""

    family = "engagement"

    # Handlers can run before `run`, so whatever they use is made here.
    @workflow.init
    def __init__(self, begin: Begin) -> None:
        super().__init__(begin)
        self._to_start: list[str] = []
        self._started: set[str] = set()
        self._shown: tuple[object, ...] = ()
        self._failures = 0
        self._told_stuck = False
        self._to_look = False

    @workflow.signal(name="look")
    def look(self) -> None:
        """Something that the clock goes by has changed, such as the calendar: see what it owes now."""
        self._to_look = True

    @workflow.run
    async def run(self, begin: Begin) -> None:
        """Serve until the engagement is over."""
        if self.standing is None:
            await self.strike()
        while not self.superseded:
            await self.follow_up()
            if self._over() and workflow.all_handlers_finished():
                return
            if workflow.info().is_continue_as_new_suggested():
                await self.wind_down()
                workflow.continue_as_new(self.renewed())
            if await self._due():
                await self.strike()
        await workflow.wait_condition(workflow.all_handlers_finished)

    def noted(self, standing: Standing) -> None:
        """Show the standing in the Web UI, where it has changed, and note the notices to start."""
        self._to_start.extend(id for id in standing.notices if id not in self._started)
        self._started.update(standing.notices)
        shown = (standing.council, standing.stage, standing.model, standing.deadline, standing.closed)
        if shown == self._shown or not standing.council:
            return
        updates: list[SearchAttributeUpdate[Any]] = [
            COUNCIL.value_set(standing.council),
            STAGE.value_set(standing.closed or standing.stage or ""),
            MODEL.value_set(standing.model or ""),
            DUE.value_set(standing.deadline) if standing.deadline else DUE.value_unset(),
        ]
        workflow.upsert_search_attributes(updates)
        due = f"{standing.deadline:%d %B %Y}" if standing.deadline else "nothing"
        workflow.set_current_details(
            f"Over: {standing.closed}" if standing.closed else f"Stage: {standing.stage}  \nNext due: {due}"
        )
        self._shown = shown

    def _over(self) -> bool:
        return self.standing is not None and self.standing.idle and not self._to_start

    async def _due(self) -> bool:
        """Sleep until the clock has something to do, or something else has to be done first; whether it is the clock."""
        assert self.standing is not None
        if self._to_look:
            self._to_look = False
            return True
        due = self.standing.next_due

        def disturbed() -> bool:
            assert self.standing is not None
            return bool(
                self.standing.next_due != due
                or self.superseded
                or self._to_start
                or self._to_look
                or (self._over() and workflow.all_handlers_finished())
                or workflow.info().is_continue_as_new_suggested()
            )

        # A wait without an end and one with are different commands: which one is taken follows from the standing alone.
        if due is None:
            await workflow.wait_condition(disturbed)
            return False
        left = due - self.now()
        if left <= timedelta():
            return True
        try:
            await workflow.wait_condition(
                disturbed, timeout=left, timeout_summary="next reminder, deadline or escalation"
            )
        except TimeoutError:
            return True
        return False

    async def strike(self) -> None:
        """Have the clock's work done. Keeps trying, ever more slowly, unless the ledger has gone on without us."""
        while not self.superseded:
            before = self.standing
            try:
                await self.transact()
            except FAILED as error:
                if cause_of(error) == STALE_EPOCH:
                    self.superseded = True
                    return
                self._failures += 1
                await self._tell_if_stuck(cause_of(error))
                if await self._moved_on(before):
                    return
            else:
                self._failures, self._told_stuck = 0, False
                return

    async def _moved_on(self, before: Standing | None) -> bool:
        """Wait before the clock is tried again; whether a command has gone through meanwhile, and struck it on the way."""
        wait = min(timedelta(seconds=10 * 2 ** min(self._failures, 9)), timedelta(hours=1))
        try:
            await workflow.wait_condition(
                lambda: self.superseded or self.standing is not before,
                timeout=wait,
                timeout_summary="until the clock is tried again",
            )
        except TimeoutError:
            return False
        return True

    async def _tell_if_stuck(self, failure: str) -> None:
        if self._failures < STUCK_AFTER or self._told_stuck:
            return
        stuck = Stuck(engagement=self.begin.id, at=self.now(), epoch=self.begin.epoch, failure=failure)
        try:
            notice: str | None = await workflow.execute_activity(
                "mark_stuck",
                stuck,
                start_to_close_timeout=timedelta(seconds=30),
                schedule_to_close_timeout=timedelta(minutes=5),
            )
        except ActivityError:
            return  # what keeps the clock from striking may keep the ledger from being told; next time again
        self._told_stuck = True
        if notice is not None:
            self._to_start.append(notice)
            await self.follow_up()

    def followed_up(self) -> bool:
        """Whether every notice is on its way."""
        return not self._to_start

    async def follow_up(self) -> None:
        """Have a workflow of its own started for each notice. Never a child: it must outlive this run."""
        while self._to_start:
            ids, self._to_start = tuple(self._to_start), []
            await workflow.execute_local_activity(
                "start_notices",
                NoticeStart(ids=ids, epoch=self.begin.epoch),
                start_to_close_timeout=timedelta(seconds=10),
                retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=30)),
                local_retry_threshold=LONGEST_LOCAL_WAIT,
            )
