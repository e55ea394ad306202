"""`turnaround move`: an engagement moved to another model or a newer version of its own, with what carries over."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from cli.completing import complete_id
from cli.doing import carry_out
from cli.output import emit_json
from domain.actors import Actor
from domain.engagement import Engagement, Rules
from domain.moving import OFFICE, EngagementMoved, MoveEngagement
from faces.desk import Desk, open_desk, reader
from faces.fields import check_body, with_placeholders
from faces.giving import command_id, occurred
from faces.moving import mapping_of, obligations, show_move, side
from faces.outcome import Given
from faces.page import say
from faces.problems import Exit, Problem, usage
from faces.prose import refused
from faces.trying import Trial
from faces.words import Words


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
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
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
            state, rules = desk.engagement(conn, target.name)
            words = desk.words(conn, rules)
            model, _, version = to.partition("@")
            if not version.isdecimal():
                raise usage(
                    f"'{to[:80]}' is no version of a lifecycle.", "write LIFECYCLE@VERSION, such as franchise@1"
                )
            body: dict[str, Any] = {"model": model, "version": int(version), "stage": stage, "reason": reason}
            body |= {"assume": assume} if assume is not None else {}
            body |= mapping_of(mapping) if mapping is not None else {}
            check_body(MoveEngagement, body)
            office = Actor.parse(OFFICE)
            given = Given(command_id(command), target, MoveEngagement, office, office, occurred(on, desk), body, expect)
            if dry_run:
                _foretell(desk, conn, given, state, rules, words, as_json=as_json)
                return
        carry_out(desk, given, words, again=command is not None, as_json=as_json)


# Without doing it


def _foretell(
    desk: Desk, conn: Connection, given: Given, before: Engagement, rules: Rules, words: Words, *, as_json: bool
) -> None:
    """Decide in this process, on a copy, and say side by side what would change. Raises Problem, or Exit, if refused."""
    trial = Trial(desk, conn, desk.now)
    body = with_placeholders(MoveEngagement, given.body)
    refusal = trial.command(
        given.target, given.kind.type, given.decided_by, given.recorded_by, given.occurred, body, given.expected
    )
    if refusal is not None:
        said = refused(refusal.rule, refusal.details, words)
        if as_json:
            details = {"rule": refusal.rule, "details": dict(refusal.details), "reason": said.sentence}
            emit_json({"target": given.target.stream, "dry_run": True, "accepted": False, **details, "hint": said.hint})
            raise typer.Exit(Exit.REFUSED)
        raise Problem(Exit.REFUSED, f"it would be refused. {said.sentence}", said.hint)
    after = trial.state(given.target)
    assert isinstance(after, Engagement)
    then = desk.library.rules(after.model, reader(conn))
    new_words = replace(words, lifecycles=(then.lifecycle, *words.lifecycles))
    (moved,) = [event for _, _, event in trial.drafted() if isinstance(event, EngagementMoved)]
    data = {
        "target": given.target.stream,
        "dry_run": True,
        "accepted": True,
        "before": side(before, rules, words),
        "after": side(after, then, new_words),
        "obligations": list(obligations(before, after, moved)),
        "assumed": moved.assumed is not None,
        "told": trial.told(),
    }
    if as_json:
        emit_json(data)
        return
    say(f"It would be accepted: {given.target.name} moves to {after.model}. Nothing has been stored.")
    show_move(data, words, new_words)
