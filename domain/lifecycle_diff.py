"""What differs between two lifecycles: what the second has, no longer has, or says otherwise, thing by thing.

Things are matched by their ids. A stage that stands elsewhere in the order, or an obligation with another date, is changed;
one under another id is removed and added.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from domain.items import RecordRule
from domain.lifecycle import Lifecycle, Way
from domain.obligations import ObligationRule

How = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class Change:
    """One difference: how, of what kind of thing, which one and in what, and for a change its field before and after.

    `before` and `after` are plain data, as the documents have them; of `LISTS` they are what went and what came.
    """

    how: How
    kind: str
    name: str
    of: str | None = None
    field: str | None = None
    before: Any = None
    after: Any = None


Things = Mapping[str, Mapping[str, Any]]
"""Things of one kind by their names, each as plain data."""

_HEAD = ("title", "source", "calendar", "starts", "opens", "confidential", "enters")
LISTS = frozenset(("may", "allows", "recorded_by", "always", "after_close", "watch_for", "needs"))
"""Fields that name things: of these it is said which came and which went."""


def differences(a: Lifecycle, b: Lifecycle) -> list[Change]:
    """Everything in which `b` is other than `a`, in the order of the document."""
    found = [*_fields("lifecycle", b.id, None, _head(a), _head(b))]
    for kind, things in (("party", _parties), ("role", _roles), ("record", _records), ("stage", _stages)):
        found += _compared(kind, None, things(a), things(b))
    for name in dict.fromkeys(rule.id for rule in (*a.records, *b.records)):
        one, other = a.record(name), b.record(name)
        if one is not None and other is not None:
            found += _compared("field", name, _holds(one), _holds(other))
    for stage in dict.fromkeys(each.id for each in (*a.stages, *b.stages)):
        ours, theirs = ({each.id: each for each in life.stages}.get(stage) for life in (a, b))
        if ours is None or theirs is None:
            continue  # it was said already that the stage came or went, with all that is in it
        found += _compared("obligation", stage, _owed(ours.obligations), _owed(theirs.obligations))
        found += _compared("way", stage, _ways(ours.leave), _ways(theirs.leave))
    found += _compared("obligation", None, _owed(a.obligations), _owed(b.obligations))
    found += _compared("exit", None, _ways(a.exits), _ways(b.exits))
    found += _compared("end", None, *({end.id: {"title": end.title} for end in life.ends} for life in (a, b)))
    found += _compared("notice", None, _notices(a), _notices(b))
    return found


def _compared(kind: str, of: str | None, a: Things, b: Things) -> Iterator[Change]:
    for name in dict.fromkeys((*a, *b)):
        if name not in b:
            yield Change("removed", kind, name, of)
        elif name not in a:
            yield Change("added", kind, name, of)
        else:
            yield from _fields(kind, name, of, a[name], b[name])


def _fields(kind: str, name: str, of: str | None, a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[Change]:
    for field in dict.fromkeys((*a, *b)):
        before, after = a.get(field), b.get(field)
        if before == after:
            continue
        if field not in LISTS:
            yield Change("changed", kind, name, of, field, before, after)
            continue
        gone = [each for each in before or () if each not in (after or ())]
        new = [each for each in after or () if each not in (before or ())]
        if gone or new:
            yield Change("changed", kind, name, of, field, gone, new)


def _head(life: Lifecycle) -> Mapping[str, Any]:
    fields = (*_HEAD, "always", "after_close")
    return {name: value for name, value in life.model_dump(mode="json").items() if name in fields}


def _parties(life: Lifecycle) -> Things:
    return {name: {"title": title} for name, title in life.parties.items()}


def _roles(life: Lifecycle) -> Things:
    return {name: role.model_dump(mode="json") for name, role in life.roles.items()}


def _records(life: Lifecycle) -> Things:
    return {
        rule.id: rule.model_dump(mode="json", exclude={"id", "fields"}, exclude_defaults=True) for rule in life.records
    }


def _holds(rule: RecordRule) -> Things:
    return {field.id: field.model_dump(mode="json", exclude={"id"}, exclude_defaults=True) for field in rule.fields}


def _stages(life: Lifecycle) -> Things:
    """The stages without what is compared by itself, each with the one that stands before it."""
    before = [None, *(stage.id for stage in life.stages)]
    kept = {"id", "obligations", "leave"}
    return {
        stage.id: {**stage.model_dump(mode="json", exclude=kept), "stands after": place}
        for stage, place in zip(life.stages, before, strict=False)
    }


def _owed(rules: Iterable[ObligationRule]) -> Things:
    return {rule.id: rule.model_dump(mode="json", exclude={"id"}, exclude_defaults=True) for rule in rules}


def _ways(ways: Iterable[Way]) -> Things:
    """Ways by where they lead, with a number where several lead to one place."""
    found: dict[str, Mapping[str, Any]] = {}
    for way in ways:
        number = sum(name.partition(" ")[0] == way.to for name in found) + 1
        found[way.to if number == 1 else f"{way.to} {number}"] = {"when": way.when.model_dump(mode="json")}
    return found


def _notices(life: Lifecycle) -> Things:
    """Notices by their event, with a number where there are several of one event."""
    found: dict[str, Mapping[str, Any]] = {}
    for notice in life.notices:
        number = sum(name.partition(" ")[0] == notice.event for name in found) + 1
        name = notice.event if number == 1 else f"{notice.event} {number}"
        found[name] = notice.model_dump(mode="json", include={"to", "where"}, exclude_defaults=True)
    return found
