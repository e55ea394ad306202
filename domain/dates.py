"""When something happened, as precisely as the source knows and no more.

Sources often know only the month, the year or a range, or that a thing was done by some day. A `When` keeps the earliest
and the latest day it can have been, and the words as printed. Order checks refuse only what is impossible however both
dates are read; deadlines count from the latest day.
"""

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, model_serializer, model_validator

LONDON = ZoneInfo("Europe/London")

_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?\Z", re.ASCII)

FORMS = "a day (2002-05-29), a month (2002-10), a year (2002), a range (1999-03/1999-04) or a bound (by 2002-07)"


def _span(text: str) -> tuple[date, date]:
    match = _DAY.match(text)
    if match is None:
        raise ValueError(f"'{text}' is not a date; write {FORMS}")
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    try:
        if month is None:
            return date(year, 1, 1), date(year, 12, 31)
        if day is None:
            return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
        return date(year, month, day), date(year, month, day)
    except (ValueError, calendar.IllegalMonthError):
        raise ValueError(f"there is no date '{text}'; write {FORMS}") from None


@lru_cache(maxsize=4096)  # a history names the same days again and again
def _read(text: str) -> tuple[date | None, date]:
    if text.startswith("by "):
        return None, _span(text[3:].strip())[1]
    first, slash, last = text.partition("/")
    earliest, latest = _span(first)
    if slash:
        latest = _span(last)[1]
    if latest < earliest:
        raise ValueError(f"the range '{text}' ends before it starts")
    return earliest, latest


class When(BaseModel):
    """A date with its precision. `earliest` is None for an upper bound ("by July 2002").

    Written as its printed form (`2002-10`) in commands and case files, and as the three fields in events, so that a
    reader of the ledger need not know how to read the printed form.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    earliest: date | None
    latest: date
    printed: str

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, datetime):
            raise ValueError(f"a day is wanted, not a time; write {FORMS}")
        if isinstance(value, date):
            value = value.isoformat()
        if isinstance(value, int):
            value = str(value)
        if not isinstance(value, str):
            return value
        text = value.strip()
        earliest, latest = _read(text)
        return {"earliest": earliest, "latest": latest, "printed": text}

    @model_validator(mode="after")
    def _as_it_says(self) -> Self:
        if (self.earliest, self.latest) != _read(self.printed):
            raise ValueError(f"'{self.printed}' is not from {self.earliest} to {self.latest}")
        return self

    @classmethod
    def parse(cls, text: str | date) -> Self:
        """Read a printed date. Raises ValueError (as pydantic's ValidationError) that names the accepted forms."""
        return cls.model_validate(text)

    @classmethod
    def day(cls, day: date) -> Self:
        """The `When` of one known day."""
        return cls(earliest=day, latest=day, printed=day.isoformat())

    def certainly_before(self, other: "When") -> bool:
        """True when this was earlier than `other` however both are read."""
        return other.earliest is not None and self.latest < other.earliest

    def __str__(self) -> str:
        return self.printed


class PrintedWhen(When):
    """A `When` that is stored as its printed form: the form commands use."""

    @model_serializer
    def _as_printed(self) -> str:
        return self.printed


def london_day(at: datetime) -> date:
    """The calendar day in London at a moment."""
    return at.astimezone(LONDON).date()


def end_of(day: date) -> datetime:
    """The moment a deadline on `day` has passed: the midnight that ends it in London, in UTC.

    People are told "by 11:59pm"; whatever is recorded within that last minute is in time.
    """
    return datetime.combine(day + timedelta(days=1), time(), LONDON).astimezone(UTC)


def morning_of(day: date) -> datetime:
    """Nine in the morning of `day` in London, in UTC: when reminders and later escalations go out."""
    return datetime.combine(day, time(9), LONDON).astimezone(UTC)
