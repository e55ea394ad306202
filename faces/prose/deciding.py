"""Special measures up to the decision: targets, plans, conditions and authority."""

from collections.abc import Mapping

from faces import dates
from faces.prose.saying import Details, Said, Template, listed, simple, who
from faces.words import Words


def _told_to_wait(details: Details, words: Words) -> Said:
    return Said(
        f"A team is not engaged yet: {words.role(details['role'])} said {dates.on(details['on'])} to wait for stable managers.",
        f"a later word lifts that, such as answer=go-ahead: {who('answer-missing-management', words)}",
    )


def _authority_ended(details: Details, words: Words) -> Said:
    return Said(
        f"The cover or delegation {details['authority']} was ended {dates.on(details['on'])}.",
        "name one that is in force, or leave authority out where the minister in office decided",
    )


def _outside_authority(details: Details, words: Words) -> Said:
    until = f" to {dates.printed(details['ends'])}" if details["ends"] else ""
    return Said(
        f"The cover or delegation {details['authority']} runs from {dates.printed(details['starts'])}{until}, "
        f"and not {dates.on(details['occurred'])}.",
        "name one that is in force then, or give the day of the decision with --on",
    )


def _fewer_than_listed(details: Details, words: Words) -> Said:
    what, listed = str(details["what"]), str(details["listed"])
    counted = dates.plural(details["counted"], what.removesuffix("s"))
    return Said(
        f"The plan is said to have {counted}, but {listed} {'is' if listed == '1' else 'are'} listed.",
        f"mend {what}_counted=, or leave it out",
    )


def _said_caution(asked: str, hint: str) -> Template:
    """A template for what somebody said on a day and nothing has come of yet."""

    def template(details: Details, words: Words) -> Said:
        return Said(f"{words.role(details['role'])} said {dates.on(details['on'])} {asked}.", hint)

    return template


def _plan_not_acceptable(details: Details, words: Words) -> Said:
    faults = f" ({listed(details['faults'])})" if details["faults"] else ""
    return Said(
        f"Plan {details['plan']} was judged not acceptable{faults} and no newer one has been received.",
        "the council hands in a new version with receive-pip, or a team is asked to help with ask-team-for-pip",
    )


REFUSALS: Mapping[str, Template] = {
    "next-meeting-before": simple(
        "The next meeting is set for {next}, before this one {occurred:on}.", "mend next= or the date given with --on"
    ),
    "no-such-target": simple("There is no target {target}.", "targets so far: {targets}; set-target sets one"),
    "not-what-was-expected": simple(
        "Target {target} is not met by {shown}: {expected} was expected.",
        "say partly or not-met, or mend shown=",
    ),
    "body-recorded-already": simple(
        "The id '{body}' is taken by a body of the council's own.",
        "give this one an id of its own; taken are: {bodies}",
    ),
    "no-such-body": simple(
        "The council has no body '{body}' of its own.", "recorded so far: {bodies}; record-own-body records one"
    ),
    "body-ended-already": simple("The body '{body}' ended already: {on}.", "correct that date if it is wrong"),
    "safe-comes-first": simple(
        "Improvement is judged sustainable only where services were judged safe before.",
        "judge-leaving side=safe met=true comes first",
    ),
    "judged-already": simple(
        "Plan {plan} was judged already: {verdict}.", "a new version of the plan has to be received before it is judged"
    ),
    "plan-acceptable": simple(
        "Plan {plan} was judged acceptable, so no team is asked to help write it.",
        "a team is asked before a plan is acceptable, or when a newer one is not",
    ),
    "no-such-plan": simple("There is no plan {plan}.", "versions received so far: {plans}"),
    "fewer-than-listed": _fewer_than_listed,
    "evidence-missing": simple(
        "There is no evidence for: {missing}.", "give each its evidence; only imported history may leave it out"
    ),
    "not-of-phase": simple(
        "{activity} is no activity of the intervention phase {phase}.", "those of {phase} are: {activities}"
    ),
    "told-to-wait": _told_to_wait,
    "no-such-authority": simple(
        "There is no cover or delegation {authority}.", "those recorded: {authorities}; record-authority adds one"
    ),
    "authority-ended": _authority_ended,
    "outside-authority": _outside_authority,
}


CAUTIONS: Mapping[str, Template] = {
    "target-not-followed-up": simple(
        "Target {target} was due {by:by} and nobody has said what came of it.", "say so with follow-up-target"
    ),
    "target-not-met": simple("Target {target}, due {by:by}, was not met.", "set what is expected next with set-target"),
    "appetite-only": simple(
        "All that is reported on target {target} is appetite for improvement.",
        "look for improvement, or the capacity for it",
    ),
    "monitoring-found-worse": simple(
        "The latest monitoring visit ({on}) found things worse.", "hold a strategy meeting"
    ),
    "sustainable-but-not-safe": simple(
        "Improvement was judged sustainable, but services no longer stand as safe.",
        "judge both again with judge-leaving",
    ),
    "left-but-not-safe": simple(
        "Special measures ended ({on}) and services are not judged safe.", "judge it with judge-leaving side=safe"
    ),
    "left-but-not-sustainable": simple(
        "Special measures ended ({on}) and improvement is not judged sustainable.",
        "judge it with judge-leaving side=sustainable",
    ),
    "plan-not-acceptable": _plan_not_acceptable,
    "plan-without-targets": simple("Plan {plan} has no targets.", "a new version can set them"),
    "plan-without-outcomes": simple("Plan {plan} names no outcomes.", "a new version can name them"),
    "other-plans-in-force": simple(
        "Other action plans in force beside plan {plan}: {plans}.", "fewer plans are easier to carry out"
    ),
    "plan-off-course": simple("Plan {plan} is {progress}.", "look at what holds it up, and review it with review-pip"),
    "no-stable-management": simple(
        "The inspectorate finds no stable management to engage with ({conditions}), and nobody has said what follows.",
        "say so with answer-missing-management: wait, narrow-scope, interim-managers or go-ahead",
    ),
    "waiting-for-management": _said_caution(
        "to wait for stable managers, and that word stands", "answer-missing-management lifts it"
    ),
    "scope-to-be-narrowed": _said_caution(
        "that the scope is to be narrowed, and none was drafted since", "draft a narrower one with draft-scope"
    ),
    "interim-managers-wanted": _said_caution(
        "that the team is to give interim managers, and no contract was awarded since",
        "let scope, invitation to tender and award say so",
    ),
    "no-recommendation": simple(
        "The decision ({outcome}) was taken without a recommendation before it.",
        "its reasons are the only grounds on the record",
    ),
    "decision-departs": simple(
        "The decision ({outcome}) is not what the Chief Inspector recommended ({recommended}).",
        "its reasons say why",
    ),
    "conditions-not-assessed": simple(
        "It was decided ({on}) to engage, and no assessment of the conditions came before.",
        "assess-conditions records one, with its day, if there was one",
    ),
    "decision-not-covered": simple(
        "The decision of {on} names the cover or delegation {authority}, which does not stand for that day.",
        "correct the decision or the authority with correct-event",
    ),
}
