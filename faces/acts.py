"""What may be done in an engagement now, sorted by who may do it: the one who reads, others, or nobody yet."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain import engagement
from domain.engagement import Engagement, Rules
from domain.lifecycle import Lifecycle
from domain.obligations import ObligationRule
from faces.able import Able, abilities
from faces.lacking import Lack, needing, view_of
from faces.words import Words, commands_giving


@dataclass(frozen=True)
class Acts:
    """What may be done: `mine` belongs to the stage, `anytime` to the reader at any time; for `not_yet` something is missing."""

    mine: tuple[Able, ...]
    anytime: tuple[Able, ...]
    others: tuple[Able, ...]
    not_yet: tuple[tuple[Able, Lack | None], ...]
    """Each with the event that must come first, where it is that."""


def acts(state: Engagement, rules: Rules, words: Words, role: str, now: datetime) -> Acts:
    """What may be done in an engagement, as somebody in a role sees it."""
    found = [able for able in abilities(state, rules, words, now) if not able.stages]
    ready = [able for able in found if able.missing is None]
    own = rules.lifecycle.stage(state.stage).allows if state.stage and not state.closed else ()
    mine = [able for able in ready if may_give(rules.lifecycle, role, able.roles)]
    return Acts(
        mine=tuple(able for able in mine if able.command in own),
        anytime=tuple(able for able in mine if able.command not in own),
        others=tuple(able for able in ready if able not in mine),
        not_yet=tuple((able, _first_needed(able, state, rules)) for able in found if able.missing is not None),
    )


def _first_needed(able: Able, state: Engagement, rules: Rules) -> Lack | None:
    """The event that must come before a command can be given."""
    kind = engagement.commands_of(rules.lifecycle)[able.command]
    view = view_of(state, rules.lifecycle)
    missing = (name for name in engagement.needed(kind, rules.lifecycle) if view.last(name) is None)
    return next((needing(name, rules) for name in missing), None)


def may_give(lifecycle: Lifecycle, role: str, deciders: Iterable[str]) -> bool:
    """Whether a role decides something itself, or records it for one of those who decide it."""
    return any(
        role == decider or (decider in lifecycle.roles and role in lifecycle.roles[decider].recorded_by)
        for decider in deciders
    )


def settling(rule: ObligationRule, lifecycle: Lifecycle) -> tuple[str, ...]:
    """The commands by which an obligation can be met, in the order of its gate."""
    named = (name for event in rule.met_by.events() for name in commands_giving(event, lifecycle))
    return tuple(dict.fromkeys(name for name in named if lifecycle.who_may(name)))
