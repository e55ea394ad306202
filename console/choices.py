"""What a form offers to choose from: the roles, councils and people there are, and what stands on the record already."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection

from activities.library import ERASURES
from console.access import reach
from console.controls import Choices
from domain.council import Council
from domain.engagement import Engagement, Rules
from domain.sealed import is_commitment
from faces.desk import Desk
from faces.words import Words
from ledger import events, sealing

ONE_OF = {
    "actions": "action",
    "criteria": "criterion",
    "deliverables": "deliverable",
    "expectations": "expectation",
    "indicators": "indicator",
    "milestones": "milestone",
    "tasks": "task",
    "work": "work",
    "workstreams": "workstream",
}
"""The field that names one of the things that an event lists."""

NAMED = frozenset(
    (
        *("action", "appointment", "asking", "authority", "bidder", "board", "body", "change", "claim", "comment"),
        *("contract", "dispute", "function", "invoice", "piece", "plan", "product", "proposal", "report", "resistance"),
        *("round", "target", "team", "workstream"),
    )
)
"""Fields by which one event names what another brought."""


def choices_of(
    desk: Desk, conn: Connection, role: str, words: Words, state: Engagement | Council | None, rules: Rules | None
) -> Choices:
    """What may be chosen by somebody who acts in a role, about an engagement, a council or, where there is neither, people."""
    named = sorted(rules.lifecycle.roles) if rules else list(desk.library.roles())
    councils = sorted(desk.register.values(), key=lambda facts: facts.short)
    return Choices(
        roles={name: words.title_of_role(name) for name in named},
        councils={facts.gss: f"{facts.short} ({facts.gss})" for facts in councils},
        people=cache(partial(_people, desk, conn)) if reach("people", role) != "none" else dict,
        known={**_published(desk), **(_known(state, words) if state is not None else {})},
    )


def _published(desk: Desk) -> Mapping[str, Mapping[str, str]]:
    """The published models, their stages, and what opens an engagement on each."""
    newest = desk.library.newest()
    triggers = {
        each.id: f"{each.title} ({life.title})"
        for life in newest
        for each in (life.opens.triggers if life.opens else ())
    }
    stages: dict[str, list[str]] = {}
    for life in newest:
        for stage in life.stages:
            stages.setdefault(stage.id, []).append(f"{stage.title} ({life.title})")
    return {
        "model": {life.id: life.title for life in newest},
        "stage": {id: ", ".join(titles) for id, titles in stages.items()},
        "trigger": triggers,
    }


def _people(desk: Desk, conn: Connection) -> dict[str, str]:
    held = desk.directory(conn).people
    erased = events.head(conn, ERASURES).version

    def unsealed(ids: Sequence[str]) -> Iterator[tuple[str, str]]:
        names = sealing.unseal(conn, [held[id].name for id in ids])
        return ((id, str(names.get(held[id].name, id))) for id in ids)

    return desk.kept.each("names of people", {id: (held[id].name, erased) for id in sorted(held)}, unsealed)


def _known(state: Engagement | Council, words: Words) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for entry in state.history.entries:
        for name, value in entry.event:
            for field, one in _names(name, value):
                found.setdefault(field, {})[one] = one
    if isinstance(state, Engagement):
        found["obligation"] = {name: words.owed(name) for name, _ in state.obligations}
    return found


def _names(name: str, value: Any) -> list[tuple[str, str]]:
    if name in ONE_OF and isinstance(value, tuple):
        return [(ONE_OF[name], str(each.id)) for each in value if isinstance(each, BaseModel) and hasattr(each, "id")]
    if name in NAMED and isinstance(value, str | int) and not is_commitment(value):
        return [(name, str(value))]
    return []
