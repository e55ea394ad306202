"""Participation: who is asked what, what groups answer, what they are told came of it, and resistance that is heard."""

from typing import Any, get_args

import pytest

from activities.library import read_questions
from domain import engagement
from domain.part import Caution
from domain.participation import Question, QuestionSet, askings, compared, questions_of, resistances
from tests.given import Accepted, Do, Refused, given

LEAD, DIRECTOR, TEAM = "inspectorate.lead-inspector", "council.director", "team.lead-consultant"


def ask(questions: str = "workforce", point: str = "baseline", on: str = "2002-06-03", **body: Any) -> Do:
    return Do(
        "ask-questions",
        LEAD,
        on,
        {"questions": questions, "point": point, "of": ["workforce"], "by": "2002-07-01"} | body,
    )


def answer(question: str = "workforce.methods", on: str = "2002-06-10", **body: Any) -> Do:
    return Do(
        "answer-question", DIRECTOR, on, {"question": question, "group": "workforce", "answer": "Notices."} | body
    )


def tell(on: str = "2002-06-20", **body: Any) -> Do:
    return Do("tell-back", DIRECTOR, on, {"asking": 1, "told": "There are meetings now."} | body)


def hear(**body: Any) -> Do:
    return Do("hear-resistance", DIRECTOR, "2002-06-10", {"causes": ["status", "unknown"], "group": "workforce"} | body)


EVERY = tuple(answer(question) for question in questions_of("workforce"))
BOTH = ask(of=["workforce", "carers"])

ACCEPTED = [
    Accepted("questions are asked at a point", (), ask(), "questions-asked", {"asking": 1, "point": "baseline"}),
    Accepted("the same ones at another point", (ask(),), ask(point="exit"), "questions-asked", {"asking": 2}),
    Accepted("a group answers the latest asking", (ask(),), answer(), "question-answered", {"asking": 1}),
    Accepted(
        "or an earlier one",
        (ask(), ask(point="exit")),
        answer(asking=1),
        "question-answered",
        {"asking": 1, "complete": False},
    ),
    Accepted("the last answer completes it", (ask(), *EVERY[:-1]), EVERY[-1], "question-answered", {"complete": True}),
    Accepted(
        "all who were asked are told", (ask(), answer()), tell(), "told-back", {"to": ("workforce",), "complete": True}
    ),
    Accepted("some are told", (BOTH, answer()), tell(to=["carers"]), "told-back", {"complete": False}),
    Accepted(
        "and then the others",
        (BOTH, answer(), tell(to=["carers"])),
        tell(to=["workforce"]),
        "told-back",
        {"complete": True},
    ),
    Accepted("resistance is heard with its causes", (), hear(), "resistance-heard", {"resistance": 1}),
    Accepted(
        "and something is done about it",
        (hear(),),
        Do("answer-resistance", DIRECTOR, "2002-06-20", {"resistance": 1, "ways": ["responsibilities"]}),
        "resistance-answered",
        {"ways": ("responsibilities",)},
    ),
]

REFUSED = [
    Refused("the same point twice", (ask(),), ask(), "asked-at-that-point", {"asking": 1, "point": "baseline"}),
    Refused(
        "answers due before the questions", (), ask(by="2002-06-01"), "answers-before-questions", {"by": "2002-06-01"}
    ),
    Refused("a group named twice", (), ask(of=["carers", "carers"]), "named-twice", {"id": "carers"}),
    Refused("a question nobody asked", (), answer(), "not-asked", {"question": "workforce.methods", "askings": []}),
    Refused("a question of another set", (ask(),), answer("leadership.purpose"), "not-asked", {"askings": []}),
    Refused("an asking of another set", (ask(),), answer(asking=7), "not-asked", {"askings": [1]}),
    Refused("a group that was not asked", (ask(),), answer(group="carers"), "group-not-asked", {"of": ["workforce"]}),
    Refused("an answer twice", (ask(), answer()), answer(), "answered-already", {"asking": 1, "group": "workforce"}),
    Refused(
        "an answer before the question", (ask(),), answer(on="2002-06-01"), "too-early", {"event": "questions-asked"}
    ),
    Refused("word of an asking that was not", (), tell(), "no-such-asking", {"asking": 1, "askings": []}),
    Refused(
        "word to a group not asked", (ask(), answer()), tell(to=["carers"]), "group-not-asked", {"group": "carers"}
    ),
    Refused("word of what nobody said", (ask(),), tell(), "nothing-answered", {"asking": 1}),
    Refused("a cause named twice", (), hear(causes=["status", "status"]), "named-twice", {"field": "causes"}),
    Refused(
        "an answer to resistance not heard",
        (),
        Do("answer-resistance", DIRECTOR, "2002-06-20", {"resistance": 2, "ways": ["agents"]}),
        "no-such-resistance",
        {"heard": []},
    ),
]


@pytest.mark.parametrize("row", ACCEPTED, ids=lambda row: row.case)
def test_what_is_accepted(row: Accepted) -> None:
    scene = given(*row.given).when(row.when).accepted()
    event = next(event for event in scene.events if event.type == row.event)
    assert {name: getattr(event, name) for name in row.fields} == row.fields


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row.case)
def test_what_is_refused(row: Refused) -> None:
    given(*row.given).when(row.when).refused(row.rule, **row.details)


def test_the_questions_are_those_of_the_source_and_each_has_its_words() -> None:
    sizes = {name: len(questions_of(name)) for name in get_args(QuestionSet)}
    assert sizes == {"leadership": 7, "workforce": 6, "stakeholders": 8, "users": 18, "dimensions": 13}
    groups: dict[str, int] = {}
    for question in questions_of("users"):
        group = question.split(".")[1]
        groups[group] = groups.get(group, 0) + 1
    assert list(groups.values()) == [5, 2, 3, 1, 3, 4]
    texts = read_questions()
    assert list(texts) == list(get_args(Question))
    assert all(text.endswith("?") for text in texts.values())
    assert len(set(texts.values())) == len(texts)


def test_answers_of_two_points_stand_side_by_side_and_no_score_is_made() -> None:
    later = answer(on="2002-06-25", answer="Meetings.")
    scene = given(BOTH, answer(), ask(point="exit", on="2002-06-24"), later)
    found = {each.question: each for each in compared(scene.state.history, "workforce")}
    assert list(found) == list(questions_of("workforce"))
    methods = found["workforce.methods"].answers
    assert [(point, group, entry is not None) for point, group, entry in methods] == [
        ("baseline", "workforce", True),
        ("baseline", "carers", False),
        ("exit", "workforce", True),
    ]
    first, last = methods[0][2], methods[2][2]
    assert first is not None and last is not None and first.event.answer != last.event.answer
    assert compared(scene.state.history, "users") == ()
    assert "score" not in " ".join(field for event in (first.event, last.event) for field in type(event).model_fields)


def test_people_are_owed_word_of_what_came_of_it_until_all_of_them_have_it() -> None:
    scene = given(BOTH, answer())
    assert scene.owed()["tell-back-1"] == "2002-07-29", "twenty working days after the answers are due, 1 July"
    assert "tell-back-1" in scene.when(tell(to=["carers"])).accepted().owed()
    assert "tell-back-1" not in scene.when(tell(on="2002-06-21", to=["workforce"])).accepted().owed()
    assert askings(scene.state.history)[0].untold == ()


def test_asking_again_before_telling_and_resistance_left_alone_are_worth_a_look() -> None:
    scene = given(ask(), answer(), ask(point="exit", on="2002-06-11"), hear())
    found = [caution for caution in engagement.cautions(scene.state) if caution.rule != "no-lead"]
    assert Caution("asked-again-untold", {"groups": ["workforce"], "asking": 2, "before": 1}) in found
    assert Caution("resistance-not-answered", {"resistance": 1, "on": "2002-06-10", "group": "workforce"}) in found
    told = given(ask(), answer(), tell("2002-06-11"), ask(point="exit", on="2002-06-12"))
    assert "asked-again-untold" not in {caution.rule for caution in engagement.cautions(told.state)}
    assert [len(each.answered) for each in resistances(scene.state.history)] == [0]
