"""A checkpoint: every five minutes a Schedule starts one, and each step with legal force asks for one at once.

Witnesses are asked for their cosignatures after it, and hold nothing up.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

FIVE_MINUTES = timedelta(minutes=5)


@workflow.defn(name="CheckpointWorkflow")
class CheckpointWorkflow:
    """Has one checkpoint made, and another for whoever asked while it was under way."""

    def __init__(self) -> None:
        self._asked = False

    @workflow.signal(name="again")
    def again(self) -> None:
        """Something was recorded that a checkpoint is to cover now."""
        self._asked = True

    @workflow.run
    async def run(self) -> int | None:
        """The size of the last checkpoint; None where another user's signer makes them."""
        while True:
            self._asked = False
            size: int | None = await workflow.execute_activity(
                "checkpoint",
                result_type=int | None,  # type: ignore[arg-type]
                start_to_close_timeout=timedelta(minutes=2),
                retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=30), maximum_attempts=5),
            )
            if size is not None and workflow.patched("witnesses"):
                await self._ask_witnesses()
            if not self._asked:
                return size

    async def _ask_witnesses(self) -> None:
        """Have witnesses asked for cosignatures, and wait for that only as long as nobody asks for the next checkpoint."""
        asking = workflow.start_activity(
            "ask_witnesses",
            result_type=int,
            start_to_close_timeout=timedelta(minutes=1),
            retry_policy=RetryPolicy(maximum_attempts=1),
        )
        # What came of it is on record. A failure nobody looks at would be logged as one of the workflow's.
        asking.add_done_callback(lambda done: done.cancelled() or done.exception())
        await workflow.wait_condition(lambda: self._asked or asking.done())
