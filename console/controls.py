"""What a form asks for: a control for every field of a model, made from what the model says may stand there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel
from pydantic.fields import FieldInfo

from console.labels import label_of, option_of
from domain.dates import When
from domain.quantities import Days
from domain.sealed import Sealed
from faces.fields import describe, limits_of

Kind = Literal["line", "text", "whole", "amount", "date", "yes-no", "one", "many", "tally", "lines", "group", "list"]
"""How a field is asked for. `one` and `many` are chosen, `tally` counts how often each is, `lines` has one a line."""

SHORT = frozenset(
    ("cv", "document", "email", "letter", "name", "place", "price", "source", "title", "webhook")  # sealed, of a line
)
PAPERS = frozenset(("document", "letter"))
"""Fields that name a paper: its file may be given, of which the fingerprint is kept."""
ROLE_NAMES = frozenset(("aside", "attended", "member", "members", "role"))
"""Fields that hold roles and have no pattern that says so."""
PEOPLE = frozenset(("consultant", "cover", "holder", "person"))
CHOSEN = frozenset(
    (
        ("move-engagement", "model"),
        ("move-engagement", "stage"),
        ("open-engagement", "model"),
        ("open-engagement", "trigger"),
    )
)
"""Fields that name something which is published, so that there is nothing else to enter."""
_SEALED = get_args(Sealed)[0]


@dataclass(frozen=True)
class Option:
    """Something that may be chosen: what is stored, and what it is called."""

    value: str
    text: str


@dataclass(frozen=True)
class Control:
    """One question of a form. `parts` are those of a group, or of each item of a list."""

    name: str
    kind: Kind
    label: str
    hint: str | None
    required: bool
    right: str = ""
    """What would be right, after "it is"."""
    options: tuple[Option, ...] = ()
    suggestions: tuple[Option, ...] = ()
    parts: tuple["Control", ...] = ()
    pounds: bool = False
    paper: bool = False
    whole: bool = False
    """Lines that each hold a whole number."""
    may_be_none: bool = False
    """A list of which "none" says something else than leaving it out."""

    @property
    def long(self) -> bool:
        """Whether there is too much to choose from for a list of radio buttons."""
        return not 0 < len(self.options) <= 7


@dataclass(frozen=True)
class Choices:
    """What there is to choose from where the form is filled in: roles, councils and people with their names, and `known`,
    for fields by name, what stands on the record. People are looked up where a question is about them: names are unsealed.
    """

    roles: Mapping[str, str] = field(default_factory=dict)
    councils: Mapping[str, str] = field(default_factory=dict)
    people: Callable[[], Mapping[str, str]] = dict
    known: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def controls_of(
    model: type[BaseModel], command: str, choices: Choices, leave_out: Sequence[str] = (), path: tuple[str, ...] = ()
) -> tuple[Control, ...]:
    """The controls of a command's fields, or of a part of it at `path`."""
    return tuple(
        _control(model, name, info, command, choices, (*path, name))
        for name, info in model.model_fields.items()
        if name not in leave_out
    )


def _control(
    model: type[BaseModel], name: str, info: FieldInfo, command: str, choices: Choices, path: tuple[str, ...]
) -> Control:
    label, hint = label_of(command, path, info.title)
    required = info.is_required() or name in getattr(model, "wanted", ())
    annotation, metadata = _bare(info.annotation, info.metadata)
    made = _Maker(model, name, command, choices, path, Control(name, "line", label, hint, required))
    return made.control(annotation, metadata, optional=_optional(info.annotation))


def _optional(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, UnionType) and type(None) in get_args(annotation)


def _bare(annotation: Any, metadata: Sequence[Any]) -> tuple[Any, list[Any]]:
    """An annotation without `| None` and `Annotated`, and all that is said beside it."""
    said = list(metadata)
    while True:
        if _optional(annotation):
            (annotation,) = [arg for arg in get_args(annotation) if arg is not type(None)]
        elif get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            said = [*more, *said]
        else:
            return annotation, said


@dataclass(frozen=True)
class _Maker:
    model: type[BaseModel]
    name: str
    command: str
    choices: Choices
    path: tuple[str, ...]
    base: Control

    def control(self, annotation: Any, metadata: list[Any], *, optional: bool) -> Control:
        """The control for what may stand there."""
        if annotation is _SEALED:
            return self._text()
        if get_origin(annotation) is Literal:
            return self._of(kind="one", options=self._options(get_args(annotation)))
        if get_origin(annotation) in (tuple, list):
            return self._several(*_bare(get_args(annotation)[0], ()), optional=optional)
        if annotation is bool:
            return self._of(kind="yes-no")
        if isinstance(annotation, type) and issubclass(annotation, When):
            return self._of(kind="date", right="a date, such as 27 3 2027; leave out the day where it is not known")
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return self._of(kind="group", parts=self._parts(annotation))
        limits = limits_of(metadata)
        right = describe(self.model, self.name)
        if annotation is int:
            return self._of(kind="whole", right=right, suggestions=self._known())
        if annotation is Decimal:
            quarters = any(each in get_args(Days) or isinstance(each, AfterValidator) for each in metadata)
            return self._of(kind="amount", right=right, pounds=not quarters and _pence(metadata))
        return self._word(limits)

    def _of(self, **what: Any) -> Control:
        base = self.base
        return Control(**{"name": base.name, "label": base.label, "hint": base.hint, "required": base.required} | what)

    def _text(self) -> Control:
        if self.name in SHORT:
            return self._of(kind="line", right="text", paper=self.name in PAPERS, suggestions=())
        return self._of(kind="text", right="text")

    def _word(self, limits: Mapping[str, Any]) -> Control:
        right = describe(self.model, self.name)
        if self._holds_roles(limits) and self.choices.roles:
            if self.name == "post":  # a post need not be a role of the model
                return self._of(kind="line", right=right, suggestions=_options(self.choices.roles))
            return self._of(kind="one", options=_options(self.choices.roles), right="a role")
        if self._holds_councils(limits) and self.choices.councils:
            return self._of(kind="one", options=_options(self.choices.councils), right="a council")
        known = self._known()
        if known and (self.command, self.name) in CHOSEN:
            return self._of(kind="one", options=known, right="one of these")
        return self._of(kind="line", right=right, suggestions=known)

    def _several(self, inner: Any, metadata: list[Any], *, optional: bool) -> Control:
        if get_origin(inner) is Literal:
            return self._of(kind="many", options=self._options(get_args(inner)), may_be_none=optional)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            return self._of(kind="list", parts=self._parts(inner), may_be_none=optional)
        if self._holds_roles(limits_of(metadata)) and self.choices.roles:
            kind: Kind = "tally" if self.name == "attended" else "many"
            return self._of(kind=kind, options=_options(self.choices.roles), right="roles")
        right = "whole numbers, one on each line" if inner is int else "one on each line"
        known = self._known()
        if known:
            return self._of(kind="many", options=known, may_be_none=optional, whole=inner is int)
        return self._of(kind="lines", right=right, whole=inner is int, may_be_none=optional)

    def _holds_roles(self, limits: Mapping[str, Any]) -> bool:
        pattern = str(limits.get("pattern", ""))
        return (r"\." in pattern and "a-z" in pattern and "A-Z" not in pattern and r"\d" not in pattern) or (
            not pattern and self.name in ROLE_NAMES
        )

    def _holds_councils(self, limits: Mapping[str, Any]) -> bool:
        return r"{8}" in str(limits.get("pattern", "")) or (self.command, self.name) == ("give-role", "council")

    def _options(self, values: Sequence[Any]) -> tuple[Option, ...]:
        return tuple(Option(str(value), option_of(self.command, self.path, values, str(value))) for value in values)

    def _known(self) -> tuple[Option, ...]:
        if self.name in PEOPLE:
            return _options(self.choices.people())
        return _options(self.choices.known.get(self.name, {}))

    def _parts(self, inner: type[BaseModel]) -> tuple[Control, ...]:
        return controls_of(inner, self.command, self.choices, path=self.path)


def _pence(metadata: Sequence[Any]) -> bool:
    """Whether an amount has two decimals, as money has."""
    inner = [one for each in metadata for one in (each.metadata if isinstance(each, FieldInfo) else [each])]
    return any(getattr(one, "decimal_places", None) == 2 for one in inner)


def _options(named: Mapping[str, str]) -> tuple[Option, ...]:
    return tuple(Option(value, text) for value, text in named.items())
