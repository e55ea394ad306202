"""Dates and times as people read them: 10 November 2026, 5:30pm, "11:59pm on Tuesday 4 July 2002". London's clock."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from domain import spoken
from domain.dates import When
from domain.spoken import day as day
from domain.spoken import moment as moment

_UNITS = {"working_days": "working day", "days": "day", "months": "month"}


def weekday(value: date) -> str:
    """`Tuesday 10 November 2026`."""
    return f"{value:%A} {day(value)}"


def deadline(due_on: date) -> str:
    """The last minute in which something that is due on a day is in time."""
    return f"11:59pm on {weekday(due_on)}"


def printed(text: str) -> str:
    """A date of any precision, from the form in which it is stored: `October 2002`, `by July 2002`; else as it is."""
    try:
        When.parse(text)
    except ValueError:
        return text
    return spoken.printed(text)


def on(text: str) -> str:
    """A date as it stands after what happened then: `on 3 May 2002`, `in May 2002`, `by May 2002`."""
    said = printed(text)
    if said.startswith("by "):
        return said
    if "/" in text:
        return f"from {said}"
    return f"on {said}" if text.count("-") == 2 else f"in {said}"


def by(text: str) -> str:
    """A date as it stands after what is owed: `by 3 May 2002`."""
    said = printed(text)
    return said if said.startswith("by ") else f"by {said}"


def when(value: When) -> str:
    """A date of any precision."""
    return printed(value.printed)


def when_in(body: Any) -> str:
    """A date as it stands in an event's body."""
    return printed(str(body["printed"] if isinstance(body, Mapping) else body))


def plural(count: Any, one: str) -> str:
    """`1 day`, `2 days`."""
    return f"{count} {one}" if str(count) == "1" else f"{count} {one}s"


def working_days(count: int) -> str:
    """`1 working day`, `2 working days`."""
    return plural(count, "working day")


def reached(derivation: Mapping[str, Any], base_event: str) -> str:
    """How a date was reached: "20 working days after 4 July 2002 (stage entered), less 5 paused, assumed".

    Of a clock that stands it tells since when, and what is left.
    """
    start = derivation["base_day"]
    start = date.fromisoformat(start) if isinstance(start, str) else start
    amount = derivation["amount"]
    text = f"{plural(amount, _UNITS[derivation['unit']])} {derivation['direction']} " if amount else "on "
    text += f"{day(start)} ({base_event})"
    if stood := derivation.get("paused"):
        text += (
            f", less {stood} paused" if derivation["unit"] == "working_days" else f", less {working_days(stood)} paused"
        )
    if derivation.get("paused_on"):
        text += f", paused since {day(date.fromisoformat(derivation['paused_on']))}"
    if derivation.get("calendar_before"):
        text += f", by the calendar {derivation['calendar']} in place of {derivation['calendar_before']}"
    if derivation.get("assumed"):
        text += ", assumed"
    if derivation.get("beyond_calendar"):
        text += f", beyond the calendar {derivation['calendar']}: holidays not known"
    return text


def distance(due_on: date, today: date) -> str:
    """How far a deadline is: "in 3 days", "today", "2 days late"."""
    days = (due_on - today).days
    if days == 0:
        return "today"
    return f"in {plural(days, 'day')}" if days > 0 else f"{plural(-days, 'day')} late"
