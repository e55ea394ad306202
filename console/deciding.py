"""Who decides a command that somebody gives: themselves, or a role that they record for."""

from collections.abc import Mapping

from domain import council, directory, erasure, moving, publishing
from domain.actors import OFFICE_ROLE
from domain.directory import SetPreference
from domain.engagement import Rules
from domain.part import Command

OFFICE: Mapping[str, tuple[str, ...]] = {**directory.MAY, **erasure.MAY, **publishing.MAY}
"""Who may give each command about what the office keeps."""


def deciders(kind: type[Command], rules: Rules | None, family: str, role: str) -> tuple[str, ...]:
    """The roles in whose name somebody acting in a role may give a command: their own first, where it is among them."""
    if family == "office":
        return (role,) if role in OFFICE[kind.type] or kind is SetPreference else ()
    if rules is None:
        return _own_first(
            role, tuple(name for name in council.MAY.get(kind.type, ()) if role in council.recorders_of(kind, name))
        )
    if kind.type in moving.EVERYWHERE and role == OFFICE_ROLE:
        return (role,)
    return _own_first(
        role, tuple(name for name in rules.lifecycle.who_may(kind.type) if role in recorders(rules, name))
    )


def recorders(rules: Rules, role: str) -> tuple[str, ...]:
    """The roles that may record what a role decides."""
    held = rules.lifecycle.roles[role]
    return tuple(dict.fromkeys((*((role,) if held.signs_in else ()), *held.recorded_by)))


def _own_first(role: str, found: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(found, key=lambda name: name != role))
