"""Of a dossier: who was asked what, the answers side by side, what people were told came of it, and resistance heard."""

from collections.abc import Mapping
from typing import get_args

from activities.library import read_questions
from domain.participation import Asking, Compared, QuestionSet, askings, compared, resistances
from faces.dossier_record import Data, OnRecord, all_named, all_told, day, listed, role, told
from faces.page import Cell
from faces.telling.participation import CAUSES, LOWERED, QUESTIONS
from faces.words import Words


def participation(record: OnRecord) -> Data | None:
    """Every asking, the answers by question, point and group, and all resistance. No score is made of anything."""
    history = record.history
    asked, heard = askings(history), resistances(history)
    if not asked and not heard:
        return None
    texts = read_questions()
    return {
        "askings": [_asking(each) for each in asked],
        "answers": [_compared(each, name, texts) for name in get_args(QuestionSet) for each in compared(history, name)],
        "resistance": [{**told(each.heard), "answered": all_told(each.answered)} for each in heard],
    }


def _asking(found: Asking) -> Data:
    left = found.unanswered
    return {
        **told(found.asked),
        "answers": len(found.answered),
        "unanswered": len(left),
        "told_back": all_told(found.told),
        "untold": list(found.untold),
    }


def _compared(found: Compared, name: str, texts: Mapping[str, str]) -> Data:
    return {
        "set": name,
        "question": found.question,
        "text": texts.get(found.question, found.question),
        "answers": [
            {
                "point": point,
                "group": group,
                **({"answer": entry.event.answer, **told(entry)} if entry else {"answer": None}),
            }
            for point, group, entry in found.answers
        ],
    }


def show_participation(data: Data, words: Words) -> None:
    """Participation on the page. Of what nobody has answered only the count is shown."""
    listed(
        "Asked",
        ("#", "On", "Questions", "Point", "Of", "By", "Answers", "Not yet told what came of it"),
        (
            (
                str(each["asking"]),
                day(each["on"]),
                QUESTIONS.get(each["questions"], each["questions"]),
                each["point"],
                all_named(each["of"], {}),
                day(each["by"]),
                f"{each['answers']}, {each['unanswered']} still open",
                all_named(each["untold"], {}),
            )
            for each in data["askings"]
        ),
    )
    for name, title in QUESTIONS.items():
        rows = [
            (Cell(each["text"], each["question"]), answer["point"], answer["group"], answer["answer"])
            for each in data["answers"]
            if each["set"] == name
            for answer in each["answers"]
            if answer["answer"] is not None
        ]
        listed(f"Answers on {title}", ("Question", "Point", "Who", "Answer"), rows)
    listed(
        "What people were told",
        ("Asking", "On", "Who told them", "To", "What"),
        (
            (str(one["asking"]), day(one["on"]), role(one["said_by"], words), all_named(one["to"], {}), one["told"])
            for each in data["askings"]
            for one in each["told_back"]
        ),
    )
    listed(
        "Resistance heard",
        ("#", "On", "Whose", "Causes", "What", "What was done"),
        (
            (
                str(each["resistance"]),
                day(each["on"]),
                each["group"],
                all_named(each["causes"], CAUSES),
                each["text"],
                "; ".join(LOWERED.get(way, way) for done in each["answered"] for way in done["ways"]) or "nothing yet",
            )
            for each in data["resistance"]
        ),
    )
