"""`turnaround clock`: the clock of something owed paused with a reason, and set going again. A front of `turnaround do`."""

from typing import Annotated, Any, get_args

import typer

from cli.completing import complete_id, complete_role
from cli.doing import do
from cli.output import AsJson
from domain import clock
from domain.clock import PauseClock, ResumeClock

Id = Annotated[str, typer.Argument(metavar="ID", help="An engagement's id.", autocompletion=complete_id)]
Obligation = Annotated[str, typer.Argument(metavar="OBLIGATION", help="What is owed, as `turnaround due` names it.")]
Number = Annotated[int | None, typer.Option(min=1, help="Which, where several of one kind are owed.")]
Role = Annotated[
    str | None,
    typer.Option("--as", metavar="ROLE", help="The role that decides it.", autocompletion=complete_role),
]
On = Annotated[str | None, typer.Option(metavar="DATE", help="From which day; today if left out.")]
CommandId = Annotated[str | None, typer.Option("--id", metavar="COMMAND-ID", help="An id, to ask again safely.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would follow, and store nothing.")]


def make(app: typer.Typer) -> typer.Typer:
    """The commands of a clock, as an app of their own."""
    app.callback()(_about)
    app.command("pause")(pause)
    app.command("resume")(resume)
    return app


def _about() -> None:
    """Pause the clock of something owed, and let it go on with the working days that were left.

    Example: turnaround clock pause haringey-1 submit-pip --reason "An election." --ground election
    """


def _grounds(incomplete: str) -> list[str]:
    return [name for name in get_args(clock.Ground) if name.startswith(incomplete)]


def pause(
    id: Id,
    obligation: Obligation,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is sealed.")],
    ground: Annotated[
        str,
        typer.Option(
            metavar="GROUND", help=f"Of what kind: {', '.join(get_args(clock.Ground))}.", autocompletion=_grounds
        ),
    ] = "other",
    number: Number = None,
    role: Role = None,
    on: On = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Pause the clock of something owed: nobody is reminded and nothing is late until it goes on.

    Example: turnaround clock pause haringey-1 submit-pip --reason "An election." --as inspectorate.regional-director
    """
    do(**pausing(id, obligation, reason, ground, number, role, on, command_id, dry_run, as_json))


def pausing(
    id: str,
    obligation: str,
    reason: str,
    ground: str,
    number: int | None,
    role: str | None,
    on: str | None,
    command_id: str | None,
    dry_run: bool,
    as_json: bool,
) -> dict[str, Any]:
    """What `turnaround do` is given for it."""
    values = [f"obligation={obligation}", f"ground={ground}", f"reason={reason}", *_numbered(number)]
    return _given(id, PauseClock.type, values, role, on, command_id, dry_run, as_json)


def resume(
    id: Id,
    obligation: Obligation,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why, if there is more to say.")] = None,
    number: Number = None,
    role: Role = None,
    on: On = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Let a paused clock go on, with the working days that were left.

    Example: turnaround clock resume haringey-1 submit-pip --as department.programme-office
    """
    do(**resuming(id, obligation, reason, number, role, on, command_id, dry_run, as_json))


def resuming(
    id: str,
    obligation: str,
    reason: str | None,
    number: int | None,
    role: str | None,
    on: str | None,
    command_id: str | None,
    dry_run: bool,
    as_json: bool,
) -> dict[str, Any]:
    """What `turnaround do` is given for it."""
    values = [f"obligation={obligation}", *([f"reason={reason}"] if reason is not None else []), *_numbered(number)]
    return _given(id, ResumeClock.type, values, role, on, command_id, dry_run, as_json)


def _given(
    id: str,
    command: str,
    values: list[str],
    role: str | None,
    on: str | None,
    command_id: str | None,
    dry_run: bool,
    as_json: bool,
) -> dict[str, Any]:
    given = {"target": id, "command": command, "values": values, "role": role, "on": on, "id": command_id}
    return {**given, "dry_run": dry_run, "as_json": as_json}


def _numbered(number: int | None) -> list[str]:
    return [f"number={number}"] if number is not None else []
