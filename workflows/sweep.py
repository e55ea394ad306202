"""The sweep: whatever should be running and is not is started. At worker start, and every hour."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

HOUR = timedelta(hours=1)


@workflow.defn(name="SweepWorkflow")
class SweepWorkflow:
    """Runs one sweep; a Schedule starts it."""

    @workflow.run
    async def run(self) -> int:
        """Compare the ledger with what is running; returns how many workflows were started or given their command."""
        started: int = await workflow.execute_activity(
            "sweep",
            result_type=int,
            start_to_close_timeout=timedelta(minutes=10),
            heartbeat_timeout=timedelta(minutes=2),
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1), maximum_attempts=10),
        )
        return started
