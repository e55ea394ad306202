"""What a gate lacks, in words: which event is missing, which command records it, and who may give that."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from domain.engagement import Engagement, Rules, events_of
from domain.gates import Gate, GateResult, View, fits
from domain.items import happened, value_in
from domain.lifecycle import Lifecycle, Way
from faces.words import Words, all_of, commands_giving, thing, where


@dataclass(frozen=True)
class Lack:
    """Something that is missing: a leaf, or `all of` and `one of` several. `commands` are those that would mend it."""

    text: str
    commands: tuple[tuple[str, tuple[str, ...]], ...] = ()
    parts: tuple["Lack", ...] = ()

    def lines(self, words: Words, indent: int = 0) -> Iterator[str]:
        """This and its parts, a line each."""
        line = "  " * indent + self.text
        for name, roles in self.commands:
            line += f"; {name}: {words.roles(roles)}" if roles else f"; {name}"
        yield line
        for part in self.parts:
            yield from part.lines(words, indent + 1)

    def data(self) -> dict[str, Any]:
        """This as plain data."""
        data: dict[str, Any] = {"missing": self.text}
        if self.commands:
            data["commands"] = {name: list(roles) for name, roles in self.commands}
        if self.parts:
            data["parts"] = [part.data() for part in self.parts]
        return data


def view_of(state: Engagement, lifecycle: Lifecycle) -> View:
    """What the gates of the engagement's stage look at."""
    return View(state.history, events_of(lifecycle), state.history.phase, state.stage_version)


def ways_out(state: Engagement, rules: Rules) -> list[tuple[Way, GateResult]]:
    """The ways out of the stage, each with its gate as it stands."""
    if state.closed is not None or state.stage is None:
        return []
    view = view_of(state, rules.lifecycle)
    return [(way, way.when.evaluate(view)) for way in rules.lifecycle.stage(state.stage).leave]


def lack(gate: Gate, result: GateResult, state: Engagement, rules: Rules) -> Lack:
    """What an unmet gate lacks."""
    if result.parts and not gate.predicate.startswith("not@"):
        unmet = [
            lack(part, said, state, rules) for part, said in zip(gate.parts, result.parts, strict=True) if not said.met
        ]
        if len(unmet) == 1:
            return unmet[0]
        return Lack("one of these:" if gate.predicate.startswith("any@") else "all of these:", parts=tuple(unmet))
    return _leaf(gate, result, state, rules)


def needing(event: str, rules: Rules) -> Lack:
    """That an event must have come first, with the commands that record it and who gives them."""
    return Lack(thing(event, rules.lifecycle), _by(event, rules))


def _leaf(gate: Gate, result: GateResult, state: Engagement, rules: Rules) -> Lack:
    params: Any = gate.params

    def called(event: str) -> str:
        return thing(event, rules.lifecycle)

    match gate.predicate.partition("@")[0]:
        case "recorded":
            return Lack(called(params.event) + where(params.where), _by(params.event, rules))
        case "latest" | "judged":
            return Lack(f"{called(params.event)}{where(params.where)}, as the latest", _by(params.event, rules))
        case "count":
            each = f" of different {params.distinct}" if params.distinct else ""
            so_far = f"{len(result.evidence)} of {params.at_least} so far"
            return Lack(f"{called(params.event)}{where(params.where)}{each}: {so_far}", _by(params.event, rules))
        case "agreed":
            return _agreement(gate, result, state, rules)
        case "accepted":
            return _acceptance(gate, state, rules)
        case "days_spent":
            return Lack(
                f"{all_of(called(name) for name in params.spending)}, until nothing is left of {called(params.of)}",
                tuple(pair for name in params.spending for pair in _by(name, rules)),
            )
        case "not":
            return Lack(f"none of: {', '.join(called(name) for name in gate.events())}")
    return Lack(gate.predicate)


def _by(event: str, rules: Rules) -> tuple[tuple[str, tuple[str, ...]], ...]:
    named = ((name, rules.lifecycle.who_may(name)) for name in commands_giving(event, rules.lifecycle))
    return tuple((name, roles) for name, roles in named if roles)


def _agreement(gate: Gate, result: GateResult, state: Engagement, rules: Rules) -> Lack:
    params: Any = gate.params
    found = [entry for version in result.evidence if (entry := state.history.at(version))]
    missing = [party for party in params.by if party not in {entry.decided_by.party for entry in found}]
    if view_of(state, rules.lifecycle).last(params.since) is None:
        return Lack(thing(params.since, rules.lifecycle), _by(params.since, rules))
    titles = [rules.lifecycle.parties.get(party, party) for party in missing]
    commands = tuple(
        (name, tuple(role for role in roles if role.partition(".")[0] in missing))
        for name, roles in _by(params.event, rules)
    )
    return Lack(f"{thing(params.event, rules.lifecycle)} by {all_of(titles)}", commands)


def _acceptance(gate: Gate, state: Engagement, rules: Rules) -> Lack:
    params: Any = gate.params
    view, of, by = view_of(state, rules.lifecycle), thing(gate.params.of, rules.lifecycle), gate.params.by
    promise = view.last(params.of)
    if promise is None:
        return Lack(of, _by(params.of, rules))
    wanted = [str(getattr(item, "id", item)) for item in value_in(promise.event, params.items) or ()]
    start = promise.version if gate.predicate == "accepted@2" else view.phase_start - 1
    given = happened(view.history, view.events, by, start)
    done = {str(value_in(entry.event, params.name)) for entry in given if fits(entry.event, params.where)}
    if not wanted:
        return Lack(f"{params.items} in {of}, of which it names none", _by(params.of, rules))
    left = [name for name in wanted if name not in done]
    return Lack(f"{thing(by, rules.lifecycle)} for each of {', '.join(left)}", _by(by, rules))
