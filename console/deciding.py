"""Who decides a command that somebody gives: themselves, or a role that they record for."""

from domain import council, moving
from domain.directory import MAY, SetPreference
from domain.engagement import Rules
from domain.part import Command


def deciders(kind: type[Command], rules: Rules | None, family: str, role: str) -> tuple[str, ...]:
    """The roles in whose name somebody acting in a role may give a command: their own first, where it is among them."""
    if family == "office":
        return (role,) if role in MAY[kind.type] or kind is SetPreference else ()
    if rules is None:
        return _own_first(
            role, tuple(name for name in council.MAY.get(kind.type, ()) if role in council.recorders_of(kind, name))
        )
    if kind.type in moving.EVERYWHERE and role == moving.OFFICE:
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
