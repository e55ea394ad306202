"""Working days: a calendar is a versioned document, and how a date was reached is data.

A working day is Monday to Friday and no holiday of the calendar. Calendars are published into the ledger; the shipped
one (`england`) lists bank holidays by date, so that a late announcement is a new version and never a silent change.
"""

import calendar as month_lengths
from datetime import date, timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Calendar(BaseModel):
    """A calendar of working days from `covers_from` to `covers_to`; outside them only weekends are known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: int = Field(ge=1)
    title: str
    source: str
    covers_from: date
    covers_to: date
    holidays: frozenset[date]

    @model_validator(mode="after")
    def _holidays_inside(self) -> Self:
        outside = sorted(day for day in self.holidays if not self.covers_from <= day <= self.covers_to)
        if outside:
            raise ValueError(f"{outside[0]} lies outside the days the calendar covers")
        return self

    @property
    def ref(self) -> str:
        """`england@1`."""
        return f"{self.id}@{self.version}"

    def newer_than(self, ref: str) -> bool:
        """Whether this is a later version of the calendar that a reference names."""
        if ref == self.ref:  # as nearly every time, and it is asked of everything owed after every event
            return False
        id, _, version = ref.rpartition("@")
        return id == self.id and int(version) < self.version

    def is_working(self, day: date) -> bool:
        """Whether people work on that day."""
        return day.weekday() < 5 and day not in self.holidays

    def covers(self, day: date) -> bool:
        """Whether the calendar knows the holidays of that day."""
        return self.covers_from <= day <= self.covers_to

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`, or before it when `count` is negative. Zero is `day` itself."""
        step = timedelta(days=1 if count > 0 else -1)
        left = abs(count)
        while left:
            day += step
            if self.is_working(day):
                left -= 1
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after `start`, up to and including `end`."""
        days, day = 0, start
        while day < end:
            day += timedelta(days=1)
            days += self.is_working(day)
        return days


def add_months(day: date, count: int) -> date:
    """The same day `count` months later, or the last of that month where it has no such day."""
    month = day.year * 12 + day.month - 1 + count
    year, month = divmod(month, 12)
    return date(year, month + 1, min(day.day, month_lengths.monthrange(year, month + 1)[1]))
