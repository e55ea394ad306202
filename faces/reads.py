"""`turnaround reads`: what auditors have read. It is there for the head of the auditor's office alone."""

from sqlalchemy import Connection

from activities.reads import reads as recorded
from domain.reads import HEAD
from faces import dates
from faces.desk import Desk
from faces.page import Answer, Cell, note, table
from faces.problems import Exit, Problem
from faces.readers import note_read


def for_the_head(role: str | None) -> None:
    """Refuse everybody but the head of the auditor's office, before anything is read. Raises Problem."""
    if role != HEAD:
        raise Problem(
            Exit.REFUSED,
            "there is no such list for you: what an audit reads is for the auditor's office alone.",
            f"the head of that office reads it with --as {HEAD}",
        )


def what_auditors_read(desk: Desk, conn: Connection, auditor: str | None) -> Answer:
    """What auditors have read, when and by which command. Raises Problem for anybody but the head of their office."""
    for_the_head(desk.reader)
    found = list(recorded(conn))
    note_read(desk, "reads", "reads", auditor)

    def tell() -> None:
        table(
            ("When", "What", "With", "As", "Who"),
            (
                (
                    Cell(dates.moment(event.recorded_at), event.recorded_at.isoformat()),
                    read.what,
                    read.command.replace("-", " "),
                    read.role,
                    read.person,
                )
                for event, read in found
            ),
        )
        if not found:
            note("No auditor has read anything yet.")

    return Answer([{"at": event.recorded_at, **read.model_dump(mode="json")} for event, read in found], tell)
