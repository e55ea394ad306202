"""What moving an engagement leads to: it is refused, or everything open is carried over or let go, and a stage entered.

A due date stays what it was, and says how it was reached; the rule it is owed by is the new document's from then on. With
another model a new phase begins: what was agreed and awarded under the old one stays with it, and meets no gate of the new.
"""

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain import clock
from domain.checks import named_twice, too_early
from domain.course import StageEntered
from domain.engagement import Engagement, Rules, events_of, ruled_out
from domain.gates import Gate, GateResult, View
from domain.lifecycle import Lifecycle, Way
from domain.moving import DeliverableMapped, EngagementMoved, MoveEngagement, ObligationMapped, PostMapped
from domain.obligations import Obligation, ObligationClosed, carried_over
from domain.part import Asked, Event, Refusal
from domain.people import PostHolderLeft, PostHolderRecorded, turnover
from domain.project import DeliverableAccepted, PidSubmitted


@dataclass(frozen=True)
class Destination:
    """The published document that an engagement is to be moved to, with the calendar it counts by and its SHA-256."""

    rules: Rules
    sha256: str


def decide(state: Engagement, rules: Rules, asked: Asked, to: Destination | None) -> Sequence[Event] | Refusal:
    """What moving an engagement leads to: first that it was moved, then what follows from it. `to` is None if unpublished."""
    command = asked.command
    assert isinstance(command, MoveEngagement)
    refusal = ruled_out(state, rules, asked)
    if refusal is not None:
        return refusal
    if to is None:
        return Refusal("model-not-published", {"model": command.ref})
    new = to.rules.lifecycle
    if new.confidential != rules.lifecycle.confidential:
        # What was said in confidence would be seen by everybody, or what everybody saw would be gone.
        return Refusal("move-confidential", {"model": new.ref, "now": state.model})
    refusal = _not_there(state, new, command) or too_early(asked.occurred, state.history.last(StageEntered))
    if refusal is not None:
        return refusal
    mapped = mapped_obligations(state, new, command)
    refusal = (
        _lost(state, command.obligations, mapped)
        or _not_carried(state, new, command.stage, mapped)
        or _people(state, new, command.people)
        or _deliverables(state, new, command.deliverables)
    )
    if refusal is not None:
        return refusal
    gates = gates_before(state, new, command.stage)
    unmet = [result for result in gates or () if not result.met]
    if (gates is None or unmet) and command.assume is None:
        return Refusal("move-skips-gate", {"stage": command.stage, "model": new.ref, "missing": _events(unmet)})
    assert state.stage is not None
    moved = EngagementMoved(
        from_model=rules.lifecycle.ref,
        model=new.ref,
        lifecycle_sha256=to.sha256,
        left=state.stage,
        stage=command.stage,
        reason=command.reason,
        obligations=tuple(each for _, each in mapped),
        people=command.people,
        deliverables=command.deliverables,
        gates=gates or (),
        assumed=command.assume if gates is None or unmet else None,
    )
    return [moved, *_following(state, to.rules, asked, moved)]


def same_model(state: Engagement, new: Lifecycle) -> bool:
    """Whether a document is another version of the one that an engagement is held to."""
    return state.model.partition("@")[0] == new.id


def _not_there(state: Engagement, new: Lifecycle, command: MoveEngagement) -> Refusal | None:
    now = int(state.model.partition("@")[2])
    if same_model(state, new) and new.version <= now:
        return Refusal("move-not-ahead", {"model": new.ref, "now": state.model})
    assert state.opening is not None
    services = [*(new.starts.services if new.starts else ()), *(new.opens.services if new.opens else ())]
    if state.opening.service not in services:
        details = {"model": new.ref, "service": state.opening.service, "services": list(dict.fromkeys(services))}
        return Refusal("model-not-for-service", details)
    stages = [stage.id for stage in new.stages]
    if command.stage not in stages:
        return Refusal("unknown-stage", {"stage": command.stage, "stages": stages})
    return None


# What is owed


def mapped_obligations(
    state: Engagement, new: Lifecycle, command: MoveEngagement
) -> Sequence[tuple[Obligation, ObligationMapped]]:
    """Everything that is owed, with what becomes of it; what is lost is missing.

    In a newer version of the same model, what is not named goes on under its own name where the stage owes that.
    """
    found = []
    owed = {rule.id for rule in new.owed_in(command.stage)} if same_model(state, new) else set()
    for (name, number), held in state.obligations.items():
        said = next((m for m in command.obligations if m.obligation == name and m.number in (None, number)), None)
        if said is None and name in owed:
            said = ObligationMapped(obligation=name, to=name)
        if said is not None:
            found.append((held, said.model_copy(update={"number": number})))
    return found


def _lost(
    state: Engagement, given: Sequence[ObligationMapped], mapped: Sequence[tuple[Obligation, ObligationMapped]]
) -> Refusal | None:
    for each in given:
        if not any(name == each.obligation and each.number in (None, number) for name, number in state.obligations):
            number = {"number": each.number} if each.number is not None else {}
            owing = [f"{name} {n}" for name, n in state.obligations]
            return Refusal("obligation-not-open", {"obligation": each.obligation, **number, "open": owing})
    kept = {held.key for held, _ in mapped}
    lost = [f"{name} {number}" for name, number in state.obligations if (name, number) not in kept]
    return Refusal("move-loses-obligation", {"lost": lost}) if lost else None


def _not_carried(
    state: Engagement, new: Lifecycle, stage: str, mapped: Sequence[tuple[Obligation, ObligationMapped]]
) -> Refusal | None:
    rules = {rule.id: rule for rule in new.owed_in(stage)}
    for held, each in mapped:
        if each.to is None:
            continue
        if each.to not in rules:
            details = {"obligation": each.obligation, "to": each.to, "stage": stage, "owed": list(rules)}
            return Refusal("move-to-nothing-owed", details)
        if held.pause is not None and not rules[each.to].pausable:
            return Refusal("move-clock-stands", {"obligation": each.obligation, "to": each.to})
    return None


# People and deliverables


def _people(state: Engagement, new: Lifecycle, people: Sequence[PostMapped]) -> Refusal | None:
    held = {name: post for name, post in turnover(state.history).items() if post.holder is not None}
    for each in people:
        if each.post not in held:
            return Refusal("move-post-not-held", {"post": each.post, "held": list(held)})
        if each.to is not None and each.to not in new.roles:
            return Refusal("unknown-role", {"role": each.to, "roles": list(new.roles)})
    return named_twice("people", [each.post for each in people])


def open_deliverables(state: Engagement) -> Sequence[str]:
    """The ids of the deliverables that this phase promised and that nobody has accepted."""
    pid = state.history.last(PidSubmitted, state.history.phase - 1)
    accepted = {entry.event.deliverable for entry in state.history.in_phase(DeliverableAccepted)}
    return [each.id for each in pid.event.deliverables if each.id not in accepted] if pid else []


def _deliverables(state: Engagement, new: Lifecycle, given: Sequence[DeliverableMapped]) -> Refusal | None:
    left = open_deliverables(state)
    for each in given:
        if each.deliverable not in left:
            return Refusal("move-deliverable-not-open", {"deliverable": each.deliverable, "open": list(left)})
    lost = [name for name in left if name not in {each.deliverable for each in given}]
    if lost and not same_model(state, new):  # a new phase begins, in which nothing is promised yet
        return Refusal("move-loses-deliverable", {"lost": lost})
    return named_twice("deliverables", [each.deliverable for each in given])


# The gates on the way


def gates_before(state: Engagement, new: Lifecycle, stage: str) -> tuple[GateResult, ...] | None:
    """The gates from a beginning of the new document to a stage, on the way on which fewest are not met.

    None where no way leads there. Under another model only what a gate looks for in the whole engagement counts.
    """
    best: list[tuple[int, int, str, tuple[GateResult, ...]]] = [
        (0, n, name, ()) for n, name in enumerate(_beginnings(state, new))
    ]
    seen: set[str] = set()
    tried = len(best)
    while best:
        unmet, _, here, gates = heapq.heappop(best)
        if here == stage:
            return gates
        if here in seen:
            continue
        seen.add(here)
        view = _view(state, new, here)
        for way in _ways(new, here):
            result = way.when.evaluate(view)
            tried += 1
            heapq.heappush(best, (unmet + (not result.met), tried, way.to, (*gates, result)))
    return None


def _beginnings(state: Engagement, new: Lifecycle) -> Sequence[str]:
    assert state.opening is not None
    opening = state.opening
    own = [new.entered_first(opening.kind, opening.trigger)]
    if same_model(state, new) or new.opens is None:
        return own
    return [*own, *(trigger.enters for trigger in new.opens.triggers if trigger.enters is not None)]


def _ways(new: Lifecycle, stage: str) -> Iterator[Way]:
    return (way for way in (*new.exits, *new.stage(stage).leave) if not new.is_end(way.to))


def _view(state: Engagement, new: Lifecycle, stage: str) -> View:
    """What a gate of the new document may look at to let the engagement out of a stage that it is taken to have passed.

    A stage that was entered in this phase is left by what happened in this phase; any other by what ever happened.
    """
    after = state.version + 1
    if not same_model(state, new):
        return View(state.history, events_of(new), after, after)
    here = [entry.version for entry in state.history.in_phase(StageEntered) if entry.event.stage == stage]
    return View(state.history, events_of(new), state.history.phase if here else 1, here[0] if here else 1)


def _events(unmet: Sequence[GateResult]) -> list[str]:
    """The events that the gates which are not met ask for."""
    leaves = [leaf for result in unmet for leaf in result.missing() if leaf.params]
    gates = [Gate.model_validate({leaf.predicate: leaf.params}) for leaf in leaves]
    return list(dict.fromkeys(name for gate in gates for name in gate.events()))


# What follows from a move


def _following(state: Engagement, rules: Rules, asked: Asked, moved: EngagementMoved) -> Iterator[Event]:
    owed = {rule.id: rule for rule in rules.lifecycle.owed_in(moved.stage)}
    for each in moved.obligations:
        assert each.number is not None
        because = "carried" if each.to is not None else "let-go"
        yield ObligationClosed(obligation=each.obligation, number=each.number, because=because)
    if moved.another_model or moved.stage != state.stage:
        assumed = moved.assumed is not None
        yield StageEntered(stage=moved.stage, left=state.stage, assumed=assumed)
    numbers = Counter(state.numbered)
    for each in moved.obligations:
        if each.to is None or each.number is None:
            continue
        held = state.obligations[each.obligation, each.number]
        numbers[each.to] += 1
        yield carried_over(held, owed[each.to], numbers[each.to], asked.at, rules.calendar)
        if held.pause is not None:
            yield clock.carried(state.history, held, each.to, numbers[each.to])
    yield from _posts(state, moved)


def _posts(state: Engagement, moved: EngagementMoved) -> Iterator[Event]:
    posts = turnover(state.history)
    for each in moved.people:
        holder = posts[each.post].holder
        assert holder is not None
        if each.to != each.post:
            yield PostHolderLeft(post=each.post, person=holder.person, reason=each.reason)
        if each.to is not None and each.to != each.post and holder.person is not None:
            yield PostHolderRecorded(post=each.to, person=holder.person, standing=holder.standing)
