"""Denials on record: who was denied what and by which rule, as ids alone, and so few that a loop can't flood the ledger."""

from datetime import timedelta

from activities.reads import note
from console.limits import Limit, TooMany
from console.store import Store
from console.who import Who
from domain.admission import AccessDenied, Rule
from ledger.store import Ledger
from workers.composition import RELEASE
from workers.face import Clock

SAME = Limit("denial of the same", 1, timedelta(hours=1))
"""One and the same denial is on record once an hour (assumed)."""

OF_ONE = Limit("denials of", 20, timedelta(hours=1))
"""So many denials of one person, and of the local user, are on record an hour (assumed)."""


def note_denial(ledger: Ledger, store: Store, who: Who, group: str, rule: Rule, what: str | None = None) -> None:
    """Put a denial on record, unless there are enough of them. Raises DatabaseUnavailable."""
    same = f"{who.subject} {who.role} {group} {rule} {what}"
    try:
        SAME.held_to(store, same)  # so that a loop writes nothing at all
        OF_ONE.held_to(store, who.subject)
        SAME.spend(store, same)
        left = OF_ONE.spend(store, who.subject)
    except TooMany:
        return
    denied = AccessDenied(
        group=group,
        what=what,
        rule=rule,
        role=who.role,
        person=who.person,
        signed_in=who.signed_in,
        last=left == 0,
    )
    note(ledger, denied, "denied", Clock(ledger).now(), RELEASE)
