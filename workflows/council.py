"""The life of one council's record: it serves ratings, and wakes the engagements that they open or concern."""

from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

from workflows.submitting import Submitting

with workflow.unsafe.imports_passed_through():
    from activities.messages import Begin, Standing, Wake, WakeAll

ATTEMPTS = 10
"""About three minutes of trying to wake an engagement."""


@workflow.defn(name="CouncilWorkflow")
class CouncilWorkflow(Submitting):
    """Runs for as long as there is a programme. Its id is `council/<GSS code>`."""

    family = "council"

    # Handlers can run before `run`, so whatever they use is made here.
    @workflow.init
    def __init__(self, begin: Begin) -> None:
        super().__init__(begin)
        self._to_wake: list[Wake] = []

    @workflow.run
    async def run(self, begin: Begin) -> None:
        """Serve for ever."""
        while not self.superseded:
            await workflow.wait_condition(
                lambda: bool(self._to_wake) or self.superseded or workflow.info().is_continue_as_new_suggested()
            )
            await self.follow_up()
            if workflow.info().is_continue_as_new_suggested():
                await self.wind_down()
                workflow.continue_as_new(self.renewed())
        await workflow.wait_condition(workflow.all_handlers_finished)

    def noted(self, standing: Standing) -> None:
        """Note whom to wake."""
        self._to_wake.extend(standing.wakes)

    def followed_up(self) -> bool:
        """Whether everybody is woken."""
        return not self._to_wake

    async def follow_up(self) -> None:
        """Wake whoever is to be woken by now."""
        if not self._to_wake:
            return
        wakes, self._to_wake = tuple(self._to_wake), []
        # What cannot be told now is the sweep's to tell: the council's next rating must not wait for it.
        with suppress(ActivityError):
            await workflow.execute_activity(
                "wake",
                WakeAll(wakes=wakes, epoch=self.begin.epoch),
                start_to_close_timeout=timedelta(seconds=60),
                retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=30), maximum_attempts=ATTEMPTS),
            )
