"""The fields of a command as people write them, `name=value`: read by the command's own model, refused in one sentence.

Text that is to be sealed is taken as it is. Lists are written with commas or as JSON, whatever has parts as JSON.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ValidationError
from pydantic.fields import FieldInfo

from domain.dates import FORMS, When
from domain.documents import DocumentError, parse, plain_problem
from domain.part import Command
from domain.quantities import Days
from domain.sealed import sealed_paths
from faces.desk import close
from faces.problems import Problem, not_found, usage
from faces.words import any_of
from ledger.canonical import canonical
from ledger.errors import NotStorable

LONGEST_TEXT = 100_000
"""Characters of one text."""

LARGEST_BODY = 512 * 1024
"""Bytes of all fields of a command together."""

LARGEST_FILE = 2 * 1024 * 1024

FORMED = (
    ("small letters, digits and hyphens", "foster-care"),
    ("a role", "council.director"),
    ("a council's GSS code", "E09000014"),
    ("a service and a day", "social-services-2002-05-29"),
    ("a time of day in 24 hours", "14:30"),
)
"""What stands in a field of a certain form, with an example that has it."""

_PLACEHOLDER = "sealed:" + "0" * 64
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BREAK = re.compile(r"[\t\r\n]")
_NUMBER = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?\Z")
_WHOLE = re.compile(r"-?\d{1,15}\Z")


@dataclass(frozen=True)
class Field:
    """A field of a command: its name, what may stand in it, whether it must, and whether it is sealed."""

    name: str
    kind: str
    required: bool
    sealed: bool

    def data(self) -> dict[str, Any]:
        """This as plain data."""
        return {"field": self.name, "kind": self.kind, "required": self.required, "sealed": self.sealed}


def fields_of(model: type[Command]) -> list[Field]:
    """The fields of a command."""
    return [
        Field(name, describe(model, name), info.is_required(), _is_sealed(model, name))
        for name, info in model.model_fields.items()
    ]


def _is_sealed(model: type[BaseModel], name: str) -> bool:
    return (name,) in list(sealed_paths(model, {name: "x"}))


def describe(model: type[BaseModel], name: str) -> str:
    """What may stand in a field, in words."""
    if _is_sealed(model, name):
        return "text"
    info = model.model_fields[name]
    return _described(_inner(info.annotation), info.metadata)


def _inner(annotation: Any) -> Any:
    """An annotation without `| None`."""
    if get_origin(annotation) in (Union, UnionType):
        (inner,) = [arg for arg in get_args(annotation) if arg is not type(None)]
        return inner
    return annotation


def _described(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    if get_origin(annotation) is Annotated:
        base, *more = get_args(annotation)
        return _described(base, [*more, *metadata])
    if get_origin(annotation) is Literal:
        return any_of(map(str, get_args(annotation)))
    if get_origin(annotation) in (tuple, list):
        inner = get_args(annotation)[0]
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            return f"a JSON list of {_parts(inner)}"
        return f"a list, with commas, of {_described(inner)}"
    limits = limits_of(metadata)
    if annotation is bool:
        return "true or false"
    if annotation is int:
        return f"a whole number{_bounds(limits)}"
    if annotation is Decimal:
        quarters = any(item in get_args(Days) or isinstance(item, AfterValidator) for item in metadata)
        return "a number of days in quarters, such as 12.5" if quarters else "pounds and pence, such as 125000.00"
    if isinstance(annotation, type) and issubclass(annotation, When):
        return FORMS
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"JSON: {_parts(annotation)}"
    if get_origin(annotation) is dict or annotation is dict:
        return 'a JSON object, such as {"field": "value"}'
    if "pattern" in limits:
        return _form(limits["pattern"])
    return f"text of at most {limits['max_length']} characters" if "max_length" in limits else "text"


def _form(pattern: str) -> str:
    return next((f"{what}, such as {one}" for what, one in FORMED if re.match(pattern, one)), "text of a certain form")


def _parts(model: type[BaseModel]) -> str:
    parts = [f'"{name}"' + ("" if info.is_required() else "?") for name, info in model.model_fields.items()]
    return "{" + ", ".join(parts) + "}"


def limits_of(metadata: Sequence[Any]) -> dict[str, Any]:
    """What bounds a value, by name: `ge`, `gt`, `le`, `max_length`, `pattern`."""
    found: dict[str, Any] = {}
    for item in metadata:
        inner = item.metadata if isinstance(item, FieldInfo) else [item]
        for one in inner:
            for name in ("ge", "gt", "le", "max_length", "pattern"):
                value = getattr(one, name, None)
                if value is not None:
                    found[name] = value
    return found


def _bounds(limits: Mapping[str, Any]) -> str:
    low, high = limits.get("ge"), limits.get("le")
    if low is not None and high is not None:
        return f", {low} to {high}"
    return f", {low} or more" if low is not None else ""


# Reading


def read_body(model: type[Command], given: Sequence[str], file: Path | None) -> dict[str, Any]:
    """The body of a command from `name=value` and a file, checked. Raises Problem that names the field.

    The values that are to be sealed are still readable in it.
    """
    body = _from_file(file) if file is not None else {}
    seen: set[str] = set()
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise usage(f"'{_brief(text)}' is not of the form name=value.", _known(model))
        if name in seen:
            raise usage(f"the field '{name}' is given twice.", "give it once")
        seen.add(name)
        if name not in model.model_fields:
            raise _no_field(model, name)
        body[name] = _read(model, name, value)
    check_body(model, body)
    return body


def _from_file(file: Path) -> dict[str, Any]:
    text = read_text(file, LARGEST_FILE)
    try:
        json_text = file.suffix.lower() == ".json"
        value = read_json(file.name, text) if json_text else parse(file.name, text).value
    except RecursionError:
        raise usage(f"{file.name} is nested too deeply.") from None
    except DocumentError as error:
        raise usage(f"{error}.", "write the fields as a mapping, `name: value` a line, or as a JSON object") from None
    if not isinstance(value, dict):
        raise usage(f"{file.name} holds no fields.", "write them as a mapping, `name: value` a line, or a JSON object")
    return value


def read_text(file: Path, most: int) -> str:
    """The text of a file. Raises Problem when it is not there, too large, or not UTF-8."""
    try:
        size = file.stat().st_size
        if file.is_dir():
            raise usage(f"{file} is a folder, not a file.")
        if size > most:
            raise usage(f"{file} is too large: {size} bytes, and {most} at most are read.", "split it up")
        data = file.read_bytes()
    except FileNotFoundError:
        raise not_found(f"there is no file {file}.", None) from None
    except PermissionError:
        raise usage(f"{file} may not be read by this account.", "change its permissions") from None
    return decoded(file.name, data)


def decoded(name: str, data: bytes) -> str:
    """The text of a file of that name. Raises Problem when it is not UTF-8, with what it looks like."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        looks = (
            "UTF-16"
            if data[:2] in (b"\xff\xfe", b"\xfe\xff")
            else "Windows-1252, as spreadsheets save CSV by themselves"
        )
        raise usage(
            f"{name}, line {line}: this is not UTF-8 text.", f"it looks like {looks}; save the file as UTF-8"
        ) from None


def _read(model: type[Command], name: str, text: str) -> Any:
    """A value as it was typed, as what the field holds."""
    if _is_sealed(model, name):
        return text
    annotation = _inner(model.model_fields[name].annotation)
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (tuple, list):
        return _read_list(name, text, get_args(annotation)[0])
    if annotation is bool:
        if text not in ("true", "false"):
            raise _wrong(name, text, "true or false")
        return text == "true"
    if annotation is int:
        if not _WHOLE.match(text):
            raise _wrong(name, text, describe(model, name))
        return int(text)
    if annotation is Decimal:
        if not _NUMBER.match(text):
            raise _wrong(name, text, describe(model, name))
        return text
    if get_origin(annotation) is dict or _has_parts(annotation):
        return read_json(name, text)
    return text


def _has_parts(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel) and not issubclass(annotation, When)


def _read_list(name: str, text: str, inner: Any) -> Any:
    if text.lstrip().startswith("["):
        return read_json(name, text)
    parts = [part.strip() for part in text.split(",")] if text.strip() else []
    if "" in parts:
        raise usage(f"the list '{name}' has an empty item.", f"write {name}=a,b,c")
    if not _has_parts(inner):
        return parts
    required = [part for part, info in inner.model_fields.items() if info.is_required()]
    if len(required) != 1:
        raise usage(f"'{name}' holds things with parts.", f"write it as {_described(tuple[inner, ...])}")
    return [{required[0]: part} for part in parts]


def read_json(name: str, text: str) -> Any:
    """A JSON text, its fractions as text: nothing given twice, no NaN. Raises Problem that names what the text is of."""

    def refuse(constant: str) -> Any:
        raise usage(f"'{name}' holds {constant}, which is not a number.", "leave it out, or give a number")

    def once(found: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [key for key, _ in found]
        twice = next((key for key in names if names.count(key) > 1), None)
        if twice is not None:
            raise usage(f"'{name}' has '{_brief(twice)}' twice.", "give it once")
        return dict(found)

    try:
        return json.loads(text, parse_constant=refuse, parse_float=str, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        wrong = error.msg.lower().removesuffix(" at")
        raise usage(
            f"'{name}' is not well-formed JSON: {wrong} at line {error.lineno}, column {error.colno}.",
            "quote it for the shell with single quotes, and its names and texts with double ones",
        ) from None
    except (RecursionError, ValueError):
        raise usage(f"'{name}' is JSON that can't be read: nested too deeply or a number too long.") from None


# Checking


def check_body(model: type[Command], body: Mapping[str, Any]) -> None:
    """Whether the command takes these values once those that are to be sealed have been. Raises Problem."""
    check_text(model, body)
    try:
        size = len(canonical(dict(body)))
    except NotStorable as error:
        steps = error.where.strip("/").split("/")
        field = _place([int(step) if step.isdecimal() else step for step in steps]) or "the command"
        raise usage(f"'{field}' can't be kept: {error.why}.", "write large numbers as text") from None
    if size > LARGEST_BODY:
        raise usage(f"the fields come to {size} bytes, and {LARGEST_BODY} at most are taken.", "shorten the texts")
    for path in sealed_paths(model, body):
        if not isinstance(_at(body, path), str):
            raise _wrong(_place(path), _at(body, path), "text")
    try:
        model.model_validate(_with_placeholders(model, body))
    except ValidationError as error:
        raise _problem(model, error) from None


def check_text(model: type[BaseModel], body: Mapping[str, Any]) -> None:
    """Refuse text that is too long, not UTF-8, or holds control characters. Raises Problem."""
    sealed = set(sealed_paths(model, body)) if model.model_fields else set()
    for path, text in _texts(body):
        field = _place(path)
        check_string(field, text, lines=path in sealed or path[0] == "changes")


def check_string(field: str, text: str, *, lines: bool) -> None:
    """Refuse a text that can't be kept or shown. With `lines` it may have several. Raises Problem."""
    if len(text) > LONGEST_TEXT:
        most = f"{LONGEST_TEXT:,}"
        raise usage(
            f"'{field}' has {len(text):,} characters, and {most} at most are taken.", "keep the document itself"
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise usage(f"'{field}' holds bytes that are not UTF-8.", "write it in UTF-8") from None
    if CONTROL.search(text) or (not lines and _BREAK.search(text)):
        what = "control characters" if CONTROL.search(text) else "a tab or a line break"
        raise usage(f"'{field}' holds {what}.", "leave them out")


def _texts(value: Any, path: tuple[str | int, ...] = ()) -> Iterable[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield path or ("value",), value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield (*path, "name"), str(name)
            yield from _texts(inner, (*path, str(name)))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, index))


def _at(value: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        value = value[step]
    return value


def _with_placeholders(model: type[BaseModel], body: Mapping[str, Any]) -> Any:
    copied = json.loads(json.dumps(body))
    for path in sealed_paths(model, body):
        _at(copied, path[:-1])[path[-1]] = _PLACEHOLDER
    return copied


def with_placeholders(model: type[BaseModel], body: Mapping[str, Any]) -> dict[str, Any]:
    """A body as the domain would see it, with a made-up commitment for each value that is to be sealed."""
    result: dict[str, Any] = _with_placeholders(model, body)
    return result


# Saying what is wrong


def _place(path: Sequence[str | int]) -> str:
    """Where in a command something stands, as people count: `workstreams 1 title`."""
    return " ".join(str(step + 1) if isinstance(step, int) else step for step in path)


def _brief(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _wrong(name: str, value: Any, right: str) -> Problem:
    return usage(f"'{name}' can't be '{_brief(str(value))}'.", f"it is {right}")


def _known(model: type[Command]) -> str:
    names = list(model.model_fields)
    return f"the fields of {model.type} are {', '.join(names)}" if names else f"{model.type} has no fields"


def _no_field(model: type[Command], name: str) -> Problem:
    near = close(name, model.model_fields)
    return usage(f"{model.type} has no field '{_brief(name)}'.", near or _known(model))


def _problem(model: type[Command], error: ValidationError) -> Problem:
    """The first complaint of a model, as a sentence that names the field and what would be right."""
    first = error.errors(include_url=False)[0]
    path, kind = [str(part) for part in first["loc"]], first["type"]
    top = path[0] if path else ""
    field = _place(first["loc"])
    if kind == "extra_forbidden":
        if len(path) == 1:
            return _no_field(model, top)
        return usage(f"'{field}' is not a field of '{top}'.", f"'{top}' is {describe(model, top)}")
    if kind == "missing":
        if len(path) == 1:
            return usage(f"{model.type} needs '{top}'.", f"add {top}=..., which is {describe(model, top)}")
        return usage(f"'{field}' is missing.", f"'{top}' is {describe(model, top)}")
    right = describe(model, top) if top in model.model_fields else ""
    value = first.get("input")
    if kind == "literal_error":
        allowed = [text.strip("'") for text in re.findall(r"'[^']*'", str(first["ctx"]["expected"]))]
        near = close(str(value), allowed)
        return usage(f"'{field}' can't be '{_brief(str(value))}'.", near or f"it is {any_of(allowed)}")
    if kind == "value_error":
        return usage(f"'{field or model.type}': {plain_problem(first)}.", f"it is {right}" if right else None)
    shown = f" '{_brief(str(value))}'" if isinstance(value, str | int | float) else ""
    if len(path) > 1:
        return usage(f"'{field}' can't be{shown or ' that'}: {plain_problem(first)}.", f"'{top}' is {right}")
    return usage(f"'{field}' can't be{shown or ' that'}.", f"it is {right}")
