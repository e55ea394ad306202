"""One notice on its way to whoever is to be told. It does not hold up the engagement it tells of."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.messages import Begin, NoticeStart, NoticeTask

ATTEMPTS = 12
"""With the intervals below about three and a half hours of trying."""


@workflow.defn(name="NotificationWorkflow")
class NotificationWorkflow:
    """Runs until the notice is sent, bounced or given up. Its id is `notice/<id>`."""

    @workflow.run
    async def run(self, begin: Begin) -> None:
        """Deliver, or record that it was given up; then see that the office is told, where it is to be."""
        at = workflow.now() + begin.clock_offset
        task = NoticeTask(id=begin.id, at=at, epoch=begin.epoch)
        retry = RetryPolicy(
            initial_interval=timedelta(seconds=10), maximum_interval=timedelta(hours=1), maximum_attempts=ATTEMPTS
        )
        office: str | None
        try:
            office = await workflow.execute_activity(
                "deliver", task, start_to_close_timeout=timedelta(seconds=60), retry_policy=retry
            )
        except ActivityError:
            given_up = task.model_copy(update={"at": workflow.now() + begin.clock_offset, "attempts": ATTEMPTS})
            office = await workflow.execute_activity("give_up", given_up, start_to_close_timeout=timedelta(seconds=60))
        # Histories of before there was such a notice replay: both activities returned nothing then.
        if office is not None:
            start = NoticeStart(ids=(office,), epoch=begin.epoch)
            await workflow.execute_activity("start_notices", start, start_to_close_timeout=timedelta(seconds=60))
