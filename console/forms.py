"""A form's fields as a browser sends them, and the body of the command that they say: each made from the other.

A field is named by its place: `reason`, `areas.0.concern`, `starts.month`. How many items a list shows stands in `areas.#`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from console.controls import Control
from console.date_fields import Fields, put_date, said, take_date
from domain.documents import plain_problem
from faces.fields import check_string, with_placeholders
from faces.page import clean
from faces.problems import Problem
from faces.words import capital

MOST = 200
"""Items of a list that a form shows."""

NONE = "none"
"""What stands in `<list>.none` where a list is said to be empty."""

_WHOLE = re.compile(r"-?\d{1,15}\Z", re.ASCII)


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a field, by its name."""

    name: str
    sentence: str


# From a body to fields


def put(controls: Sequence[Control], body: Mapping[str, Any], at: str = "") -> Fields:
    """The fields that say a body."""
    found: Fields = {}
    for control in controls:
        value = body.get(control.name)
        if value is not None:
            found |= _put(control, at + control.name, value)
    return found


def _put(control: Control, name: str, value: Any) -> Fields:
    match control.kind:
        case "date":
            return put_date(name, str(value["printed"] if isinstance(value, Mapping) else value))
        case "yes-no":
            return {name: ["yes" if value else "no"]}
        case "group":
            return put(control.parts, value, f"{name}.")
        case "many" | "lines" | "tally" | "list" if not value and control.may_be_none:
            return {f"{name}.none": [NONE]}
        case "many":
            return {name: [str(each) for each in value]}
        case "lines":
            return {name: ["\n".join(str(each) for each in value)]}
        case "tally":
            return {f"{name}.{each}": [str(list(value).count(each))] for each in dict.fromkeys(value)}
        case "list":
            found: Fields = {f"{name}.#": [str(len(value))]}
            for index, item in enumerate(value):
                found |= put(control.parts, item, f"{name}.{index}.")
            return found
    return {name: [str(value)]}


# From fields to a body


@dataclass
class Taken:
    """What fields say: a body, and what is wrong with them."""

    body: dict[str, Any] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)


def take(controls: Sequence[Control], fields: Fields, at: str = "") -> Taken:
    """The body that fields say. What was left blank is left out."""
    taken = Taken()
    for control in controls:
        name = at + control.name
        try:
            value = _take(control, name, fields, taken)
        except ValueError as error:
            taken.wrong.append(Wrong(name, f"{control.label}: {error}"))
            continue
        if value is not None:
            taken.body[control.name] = value
    return taken


def _take(control: Control, name: str, fields: Fields, taken: Taken) -> Any:
    if control.may_be_none and said(fields, f"{name}.none") == NONE:
        return []
    match control.kind:
        case "date":
            return take_date(name, fields)
        case "yes-no":
            return {"yes": True, "no": False}.get(said(fields, name))
        case "group" | "list":
            return _take_parts(control, name, fields, taken)
        case "many":
            chosen = [each for each in fields.get(name, []) if each]
            return [_number(each) if control.whole else each for each in chosen] or None
        case "lines":
            lines = [line.strip() for line in re.split(r"[\n,]" if control.whole else r"\n", said(fields, name))]
            return [_number(_checked(line)) if control.whole else _checked(line) for line in lines if line] or None
        case "tally":
            return _take_tally(control, name, fields)
        case "whole":
            return _number(text) if (text := _checked(said(fields, name).replace(",", ""))) else None
        case "amount":
            return _checked(said(fields, name).replace(",", "").removeprefix("£").strip()) or None
    return _checked(said(fields, name), lines=control.kind == "text") or None


def _checked(text: str, *, lines: bool = False) -> str:
    """A text that can be kept. Raises ValueError."""
    try:
        check_string("it", text, lines=lines)
    except Problem as problem:
        raise ValueError(problem.message.removeprefix("'it' ").removesuffix(".") + f"; {problem.hint}") from None
    return text


def _number(text: str) -> Any:
    return int(text) if _WHOLE.match(text) else text


def _take_parts(control: Control, name: str, fields: Fields, taken: Taken) -> Any:
    inner = [take(control.parts, fields, f"{at}.") for at in _places(control, name, fields)]
    for each in inner:
        taken.wrong.extend(each.wrong)
    if control.kind == "group":
        return inner[0].body or ({} if control.required or inner[0].wrong else None)
    return [each.body for each in inner] or None


def _places(control: Control, name: str, fields: Fields) -> list[str]:
    return [name] if control.kind == "group" else [f"{name}.{index}" for index in range(shown_items(name, fields))]


def shown_items(name: str, fields: Fields) -> int:
    """How many items of a list the form shows."""
    count = said(fields, f"{name}.#")
    return min(int(count), MOST) if count.isascii() and count.isdecimal() else 0


def _take_tally(control: Control, name: str, fields: Fields) -> Any:
    found: list[str] = []
    for option in control.options:
        text = said(fields, f"{name}.{option.value}")
        if text and not (text.isascii() and text.isdecimal() and int(text) <= 99):
            raise ValueError(f"“{clean(text)[:20]}” of {option.text} is not a number from 0 to 99")
        found += [option.value] * int(text or 0)
    return found or None


# Lists that grow and shrink


def without_blanks(controls: Sequence[Control], fields: Fields) -> Fields:
    """Fields without the items of lists in which nothing stands."""
    for control in controls:
        if control.kind == "list":
            for index in reversed(range(shown_items(control.name, fields))):
                if not any(said(fields, name) for name in fields if name.startswith(f"{control.name}.{index}.")):
                    fields = without_item(fields, control.name, index)
    return fields


def with_another(fields: Fields, name: str) -> Fields:
    """Fields with one more item of a list to be filled in."""
    return {**fields, f"{name}.#": [str(min(shown_items(name, fields) + 1, MOST))]}


def without_item(fields: Fields, name: str, index: int) -> Fields:
    """Fields without an item of a list. Those after it move up."""
    found: Fields = {}
    for key, values in fields.items():
        place = re.match(re.escape(name) + r"\.(\d+)\.(.*)\Z", key, re.DOTALL)
        if place is None:
            found[key] = values
        elif int(place[1]) != index:
            found[f"{name}.{int(place[1]) - (int(place[1]) > index)}.{place[2]}"] = values
    return {**found, f"{name}.#": [str(max(shown_items(name, fields) - 1, 0))]}


# What a model says of a body


def complaints(model: type[BaseModel], controls: Sequence[Control], body: Mapping[str, Any]) -> list[Wrong]:
    """What a model does not take in a body, in words for each field."""
    try:
        model.model_validate(with_placeholders(model, body))
    except ValidationError as error:
        return [_complaint(controls, each) for each in error.errors(include_url=False)]
    return []


def _complaint(controls: Sequence[Control], problem: Mapping[str, Any]) -> Wrong:
    steps = [str(step) for step in problem["loc"]]
    control = _control_at(controls, steps)
    name = ".".join(steps)
    if control is None:
        return Wrong(name, capital(plain_problem(problem)))
    what = control.label
    match problem["type"]:
        case "missing" | "too_short" if control.kind in ("one", "many", "yes-no", "tally"):
            return Wrong(name, f"{what}: select an answer")
        case "missing" | "too_short":
            return Wrong(name, f"{what}: add at least one" if control.kind == "list" else f"{what}: enter an answer")
        case "value_error":
            return Wrong(name, f"{what}: {plain_problem(problem)}")
        case "literal_error":
            return Wrong(name, f"{what}: select one of the answers")
    return Wrong(name, f"{what}: this must be {control.right or 'something else'}")


def _control_at(controls: Sequence[Control], steps: Sequence[str]) -> Control | None:
    found: Control | None = None
    for step in steps:
        if found is not None and found.kind == "list" and step.isdecimal():
            continue
        among = controls if found is None else found.parts
        inner = next((control for control in among if control.name == step), None)
        if inner is None:
            return found
        found = inner
    return found
