"""What follows by itself in an engagement: an obligation opened, moved, met or let go, a stage entered, the end.

`consequence` returns the next single event, so that every one is decided on the state that the one before left behind;
called until it returns nothing, it has said everything.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Literal

from domain import clock
from domain.course import EngagementClosed, StageAssumed, StageEntered
from domain.dates import When, london_day
from domain.engagement import Engagement, Rules, events_of, owed
from domain.gates import View, fits
from domain.items import happened, has_field, value_in
from domain.lifecycle import Lifecycle, Way
from domain.obligations import (
    Obligation,
    ObligationClosed,
    ObligationMet,
    ObligationOpened,
    ObligationRule,
    open_obligation,
    recalculated,
    resumed,
)
from domain.part import Entry, Event

Owed = Sequence[tuple[Obligation, ObligationRule]]
"""The open obligations, each with its rule."""


def consequence(state: Engagement, rules: Rules, at: datetime) -> Event | None:
    """The next single event that follows by itself, or None when nothing more does."""
    if state.closed is not None or state.opening is None:
        return None
    lifecycle = rules.lifecycle
    if state.stage is None:
        return StageEntered(stage=lifecycle.entered_first(state.opening.kind, state.opening.trigger))
    view = View(state.history, events_of(lifecycle), state.history.phase, state.stage_version)
    held = owed(state, lifecycle)
    return (
        _unfounded(state, rules, held)
        or _clock(state, rules, held, at)
        or _met(state, view, held)
        or _lapsed(held)
        or _onward(state, lifecycle, view)
        or (_owed(state, rules, at) if state.live else None)
    )


def _unfounded(state: Engagement, rules: Rules, owed: Owed) -> Event | None:
    """An obligation whose opening event was withdrawn, moved or corrected is let go; what stands now opens its own."""
    for held, rule in owed:
        name, number = held.key
        derivation = held.opened.derivation
        base = state.history.at(derivation.base_version)
        if base is None:
            return ObligationClosed(obligation=name, number=number, because="withdrawn")
        if held.opened.carried is not None:  # its date was reached by another document, and stays
            if any(e.version > held.version and _for_the_same(rule, base, e) for e in _in_view(state, rules, rule)):
                return ObligationClosed(obligation=name, number=number, because="replaced")
            continue
        if not fits(base.event, rule.due.where):
            return ObligationClosed(obligation=name, number=number, because="corrected")
        if rule.same is not None and _latest_alike(state, rules, rule, base).version != base.version:
            return ObligationClosed(obligation=name, number=number, because="replaced")
        opened = state.history.at(held.version)
        if opened is not None and _counts_from(state, rules, rule, base, opened.recorded_at) != derivation.base_day:
            return ObligationClosed(obligation=name, number=number, because="corrected")
    return None


def _for_the_same(rule: ObligationRule, base: Entry[Any], other: Entry[Any]) -> bool:
    """Whether two events are about the same of the things that the rule tells apart."""
    name = rule.same
    return (
        name is not None and has_field(base.event, name) and value_in(base.event, name) == value_in(other.event, name)
    )


def _clock(state: Engagement, rules: Rules, owed: Owed, at: datetime) -> Event | None:
    """A clock that stood before what is owed was opened anew still stands; one that goes on has a new date."""
    for held, rule in owed:
        if held.pause is None:
            standing = clock.standing_before(state.history, held, rules.calendar)
            if standing is not None:
                return standing
        elif held.pause.until is not None:
            return resumed(held, rule, rules.calendar)
    return _moved_by_calendar(rules, owed, at) if state.live else None


def recalculation(state: Engagement, rules: Rules, at: datetime) -> Event | None:
    """The next open date that a newer version of the calendar moves, in an engagement that lives."""
    if state.closed is not None or state.stage is None or not state.live:
        return None
    return _moved_by_calendar(rules, owed(state, rules.lifecycle), at)


def _moved_by_calendar(rules: Rules, owed: Owed, at: datetime) -> Event | None:
    today = london_day(at)
    moved = (recalculated(held, rule, today, rules.calendar) for held, rule in owed)
    return next((event for event in moved if event is not None), None)


def _in_view(state: Engagement, rules: Rules, rule: ObligationRule) -> Sequence[Entry[Any]]:
    """The events that can open an obligation of the rule: those of the phase, or all where it is owed throughout."""
    # What is owed throughout counts from what happened under this document: the past lived by another.
    start = state.moved_version if rules.lifecycle.owed_throughout(rule.id) else state.history.phase - 1
    found = happened(state.history, events_of(rules.lifecycle), rule.due.base, start)
    return tuple(entry for entry in found if fits(entry.event, rule.due.where)) if rule.due.where else found


def _latest_alike(state: Engagement, rules: Rules, rule: ObligationRule, base: Entry[Any]) -> Entry[Any]:
    """The last event that opens the same obligation for the same thing, such as the last date set for a board."""
    if rule.same is None:
        return base
    value = value_in(base.event, rule.same)
    return [e for e in _in_view(state, rules, rule) if value_in(e.event, rule.same) == value][-1]


def _counts_from(state: Engagement, rules: Rules, rule: ObligationRule, base: Entry[Any], at: datetime) -> date | None:
    """The day from which a deadline that is set at a moment counts; None where the event names none."""
    if rule.due.field is not None:
        named: When | None = value_in(base.event, rule.due.field)
        return named.latest if named else None
    assert state.stage_since is not None
    day = base.occurred.latest
    if base.version < state.moved_version and state.moved_on is not None:
        day = max(day, state.moved_on.latest)  # nobody is late by a rule from before it held
    if base.version < state.stage_version and not rules.lifecycle.owed_throughout(rule.id):
        day = max(day, state.stage_since.latest)
    return min(day, london_day(at))


def _met(state: Engagement, view: View, owed: Owed) -> Event | None:
    for held, rule in owed:
        base = state.history.at(held.opened.derivation.base_version)
        told = base is not None and rule.same is not None and has_field(base.event, rule.same)
        alike = (
            replace(view, same={rule.same: value_in(base.event, rule.same)}) if told and base and rule.same else view
        )
        after = held.opened.derivation.base_version
        if held.opened.carried is not None:
            after = max(after, state.history.phase - 1)  # what happened under another model meets nothing here
        if rule.met_by.met(alike, after):
            result = rule.met_by.evaluate(alike, after)
            days_done = [found.occurred.latest for v in result.evidence if (found := state.history.at(v))]
            due_on = held.opened.due_on
            # What is done while its clock stands is done within what was left.
            late = held.pause is None and max(days_done, default=due_on) > due_on
            return ObligationMet(obligation=rule.id, number=held.opened.number, late=late, evidence=result.evidence)
    return None


def _lapsed(owed: Owed) -> Event | None:
    """What ends by itself with its date is let go once that has passed: nobody is late with it for ever."""
    for held, rule in owed:
        if rule.lapses and held.passed:
            return ObligationClosed(obligation=rule.id, number=held.opened.number, because="lapsed")
    return None


def _onward(state: Engagement, lifecycle: Lifecycle, view: View) -> Event | None:
    """The way out that is open: first whatever is still owed in the stage is let go, then the stage is left."""
    assert state.stage is not None
    assumed = state.history.last(StageAssumed)
    if assumed is not None and assumed.version > state.stage_version:
        entered = StageEntered(stage=assumed.event.to, left=state.stage, assumed=True)
        return _release(state, lifecycle, "stage-left") or entered
    for way in (*lifecycle.exits, *lifecycle.stage(state.stage).leave):
        if way.when.met(view):
            return _leave(state, lifecycle, way, way.when.evaluate(view))
    return None


def _leave(state: Engagement, lifecycle: Lifecycle, way: Way, result: Any) -> Event | None:
    assert state.stage is not None
    if lifecycle.is_end(way.to):
        closed = EngagementClosed(end=way.to, left=state.stage, gate=result)
        return _release(state, lifecycle, "engagement-closed") or closed
    entered = StageEntered(stage=way.to, left=state.stage, gate=result)
    return _release(state, lifecycle, "stage-left") or entered


def _release(
    state: Engagement, lifecycle: Lifecycle, because: Literal["stage-left", "engagement-closed"]
) -> Event | None:
    """The next of what is owed to be let go: with a stage what was owed in it, with the engagement everything."""
    for name, number in state.obligations:
        if because == "engagement-closed" or not lifecycle.owed_throughout(name):
            return ObligationClosed(obligation=name, number=number, because=because)
    return None


def _owed(state: Engagement, rules: Rules, at: datetime) -> Event | None:
    """The next obligation of the stage whose opening event has happened and that was not opened for it yet."""
    assert state.stage is not None
    for rule in rules.lifecycle.owed_in(state.stage):
        for base in _openers(state, rules, rule):
            # An event that names no date opens nothing, and stands in the way of none that does.
            day = None if _answered(state, rule, base) else _counts_from(state, rules, rule, base, at)
            if day is None:
                continue
            number = state.numbered.get(rule.id, 0) + 1
            stood = clock.stood_before(state.history, rule.id, base.version)
            return open_obligation(rule, number, base.version, day, london_day(at), rules.calendar, stood)
    return None


def _answered(state: Engagement, rule: ObligationRule, opener: Entry[Any]) -> bool:
    """Whether an event opened what the rule asks for already, or that was carried over from another document instead."""
    if (rule.id, opener.version) in state.answered:
        return True
    if not state.moved_version:
        return False
    for entry in state.history.all(ObligationOpened, state.moved_version):
        opened = entry.event
        if opened.obligation == rule.id and opened.carried is not None and opener.version < entry.version:
            base = state.history.at(opened.derivation.base_version)
            if rule.same is None or (base is not None and _for_the_same(rule, base, opener)):
                return True
    return False


def _openers(state: Engagement, rules: Rules, rule: ObligationRule) -> Sequence[Entry[Any]]:
    """The events that open an obligation of the rule here.

    Of things told apart by a field, the latest of each; of what is owed throughout, every one. Otherwise, of what happened
    in an earlier stage only the latest counts, as it says how things stand.
    """
    found = _in_view(state, rules, rule)
    if rule.same is not None:
        return [entry for entry in found if _latest_alike(state, rules, rule, entry) is entry]
    if rules.lifecycle.owed_throughout(rule.id):
        return found
    here = [entry for entry in found if entry.version >= state.stage_version]
    return here or found[-1:]
