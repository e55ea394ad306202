"""Reading YAML documents so that every error names its line.

Used for lifecycles and case files: what people write by hand. YAML 1.1's surprises are switched off where they would
bite: `2002-10` and `no` stay text, a repeated key is an error.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
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


class _Loader(yaml.SafeLoader):
    """Without references: a few lines of them stand for more values than any memory holds."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="references (*name) are not read; write it out", problem_mark=mark)
        return super().compose_node(parent, index)


def parse(name: str, text: str) -> Document:
    """Parse a YAML document. Raises DocumentError when it is not well formed or repeats a key."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = (error.problem or "not well-formed YAML").strip()
        raise DocumentError(name, mark.line + 1 if mark else 1, "", f"not well-formed YAML: {problem}") from None
    except yaml.reader.ReaderError as error:
        problem = "not well-formed YAML: a character that text does not have"
        raise DocumentError(name, text[: error.position].count("\n") + 1, "", problem) from None
    except RecursionError:
        raise DocumentError(name, 1, "", "nested too deeply") from None
    if node is None:
        raise DocumentError(name, 1, "", "the file is empty")
    lines: dict[Place, int] = {}
    return Document(name, _value(name, node, (), lines, depth=0), lines)


def _value(name: str, node: yaml.Node, place: Place, lines: dict[Place, int], depth: int) -> Any:
    line = node.start_mark.line + 1
    lines.setdefault(place, line)
    if depth > 40:
        raise DocumentError(name, line, "", "nested too deeply")
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in found:
                raise DocumentError(name, key_node.start_mark.line + 1, key, "this key is given twice")
            lines[(*place, key)] = key_node.start_mark.line + 1
            found[key] = _value(name, value_node, (*place, key), lines, depth + 1)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_value(name, item, (*place, index), lines, depth + 1) for index, item in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if getattr(node, "style", None) in ("'", '"', "|", ">"):
        return text
    if text in ("null", "~", ""):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _INT.match(text) and len(text) < 16:
        return int(text)
    return text
