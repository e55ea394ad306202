"""Steps with legal force that wait for a second person: what one checked, another confirms or sends back.

They wait in the console's database, sealed with a key of this console, as what was typed may hold sealed values. The record
names who decided and who recorded; whoever confirms is the one who records, where the model lets their role do so.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, Row, Table, Text, delete, insert, select, update

from console.date_fields import Fields
from console.sealing import Box
from console.site import Site
from console.store import METADATA
from console.who import Holding, Who
from faces.desk import Target
from ledger.tables import InstantText

PROPOSAL = Table(
    "proposal",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("target", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("person", Text),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("holdings", Text, nullable=False),
    Column("signed_in", Text, nullable=False),
    Column("confirmers", Text, nullable=False),
    Column("fields", LargeBinary, nullable=False),
    Column("asked", InstantText, nullable=False),
    Column("returned", LargeBinary),
    Column("returned_by", Text),
)


@dataclass(frozen=True)
class Proposal:
    """A step that waits. `returned` is the reason for which it was sent back, and `returned_by` who did."""

    id: str
    target: Target
    command: str
    by: Who
    confirmers: tuple[str, ...]
    fields: Fields
    asked: datetime
    returned: str | None
    returned_by: str | None

    def is_of(self, who: Who) -> bool:
        """Whether somebody proposed it: the person, or, as the local user is nobody in particular, the role."""
        return self.by.role == who.role if who.local else self.by.subject == who.subject

    def may_confirm(self, who: Who) -> bool:
        """Whether somebody may confirm it: another person, in a role that does. As the local user it takes any other role.

        A machine proposes and never confirms: two tokens may be in one hand.
        """
        another = self.returned is None and not self.is_of(who) and not who.machine
        return another and (who.local or who.role in self.confirmers)

    def is_there_for(self, who: Who) -> bool:
        """Whether somebody may see it: who proposed it, and those in a role that confirms it."""
        return self.is_of(who) or who.local or who.role in self.confirmers


@dataclass(frozen=True)
class Proposals:
    """What waits in the console's database."""

    site: Site

    def propose(
        self,
        by: Who,
        target: Target,
        command: str,
        fields: Fields,
        confirmers: Sequence[str],
        id: str | None = None,
    ) -> str:
        """Have a step wait; its id, a new one where none is given. What waits under an id stays as it is."""
        id = id or secrets.token_hex(8)
        with self.site.store.writing() as conn:
            if conn.execute(select(PROPOSAL.c.id).where(PROPOSAL.c.id == id)).first() is not None:
                return id
            conn.execute(
                insert(PROPOSAL).values(
                    id=id,
                    target=target.stream,
                    command=command,
                    subject=by.subject,
                    person=by.person,
                    name=by.name,
                    role=by.role,
                    holdings=json.dumps([asdict(one) for one in by.holdings]),
                    signed_in=by.signed_in,
                    confirmers=json.dumps(list(confirmers)),
                    fields=self._box.shut(fields),
                    asked=self.site.store.now(),
                )
            )
        return id

    def find(self, id: str) -> Proposal | None:
        """A step that waits, by its id."""
        with self.site.store.reading() as conn:
            row = conn.execute(select(PROPOSAL).where(PROPOSAL.c.id == id)).one_or_none()
        return self._read(row) if row is not None else None

    def all(self) -> list[Proposal]:
        """Everything that waits or was sent back, the oldest first."""
        with self.site.store.reading() as conn:
            return [self._read(row) for row in conn.execute(select(PROPOSAL).order_by(PROPOSAL.c.asked))]

    def send_back(self, id: str, by: Who, reason: str) -> None:
        """Send a step back to who proposed it."""
        sealed = self._box.shut(reason)
        with self.site.store.writing() as conn:
            changed = {"returned": sealed, "returned_by": by.name}
            conn.execute(update(PROPOSAL).where(PROPOSAL.c.id == id).values(**changed))

    def drop(self, id: str) -> None:
        """It waits no longer. Nothing of what was typed stays here."""
        with self.site.store.writing() as conn:
            conn.execute(delete(PROPOSAL).where(PROPOSAL.c.id == id))

    def _read(self, row: Row[Any]) -> Proposal:
        family, _, name = row.target.partition("/")
        held = tuple(Holding(**one) for one in json.loads(row.holdings))
        by = Who(row.person, row.name, row.role, held, row.signed_in)
        return Proposal(
            row.id,
            Target(family, name),
            row.command,
            by,
            tuple(json.loads(row.confirmers)),
            self._box.opened(row.fields),
            row.asked,
            self._box.opened(row.returned) if row.returned is not None else None,
            row.returned_by,
        )

    @property
    def _box(self) -> Box:
        return Box(self.site.settings.keys)
