"""Taking a case over as history: one batch, all of it or nothing.

The batch names commands that were stored with it. They are decided in order as if each had been given on its day; no
notice goes out and nothing falls due until the end. With `live` the engagements then go on from where they stand.
"""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from domain.actors import OFFICE_ROLE
from domain.course import HistoryImported
from domain.part import Command, Kinds
from domain.records import CommandRef
from domain.sealed import Sealed

MAY = (OFFICE_ROLE,)
"""Who may take a case over."""


class Step(BaseModel):
    """One command of the batch, and the line of the case file it stands on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    command: CommandRef
    line: int


class ImportCase(Command):
    """Take a case over as history."""

    type: ClassVar[str] = "import-case"
    gives: ClassVar[Kinds] = (HistoryImported,)
    live: bool
    source: Sealed
    steps: tuple[Step, ...] = Field(min_length=1, max_length=5000)
