"""`turnaround privacy`: what is kept of somebody, what must be kept, what need be no longer, and what is erased."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.completing import complete_id
from cli.doing import carry_out
from cli.output import AsJson, confirm, emit_json, put_out
from cli.readers import ReadAs, ReadBy
from domain.actors import OFFICE_ROLE
from domain.erasure import EraseValues, LiftHold, PlaceHold
from domain.part import Command
from faces import dates
from faces.desk import Desk, open_desk
from faces.fields import check_body
from faces.giving import actor, command_id, date_given, occurred
from faces.outcome import Given
from faces.page import as_json as plain
from faces.page import say
from faces.privacy import RECORD, erasure_of, kept_of, standing_holds, time_is_over, values_with
from faces.problems import usage
from faces.readers import desk_of, note_read

Person = Annotated[str, typer.Argument(metavar="PERSON", help="A person's id, or a bidder's.")]
MaybePerson = Annotated[str | None, typer.Argument(metavar="[PERSON]", help="A person's id, or a bidder's.")]
EngagementId = Annotated[
    str | None, typer.Option("--engagement", metavar="ID", help="An engagement.", autocompletion=complete_id)
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is sealed.")]
By = Annotated[str | None, typer.Option("--by", metavar="PERSON-ID", help="Who decided it.")]
Id = Annotated[str | None, typer.Option("--id", metavar="COMMAND-ID", help="An id, to ask again safely.")]


def make(app: typer.Typer) -> typer.Typer:
    """The commands about what is kept, as an app of their own."""
    app.callback()(privacy)
    for name, command in (
        ("export", export),
        ("find", find),
        ("erase", erase),
        ("due", due),
        ("hold", hold),
        ("lift", lift),
        ("holds", holds),
    ):
        app.command(name)(command)
    return app


def privacy() -> None:
    """What is kept of people, what must be kept, and what is erased. What is erased can't be brought back."""


# What is kept


def export(
    person: Person,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write it.")] = None,
    role: ReadAs = None,
    auditor: ReadBy = None,
) -> None:
    """Write all that is kept of somebody as JSON: their values, where each came from, roles, acts and notices to them.

    Example: turnaround privacy export jo-b -o jo-b.json
    """
    with desk_of(role) as (desk, conn):
        data = kept_of(desk, conn, person)
        note_read(desk, person, "privacy-export", auditor)
    put_out_export(data, output)


def put_out_export(data: Mapping[str, Any], output: Path | None) -> None:
    """What is kept of somebody, into a file where one is named. Raises Problem where that is there already."""
    if output is None:
        emit_json(data)
        return
    if output.exists():
        raise usage(f"{output} is there already.", "choose another name")
    output.write_text(json.dumps(data, ensure_ascii=False, indent=2, default=plain) + "\n", encoding="utf-8")
    say(f"Wrote {output}: {dates.plural(len(data['values']), 'value')}, {dates.plural(len(data['acts']), 'act')}.")


def find(
    words: Annotated[str, typer.Argument(metavar="WORDS", help="What to look for, in capitals or not.")],
    as_json: AsJson = False,
) -> None:
    """Find sealed values that hold some words, such as a name in a note, to erase them one by one.

    Example: turnaround privacy find "Jo Bloggs"
    """
    with open_desk() as desk, desk.ledger.reading() as conn:
        put_out(values_with(desk, conn, words), as_json=as_json)


# Erasing


def erase(
    person: MaybePerson = None,
    engagement: EngagementId = None,
    value: Annotated[
        list[str] | None,
        typer.Option("--value", metavar="SEALED", help="One value, as `find` names it; may be repeated."),
    ] = None,
    because: Annotated[
        str, typer.Option("--because", metavar="WHY", help="request, or error where it should not have been written.")
    ] = "request",
    asked_on: Annotated[str | None, typer.Option("--asked-on", metavar="DATE", help="When it was asked for.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="More on why; it is sealed.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    by: By = None,
    id: Id = None,
    as_json: AsJson = False,
) -> None:
    """Erase for good what is sealed: all of a person, single values, or of a closed engagement what its time is over for.

    The ledger keeps that it was done, and verifies as before. Packs and backups made earlier are beyond its reach.

    Examples: turnaround privacy erase jo-b --asked-on 2026-11-02; turnaround privacy erase --engagement haringey-1
    """
    with open_desk() as desk:
        with desk.ledger.reading() as conn:
            body = {"because": because, **erasure_of(desk, conn, person, engagement, value or ())}
            subject = person or engagement or dates.plural(len(value or ()), "value")
        body |= {"asked_on": str(date_given("--asked-on", asked_on)) if asked_on else None, "reason": reason}
        confirm(f"Erase for good what is sealed of {subject}?", yes=yes, as_json=as_json)
        _give(desk, EraseValues, body, by, id, as_json)
        desk.ledger.scrub()


def _give(
    desk: Desk, kind: type[Command], body: Mapping[str, Any], by: str | None, id: str | None, as_json: bool
) -> None:
    given = {name: value for name, value in body.items() if value}
    check_body(kind, given)
    who = actor(OFFICE_ROLE, by)
    with desk.ledger.reading() as conn:
        words = desk.words(conn)
    command = Given(command_id(id), RECORD, kind, who, who, occurred(None, desk), given, None)
    carry_out(desk, command, words, again=id is not None, as_json=as_json)


def due(as_json: AsJson = False) -> None:
    """List closed engagements that hold values whose time is over.

    Example: turnaround privacy due
    """
    with open_desk() as desk, desk.ledger.reading() as conn:
        put_out(time_is_over(desk, conn), as_json=as_json)


# Legal holds


def hold(
    reason: Reason,
    person: MaybePerson = None,
    engagement: EngagementId = None,
    by: By = None,
    id: Id = None,
    as_json: AsJson = False,
) -> None:
    """Place a legal hold: nothing of a person, or of an engagement, is erased until it is lifted.

    Example: turnaround privacy hold --engagement haringey-1 --reason "A public inquiry"
    """
    with open_desk() as desk:
        _give(desk, PlaceHold, {"subject": person, "engagement": engagement, "reason": reason}, by, id, as_json)


def lift(
    number: Annotated[int, typer.Argument(metavar="HOLD", help="The hold's number.")],
    reason: Reason,
    by: By = None,
    id: Id = None,
    as_json: AsJson = False,
) -> None:
    """Lift a legal hold.

    Example: turnaround privacy lift 1 --reason "The inquiry reported"
    """
    with open_desk() as desk:
        _give(desk, LiftHold, {"hold": number, "reason": reason}, by, id, as_json)


def holds(as_json: AsJson = False) -> None:
    """List the legal holds that stand.

    Example: turnaround privacy holds
    """
    with open_desk() as desk, desk.ledger.reading() as conn:
        put_out(standing_holds(conn), as_json=as_json)
