"""The end: final days, tasks, evaluation, exit and follow-up."""

from collections.abc import Mapping

from faces.prose.saying import Template, simple

REFUSALS: Mapping[str, Template] = {
    "more-days-than-left": simple(
        "{days:day} {days:are} too many: {left} of the council's {left:are} left.", "give at most {left}"
    ),
    "piece-does-not-fit": simple(
        "{days:day} {days:are} too many: the council has {left} left, and open pieces of work are to have {held} of them.",
        "finish one with finish-piece, or commission less",
    ),
    "no-such-piece": simple("The council has commissioned no piece '{piece}'.", "commissioned so far: {pieces}"),
    "piece-finished-already": simple("The piece '{piece}' is finished already ({on}).", "commission another"),
    "main-work-ended-already": simple(
        "The main work is over already ({on}).", "correct that with correct-event if it is wrong"
    ),
    "until-before-it-ends": simple(
        "The tasks are to end {until:by}, before the main work {occurred:on}.",
        "mend until= or the date given with --on",
    ),
    "no-such-task": simple("No task '{task}' went on after the main work.", "these did: {tasks}"),
    "task-ended-already": simple("The task '{task}' ended already ({on}).", "correct that date if it is wrong"),
    "lead-passed-already": simple("The lead has passed to the council already.", "use or release the council's days"),
    "signed-off-already": simple("The exit is signed off already."),
    "met-and-unmet": simple("{given} can't be both met and not met.", "name each in met= or in unmet="),
    "never-promised": simple(
        "{given} was promised neither by the contract nor by the latest PID.", "promised are: {promised}"
    ),
    "inspection-comes-first": simple(
        "An exit is tied to an inspection that has been: {inspection} is after {occurred}.",
        "mend inspection_on= or the date given with --on",
    ),
    "unmet-not-named": simple(
        "The sign-off does not name what was evaluated as not met: {missing}.", "name all of it in unmet_outcomes="
    ),
    "still-in-special-measures": simple(
        "The council is still on special measures.", "they end by themselves when a rating gives it a star"
    ),
}


CAUTIONS: Mapping[str, Template] = {
    "pieces-need-more-days": simple(
        "Open pieces of work are to have {held:day}, and the council has {left} left.",
        "finish what is done with finish-piece, and name pieces where days are used",
    ),
    "tasks-beyond-their-date": simple(
        "Tasks were to end {until:by} and still go on: {tasks}.", "say so with end-task when they are over"
    ),
    "signed-off-without-inspection": simple(
        "The exit was signed off ({on}) with no inspection: tied to the contract, and not to outcomes.",
        "look at what an inspection or the next rating says of outcomes",
    ),
    "not-evaluated": simple("Signed off with no evaluation of: {missing}.", "each is evaluated apart"),
    "signed-off-unmet": simple("Signed off with promises not met: {unmet}.", "look at them in the review"),
    "review-found-worse": simple(
        "The review ({on}) found the council worse than at exit.", "a further phase or another model may be needed"
    ),
}
