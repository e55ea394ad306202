"""Who is asked and told."""

from collections.abc import Mapping

from faces.prose.saying import Template, simple

REFUSALS: Mapping[str, Template] = {
    "asked-at-that-point": simple(
        "The questions on {set} were asked at the point '{point}' already: asking {asking}.",
        "name another point with point=",
    ),
    "answers-before-questions": simple(
        "Answers can't be due {by:on}: the questions are asked {on:on}.", "mend by= or the date given with --on"
    ),
    "not-asked": simple(
        "Nobody was asked {question} yet.", "ask its set with ask-questions; askings of it are: {askings}"
    ),
    "no-such-asking": simple("There is no asking {asking}.", "askings are: {askings}"),
    "group-not-asked": simple("{group} was not asked in asking {asking}.", "those asked are: {of}"),
    "answered-already": simple(
        "{group} answered {question} in asking {asking} already.", "correct it with correct-event, or ask again later"
    ),
    "nothing-answered": simple(
        "Nobody has answered asking {asking} yet, so that nothing came of it to tell.",
        "record answers with answer-question",
    ),
    "no-such-resistance": simple("No resistance {resistance} was heard.", "heard were: {heard}"),
}


CAUTIONS: Mapping[str, Template] = {
    "asked-again-untold": simple(
        "{groups} were asked again (asking {asking}) before they were told what came of asking {before}.",
        "tell them with tell-back; being asked too often without an answer tires people",
    ),
    "resistance-not-answered": simple(
        "Resistance {resistance} of {group} was heard {on:on}, and nothing is on record that was done about it.",
        "record it with answer-resistance",
    ),
}
