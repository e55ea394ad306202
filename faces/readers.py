"""Who reads: the role that --as names. On this machine it is a claim; what it changes is what is there to be read."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from activities.reads import record_read
from domain.council import MAY
from domain.quantities import is_slug
from domain.reads import AUDITORS, Face, RecordRead
from faces.desk import Desk, close, open_desk
from faces.problems import usage
from workers.composition import RELEASE


@contextmanager
def desk_of(role: str | None) -> Iterator[tuple[Desk, Connection]]:
    """The ledger, open for reading by a role; by the one that this machine's command line has, where none is named.

    Raises Problem for a role that no model has.
    """
    with open_desk(reader=role) as desk, desk.ledger.reading() as conn:
        desk.refresh(conn)
        known_role(role, every_role(desk))
        yield desk, conn


def every_role(desk: Desk) -> list[str]:
    """The roles that any published model has, those that give commands to councils, and those that only read."""
    return sorted({*desk.library.roles(), *(name for names in MAY.values() for name in names), *AUDITORS})


def known_role(role: str | None, roles: list[str]) -> None:
    """Refuse a role that does not exist. Raises Problem."""
    if role is not None and role not in roles:
        raise usage(f"there is no role '{role}'.", close(role, roles) or f"roles are {', '.join(roles)}")


def note_read(desk: Desk, what: str, command: Face, by: str | None) -> None:
    """Put it on record that an auditor reads something, before it is shown. Of others' reads nothing is kept.

    Raises Problem for --by without an auditor's role, and DatabaseUnavailable: then nothing is to be shown.
    """
    if desk.reader not in AUDITORS:
        if by is not None:
            raise usage("--by says which auditor reads, and no auditor does.", f"read with --as {AUDITORS[0]}")
        return
    if by is not None and not is_slug(by):
        raise usage(f"--by: '{by[:60]}' is not a person's id.", "write small letters, digits and hyphens, such as jo-b")
    record_read(desk.ledger, RecordRead(what=what, command=command, role=desk.reader, person=by), desk.now, RELEASE)
