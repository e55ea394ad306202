"""A date of a form: day, month and year, as far as they are known, with until when or that it was by then.

The fields of a date `starts` are `starts.day`, `starts.month` and `starts.year`, `starts.until.day` and so on, and `starts.by`.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from pydantic import ValidationError

from domain.dates import When
from domain.documents import plain_problem

Fields = dict[str, list[str]]
"""What a browser sends: what stands in each field, by its name."""

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip


def said(fields: Mapping[str, Sequence[str]], name: str) -> str:
    """What stands in a field of one line, without the space around it."""
    found = fields.get(name) or [""]
    return found[-1].replace("\r\n", "\n").strip()


def put_date(name: str, printed: str) -> Fields:
    """The fields that say a date, from its printed form."""
    by, text = printed.startswith("by "), printed.removeprefix("by ").strip()
    first, _, last = text.partition("/")
    found: Fields = {f"{name}.by": ["yes"]} if by else {}
    for prefix, day in ((name, first), (f"{name}.until", last)):
        for part, number in zip(("year", "month", "day"), day.split("-") if day else (), strict=False):
            found[f"{prefix}.{part}"] = [number if part == "year" else str(int(number))]
    return found


def today_in(name: str, day: date) -> Fields:
    """The fields of a date that is a day."""
    return put_date(name, day.isoformat())


def take_date(name: str, fields: Fields) -> str | None:
    """The date that fields say, in its printed form; None where they are blank. Raises ValueError."""
    first, until = _day(name, fields), _day(f"{name}.until", fields)
    by = said(fields, f"{name}.by") == "yes"
    if first is None:
        if until is not None or by:
            raise ValueError("enter the date itself as well")
        return None
    if until is not None and by:
        raise ValueError("it is either from one date to another, or by a date, not both")
    text = f"by {first}" if by else f"{first}/{until}" if until else first
    try:
        When.parse(text)
    except ValidationError as error:
        raise ValueError(_plain_date(error)) from None
    return text


def _plain_date(error: ValidationError) -> str:
    problem = plain_problem(error.errors(include_url=False)[0])
    if "ends before" in problem:
        return "the last date comes before the first"
    return "there is no such date; enter it like 27 3 2027, or leave out the day, or day and month, where they are not known"


def _day(name: str, fields: Fields) -> str | None:
    day, month, year = (said(fields, f"{name}.{part}") for part in ("day", "month", "year"))
    if not (day or month or year):
        return None
    if not (year.isascii() and year.isdecimal() and len(year) == 4):
        raise ValueError("the year must have four numbers, such as 2027")
    if not month:
        if day:
            raise ValueError("a day needs a month; leave the day out where it is not known")
        return year
    number = _month(month)
    if not day:
        return f"{year}-{number:02}"
    if not (day.isascii() and day.isdecimal() and 1 <= int(day) <= 31):
        raise ValueError("the day must be a number from 1 to 31")
    return f"{year}-{number:02}-{int(day):02}"


def _month(text: str) -> int:
    """The month of a number or of a name, in full or its first three letters. Raises ValueError."""
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= 12:
        return int(text)
    short = text.lower().rstrip(".")
    found = [number for number, name in enumerate(MONTHS, start=1) if len(short) >= 3 and name.startswith(short)]
    if len(found) != 1:
        raise ValueError("the month must be a number from 1 to 12 or a name, such as 3 or March")
    return found[0]
