"""`turnaround reads`: what auditors have read. It is there for the head of the auditor's office alone."""

from cli.output import AsJson, put_out
from cli.readers import ReadAs, ReadBy
from faces.readers import desk_of
from faces.reads import for_the_head, what_auditors_read


def reads(
    reader: ReadAs = None,
    auditor: ReadBy = None,
    as_json: AsJson = False,
) -> None:
    """List what auditors have read, when and by which command. For anybody but the head of their office there is no list.

    Example: turnaround reads --as auditor.head
    """
    for_the_head(reader)
    with desk_of(reader) as (desk, conn):
        put_out(what_auditors_read(desk, conn, auditor), as_json=as_json)
