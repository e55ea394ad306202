"""Which engagements are there for whom, read from a ledger: the rule is `domain.access`."""

from collections.abc import Iterable

from sqlalchemy import Connection

from activities import folding
from activities.library import Library
from domain import access
from domain.engagement import Engagement
from domain.records import Recorded
from ledger import events, read_models
from ledger.read_models import EngagementRow


def insiders(conn: Connection, library: Library, row: EngagementRow) -> frozenset[str] | None:
    """The roles that are in an engagement; None where its model is not confidential, and it is there for everybody."""

    def read(stream: str, after: int) -> Iterable[Recorded]:
        return events.read_stream(conn, stream, after)

    lifecycle = library.rules(row.model, read).lifecycle
    if not lifecycle.confidential:
        return None  # without reading its stream
    state = folding.fold_engagement(Engagement(row.id), events.read_stream(conn, f"engagement/{row.id}"))
    return access.insiders(lifecycle, state.history)


def hidden(conn: Connection, library: Library, role: str) -> frozenset[str]:
    """The ids of the engagements that are not there for whoever holds a role."""
    found = ((row.id, insiders(conn, library, row)) for row in read_models.portfolio(conn))
    return frozenset(id for id, roles in found if roles is not None and role not in roles)
