"""`turnaround move`: an engagement moved to another model or a newer version of its own, with what carries over."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.completing import complete_id
from cli.doing import carry_out
from cli.output import AsJson, put_out_outcome
from domain.actors import OFFICE_ROLE, Actor
from domain.moving import MoveEngagement
from faces.desk import open_desk
from faces.fields import check_body
from faces.giving import command_id, occurred
from faces.moving import foretell_move, mapping_of
from faces.outcome import Given
from faces.problems import usage


def move(
    id: Annotated[str, typer.Argument(metavar="ID", help="An engagement's id.", autocompletion=complete_id)],
    to: Annotated[str, typer.Option("--to", metavar="L@V", help="The published lifecycle, such as franchise@1.")],
    stage: Annotated[str, typer.Option(metavar="STAGE", help="Where it stands in that lifecycle.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is sealed.")],
    mapping: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What carries over: obligations, people, deliverables (YAML).")
    ] = None,
    assume: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Why the gates before that stage are taken as met.")
    ] = None,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="From which day; today if left out.")] = None,
    expect: Annotated[int | None, typer.Option(min=0, help="Refuse it unless the version is this one.")] = None,
    command: Annotated[
        str | None, typer.Option("--id", metavar="COMMAND-ID", help="An id, to ask again safely.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and store nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Move an engagement to another model, or to a newer version of its own; its past stays under the rules it lived by.

    \b
    Everything owed is carried over or let go with a reason; in a newer version of the same model what is called the same
    goes on by itself. Examples:
      turnaround move swindon-1 --to performance-action-team@3 --stage exit --reason "The new exit." --dry-run
      turnaround move swindon-1 --to franchise@1 --stage set-up --mapping carry.yaml --reason "A partner is found."
    """
    with open_desk() as desk:
        with desk.ledger.reading() as conn:
            target = desk.resolve(conn, id)
            if target.family != "engagement":
                raise usage(f"{id} is a council: an engagement is moved.", "name one, such as swindon-1")
            rules = desk.engagement(conn, target.name)[1]
            words = desk.words(conn, rules)
            body = body_of(to, stage, reason, mapping, assume)
            office = Actor.parse(OFFICE_ROLE)
            given = Given(command_id(command), target, MoveEngagement, office, office, occurred(on, desk), body, expect)
            if dry_run:
                put_out_outcome(foretell_move(desk, conn, given, words), as_json=as_json)
                return
        carry_out(desk, given, words, again=command is not None, as_json=as_json)


def body_of(to: str, stage: str, reason: str, mapping: Path | None, assume: str | None) -> dict[str, Any]:
    """The fields of the command, checked. Raises Problem."""
    model, _, version = to.partition("@")
    if not version.isdecimal():
        raise usage(f"'{to[:80]}' is no version of a lifecycle.", "write LIFECYCLE@VERSION, such as franchise@1")
    body: dict[str, Any] = {"model": model, "version": int(version), "stage": stage, "reason": reason}
    body |= {"assume": assume} if assume is not None else {}
    body |= mapping_of(mapping) if mapping is not None else {}
    check_body(MoveEngagement, body)
    return body
