"""Obligations: what somebody owes by a date, the reminders before it and the escalations after.

An obligation is opened by an event, from a rule of the lifecycle document. The date it falls due, every instant at
which something happens, and how each was reached are stored in the event that opened it: `evolve` copies them and
nothing is ever computed again. A deadline ends at 11:59pm Europe/London on its day.

A date moves by an event alone: after its clock stood still (`domain.clock`), with what was left in working days, or when
a newer version of the calendar counts it otherwise.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.calendar import Calendar, add_months
from domain.dates import end_of, morning_of
from domain.gates import Gate
from domain.part import Event
from domain.records import Instant


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Span(_Document):
    """A length of time: working days, days or months, exactly one of them."""

    working_days: int | None = Field(default=None, ge=0)
    """Working days, by the calendar of the lifecycle."""
    days: int | None = Field(default=None, ge=0)
    """Days."""
    months: int | None = Field(default=None, ge=0)
    """Months."""

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if sum(unit is not None for unit in (self.working_days, self.days, self.months)) != 1:
            raise ValueError("a length of time is in working_days, days or months: exactly one of them")
        return self

    def reach(self, start: date, calendar: Calendar, *, backwards: bool = False) -> date:
        """The day that lies this far after `start`, or before it."""
        sign = -1 if backwards else 1
        if self.working_days is not None:
            return calendar.add_working_days(start, sign * self.working_days)
        if self.days is not None:
            return date.fromordinal(start.toordinal() + sign * self.days)
        return add_months(start, sign * (self.months or 0))


class DueRule(Span):
    """When it falls due: so long `after` an event, or `before` the date that a field of an event names."""

    after: str | None = None
    """The event after which it falls due."""
    before: str | None = None
    """The event whose `field` names the date before which it falls due."""
    field: str | None = None
    """A field of the event that holds a date: it counts from that instead of the day of the event."""
    where: dict[str, Any] = Field(default_factory=dict)
    """Field values that the event must have."""

    @model_validator(mode="after")
    def _one_direction(self) -> Self:
        if (self.after is None) == (self.before is None):
            raise ValueError("a due rule counts after or before an event: exactly one of them")
        if self.before is not None and self.field is None:
            raise ValueError("a due rule with before names the event's field that holds the date")
        return self

    @property
    def base(self) -> str:
        """The type of event from which it counts."""
        return self.after or self.before or ""


class Escalation(Span):
    """So long after the due date, `to` is told that it has passed."""

    to: str
    """The role that is told."""


class ObligationRule(_Document):
    """An obligation as the lifecycle document states it. `met_by` is a gate over events after the one that opened it.

    `same` names a field that tells the things owed apart: what meets it has the same value there as what opened it, and
    the same thing opened again, such as a board moved to another day, replaces what was owed before.
    """

    id: str = Field(pattern=r"^[a-z]+(?:-[a-z0-9]+)*$")
    """Its name, which no other obligation of the stage has."""
    title: str
    """What is owed, in a few words."""
    owner: str
    """The role that owes it."""
    due: DueRule
    """When it falls due."""
    met_by: Gate
    """What must have happened: of events after the one that opened it, where `within` says nothing else."""
    same: str | None = None
    """A field that tells things apart: what is owed for one of them is met by the same one."""
    remind: tuple[Span, ...] = ()
    """How long before the due date the owner is reminded."""
    escalate: tuple[Escalation, ...] = ()
    """How long after the due date which role is told."""
    pausable: bool = False
    """Whether its clock may be paused."""
    lapses: bool = False
    """Whether it is let go when its date passes: what it is about, such as a notice, then ends by itself."""
    source: str | None = None
    """Where the number comes from."""
    assumed: bool = False
    """True where no source gives the number."""


class Derivation(_Document):
    """How a date was reached: so long after or before a day, from which event, by which calendar.

    `base_day` is the event's day or the one its field names. Where the event came before the stage, it is the day the
    stage was entered: nobody can be late on a stage's work before the stage.
    """

    direction: Literal["after", "before"]
    amount: int
    unit: Literal["working_days", "days", "months"]
    base_event: str
    base_version: int
    base_day: date
    calendar: str
    beyond_calendar: bool = False
    assumed: bool = False
    paused: int = 0
    """The working days for which its clock stood, by which the date lies later."""
    calendar_before: str | None = None
    """The older version of the calendar by which the date was another."""


class Step(_Document):
    """One instant of an obligation: a reminder, or an escalation to a role."""

    at: Instant
    to: str


class CarriedOver(_Document):
    """What an obligation was before its engagement was moved to another lifecycle document, and whether it was late."""

    obligation: str
    number: int
    passed: bool = False


class ObligationOpened(Event):
    """Somebody owes something by a date.

    `carried` where it was owed before, under another document: its date and how that was reached stay what they were.
    """

    type: ClassVar[str] = "obligation-opened"
    beyond_correction: ClassVar[bool] = True
    obligation: str
    number: int
    owner: str
    due_on: date
    due_at: Instant
    derivation: Derivation
    reminders: tuple[Step, ...]
    escalations: tuple[Step, ...]
    carried: CarriedOver | None = None


class ObligationMet(Event):
    """What was owed has been done, in time or late."""

    type: ClassVar[str] = "obligation-met"
    beyond_correction: ClassVar[bool] = True
    obligation: str
    number: int
    late: bool
    evidence: tuple[int, ...]


class ObligationClosed(Event):
    """What was owed is owed no longer: the stage is left, or what it was owed for was withdrawn, moved, corrected or lapsed.

    Where the engagement was moved to another document it is carried over or let go.
    """

    type: ClassVar[str] = "obligation-closed"
    beyond_correction: ClassVar[bool] = True
    obligation: str
    number: int
    because: Literal[
        "stage-left", "engagement-closed", "withdrawn", "replaced", "corrected", "lapsed", "carried", "let-go"
    ]


class ObligationRescheduled(Event):
    """The due date moved: its clock goes on after a pause, or a newer version of the calendar counts it otherwise.

    `reminders` begins with those already sent, which are not sent again. One not sent whose new moment has gone by is
    sent at once.
    """

    type: ClassVar[str] = "obligation-rescheduled"
    beyond_correction: ClassVar[bool] = True
    obligation: str
    number: int
    due_on: date
    due_at: Instant
    derivation: Derivation
    reminders: tuple[Step, ...]
    escalations: tuple[Step, ...]
    because: Literal["resumed", "calendar"]


class ObligationReminded(Event):
    """The owner was reminded before the due date. `due` is when that was due, `late` that it came over a minute after.

    `overtaken` when it came so late that a later reminder was due too: the owner is told by that one alone.
    """

    type: ClassVar[str] = "obligation-reminded"
    beyond_correction: ClassVar[bool] = True
    obligation: str
    number: int
    step: int
    to: str
    due: Instant
    late: bool
    overtaken: bool = False


class ObligationPassed(Event):
    """The due date passed and what was owed had not been done."""

    type: ClassVar[str] = "obligation-passed"
    beyond_correction: ClassVar[bool] = True
    obligation: str
    number: int
    due: Instant
    late: bool


class ObligationEscalated(Event):
    """After the due date, somebody further up was told. `overtaken` when they are told by a later escalation alone."""

    type: ClassVar[str] = "obligation-escalated"
    beyond_correction: ClassVar[bool] = True
    obligation: str
    number: int
    step: int
    to: str
    due: Instant
    late: bool
    overtaken: bool = False


@dataclass(frozen=True)
class Pause:
    """A clock that stands still: from which day, why, and the working days that were left.

    `until` is the day on which it goes on, after `stood` working days; the new date follows from that at once.
    """

    on: date
    ground: str
    left: int
    until: date | None = None
    stood: int = 0


@dataclass(frozen=True)
class Obligation:
    """An open obligation: what was opened, at which version, and how far its clock has struck or that it stands.

    `opened` reads as the last event that moved the date says.
    """

    opened: ObligationOpened
    version: int
    reminded: int = 0
    passed: bool = False
    escalated: int = 0
    pause: Pause | None = None

    @property
    def key(self) -> tuple[str, int]:
        """Its id and number."""
        return self.opened.obligation, self.opened.number

    def next_strike(self) -> tuple[datetime, Event] | None:
        """The next instant at which something happens, and the event it brings; None when nothing is left to happen.

        The event's `late` is for the caller to set, who knows the time. Nothing happens while the clock stands.
        """
        at = self.strikes_at()
        if at is None:
            return None
        name, number = self.key
        if self.reminded < len(self.opened.reminders):
            to = self.opened.reminders[self.reminded].to
            return at, ObligationReminded(obligation=name, number=number, step=self.reminded, to=to, due=at, late=False)
        if not self.passed:
            return at, ObligationPassed(obligation=name, number=number, due=at, late=False)
        to = self.opened.escalations[self.escalated].to
        return at, ObligationEscalated(obligation=name, number=number, step=self.escalated, to=to, due=at, late=False)

    def strikes_at(self) -> datetime | None:
        """When that is."""
        opened = self.opened
        if self.pause is not None:
            return None
        if self.reminded < len(opened.reminders):
            return opened.reminders[self.reminded].at
        if not self.passed:
            return opened.due_at
        return opened.escalations[self.escalated].at if self.escalated < len(opened.escalations) else None

    def overtakes(self, strike: Event, at: datetime) -> bool:
        """Whether a later strike of the same kind, to the same role, is due at `at` as well."""
        match strike:
            case ObligationReminded():
                later = self.opened.reminders[strike.step + 1 :]
            case ObligationEscalated():
                later = self.opened.escalations[strike.step + 1 :]
            case _:
                return False
        return any(step.at <= at and step.to == strike.to for step in later)

    def after(self, event: Event) -> "Obligation":
        """This obligation after one of its strikes, or after its date has moved."""
        match event:
            case ObligationRescheduled():
                return replace(self, opened=moved_to(self.opened, event), pause=None)
            case ObligationReminded(step=step):
                return replace(self, reminded=step + 1)
            case ObligationPassed():
                return replace(self, reminded=len(self.opened.reminders), passed=True)
            case ObligationEscalated(step=step):
                return replace(self, escalated=step + 1)
        return self


def moved_to(opened: ObligationOpened, moved: ObligationRescheduled) -> ObligationOpened:
    """What was opened as it reads after its date has moved."""
    names = ("due_on", "due_at", "derivation", "reminders", "escalations")
    return opened.model_copy(update={name: getattr(moved, name) for name in names})


def open_obligation(
    rule: ObligationRule,
    number: int,
    base_version: int,
    base_day: date,
    today: date,
    calendar: Calendar,
    paused: int = 0,
) -> ObligationOpened:
    """The event that opens an obligation, with every date it will ever need and how each was reached.

    `today` is the day it is opened: a reminder that would have been due by then is left out. `paused` is for how many
    working days its clock has stood already, where it was owed before and is opened anew.
    """
    backwards = rule.due.before is not None
    due_on = calendar.add_working_days(rule.due.reach(base_day, calendar, backwards=backwards), paused)
    unit, amount = next(
        (unit, value) for unit in ("working_days", "days", "months") if (value := getattr(rule.due, unit)) is not None
    )
    return ObligationOpened(
        obligation=rule.id,
        number=number,
        owner=rule.owner,
        due_on=due_on,
        due_at=end_of(due_on),
        derivation=Derivation(
            direction="before" if backwards else "after",
            amount=amount,
            unit=unit,
            base_event=rule.due.base,
            base_version=base_version,
            base_day=base_day,
            calendar=calendar.ref,
            beyond_calendar=_beyond(calendar, base_day, due_on),
            assumed=rule.assumed,
            paused=paused,
        ),
        reminders=tuple(step for day, step in _reminders(rule, due_on, calendar) if day > today),
        escalations=tuple(_escalations(rule, due_on, calendar)),
    )


def carried_over(
    held: Obligation, rule: ObligationRule, number: int, at: datetime, calendar: Calendar
) -> ObligationOpened:
    """The event with which something owed goes on under a rule of another document. Its date stays.

    Who owes it, reminders and escalations are the new rule's, as far as they are still to come.
    """
    opened = held.opened
    return ObligationOpened(
        obligation=rule.id,
        number=number,
        owner=rule.owner,
        due_on=opened.due_on,
        due_at=opened.due_at,
        derivation=opened.derivation,
        reminders=tuple(step for _, step in _reminders(rule, opened.due_on, calendar) if step.at > at),
        escalations=tuple(step for step in _escalations(rule, opened.due_on, calendar) if step.at > at),
        carried=CarriedOver(obligation=opened.obligation, number=opened.number, passed=held.passed),
    )


def resumed(held: Obligation, rule: ObligationRule, calendar: Calendar) -> ObligationRescheduled:
    """The date of an obligation whose clock goes on: as many working days ahead as were left, and never an earlier one."""
    pause = held.pause
    assert pause is not None and pause.until is not None
    due_on = max(held.opened.due_on, calendar.add_working_days(pause.until, pause.left))
    return _rescheduled(held, rule, due_on, pause.stood, calendar, "resumed")


def recounted(derivation: Derivation, due_on: date, today: date, calendar: Calendar) -> date | None:
    """The other date to which a newer version of the calendar comes; None where it stays.

    A holiday that is called off brings a date forward, yet never to before today: no calendar makes anybody late.
    """
    if not calendar.newer_than(derivation.calendar):
        return None
    span = Span.model_validate({derivation.unit: derivation.amount})
    day = span.reach(derivation.base_day, calendar, backwards=derivation.direction == "before")
    day = max(calendar.add_working_days(day, derivation.paused), min(due_on, today))
    return day if day != due_on else None


def recalculated(
    held: Obligation, rule: ObligationRule, today: date, calendar: Calendar
) -> ObligationRescheduled | None:
    """The date of an obligation by a newer version of the calendar; None where it stays, has passed or its clock stands."""
    if held.passed or held.pause is not None:
        return None
    due_on = recounted(held.opened.derivation, held.opened.due_on, today, calendar)
    return _rescheduled(held, rule, due_on, 0, calendar, "calendar") if due_on is not None else None


def _rescheduled(
    held: Obligation,
    rule: ObligationRule,
    due_on: date,
    stood: int,
    calendar: Calendar,
    because: Literal["resumed", "calendar"],
) -> ObligationRescheduled:
    opened, derivation = held.opened, held.opened.derivation
    to_come = [step for _, step in _reminders(rule, due_on, calendar)]
    unsent = to_come[len(to_come) - (len(opened.reminders) - held.reminded) :]
    return ObligationRescheduled(
        obligation=rule.id,
        number=opened.number,
        due_on=due_on,
        due_at=end_of(due_on),
        derivation=derivation.model_copy(
            update={
                "paused": derivation.paused + stood,
                "calendar": calendar.ref,
                "calendar_before": (
                    derivation.calendar if calendar.ref != derivation.calendar else derivation.calendar_before
                ),
                "beyond_calendar": _beyond(calendar, derivation.base_day, due_on),
            }
        ),
        reminders=(*opened.reminders[: held.reminded], *unsent),
        escalations=tuple(_escalations(rule, due_on, calendar)),
        because=because,
    )


def _beyond(calendar: Calendar, base_day: date, due_on: date) -> bool:
    return not (calendar.covers(base_day) and calendar.covers(due_on))


def _reminders(rule: ObligationRule, due_on: date, calendar: Calendar) -> Iterator[tuple[date, Step]]:
    for day in sorted(span.reach(due_on, calendar, backwards=True) for span in rule.remind):
        yield day, Step(at=morning_of(day), to=rule.owner)


def _escalations(rule: ObligationRule, due_on: date, calendar: Calendar) -> Iterator[Step]:
    passed = end_of(due_on)
    steps = ((step.reach(due_on, calendar), step.to) for step in rule.escalate)
    for day, to in sorted(steps, key=lambda step: step[0]):
        yield Step(at=max(passed, morning_of(day)), to=to)
