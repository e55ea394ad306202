"""Records that a lifecycle document declares for itself, so that the office can write a model without Python.

A record `notice` brings the command `record-notice` and the event `notice-recorded`, which the document then names like
any other: in what roles may do, gates, obligations and notices. In the ledger every one of them is an `item-recorded` that
says which record it is. What is text is sealed; what is a date or an amount is kept as such; so the ledger is read without
the document, and the document says only what must be there and what it is called.
"""

from collections.abc import Container, Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model, model_validator

from domain.dates import When
from domain.documents import plain_problem
from domain.part import Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Money, Slug
from domain.sealed import Sealed

FieldType = Literal[
    "date", "text", "money", "number", "choice", "yes-no", "id", "role", "post", "person", "council", "document"
]
"""What stands in a field. `text` and `document` (a paper's reference) are sealed; all else is structural."""

_LISTED: frozenset[FieldType] = frozenset(("choice", "id", "role", "post", "person", "council"))

Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*$", max_length=120)]
"""A name of something, without spaces: what people write in sentences is text, and sealed."""

Number = Annotated[Decimal, Field(max_digits=14, decimal_places=4)]
"""A number without a unit: a count, a score, a share."""

_Role = Annotated[str, Field(pattern=r"^[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*$", max_length=80)]
_Council = Annotated[str, Field(pattern=r"^(?:E\d{8}|X\d{7})$")]

_PLAIN: Mapping[FieldType, Any] = {
    "date": When,
    "text": Sealed,
    "money": Money,
    "number": Number,
    "yes-no": bool,
    "id": Slug,
    "role": _Role,
    "post": _Role,
    "person": Slug,
    "council": _Council,
    "document": Sealed,
}


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class FieldRule(_Document):
    """A field of a record: what stands in it, what it is called, and whether it must be given."""

    id: str = Field(pattern=r"^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$", max_length=60)
    """Its name, in small letters, digits and underscores."""
    type: FieldType
    """What stands in it."""
    title: str | None = None
    """What it is called; its name in words where nothing is said."""
    required: bool = False
    """Whether it must be given."""
    of: tuple[Annotated[str, Field(pattern=r"^[a-z0-9]+(?:[.-][a-z0-9]+)*$")], ...] = ()
    """The values of a choice."""
    many: bool = False
    """Whether it holds a list."""

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if (self.type == "choice") != bool(self.of):
            raise ValueError("a choice says in `of` what can be chosen, and nothing else does")
        if len(set(self.of)) != len(self.of):
            raise ValueError("a choice names each value once")
        if self.many and self.type not in _LISTED:
            raise ValueError(f"many goes with {', '.join(sorted(_LISTED))}, not with {self.type}")
        return self

    @property
    def group(self) -> Literal["dates", "texts", "amounts", "values"]:
        """Where its value is kept in the event, by what stands in it."""
        match self.type:
            case "date":
                return "dates"
            case "text" | "document":
                return "texts"
            case "money" | "number":
                return "amounts"
        return "values"


class RecordRule(_Document):
    """A record that a document declares. `needs` are events that must have happened before it."""

    id: str = Field(pattern=r"^[a-z]+(?:-[a-z0-9]+)*$", max_length=60)
    """Its name: `notice` brings `record-notice` and `notice-recorded`."""
    title: str
    """What it is called."""
    fields: tuple[FieldRule, ...] = ()
    """What it holds, in order."""
    needs: tuple[str, ...] = ()
    """Events that must have happened before."""
    source: str | None = None
    """Where it is described."""

    @model_validator(mode="after")
    def _names_that_can_be(self) -> Self:
        names = [field.id for field in self.fields]
        for name in names:
            if name in _engines_names() or name.startswith("model_"):
                raise ValueError(f"'{name}' can't be a field's name: it is kept for the engine")
            if names.count(name) > 1:
                raise ValueError(f"there are two fields '{name}'")
        return self

    def field(self, name: str) -> FieldRule | None:
        """A field by its name."""
        return next((field for field in self.fields if field.id == name), None)

    @property
    def command(self) -> str:
        """The command that records it: `record-notice`."""
        return f"record-{self.id}"

    @property
    def event(self) -> str:
        """The event as the document names it: `notice-recorded`."""
        return f"{self.id}-recorded"

    def title_of(self, name: str) -> str:
        """What a field is called."""
        held = self.field(name)
        return held.title if held and held.title else name.replace("_", " ").capitalize()


class ItemRecorded(Event):
    """Something was recorded that the lifecycle document declares: which record it is, and its fields by what they are."""

    type: ClassVar[str] = "item-recorded"
    undisputed: ClassVar[frozenset[str]] = frozenset(("record",))
    record: str
    dates: dict[str, When] = Field(default_factory=dict)
    texts: dict[str, Sealed] = Field(default_factory=dict)
    amounts: dict[str, Decimal] = Field(default_factory=dict)
    values: dict[str, bool | Word | tuple[Word, ...]] = Field(default_factory=dict)

    @property
    def held(self) -> Mapping[str, Any]:
        """All its fields by name."""
        return {**self.dates, **self.texts, **self.amounts, **self.values}

    def widened(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Changes of some fields as changes of whole groups: a correction of one date says nothing of the others."""
        now = self.model_dump(mode="json")
        return {
            group: {**now[group], **given} if isinstance(now.get(group), dict) and isinstance(given, dict) else given
            for group, given in changes.items()
        }


class RecordItem(Command):
    """Record something that the lifecycle document declares. People give it as `record-<name>`, with its own fields."""

    type: ClassVar[str] = "record-item"
    gives: ClassVar[Kinds] = (ItemRecorded,)
    record: str = Field(pattern=r"^[a-z]+(?:-[a-z0-9]+)*$", max_length=60)
    dates: dict[str, When] = Field(default_factory=dict)
    texts: dict[str, Sealed] = Field(default_factory=dict)
    amounts: dict[str, Decimal] = Field(default_factory=dict)
    values: dict[str, bool | Word | tuple[Word, ...]] = Field(default_factory=dict)


COMMANDS = (RecordItem,)
EVENTS = (ItemRecorded,)


# What a document names


def given_as(command: Command) -> str:
    """The name under which a document allows a command: that of the record, where it records one."""
    return f"record-{command.record}" if isinstance(command, RecordItem) else command.type


def named(event: Event) -> str:
    """The name under which a document knows an event: that of the record, where it is one."""
    return f"{event.record}-recorded" if isinstance(event, ItemRecorded) else event.type


def value_in(event: Event, field: str) -> Any:
    """The value of an event's field; that of a record's own field, None where it was left out."""
    return event.held.get(field) if isinstance(event, ItemRecorded) else getattr(event, field)


def has_field(event: Event, field: str) -> bool:
    """Whether an event has a field; of a record's own fields, whether it was given."""
    return field in (event.held if isinstance(event, ItemRecorded) else type(event).model_fields)


def is_value(event: Event, field: str, wanted: Any) -> bool:
    """Whether an event's field has a value as a document writes it; of a record's list, whether that is in it."""
    value = value_in(event, field)
    if isinstance(event, ItemRecorded):
        match value:
            case tuple():
                return wanted in value
            case Decimal():
                return value == Decimal(str(wanted))
            case When():
                return str(value) == str(wanted)
    return bool(value == wanted)


def happened(history: History, kinds: Mapping[str, type[Event]], name: str, after: int = 0) -> tuple[Entry[Any], ...]:
    """The events of a name, in order, whose version is greater than `after`. `kinds` are those the document may name."""
    kind = kinds[name]
    found = history.all(kind, after)
    return tuple(entry for entry in found if named(entry.event) == name) if kind is ItemRecorded else found


def last(history: History, kinds: Mapping[str, type[Event]], name: str, after: int = 0) -> Entry[Any] | None:
    """The latest event of a name whose version is greater than `after`, if there is one."""
    found = happened(history, kinds, name, after)
    return found[-1] if found else None


# The command and the event of a record, as their fields are written and checked


class RecordForm(Command):
    """A record's own command, as people give it: each field by its name. It is stored as a `RecordItem`."""

    gives: ClassVar[Kinds] = (ItemRecorded,)
    rule: ClassVar[RecordRule]


def _annotation(rule: FieldRule) -> Any:
    inner: Any = Literal[rule.of] if rule.type == "choice" else _PLAIN[rule.type]
    return tuple.__class_getitem__((inner, ...)) if rule.many else inner


def _fields(rule: RecordRule) -> dict[str, Any]:
    return {
        field.id: (_annotation(field), Field(title=rule.title_of(field.id)))
        if field.required
        else (_annotation(field) | None, Field(default=None, title=rule.title_of(field.id)))
        for field in rule.fields
    }


@cache
def _form(text: str) -> type[RecordForm]:
    rule = RecordRule.model_validate_json(text)
    form = create_model(rule.command, __base__=RecordForm, **_fields(rule))
    form.type, form.rule = rule.command, rule
    form.__doc__ = f"Record: {rule.title}."
    return form


@cache
def _engines_names() -> frozenset[str]:
    return frozenset((*RecordForm.__class_vars__, *Event.__class_vars__, *dir(RecordForm), *dir(Event)))


@cache
def _shape(text: str) -> type[Event]:
    rule = RecordRule.model_validate_json(text)
    shape = create_model(rule.event, __base__=Event, **_fields(rule))
    shape.type = rule.event
    return shape


def form_of(rule: RecordRule) -> type[RecordForm]:
    """The command as people give it, with the record's own fields. What is stored of it says `as_stored`."""
    return _form(rule.model_dump_json())


def shape_of(rule: RecordRule) -> type[Event]:
    """The event as the document sees it, with the record's own fields. What is stored is an `ItemRecorded`."""
    return _shape(rule.model_dump_json())


def as_stored(kind: type[Command], body: Mapping[str, Any]) -> tuple[type[Command], dict[str, Any]]:
    """A command and its body as they are stored: a record's own as a `RecordItem`, any other as it is."""
    if not issubclass(kind, RecordForm):
        return kind, dict(body)
    stored: dict[str, Any] = {"record": kind.rule.id}
    for field in kind.rule.fields:
        if body.get(field.id) is not None:
            stored.setdefault(field.group, {})[field.id] = body[field.id]
    return RecordItem, stored


# Deciding


def decide(command: Command, records: Iterable[RecordRule], roles: Container[str]) -> tuple[Event, ...] | Refusal:
    """What follows from recording something, by the records and the roles that the document declares."""
    assert isinstance(command, RecordItem)
    event = ItemRecorded(**dict(command))
    wrong = misfit(event, records, roles)
    if wrong is not None:
        return Refusal("record-does-not-fit", wrong)
    return (event,)


def misfit(event: ItemRecorded, records: Iterable[RecordRule], roles: Container[str]) -> Mapping[str, Any] | None:
    """Which field of a record does not fit its document, and why; None where all do."""
    rule = next((each for each in records if each.id == event.record), None)
    if rule is None:
        return {"event": named(event), "field": "record", "problem": "the document declares no such record"}
    for group in ("dates", "texts", "amounts", "values"):
        for name in getattr(event, group):
            field = rule.field(name)
            if field is None or field.group != group:
                return {"event": rule.event, "field": name, "problem": f"it is not among the {group} of this record"}
    try:
        form_of(rule).model_validate(event.held)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        return {"event": rule.event, "field": ".".join(map(str, first["loc"])), "problem": plain_problem(first)}
    for field in rule.fields:
        value = event.values.get(field.id, ()) if field.type == "role" else ()
        for role in value if isinstance(value, tuple) else (value,):
            if role not in roles:
                return {"event": rule.event, "field": field.id, "problem": f"there is no role '{role}'"}
    return None


def misread(
    event: ItemRecorded, changes: Mapping[str, Any], records: Iterable[RecordRule], roles: Container[str]
) -> Mapping[str, Any] | None:
    """Which field of a record would not fit its document if it read otherwise, and why; None where all do."""
    if changes.get("record", event.record) != event.record:
        return {"event": event.type, "field": "record", "problem": "it stays the record that it is"}
    return misfit(ItemRecorded.model_validate({**event.model_dump(mode="json"), **changes}), records, roles)
