"""The life of a record that the office keeps, such as the directory of people: it serves commands, one at a time."""

from temporalio import workflow

from workflows.submitting import Submitting

with workflow.unsafe.imports_passed_through():
    from activities.messages import Begin


@workflow.defn(name="OfficeWorkflow")
class OfficeWorkflow(Submitting):
    """Runs for as long as there is a programme: `office/people` for the directory, `office/documents` for what is published.

    Nothing falls due in it and it wakes nobody.
    """

    family = "office"

    # Handlers can run before `run`, so whatever they use is made here.
    @workflow.init
    def __init__(self, begin: Begin) -> None:
        super().__init__(begin)

    @workflow.run
    async def run(self, begin: Begin) -> None:
        """Serve for ever."""
        await workflow.wait_condition(lambda: self.superseded or workflow.info().is_continue_as_new_suggested())
        await self.wind_down()
        if not self.superseded:
            workflow.continue_as_new(self.renewed())
