"""What decided that an event was recorded: a gate that was met, a date that passed, or a command that the rules allowed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.actors import CLOCK, ENGINE
from domain.records import CommandRecord, Recorded
from faces import dates
from faces.words import Words, all_of, plain, thing, where


@dataclass(frozen=True)
class Ground:
    """What decided: in a line, as data, and the lines of the gate where there was one."""

    text: str
    data: Mapping[str, Any]
    gate: tuple[str, ...] = ()


def ground(
    event: Recorded, command: CommandRecord | None, may: tuple[str, ...] | None, stage: str | None, words: Words
) -> Ground:
    """What decided that an event was recorded.

    `may` are the roles that the lifecycle lets give its command, and `stage` says where the engagement then stood.
    """
    body = event.body
    if body.get("gate"):
        return Ground("the gate was met", {"by": "gate", "gate": body["gate"]}, tuple(_gate(body["gate"], words)))
    match event.type:
        case "obligation-opened" | "obligation-rescheduled":
            derivation = body["derivation"]
            reached = dates.reached(derivation, plain(derivation["base_event"]))
            text = f"the rule {body['obligation']}, from event {derivation['base_version']}: {reached}"
            return Ground(text, {"by": "obligation", "obligation": body["obligation"], "derivation": derivation})
        case "obligation-met":
            met_by = all_of(str(version) for version in body["evidence"])
            text = f"the rule {body['obligation']}, met by event {met_by}"
            return Ground(text, {"by": "obligation", "obligation": body["obligation"], "evidence": body["evidence"]})
    if event.decided_by == CLOCK:
        due = body.get("due")
        text = f"the clock: it was due at {due}" if due else "the clock"
        return Ground(text, {"by": "clock", "due": due})
    if event.decided_by == ENGINE or command is None:
        return Ground(f"it followed by itself, from {event.command.id}", {"by": "engine", "from": event.command.id})
    return _of_command(event, command, may, stage, words)


def _of_command(
    event: Recorded, command: CommandRecord, may: tuple[str, ...] | None, stage: str | None, words: Words
) -> Ground:
    role = str(event.decided_by)
    data = {"by": "command", "command": command.type, "role": role, "may": list(may) if may is not None else None}
    if command.via == "derived":
        return Ground(f"{command.type}, which followed from {command.cause}", data | {"cause": command.cause})
    if may is None:
        return Ground(f"{command.type} by {words.role(role)}", data)
    allowed = "may give it" if role in may else "may not give it by the rules that are recorded here"
    allowed += f" {stage}" if stage else ""
    return Ground(f"{command.type} by {words.role(role)}, who {allowed}", data)


def _gate(result: Mapping[str, Any], words: Words, indent: int = 0) -> Iterator[str]:
    """A gate's result, a line a predicate."""
    name, parts = result["predicate"].partition("@")[0], result.get("parts") or ()
    said = {"all": "all of these", "any": "any of these", "not": "not this"}.get(name) or _leaf(name, result, words)
    by = (
        f", by {all_of(str(version) for version in result['evidence'])}" if result.get("evidence") and not parts else ""
    )
    yield f"{'  ' * indent}{'held' if result['met'] else 'did not hold'} ({result['predicate']}): {said}{by}"
    for part in parts:
        yield from _gate(part, words, indent + 1)


def _leaf(name: str, result: Mapping[str, Any], words: Words) -> str:
    params = result.get("params") or {}

    def named(key: str) -> str:
        return thing(params[key], words.lifecycle) + where(params.get("where") or {})

    match name:
        case "recorded":
            return named("event")
        case "latest" | "judged":
            return f"{named('event')}, as the latest"
        case "count":
            return f"at least {params['at_least']} times {named('event')}"
        case "agreed":
            return f"{named('event')} by {all_of(map(words.party, params['by']))} since {named('since')}"
        case "accepted":
            return f"{named('by')} for each of the {params['items']} of {thing(params['of'], words.lifecycle)}"
        case "days_spent":
            return f"nothing left of the {params['amount']} of {named('of')}"
    return plain(name)
