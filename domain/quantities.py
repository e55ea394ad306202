"""Amounts: contract days and money. Both are Decimal, written as text in JSON, and never rounded silently."""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field


def _quarters(value: Decimal) -> Decimal:
    if value % Decimal("0.25"):
        raise ValueError("days are counted in quarters: 0.25, 0.5, 0.75 or whole")
    return value


Days = Annotated[Decimal, Field(gt=0, le=100_000), AfterValidator(_quarters)]
"""Days of work, in quarters, more than none."""

Money = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]
"""Pounds and pence."""

Payment = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)]
"""Pounds and pence, more than none."""

_SLUG, _LONGEST = r"^[a-z0-9]+(?:-[a-z0-9]+)*$", 60

Slug = Annotated[str, Field(pattern=_SLUG, max_length=_LONGEST)]
"""A structural id that people choose, such as of a workstream, a deliverable or a person: `foster-care`."""


def is_slug(text: str) -> bool:
    """Whether a text is a `Slug`."""
    return len(text) <= _LONGEST and re.fullmatch(_SLUG, text) is not None


ClockTime = Annotated[str, Field(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A time of day in London, in 24 hours: `14:30`."""

Firm = Annotated[str, Field(min_length=1, max_length=120)]
"""A firm or a partner council, by its name: structural, as contracts with public bodies are public."""
