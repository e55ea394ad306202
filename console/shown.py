"""A form as a page shows it, and answers in words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from console.controls import Control
from console.date_fields import Fields, said
from console.forms import Wrong, shown_items
from faces import dates
from faces.page import clean
from faces.words import pounds


@dataclass(frozen=True)
class Shown:
    """A control as a page shows it: its name and id there, what stands in it, what is wrong with it, and what is in it."""

    control: Control
    name: str
    id: str
    values: Sequence[str]
    fields: Fields
    error: str | None = None
    rows: Sequence[Sequence["Shown"]] = ()

    @property
    def value(self) -> str:
        """What stands in it."""
        return self.values[-1] if self.values else ""

    def part(self, name: str) -> str:
        """What stands in a part of it that is no control of its own, such as the month of a date."""
        return said(self.fields, f"{self.name}.{name}")

    @property
    def anchor(self) -> str:
        """The id of where to begin to mend it."""
        match self.control.kind:
            case "date":
                return f"{self.id}-day"
            case "tally":
                return f"{self.id}-1"
            case "group" | "list" if self.rows and self.rows[0]:
                return self.rows[0][0].anchor
            case "list":
                return f"{self.id}-add"
        return self.id


def shown(controls: Sequence[Control], fields: Fields, wrong: Sequence[Wrong] = (), at: str = "") -> list[Shown]:
    """Controls as a page shows them. A list that may not be empty shows one item at least."""
    return [_shown(control, f"{at}{control.name}", fields, wrong) for control in controls]


def _shown(control: Control, name: str, fields: Fields, wrong: Sequence[Wrong]) -> Shown:
    error = next((each.sentence for each in wrong if each.name == name), None)
    one = Shown(control, name, "f-" + re.sub(r"[^A-Za-z0-9_-]", "-", name), fields.get(name, []), fields, error)
    if control.kind == "group":
        return replace(one, rows=[shown(control.parts, fields, wrong, f"{name}.")])
    if control.kind == "list":
        count = max(shown_items(name, fields), 1 if control.required else 0)
        return replace(one, rows=[shown(control.parts, fields, wrong, f"{name}.{index}.") for index in range(count)])
    return one


def summary_of(found: Sequence[Shown], wrong: Sequence[Wrong]) -> list[dict[str, str]]:
    """The error summary: each sentence with a link to its field, or to the nearest one around it."""
    anchors = {each.name: each.anchor for each in _all(found)}

    def nearest(name: str) -> str:
        while name and name not in anchors:
            name = name.rpartition(".")[0]
        return anchors.get(name) or next(iter(anchors.values()), "main-content")

    return [{"text": each.sentence, "href": f"#{nearest(each.name)}"} for each in wrong]


def _all(found: Sequence[Shown]) -> Iterator[Shown]:
    for each in found:
        yield each
        for row in each.rows:
            yield from _all(row)


# What was typed, in words


@dataclass(frozen=True)
class Told:
    """An answer in words, and the field in which it stands."""

    label: str
    text: str
    name: str


def told(controls: Sequence[Control], body: Mapping[str, Any]) -> list[Told]:
    """What a body says, in words. What was left out is not told."""
    found = []
    for control in controls:
        value = body.get(control.name)
        if value is not None:
            found.append(Told(control.label, _words(control, value), control.name))
    return found


def _words(control: Control, value: Any) -> str:
    names = {option.value: option.text for option in (*control.options, *control.suggestions)}
    match control.kind:
        case "date":
            return dates.printed(str(value))
        case "yes-no":
            return "Yes" if value else "No"
        case "group":
            return "\n".join(f"{each.label}: {each.text}" for each in told(control.parts, value))
        case "many" | "lines" | "tally":
            return "\n".join(clean(names.get(str(each), str(each))) for each in value) or "None"
        case "list":
            rows = ["; ".join(f"{e.label}: {e.text}" for e in told(control.parts, item)) for item in value]
            return "\n".join(f"{number}. {row}" for number, row in enumerate(rows, start=1)) or "None"
        case "amount" if control.pounds:
            return pounds(value)
    text = clean(str(value))
    return names.get(text, text)
