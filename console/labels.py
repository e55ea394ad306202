"""What fields, answers and commands are called in forms: in the words of `labels.yaml`, or made from their names."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from activities.library import read_questions
from domain.documents import parse
from faces import words
from faces.telling.deciding import MANAGEMENT, OUTCOMES, VERDICTS
from faces.telling.intervening import ABOUT, CONCLUDED, FOLLOWS
from faces.telling.participation import CAUSES, LOWERED, QUESTIONS
from faces.telling.partnering import TESTED
from faces.telling.sector_help import HELPERS, SCENARIOS
from faces.words import capital

VOCABULARIES: tuple[Mapping[str, str], ...] = (
    words.ACTIVITIES,
    words.BENEFITS,
    words.CONCERNS,
    words.CONDITIONS,
    words.CONTRIBUTIONS,
    words.FRANCHISE_PHASES,
    words.IMPACTS,
    words.INGREDIENTS,
    words.STYLES,
    ABOUT,
    CAUSES,
    CONCLUDED,
    FOLLOWS,
    HELPERS,
    LOWERED,
    MANAGEMENT,
    OUTCOMES,
    QUESTIONS,
    SCENARIOS,
    TESTED,
    VERDICTS,
)
"""Answers that have words elsewhere: a field whose values are just those of one of these is told in its words."""


@cache
def _labels() -> Mapping[str, Any]:
    document = parse("labels.yaml", files("console").joinpath("labels.yaml").read_text(encoding="utf-8"))
    held: Mapping[str, Any] = document.value
    return held


@cache
def _questions() -> Mapping[str, str]:
    return read_questions()


def label_of(command: str, path: Sequence[str], title: str | None = None) -> tuple[str, str | None]:
    """What a field is called, and the hint beside it. `title` is what a lifecycle document calls it."""
    if title is not None:
        return title, None
    places = (f"{command}.{'.'.join(path)}", ".".join(path[-2:]) if len(path) > 1 else path[-1], path[-1])
    label, _, hint = next(
        (_labels()["fields"][place] for place in places if place in _labels()["fields"]), ""
    ).partition(" | ")
    return label or _plain(path[-1]), hint or None


def option_of(command: str, path: Sequence[str], values: Sequence[Any], value: str) -> str:
    """What an answer is called."""
    for place in (f"{command}.{'.'.join(path)}", path[-1]):
        named = _labels()["answers"].get(place, {})
        if value in named:
            return str(named[value])
    among = {str(each) for each in values}
    if value in _questions():
        return _questions()[value]
    for vocabulary in VOCABULARIES:
        if set(vocabulary) == among:
            return capital(vocabulary[value])
    return _plain(value)


def act_of(command: str) -> str:
    """What a command is called as the heading of its form, and on the button that gives it: `Record decision`."""
    return str(_labels()["commands"].get(command) or _plain(command))


def _plain(name: str) -> str:
    return capital(re.sub(r"[-_]", " ", name).replace(".", ": "))
