"""A round of ratings: every council's rating is submitted to that council, a few at a time, at the hour of publication."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.messages import Outcome, Round, RoundProgress, RoundRow, RoundRows, RoundSubmit

AT_ONCE = 8
"""Councils submitted to at the same time."""


@workflow.defn(name="RatingRoundWorkflow")
class RatingRoundWorkflow:
    """Runs one round, or its withdrawal. Run again, every row gives its first outcome again."""

    @workflow.init
    def __init__(self, round: Round) -> None:
        self._progress = RoundProgress()

    @workflow.run
    async def run(self, round: Round) -> RoundProgress:
        """Wait for the hour, then submit every row."""
        if round.at is not None:
            wait = round.at - (workflow.now() + round.clock_offset)
            if wait > timedelta():
                await workflow.sleep(wait, summary="until the round is published")
        found = await workflow.execute_activity(
            "round_rows", round, result_type=RoundRows, start_to_close_timeout=timedelta(seconds=60)
        )
        self._progress = RoundProgress(total=len(found.rows))
        queue = list(reversed(found.rows))
        await asyncio.gather(*(self._work_through(queue, round) for _ in range(AT_ONCE)))
        return self._progress

    async def _work_through(self, queue: list[RoundRow], round: Round) -> None:
        while queue:
            row = queue.pop()
            try:
                outcome = await workflow.execute_activity(
                    "submit_row",
                    RoundSubmit(row=row, epoch=round.epoch),
                    result_type=Outcome,
                    start_to_close_timeout=timedelta(seconds=60),
                    retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=30), maximum_attempts=20),
                )
                counted = "accepted" if outcome.accepted else "refused"
            except ActivityError:
                counted = "failed"
            now = self._progress
            self._progress = now.model_copy(update={"done": now.done + 1, counted: getattr(now, counted) + 1})

    @workflow.query(name="progress")
    def progress(self) -> RoundProgress:
        """How far the round is."""
        return self._progress
