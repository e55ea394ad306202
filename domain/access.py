"""Who sees what: an engagement of a confidential model is there only for those who are in it.

In [LGA] "Nowhere left behind" a concern about a council is taken up in confidence, in a conversation with leading members
and the chief executive; helpers and others come in later. So a lifecycle document that is `confidential` is seen by its
roles alone, and a role that `joins` with certain events is in it from the first of them on. For anybody else there is no
such engagement: it is absent, not redacted.
"""

from domain.items import named
from domain.lifecycle import Lifecycle
from domain.part import History


def may_see(lifecycle: Lifecycle, history: History, role: str) -> bool:
    """Whether an engagement is there for whoever holds a role, by its lifecycle and what has happened in it so far."""
    roles = insiders(lifecycle, history)
    return roles is None or role in roles


def insiders(lifecycle: Lifecycle, history: History) -> frozenset[str] | None:
    """The roles that are in an engagement; None where its model is not confidential, and it is there for everybody."""
    if not lifecycle.confidential:
        return None
    happened = {named(entry.event) for entry in history.entries}
    return frozenset(name for name, role in lifecycle.roles.items() if not role.joins or happened & set(role.joins))
