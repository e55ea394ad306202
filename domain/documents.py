"""Reading YAML documents so that every error names its line.

Used for lifecycles and case files: what people write by hand. YAML 1.1's surprises are switched off where they would
bite: `2002-10` and `no` stay text, a repeated key is an error.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

Place = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)

_INT = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")


class DocumentError(Exception):
    """A document that cannot be used: its name, the line, the place in it, and what is wrong there."""

    def __init__(self, name: str, line: int, place: str, problem: str) -> None:
        super().__init__(name, line, place, problem)
        self.name, self.line, self.place, self.problem = name, line, place, problem

    def __str__(self) -> str:
        where = f"{self.name}, line {self.line}"
        return f"{where}: {self.place}: {self.problem}" if self.place else f"{where}: {self.problem}"


@dataclass(frozen=True)
class Document:
    """A parsed document: its plain value, and the line on which each place of it stands."""

    name: str
    value: Any
    lines: Mapping[Place, int]

    def line_of(self, place: Place) -> int:
        """The line of a place, or of the nearest one around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def error(self, place: Place, problem: str) -> DocumentError:
        """An error at a place of this document."""
        return DocumentError(self.name, self.line_of(place), ".".join(str(part) for part in place), problem)

    def read_as(self, model: type[M], place: Place = (), value: Any = None) -> M:
        """The document, or a part of it, as a model. Raises DocumentError for the first thing that does not fit."""
        try:
            return model.model_validate(self.value if value is None else value)
        except ValidationError as error:
            raise self.error_from(error, place) from None

    def error_from(self, error: ValidationError, place: Place = ()) -> DocumentError:
        """The first of a model's complaints, with its place in this document."""
        return self.errors_from(error, place)[0]

    def errors_from(self, error: ValidationError, place: Place = ()) -> list[DocumentError]:
        """All of a model's complaints, each with its place in this document.

        That a list is too short is no complaint of its own where something in it is not taken.
        """
        found = error.errors(include_url=False, include_context=False)
        inner = [each["loc"] for each in found]
        return [
            self._complaint(each, place)
            for each in found
            if each["type"] != "too_short" or not any(loc[: len(each["loc"])] == each["loc"] != loc for loc in inner)
        ]

    def _complaint(self, complaint: Mapping[str, Any], place: Place) -> DocumentError:
        where = [*place]
        for part in complaint["loc"]:
            if (*where, part) not in self.lines:
                break
            where.append(part)
        return self.error((*where,), plain_problem(complaint))


def plain_problem(problem: Mapping[str, Any]) -> str:
    """One of pydantic's complaints in plain words."""
    kind, name = problem["type"], str(problem["loc"][-1]) if problem["loc"] else ""
    if kind == "missing":
        return f"'{name}' is missing"
    if kind == "extra_forbidden":
        return f"'{name}' is not a field here"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


_QUICK: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml reads more than ten times as fast, and says less well what is wrong. PyYAML may have been built without it."""

_NO_TEXT = yaml.reader.Reader.NON_PRINTABLE
"""The characters that no text has."""

DEEPEST = 40
"""How deep a document may be nested: hand-written ones are not, and whatever reads on is safe from the others."""


def parse(name: str, text: str) -> Document:
    """Parse a YAML document. Raises DocumentError when it is not well formed or repeats a key."""
    if found := _NO_TEXT.search(text):
        problem = "not well-formed YAML: a character that text does not have"
        raise DocumentError(name, text[: found.start()].count("\n") + 1, "", problem)
    with suppress(yaml.MarkedYAMLError):
        return _Reading(name, yaml.parse(text, Loader=_QUICK)).document()
    try:
        return _Reading(name, yaml.parse(text, Loader=yaml.SafeLoader)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = (error.problem or "not well-formed YAML").strip()
        raise DocumentError(name, mark.line + 1 if mark else 1, "", f"not well-formed YAML: {problem}") from None


@dataclass
class _Reading:
    """A document while it is read, event by event: nothing is composed that could be too deep or refer to itself."""

    name: str
    events: Iterator[yaml.Event]
    lines: dict[Place, int] = field(default_factory=dict)

    def document(self) -> Document:
        """The only document of the file."""
        if not isinstance(self.after(yaml.StreamStartEvent), yaml.DocumentStartEvent):
            raise DocumentError(self.name, 1, "", "the file is empty")
        value = self.value(next(self.events), ())
        if not isinstance(more := self.after(yaml.DocumentEndEvent), yaml.StreamEndEvent):
            raise self.error(more, "not well-formed YAML: there is a second document")
        return Document(self.name, value, self.lines)

    def after(self, kind: type[yaml.Event]) -> yaml.Event:
        """The event after the next, which is of a kind."""
        assert isinstance(next(self.events), kind)
        return next(self.events)

    def value(self, event: yaml.Event, place: Place) -> Any:
        """The value that an event begins."""
        self.lines.setdefault(place, _line(event))
        if isinstance(event, yaml.AliasEvent):
            # A few lines of them stand for more values than any memory holds.
            raise self.error(event, "not well-formed YAML: references (*name) are not read; write it out")
        if len(place) > DEEPEST:
            raise self.error(event, "nested too deeply")
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(place)
        if isinstance(event, yaml.SequenceStartEvent):
            items = takewhile(lambda item: not isinstance(item, yaml.SequenceEndEvent), self.events)
            return [self.value(item, (*place, index)) for index, item in enumerate(items)]
        return _scalar(event)

    def mapping(self, place: Place) -> dict[str, Any]:
        """What stands up to the end of a mapping."""
        found: dict[str, Any] = {}
        for event in takewhile(lambda each: not isinstance(each, yaml.MappingEndEvent), self.events):
            if not isinstance(event, yaml.ScalarEvent):
                raise self.error(event, "a key is a name, not a list or a mapping")
            key = str(event.value)
            if key in found:
                raise self.error(event, "this key is given twice", key)
            self.lines[(*place, key)] = _line(event)
            found[key] = self.value(next(self.events), (*place, key))
        return found

    def error(self, event: yaml.Event, problem: str, place: str = "") -> DocumentError:
        """An error where an event begins."""
        return DocumentError(self.name, _line(event), place, problem)


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return mark.line + 1 if mark else 1


def _scalar(event: yaml.Event) -> Any:
    assert isinstance(event, yaml.ScalarEvent)
    text = str(event.value)
    if event.style in ("'", '"', "|", ">"):
        return text
    if text in ("null", "~", ""):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _INT.match(text) and len(text) < 16:
        return int(text)
    return text
