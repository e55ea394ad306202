"""Of a dossier: the records that the engagement's lifecycle declares for itself, by what they are called there."""

from typing import Any

from domain.items import FieldRule, ItemRecorded
from faces.dossier_record import Data, OnRecord, Values, day, listed, role, told
from faces.telling.course import field_text
from faces.words import Words

_GROUPS = ("dates", "texts", "amounts", "values")


def items(record: OnRecord) -> list[Data] | None:
    """Every record of the model's own, in order, each with its fields by name."""
    return [_item(told(entry)) for entry in record.history.all(ItemRecorded)] or None


def _item(data: Data) -> Data:
    fields = {name: value for group in _GROUPS for name, value in data.pop(group).items()}
    return {**data, "fields": fields}


def show_items(data: list[Data], words: Words) -> None:
    """The records on the page, those of one name together."""
    for name in dict.fromkeys(each["record"] for each in data):
        rule = words.record(name)
        fields = rule.fields if rule else ()
        titles = [rule.title_of(field.id) for field in fields] if rule else []
        rows = [
            [day(each["on"]), role(each["said_by"], words), *(_cell(each["fields"], field, words) for field in fields)]
            for each in data
            if each["record"] == name
        ]
        listed(rule.title if rule else name, ("On", "Who", *titles), rows)


def _cell(fields: Data, field: FieldRule, words: Words) -> Values:
    value: Any = fields.get(field.id)
    if value is None:
        return None
    return day(value) if field.type == "date" else field_text(field.type, value, words)
