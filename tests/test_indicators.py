"""Indicators: what is measured in which unit, values with their gaps, targets that somebody set, and what changed."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from domain import engagement
from domain.indicators import Figure, IndicatorsRecorded, begins, change, in_order, table
from domain.summary import engagement_summary
from faces import prose, telling
from faces.words import Words
from tests.given import Do, Refused, Scene, opened, rules_from

RULES = rules_from("""
id: measured
version: 1
title: Measured
source: Invented for this test
calendar: england
starts: {services: [social-services], stars: [0]}
parties: {department: The department}
roles:
  department.programme-office:
    title: Programme office
    may: [define-indicators, set-indicator-baselines, set-indicator-targets, record-indicators, drop-indicators,
          correct-event, withdraw-event, stop-engagement]
always: [correct-event, withdraw-event, stop-engagement]
stages:
  - id: work
    title: Work
    owner: department.programme-office
    allows: [define-indicators, set-indicator-baselines, set-indicator-targets, record-indicators, drop-indicators]
    leave: [{to: stopped, when: {recorded: {event: engagement-stopped}}}]
ends:
  - {id: stopped, title: Stopped}
""")
OFFICE = "department.programme-office"

DEFINED = Do(
    "define-indicators",
    OFFICE,
    "2007-09-03",
    {
        "indicators": [
            {"id": "b11", "unit": "percent", "title": "Intensive home care", "better": "higher", "reference": "B11"},
            {"id": "c26", "unit": "per-10000", "better": "lower", "reference": "C26 / C72", "group": "older-people"},
            {"id": "a4", "unit": "ratio", "better": "higher"},
            {"id": "a70", "unit": "score"},
            {"id": "places", "unit": "number"},
            {"id": "spent", "unit": "pounds"},
        ]
    },
)


def values(period: str, of: str | None = None, /, **given: str | int) -> Do:
    """Values of a period; a word in place of a value is a gap."""
    readings: list[dict[str, Any]] = [
        {"indicator": name, "gap" if isinstance(value, str) and value[0].isalpha() else "value": value}
        for name, value in given.items()
    ]
    return Do(
        "record-indicators",
        OFFICE,
        "2007-09-03",
        {"period": period, "values": readings, **({"of": of} if of else {})},
    )


def after(*done: Do) -> Scene:
    scene = opened(RULES, date(2007, 9, 3))
    for each in done:
        scene.when(each).accepted()
    return scene


def row(scene: Scene, name: str) -> Any:
    return next(each for each in table(scene.state.history).rows if each.indicator.id == name)


def cells(scene: Scene, name: str) -> Mapping[str, str]:
    return {period: str(figure) for period, figure in row(scene, name).values.items()}


def test_values_keep_their_decimals_their_units_and_the_words_in_their_gaps() -> None:
    scene = after(
        DEFINED,
        values("2003/04", b11="18.0%", c26="101.1", a4="Definition changed", a70="New"),
        values("2004/05", b11="21.3", a4="0.47", a70="New", spent="£1,250,000.50"),
        values("2005/06", b11="23.35%", a70=12, places="1,234"),
        values("2006/07", b11="27%", a70="14.0"),
    )
    assert table(scene.state.history).periods == ("2003/04", "2004/05", "2005/06", "2006/07")
    assert cells(scene, "b11") == {"2003/04": "18.0%", "2004/05": "21.3%", "2005/06": "23.35%", "2006/07": "27%"}
    assert cells(scene, "a4") == {"2003/04": "Definition changed", "2004/05": "0.47"}
    assert cells(scene, "a70") == {"2003/04": "New", "2004/05": "New", "2005/06": "12", "2006/07": "14.0"}
    assert cells(scene, "spent") == {"2004/05": "£1250000.50"}
    assert cells(scene, "places") == {"2005/06": "1234"}


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("b11", "101%", "above-a-hundred"),
        ("b11", "-3", "below-nothing"),
        ("b11", "£18", "other-sign"),
        ("c26", "18.0%", "other-sign"),
        ("places", "12.5", "not-whole"),
        ("spent", "12.505", "not-pence"),
        ("spent", "12%", "other-sign"),
        ("b11", "1.8e1", "not-a-number"),
        ("b11", "12,34", "not-a-number"),
        ("b11", "٣", "not-a-number"),
    ],
)
def test_a_value_that_does_not_fit_its_unit_is_refused_with_its_place(name: str, value: str, why: str) -> None:
    given = {**{each: "1" for each in ("a4", "a70")}, name: value}
    for command in ("record-indicators", "set-indicator-baselines", "set-indicator-targets"):
        body = {"period": "2003/04", "values": [{"indicator": i, "value": v} for i, v in given.items()]}
        scene = after(DEFINED).when(Do(command, OFFICE, "2007-09-03", body))
        scene.refused("value-does-not-fit", number=3, indicator=name, period="2003/04", value=value, why=why)
        assert scene.refusal is not None
        said = prose.refused(scene.refusal.rule, scene.refusal.details, Words()).sentence
        assert said.startswith(f"Value 3, of {name} for 2003/04, does not fit: {value} is no value in the unit ")


REFUSALS = (
    Refused("an indicator that nobody defined", [DEFINED], values("2003/04", b12="1"), "no-such-indicator"),
    Refused(
        "an indicator defined twice",
        [DEFINED],
        Do("define-indicators", OFFICE, "2007-09-03", {"indicators": [{"id": "b11", "unit": "score"}]}),
        "indicator-already",
        {"indicator": "b11"},
    ),
    Refused(
        "a cell that has a value",
        [DEFINED, values("2003/04", b11="18.0%")],
        values("2003/04", b11="18%"),
        "indicator-recorded-already",
        {"indicator": "b11", "period": "2003/04", "of": "council", "value": "18.0%"},
    ),
    Refused("a year that lies ahead", [DEFINED], values("2008/09", b11="18%"), "period-not-begun"),
    Refused(
        "an indicator twice in one list",
        [DEFINED],
        Do(
            "record-indicators",
            OFFICE,
            "2007-09-03",
            {"period": "2003/04", "values": [{"indicator": "b11", "value": "1"}, {"indicator": "b11", "value": "2"}]},
        ),
        "named-twice",
        {"field": "values", "id": "b11"},
    ),
    Refused(
        "dropped without a reason",
        [DEFINED],
        Do("drop-indicators", OFFICE, "2007-09-03", {"indicators": ["b11"]}),
        "reason-needed",
    ),
    Refused(
        "a value of one that was dropped",
        [DEFINED, Do("drop-indicators", OFFICE, "2007-09-03", {"indicators": ["b11"], "reason": "Says nothing."})],
        values("2003/04", b11="18%"),
        "indicator-dropped",
        {"indicator": "b11"},
    ),
    Refused("values of nothing that was defined", [], values("2003/04", b11="18%"), "needs"),
)


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: row.case)
def test_what_is_refused(row: Refused) -> None:
    after(*row.given).when(row.when).refused(row.rule, **row.details)


@pytest.mark.parametrize("period", ["2003/05", "2003/2004", "03/04", "2003-13", "2003-q5", "last year", "0000", True])
def test_a_period_is_written_in_one_of_four_forms(period: object) -> None:
    with pytest.raises(ValidationError):
        engagement.COMMANDS["record-indicators"].model_validate(
            {"period": period, "values": [{"indicator": "b11", "value": "1"}]}
        )


def test_periods_stand_in_the_order_in_which_they_begin() -> None:
    assert in_order(["2004/05", "2005", "1999/00", "2004-05", "2004-q2", "2004", "2004"]) == (
        "1999/00",
        "2004",
        "2004-q2",
        "2004/05",
        "2004-05",
        "2005",
    )
    assert begins("1999/00") == date(1999, 4, 1)


@pytest.mark.parametrize("both", [{}, {"value": "1", "gap": "New"}])
def test_a_cell_holds_a_value_or_a_gap_and_never_both(both: Mapping[str, str]) -> None:
    with pytest.raises(ValidationError, match="exactly one"):
        engagement.COMMANDS["record-indicators"].model_validate(
            {"period": "2003/04", "values": [{"indicator": "b11", **both}]}
        )


def test_no_baseline_and_no_target_is_there_that_nobody_set() -> None:
    scene = after(DEFINED, values("2003/04", b11="18.0%"))
    assert [(each.baseline, each.target) for each in table(scene.state.history).rows] == [(None, None)] * 6
    scene.when(
        "set-indicator-targets", OFFICE, "2007-09-03", period="2008/09", values=[{"indicator": "b11", "value": "30%"}]
    ).accepted()
    scene.when(
        "set-indicator-baselines", OFFICE, "2007-09-03", values=[{"indicator": "b11", "value": "18%"}]
    ).accepted()
    scene.when("set-indicator-targets", OFFICE, "2007-09-03", values=[{"indicator": "b11", "value": "28.5"}]).accepted()
    held = row(scene, "b11")
    assert (str(held.target.figure), held.target.period) == ("28.5%", None)
    assert (str(held.baseline.figure), held.baseline.period) == ("18%", None)


def test_others_stand_beside_the_council_and_never_in_its_place() -> None:
    scene = after(
        DEFINED,
        values("2003/04", b11="18.0%"),
        values("2003/04", "neighbours", b11="20%"),
        values("2003/04", "country", b11="22%"),
        values("2004/05", "region", b11="23%"),
    )
    held = row(scene, "b11")
    assert {of: {p: str(f) for p, f in found.items()} for of, found in held.compared.items()} == {
        "neighbours": {"2003/04": "20%"},
        "region": {"2004/05": "23%"},
        "country": {"2003/04": "22%"},
    }
    assert cells(scene, "b11") == {"2003/04": "18.0%"}
    assert row(scene, "c26").compared == {}


# What changed


YEARS = (
    values("2003/04", b11="18.0%", c26="101.1", a4="0.50", a70="New"),
    values("2004/05", b11="21.3%", c26="94.5", a4="Definition changed", a70="12"),
    values("2005/06", b11="23.35%", c26="82.5", a4="0.68", a70="12"),
    values("2006/07", b11="23.35%", c26="84", a4="0.69", a70="14.0"),
)


@pytest.mark.parametrize(
    ("name", "between", "wanted"),
    [
        ("b11", (), ("2003/04", "2006/07", "5.35", "better")),
        ("b11", ("2005/06", "2006/07"), ("2005/06", "2006/07", "0.00", "same")),
        ("c26", (), ("2003/04", "2006/07", "-17.1", "better")),
        ("c26", ("2005/06", "2006/07"), ("2005/06", "2006/07", "1.5", "worse")),
        ("a4", (), ("2005/06", "2006/07", "0.01", "better")),
        ("a4", ("2003/04", "2006/07"), None),
        ("a70", (), ("2004/05", "2006/07", "2.0", None)),
        ("a70", ("2003/04",), None),
        ("b11", ("2003/04", "2007/08"), None),
        ("places", (), None),
    ],
    ids=str,
)
def test_a_change_is_worked_out_within_an_unbroken_run_of_values(
    name: str, between: tuple[str, ...], wanted: tuple[str, str, str, str | None] | None
) -> None:
    found = change(row(after(DEFINED, *YEARS), name), *between)
    assert wanted == (found and (found.since, found.until, str(found.amount), found.towards))


def test_a_summary_tells_the_newest_value_of_each() -> None:
    told = engagement_summary(after(DEFINED, *YEARS).state)
    assert (told["indicator", "c26"], told["indicator", "places"]) == ("84 (2006/07)", "no value")


def test_an_indicator_that_turned_down_is_worth_an_eye() -> None:
    said = engagement.cautions(after(DEFINED, *YEARS).state)
    assert [(each.rule, dict(each.details)) for each in said] == [
        ("indicator-turned-down", {"indicator": "c26", "since": "2005/06", "until": "2006/07"})
    ]


def test_a_correction_keeps_to_the_unit() -> None:
    scene = after(DEFINED, values("2003/04", b11="18.0%"))
    entry = scene.state.history.last(IndicatorsRecorded)
    assert entry is not None

    def to(value: str) -> dict[str, Any]:
        return {"changes": {"values": [{"indicator": "b11", "unit": "percent", "value": value}]}, "reason": "Misread."}

    scene.when("correct-event", OFFICE, "2007-09-04", version=entry.version, **to("181")).refused(
        "correction-does-not-fit", field="values.0"
    )
    scene.when("correct-event", OFFICE, "2007-09-04", version=entry.version, **to("18.1")).accepted()
    assert cells(scene, "b11") == {"2003/04": "18.1%"}


def test_a_value_that_was_withdrawn_leaves_no_cell() -> None:
    scene = after(DEFINED, values("2003/04", b11="18.0%"))
    entry = scene.state.history.last(IndicatorsRecorded)
    assert entry is not None
    scene.when("withdraw-event", OFFICE, "2007-09-04", version=entry.version, reason="Of another council.").accepted()
    assert (cells(scene, "b11"), table(scene.state.history).periods) == ({}, ())
    scene.when(values("2003/04", b11="21%")).accepted()


def test_a_figure_reads_by_itself() -> None:
    figure = Figure(indicator="b11", unit="percent", value=Decimal("18.0"))
    assert Figure.model_validate_json(figure.model_dump_json()) == figure
    assert str(Figure.model_validate_json(figure.model_dump_json())) == "18.0%"


def test_events_are_told_in_words() -> None:
    scene = after(DEFINED, values("2003/04", "neighbours", b11="18.0%"))
    told = [telling.title(e.type, e.model_dump(mode="json"), Words()) for e in (x.event for x in scene.entries())]
    assert told[-2:] == [
        "6 indicators defined",
        "Values of 1 indicator for statistical neighbours recorded for 2003/04",
    ]
