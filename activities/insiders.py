"""Which engagements are there for whom, read from a ledger: the rule is `domain.access`."""

from sqlalchemy import Connection

from activities import folding
from activities.library import Library
from domain import access
from domain.engagement import Engagement
from ledger import events, read_models
from ledger.read_models import EngagementRow, Filters


def insiders(conn: Connection, library: Library, row: EngagementRow) -> frozenset[str] | None:
    """The roles that are in an engagement; None where its model is not confidential, and it is there for everybody."""
    lifecycle = library.rules(row.model, events.reader(conn)).lifecycle
    if not lifecycle.confidential:
        return None  # without reading its stream
    state = folding.fold_engagement(Engagement(row.id), events.read_stream(conn, f"engagement/{row.id}"))
    return access.insiders(lifecycle, state.history)


class Insiders:
    """The roles that are in each confidential engagement, kept from one question to the next until it goes on."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, frozenset[str]]] = {}

    def of(self, conn: Connection, library: Library, row: EngagementRow) -> frozenset[str] | None:
        """The roles that are in an engagement; None where its model is not confidential."""
        version, roles = self._known.get(row.id, (0, None))
        if version == row.version:
            return roles
        roles = insiders(conn, library, row)
        if roles is not None:
            self._known[row.id] = (row.version, roles)
        return roles

    def hidden(self, conn: Connection, library: Library, role: str) -> frozenset[str]:
        """The ids of the engagements that are confidential and not there for whoever holds a role."""
        library.refresh(events.reader(conn))
        confidential = tuple(lifecycle.ref for lifecycle in library.every() if lifecycle.confidential)
        if not confidential:
            return frozenset()
        found = set()
        for id, version in read_models.versions(conn, Filters(models=confidential)).items():
            known, roles = self._known.get(id, (0, None))
            if known != version:
                row = read_models.engagement(conn, id)
                assert row is not None, "it is listed"
                roles = self.of(conn, library, row)
            if role not in (roles or ()):
                found.add(id)
        return frozenset(found)
