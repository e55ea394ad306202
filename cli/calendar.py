"""`turnaround calendar`: the boards and deadlines of an engagement, as calendar programs read them."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.completing import complete_id
from cli.readers import ReadAs
from faces.page import note
from faces.problems import usage
from faces.readers import desk_of


def calendar(
    id: Annotated[str, typer.Argument(metavar="ID", help="An engagement's id.", autocompletion=complete_id)],
    file: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Where to write it; else it is printed.")
    ] = None,
    reader: ReadAs = None,
) -> None:
    """Write the boards and deadlines of an engagement as a calendar (iCalendar), for any calendar program to open.

    It is as it stands now. A calendar that keeps itself up to date is a feed: see `turnaround people feed`.

    Examples: turnaround calendar haringey-1 -o haringey.ics; turnaround calendar haringey-1 | less
    """
    from activities.delivery import host_of
    from workers.agenda import Agendas

    with desk_of(reader) as (desk, conn):
        target = desk.resolve(conn, id)
        if target.family != "engagement":
            raise usage(
                f"'{id[:60]}' is a council, and a calendar is of an engagement.", "`turnaround portfolio` lists them"
            )
        content = Agendas(host_of(desk.about), desk.register).of_engagement(conn, target.name)
    if file is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return
    write(file, content)
    note(f"Written: {file}")


def write(file: Path, content: bytes) -> None:
    """Write it whole or not at all. Raises Problem."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        fresh.write_bytes(content)
        fresh.replace(file)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise usage(
            f"{file} can't be written: {error.strerror or type(error).__name__}.", "name another file"
        ) from None
