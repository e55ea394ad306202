"""One notice on its way to whoever is to be told. It does not hold up the engagement it tells of.

A carrier may say later what became of a letter: it is asked ever more rarely, until it has said so or its time is up.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.messages import Begin, NoticeLeft, NoticeStart, NoticeTask

ATTEMPTS = 12
"""With the intervals below about three and a half hours of trying."""

FIRST_ASKED, SELDOM_ASKED = timedelta(minutes=1), timedelta(hours=12)
"""How long after a letter its carrier is first asked about it, and the longest time until it is asked again."""

SENT_AGAIN = timedelta(hours=1)
"""How long after a letter came back for now the next one is sent: a full mailbox is not emptied at once."""

ONE_TRY, NEXT_TRY = timedelta(seconds=60), timedelta(seconds=10)
"""How long one try may take, so long after a worker was killed in the middle of it there is another; and how long after a
first one that failed.
"""


@workflow.defn(name="NotificationWorkflow")
class NotificationWorkflow:
    """Runs until it is known what became of the notice, or nothing more is to be heard. Its id is `notice/<id>`."""

    @workflow.init
    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._told: str | None = None

    @workflow.run
    async def run(self, begin: Begin) -> None:
        """Deliver, or record that it was given up; see that the office is told, where it is to be; follow what was sent."""
        left, wait = await self._deliver(), FIRST_ASKED
        await self._tell(left)
        # A history of before letters were followed has none to follow.
        while left.follow or left.again:
            if left.again:
                await workflow.sleep(SENT_AGAIN, summary="until what came back is sent again")
                left, wait = await self._deliver(), FIRST_ASKED
            else:
                await workflow.sleep(wait, summary="until the carrier is asked what became of it")
                left, wait = await self._follow(), min(3 * wait, SELDOM_ASKED)
            await self._tell(left)

    async def _deliver(self) -> NoticeLeft:
        retry = RetryPolicy(initial_interval=NEXT_TRY, maximum_interval=timedelta(hours=1), maximum_attempts=ATTEMPTS)
        left: NoticeLeft | None
        try:
            left = await workflow.execute_activity(
                "deliver", self._task(), result_type=NoticeLeft, start_to_close_timeout=ONE_TRY, retry_policy=retry
            )
        except ActivityError:
            left = await workflow.execute_activity(
                "give_up", self._task(ATTEMPTS), result_type=NoticeLeft, start_to_close_timeout=ONE_TRY
            )
        return left or NoticeLeft()  # older releases returned nothing where the office was not to be told

    async def _follow(self) -> NoticeLeft:
        left: NoticeLeft = await workflow.execute_activity(
            "follow", self._task(), result_type=NoticeLeft, start_to_close_timeout=ONE_TRY
        )
        return left

    async def _tell(self, left: NoticeLeft) -> None:
        """Start the notice that tells the office, once."""
        if left.office is None or left.office == self._told:
            return
        self._told = left.office
        start = NoticeStart(ids=(left.office,), epoch=self._begin.epoch)
        await workflow.execute_activity("start_notices", start, start_to_close_timeout=ONE_TRY)

    def _task(self, attempts: int = 0) -> NoticeTask:
        begin = self._begin
        return NoticeTask(id=begin.id, at=workflow.now() + begin.clock_offset, epoch=begin.epoch, attempts=attempts)
