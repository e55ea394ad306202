"""The digests of a morning. A Schedule starts it each weekday; whether that is a working day is found out when it runs."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.messages import Dawn, DigestTask, NoticeStart


@workflow.defn(name="DigestWorkflow")
class DigestWorkflow:
    """Runs until the digests of today are on their way, where there are any. Started twice, it asks for none twice."""

    @workflow.run
    async def run(self, dawn: Dawn) -> int:
        """Have the digests compiled and the delivery of each started; returns how many there are.

        It keeps trying: while the ledger can't be reached, and on until it is another day, whose digests it then compiles.
        """
        task = DigestTask(at=workflow.now() + dawn.clock_offset)
        retry = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=5))
        start: NoticeStart = await workflow.execute_activity(
            "compile_digests",
            task,
            result_type=NoticeStart,
            start_to_close_timeout=timedelta(minutes=10),
            retry_policy=retry,
        )
        if start.ids:
            await workflow.execute_activity(
                "start_notices", start, start_to_close_timeout=timedelta(minutes=10), retry_policy=retry
            )
        return len(start.ids)
