"""Performance indicators: what is measured in which unit, and its values by period, with their gaps as they were printed.

Results are compared with statistical neighbours, region and country, and indicators are reviewed for relevance ([OPM] 5.3,
App C); actuals stand by year ([KENT] App 5). A baseline or a target is there only where somebody set it. Nothing is worked
out across a gap: "Definition changed" says that what stands before it is not what stands after it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from domain.checks import named_twice, silent
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Slug
from domain.sealed import Sealed

Unit = Literal[
    "percent", "per-100", "per-1000", "per-10000", "per-100000", "number", "ratio", "score", "pounds", "days", "weeks"
]
"""`percent` is a part of a whole, 0 to 100; `number` is a whole count; a score is counted in points."""
Better = Literal["higher", "lower"]
Of = Literal["council", "neighbours", "region", "country"]
"""Whose value it is: the council's own, or that of those with whom it is compared. Neighbours are statistical ones."""

SIGNS: Mapping[str, tuple[str, str]] = {"percent": ("", "%"), "pounds": ("£", "")}
"""What is printed before and after a value in a unit; nothing for the others."""

_PRINTED = re.compile(r"(£?)(-?\d{1,12}|-?\d{1,3}(?:,\d{3}){1,3})(\.\d{1,6})?(%?)\Z", re.ASCII)
_PERIOD = re.compile(r"(\d{4})(?:/(\d{2})|-(0[1-9]|1[0-2])|-q([1-4]))?\Z", re.ASCII)


def _whole_as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _is_period(text: str) -> str:
    match = _PERIOD.match(text)
    if match is None:
        raise ValueError("a period is a year (2006), two years (2003/04), a month (2006-05) or a quarter (2006-q1)")
    if match[2] and int(match[2]) != (int(match[1]) + 1) % 100:
        raise ValueError(f"'{text}' are not two years that follow each other")
    begins(text)
    return text


def begins(period: str) -> date:
    """The earliest day of a period. Two years begin in April at the earliest: those of schools begin later."""
    match = _PERIOD.match(period)
    assert match is not None
    year, _, month, quarter = match.groups()
    if month or quarter:
        return date(int(year), int(month) if month else 3 * int(quarter) - 2, 1)
    return date(int(year), 4 if "/" in period else 1, 1)


Printed = Annotated[str, BeforeValidator(_whole_as_text), Field(min_length=1, max_length=30)]
"""A value as it is printed, with the sign of its unit or without: `18.0%`, `1,250`, `£3.60`. Its decimals are kept."""
Period = Annotated[str, BeforeValidator(_whole_as_text), AfterValidator(_is_period)]
"""What a value is for: `2006`, `2003/04`, `2006-05`, `2006-q1`."""
Gap = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z/ -]*$", max_length=40)]
"""The words printed in place of a value: `New`, `Definition changed`."""
Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ./-]*$", max_length=40)]
"""What an indicator is called in a published set: `C26 / C72`."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Indicator(_Value):
    """What is measured. `better` stands only where it is said which way is the better one."""

    id: Slug
    unit: Unit
    title: Sealed | None = None
    better: Better | None = None
    group: Slug | None = None
    reference: Reference | None = None


class Amount(_Value):
    """A value of one indicator."""

    indicator: Slug
    value: Printed


class Reading(_Value):
    """A value of one indicator, or the words that are printed in its place."""

    indicator: Slug
    value: Printed | None = None
    gap: Gap | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.value is None) == (self.gap is None):
            raise ValueError("there is a value or a gap: exactly one of them")
        return self


class Figure(_Value):
    """A value or a gap as it is kept, with its unit, so that it is read by itself."""

    indicator: Slug
    unit: Unit
    value: Decimal | None = None
    gap: Gap | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.value is None) == (self.gap is None):
            raise ValueError("there is a value or a gap: exactly one of them")
        why = _beyond(self.unit, self.value) if self.value is not None else None
        if why is not None:
            raise ValueError(f"{self.value} is no value in the unit {self.unit}")
        return self

    def __str__(self) -> str:
        before, after = SIGNS.get(self.unit, ("", ""))
        return self.gap or f"{before}{self.value}{after}"


class IndicatorsDefined(Event):
    """It was said what is measured."""

    type: ClassVar[str] = "indicators-defined"
    indicators: tuple[Indicator, ...]


class IndicatorBaselinesSet(Event):
    """It was said from where indicators start; `period` where the values are of one."""

    type: ClassVar[str] = "indicator-baselines-set"
    values: tuple[Figure, ...]
    period: Period | None = None


class IndicatorTargetsSet(Event):
    """It was said what indicators are to reach; `period` where it is said by when."""

    type: ClassVar[str] = "indicator-targets-set"
    values: tuple[Figure, ...]
    period: Period | None = None


class IndicatorsRecorded(Event):
    """Values of a period were recorded, the council's own or those of the ones with whom it is compared."""

    type: ClassVar[str] = "indicators-recorded"
    period: Period
    values: tuple[Figure, ...]
    of: Of = "council"


class IndicatorsDropped(Event):
    """Indicators are no longer measured: they were reviewed, and say nothing that matters any more."""

    type: ClassVar[str] = "indicators-dropped"
    indicators: tuple[Slug, ...]
    reason: Sealed | None = None


class DefineIndicators(Command):
    """Say what is measured, and in which unit."""

    type: ClassVar[str] = "define-indicators"
    gives: ClassVar[Kinds] = (IndicatorsDefined,)
    indicators: tuple[Indicator, ...] = Field(min_length=1)


class SetIndicatorBaselines(Command):
    """Say from where indicators start. A later baseline takes the place of an earlier one."""

    type: ClassVar[str] = "set-indicator-baselines"
    gives: ClassVar[Kinds] = (IndicatorBaselinesSet,)
    needs: ClassVar[Kinds] = (IndicatorsDefined,)
    values: tuple[Amount, ...] = Field(min_length=1)
    period: Period | None = None


class SetIndicatorTargets(Command):
    """Say what indicators are to reach. A later target takes the place of an earlier one."""

    type: ClassVar[str] = "set-indicator-targets"
    gives: ClassVar[Kinds] = (IndicatorTargetsSet,)
    needs: ClassVar[Kinds] = (IndicatorsDefined,)
    values: tuple[Amount, ...] = Field(min_length=1)
    period: Period | None = None


class RecordIndicators(Command):
    """Record the values of a period: the council's own, or `of` its neighbours, its region or the country."""

    type: ClassVar[str] = "record-indicators"
    gives: ClassVar[Kinds] = (IndicatorsRecorded,)
    needs: ClassVar[Kinds] = (IndicatorsDefined,)
    period: Period
    values: tuple[Reading, ...] = Field(min_length=1)
    of: Of = "council"


class DropIndicators(Command):
    """Say that indicators are no longer measured, and why."""

    type: ClassVar[str] = "drop-indicators"
    gives: ClassVar[Kinds] = (IndicatorsDropped,)
    needs: ClassVar[Kinds] = (IndicatorsDefined,)
    indicators: tuple[Slug, ...] = Field(min_length=1)
    reason: Sealed | None = None


COMMANDS = (DefineIndicators, SetIndicatorBaselines, SetIndicatorTargets, RecordIndicators, DropIndicators)
EVENTS = (IndicatorsDefined, IndicatorBaselinesSet, IndicatorTargetsSet, IndicatorsRecorded, IndicatorsDropped)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about indicators."""
    match command:
        case DefineIndicators(indicators=given):
            return _define(given, history)
        case SetIndicatorBaselines(values=values, period=period):
            kept = _kept(values, history, period)
            return kept if isinstance(kept, Refusal) else [IndicatorBaselinesSet(values=kept, period=period)]
        case SetIndicatorTargets(values=values, period=period):
            kept = _kept(values, history, period)
            return kept if isinstance(kept, Refusal) else [IndicatorTargetsSet(values=kept, period=period)]
        case RecordIndicators():
            return _record(command, history, asked)
        case DropIndicators():
            return _drop(command, history, asked)
    raise TypeError(command)


def _define(given: Sequence[Indicator], history: History) -> Sequence[Event] | Refusal:
    ids = [each.id for each in given]
    there = [name for name in ids if name in defined(history)]
    if there:
        return Refusal("indicator-already", {"indicator": there[0]})
    return named_twice("indicators", ids) or [IndicatorsDefined(indicators=tuple(given))]


def _record(command: RecordIndicators, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    period, of = command.period, command.of
    if asked.occurred.latest < begins(period):
        return Refusal("period-not-begun", {"period": period, "occurred": str(asked.occurred)})
    values = _kept(command.values, history, period)
    if isinstance(values, Refusal):
        return values
    held = _figures(history, of)
    for figure in values:
        if period in held.get(figure.indicator, {}):
            there = held[figure.indicator][period]
            details = {"indicator": figure.indicator, "period": period, "of": of, "value": str(there)}
            return Refusal("indicator-recorded-already", details)
    return [IndicatorsRecorded(period=period, of=of, values=values)]


def _drop(command: DropIndicators, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    if command.reason is None and not silent(asked):
        return Refusal("reason-needed", {"command": command.type})
    for name in command.indicators:
        if name not in measured(history):
            return _unknown(name, history)
    return named_twice("indicators", command.indicators) or [IndicatorsDropped(**dict(command))]


def _kept(given: Sequence[Amount | Reading], history: History, period: str | None) -> tuple[Figure, ...] | Refusal:
    """The values as they are kept, or the first that is of no indicator or does not fit its unit."""
    known = measured(history)
    kept: list[Figure] = []
    for number, each in enumerate(given, 1):
        indicator = known.get(each.indicator)
        if indicator is None:
            return _unknown(each.indicator, history)
        gap = each.gap if isinstance(each, Reading) else None
        value = _read(each.value, indicator.unit) if each.value is not None else None
        if isinstance(value, str):
            return Refusal(
                "value-does-not-fit",
                {
                    "number": number,
                    "indicator": indicator.id,
                    "period": period,
                    "value": each.value,
                    "unit": indicator.unit,
                    "why": value,
                },
            )
        kept.append(Figure(indicator=indicator.id, unit=indicator.unit, value=value, gap=gap))
    return named_twice("values", [each.indicator for each in kept]) or tuple(kept)


def _unknown(name: str, history: History) -> Refusal:
    if name in defined(history):
        return Refusal("indicator-dropped", {"indicator": name})
    return Refusal("no-such-indicator", {"indicator": name, "indicators": list(measured(history))})


Misfit = Literal["not-a-number", "other-sign", "below-nothing", "above-a-hundred", "not-whole", "not-pence"]


def _read(printed: str, unit: Unit) -> Decimal | Misfit:
    """A printed value as a number, with its decimals; or why it is none in the unit."""
    match = _PRINTED.match(printed.strip())
    if match is None:
        return "not-a-number"
    before, digits, decimals, after = match.groups()
    if (before, after) != ("", "") and (before, after) != SIGNS.get(unit):
        return "other-sign"
    value = Decimal(digits.replace(",", "") + (decimals or ""))
    return _beyond(unit, value) or value


def _beyond(unit: Unit, value: Decimal) -> Misfit | None:
    if value < 0:
        return "below-nothing"
    if unit == "percent" and value > 100:
        return "above-a-hundred"
    if unit == "number" and value != value.to_integral_value():
        return "not-whole"
    if unit == "pounds" and value != round(value, 2):
        return "not-pence"
    return None


# What was measured


def defined(history: History) -> Mapping[str, Indicator]:
    """Every indicator that was ever defined, by its id and in order."""
    return {each.id: each for entry in history.all(IndicatorsDefined) for each in entry.event.indicators}


def measured(history: History) -> Mapping[str, Indicator]:
    """The indicators that are still measured."""
    dropped = {name for entry in history.all(IndicatorsDropped) for name in entry.event.indicators}
    return {name: each for name, each in defined(history).items() if name not in dropped}


def _figures(history: History, of: Of) -> dict[str, dict[str, Figure]]:
    """The figures of a council or those it is compared with, by indicator and period."""
    found: dict[str, dict[str, Figure]] = {}
    for entry in history.all(IndicatorsRecorded):
        for figure in entry.event.values if entry.event.of == of else ():
            found.setdefault(figure.indicator, {})[entry.event.period] = figure
    return found


@dataclass(frozen=True)
class Mark:
    """A baseline or a target: its value, and the period it is of or is to be reached by, where that is said."""

    figure: Figure
    period: str | None


@dataclass(frozen=True)
class Change:
    """How a value changed between two periods. `towards` is None where nobody said which way is better."""

    since: str
    until: str
    amount: Decimal
    towards: Literal["better", "worse", "same"] | None


@dataclass(frozen=True)
class Row:
    """An indicator with its values by period: the council's own, and others' where they were recorded."""

    indicator: Indicator
    baseline: Mark | None
    target: Mark | None
    values: Mapping[str, Figure]
    compared: Mapping[Of, Mapping[str, Figure]]
    dropped: bool


@dataclass(frozen=True)
class Table:
    """All indicators in order, and every period for which anything was recorded, the earliest first."""

    periods: tuple[str, ...]
    rows: tuple[Row, ...]


def table(history: History) -> Table:
    """What was measured, as a table. A cell that nobody recorded is not in it."""
    own, still = _figures(history, "council"), measured(history)
    others: dict[Of, dict[str, dict[str, Figure]]] = {
        of: _figures(history, of) for of in ("neighbours", "region", "country")
    }
    baselines = _marks(history.all(IndicatorBaselinesSet))
    targets = _marks(history.all(IndicatorTargetsSet))
    rows = tuple(
        Row(
            indicator=indicator,
            baseline=baselines.get(name),
            target=targets.get(name),
            values=own.get(name, {}),
            compared={of: found[name] for of, found in others.items() if name in found},
            dropped=name not in still,
        )
        for name, indicator in defined(history).items()
    )
    return Table(in_order(entry.event.period for entry in history.all(IndicatorsRecorded)), rows)


def _marks(entries: Iterable[Entry[IndicatorBaselinesSet]] | Iterable[Entry[IndicatorTargetsSet]]) -> dict[str, Mark]:
    return {figure.indicator: Mark(figure, entry.event.period) for entry in entries for figure in entry.event.values}


def in_order(periods: Iterable[str]) -> tuple[str, ...]:
    """Periods, each once, the earliest first."""
    return tuple(sorted(set(periods), key=lambda period: (begins(period), period)))


def change(row: Row, since: str | None = None, until: str | None = None) -> Change | None:
    """How the council's value changed: from `since` to `until`, or over its last unbroken run of values.

    None where there are no two values, or a gap such as "Definition changed" stands between them.
    """
    run: list[tuple[str, Decimal]] = []
    for period in in_order(row.values):
        if since is not None and begins(period) < begins(since):
            continue
        if until is not None and begins(period) > begins(until):
            break
        value = row.values[period].value
        run = [*run, (period, value)] if value is not None else []
    if len(run) < 2 or (since is not None and run[0][0] != since) or (until is not None and run[-1][0] != until):
        return None
    (first, start), (last, end) = run[0], run[-1]
    return Change(first, last, end - start, _towards(end - start, row.indicator.better))


def _towards(amount: Decimal, better: Better | None) -> Literal["better", "worse", "same"] | None:
    if amount == 0:
        return "same"
    if better is None:
        return None
    return "better" if (amount > 0) == (better == "higher") else "worse"


def turned_down(history: History) -> Iterator[tuple[str, Change]]:
    """The indicators whose last step was for the worse, with that step."""
    for row in table(history).rows:
        periods = in_order(row.values)
        step = change(row, periods[-2], periods[-1]) if len(periods) > 1 and not row.dropped else None
        if step is not None and step.towards == "worse":
            yield row.indicator.id, step


def cautions(history: History) -> Iterator[Caution]:
    """Indicators that turned down, as some did towards the end of a contract ([OPM])."""
    for name, step in turned_down(history):
        yield Caution("indicator-turned-down", {"indicator": name, "since": step.since, "until": step.until})
