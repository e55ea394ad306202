"""The life of one council's record: it serves ratings, and wakes the engagements that they open or concern."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from workflows.submitting import Submitting

with workflow.unsafe.imports_passed_through():
    from activities.messages import Begin, Standing, Wake, WakeAll


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
            await self._wake()
            if workflow.info().is_continue_as_new_suggested():
                # A rating may come while the last are woken: nothing may be awaited after the last look.
                while self._to_wake or not workflow.all_handlers_finished():
                    await workflow.wait_condition(workflow.all_handlers_finished)
                    await self._wake()
                workflow.continue_as_new(self.renewed())
        await workflow.wait_condition(workflow.all_handlers_finished)

    def noted(self, standing: Standing) -> None:
        """Note whom to wake."""
        self._to_wake.extend(standing.wakes)

    async def _wake(self) -> None:
        while self._to_wake:
            wakes, self._to_wake = tuple(self._to_wake), []
            everyone = WakeAll(wakes=wakes, epoch=self.begin.epoch)
            await workflow.execute_activity(
                "wake",
                everyone,
                start_to_close_timeout=timedelta(seconds=60),
                retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=30)),
            )
