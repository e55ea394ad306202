"""Refused commands, kept in a stream of their own beside the one they were meant for, `refusal/<target>`."""

from collections.abc import Mapping
from typing import Any, ClassVar

from domain.part import Event


class CommandRefused(Event):
    """A command was not carried out. `rule` and `details` say why, as data."""

    type: ClassVar[str] = "command-refused"
    command: str
    rule: str
    details: dict[str, Any]


EVENTS: Mapping[str, type[Event]] = {CommandRefused.type: CommandRefused}
