"""Dates as people read them, in British English: `4 July 2002`, `October 2002`, `by July 2002`."""

from datetime import date, datetime

from domain.dates import LONDON


def day(value: date) -> str:
    """`10 November 2026`."""
    return f"{value.day} {value:%B %Y}"


def moment(at: datetime) -> str:
    """`5:30pm on 10 November 2026`, by London's clock."""
    return f"{hour(at)} on {day(at.astimezone(LONDON).date())}"


def hour(at: datetime) -> str:
    """`5:30pm`, by London's clock."""
    here = at.astimezone(LONDON)
    return f"{here.hour % 12 or 12}:{here:%M}{'am' if here.hour < 12 else 'pm'}"


def _part(text: str) -> str:
    match text.split("-"):
        case [year, month, of_month]:
            return day(date(int(year), int(month), int(of_month)))
        case [year, month]:
            return f"{date(int(year), int(month), 1):%B %Y}"
    return text


def printed(text: str) -> str:
    """A date of any precision, from the form in which it is stored: `October 2002`, `by July 2002`."""
    if text.startswith("by "):
        return f"by {_part(text[3:].strip())}"
    first, slash, last = text.partition("/")
    return f"{_part(first)} to {_part(last)}" if slash else _part(first)


def then(text: str) -> str:
    """When something happened, in a sentence: `on 4 July 2002`, `in October 2002`, `between March 1999 and April 1999`."""
    if text.startswith("by "):
        return printed(text)
    first, slash, last = text.partition("/")
    if slash:
        return f"between {_part(first)} and {_part(last)}"
    return f"{'on' if first.count('-') == 2 else 'in'} {_part(first)}"
