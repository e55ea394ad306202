"""Dates as precise as their source, and order checks that refuse only what is impossible."""

from datetime import UTC, date, datetime

import pytest
import yaml
from pydantic import BaseModel, ValidationError

from domain.calendar import Calendar, add_months
from domain.dates import PrintedWhen, When, london_day
from tests.given import shipped, text_of


@pytest.mark.parametrize(
    ("printed", "earliest", "latest"),
    [
        ("2002-05-29", "2002-05-29", "2002-05-29"),
        ("2002-10", "2002-10-01", "2002-10-31"),
        ("2002", "2002-01-01", "2002-12-31"),
        ("2004-02", "2004-02-01", "2004-02-29"),
        ("2003-02", "2003-02-01", "2003-02-28"),
        ("1999-03/1999-04", "1999-03-01", "1999-04-30"),
        ("2002-10/2004", "2002-10-01", "2004-12-31"),
        ("2002-05-29/2002-05-29", "2002-05-29", "2002-05-29"),
        ("by 2002-07", None, "2002-07-31"),
        ("by 2002-07-04", None, "2002-07-04"),
        ("by 2004", None, "2004-12-31"),
        ("  2002-10 ", "2002-10-01", "2002-10-31"),
    ],
)
def test_a_date_keeps_its_precision_and_its_words(printed: str, earliest: str | None, latest: str) -> None:
    when = When.parse(printed)
    assert when.earliest == (date.fromisoformat(earliest) if earliest else None)
    assert when.latest == date.fromisoformat(latest)
    assert (when.printed, str(when)) == (printed.strip(), printed.strip())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "by",
        "by ",
        "2002-13",
        "2002-02-30",
        "2003-02-29",
        "0000",
        "29 May 2002",
        "2002-5-29",
        "2002/",
        "/2002",
        "2002-06/2002-05",
        "2002-01/2002-02/2002-03",
        "after 2002",
        "2002-05-29T10:00",
        "٢٠٠٢",
    ],
)
def test_what_is_no_date_is_refused_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(ValidationError, match=r"write a day \(2002-05-29\)|ends before it starts"):
        When.parse(text)


@pytest.mark.parametrize("value", [datetime(2002, 5, 29, tzinfo=UTC), None, 3.5, ["2002"]], ids=str)
def test_a_day_is_wanted_not_a_time_or_anything_else(value: object) -> None:
    with pytest.raises(ValidationError):
        When.model_validate(value)


def test_a_day_and_a_year_as_values_are_read_too() -> None:
    assert When.parse(date(2002, 5, 29)) == When.day(date(2002, 5, 29))
    assert When.model_validate(2002).latest == date(2002, 12, 31)


@pytest.mark.parametrize(
    ("first", "second", "certain"),
    [
        ("2002-05-28", "2002-05-29", True),
        ("2002-05-29", "2002-05-29", False),
        ("2002-05", "2002-06", True),
        ("2002-05", "2002-05-29", False),
        ("2002", "2002-12-31", False),
        ("2001", "2002", True),
        ("1999-03/1999-04", "1999-05", True),
        ("1999-03/1999-04", "1999-04-30", False),
        ("by 2002-07", "2002-08", True),
        ("by 2002-07", "2002-07-31", False),
        ("1990", "by 2002-07", False),
    ],
)
def test_certainly_before_however_both_are_read(first: str, second: str, certain: bool) -> None:
    assert When.parse(first).certainly_before(When.parse(second)) is certain


class Both(BaseModel):
    stored: When
    given: PrintedWhen


def test_commands_keep_the_printed_form_and_events_all_three() -> None:
    both = Both.model_validate({"stored": "by 2002-07", "given": "2002-10"})
    assert both.model_dump(mode="json") == {
        "stored": {"earliest": None, "latest": "2002-07-31", "printed": "by 2002-07"},
        "given": "2002-10",
    }
    assert Both.model_validate(both.model_dump(mode="json")) == both


@pytest.mark.parametrize(
    "fields",
    [
        {"earliest": "2002-10-01", "latest": "2002-10-31", "printed": "2002-11"},
        {"earliest": None, "latest": "2002-10-31", "printed": "2002-10"},
        {"earliest": "2002-10-31", "latest": "2002-10-01", "printed": "2002-10"},
        {"earliest": "2002-10-01", "latest": "2002-10-31", "printed": "last autumn"},
    ],
    ids=["another month", "a bound that is none", "the wrong way round", "no date at all"],
)
def test_the_three_fields_must_say_the_same(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        When.model_validate(fields)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2002, 6, 10, 22, 59, tzinfo=UTC), date(2002, 6, 10)),
        (datetime(2002, 6, 10, 23, 0, tzinfo=UTC), date(2002, 6, 11)),
        (datetime(2002, 12, 10, 23, 30, tzinfo=UTC), date(2002, 12, 10)),
    ],
)
def test_the_day_is_the_one_in_london(at: datetime, day: date) -> None:
    assert london_day(at) == day


# The calendar of working days


def test_the_jubilee_of_2002_took_two_days_and_moved_the_spring_holiday() -> None:
    calendar = shipped().calendar
    assert [day for day in range(1, 11) if calendar.is_working(date(2002, 6, day))] == [5, 6, 7, 10]
    assert calendar.is_working(date(2002, 5, 27))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [("2002-05-31", "2002-06-05", 1), ("2002-05-29", "2002-06-14", 10), ("2002-06-05", "2002-06-05", 0)],
)
def test_working_days_between_two_days(start: str, end: str, expected: int) -> None:
    calendar = shipped().calendar
    assert calendar.working_days_between(date.fromisoformat(start), date.fromisoformat(end)) == expected
    if expected:
        assert calendar.add_working_days(date.fromisoformat(start), expected) == date.fromisoformat(end)


def test_working_days_are_counted_back_as_well() -> None:
    assert shipped().calendar.add_working_days(date(2002, 6, 5), -1) == date(2002, 5, 31)


def test_a_calendar_knows_which_days_it_covers() -> None:
    calendar = shipped().calendar
    assert (calendar.ref, calendar.covers(date(1998, 1, 1)), calendar.covers(date(1997, 12, 31))) == (
        "england@1",
        True,
        False,
    )


def test_a_holiday_outside_the_days_covered_is_refused() -> None:
    text = text_of("calendars", "england-1.yaml").replace("covers_from: 1998-01-01", "covers_from: 1998-02-01")
    with pytest.raises(ValidationError, match="1998-01-01 lies outside the days the calendar covers"):
        Calendar.model_validate(yaml.safe_load(text))


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [("2003-12-31", 2, "2004-02-29"), ("2002-01-31", -2, "2001-11-30"), ("2002-05-29", 0, "2002-05-29")],
)
def test_months_keep_the_day_where_they_can(day: str, count: int, expected: str) -> None:
    assert add_months(date.fromisoformat(day), count) == date.fromisoformat(expected)
