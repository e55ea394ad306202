"""Who decided something and who recorded it: a party, a role in it, and where known a person's id.

Parties and roles follow [PAT] ch.2 to 4; each lifecycle document lists those it knows and the commands each may give.
Names of people never stand here: a person is an id, their name a sealed value.
"""

import re
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator

_ROLE = re.compile(r"[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*\Z")


class Actor(BaseModel):
    """A role of a party, such as `inspectorate.lead-inspector`, and the id of the person who held it, if known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    party: str
    role: str
    person: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if not _ROLE.match(value):
            raise ValueError(f"'{value}' is not a role; write PARTY.ROLE, such as inspectorate.lead-inspector")
        party, role = value.split(".")
        return {"party": party, "role": role}

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `party.role`. Raises ValueError (as pydantic's ValidationError) when it is not of that form."""
        return cls.model_validate(text)

    def __str__(self) -> str:
        return f"{self.party}.{self.role}"

    @property
    def label(self) -> str:
        """The role, and who held it where that is known: `council.director/p1`."""
        return label(str(self), self.person)


def label(role: str, person: str | None) -> str:
    """A role, and who holds it where that is known: `council.director/p1`."""
    return f"{role}/{person}" if person else role


OFFICE_ROLE = "department.programme-office"
"""The programme office: every lifecycle has it. It keeps the records, and is told what could not be delivered."""

CLOCK = Actor(party="turnaround", role="clock")
"""The clock: reminders, escalations and whatever else a passing date brings."""

ENGINE = Actor(party="turnaround", role="engine")
"""The engine: what follows by itself from a command or a strike, such as a gate that is now met."""
