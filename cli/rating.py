"""`turnaround rating`: a round of ratings from a CSV file, checked row by row, published, withdrawn."""

import asyncio
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, get_args

import typer

from cli.output import AsJson, confirm, emit_json, terminal
from cli.publishing import carry_out
from domain.council import PublishRating
from domain.dates import When, london_day
from domain.ratings import Service, WithdrawRating
from faces import dates
from faces.desk import Desk, open_desk
from faces.fields import check_string
from faces.legal import second_person_wanted
from faces.outlook import foresee, print_check, sheet_data
from faces.problems import Exit, Problem, usage
from faces.publishing import Given, as_before, hour_of, not_too_early, was_published
from faces.rounds import read_sheet
from faces.words import any_of

RoundFile = Annotated[Path, typer.Argument(metavar="FILE", help="The round, as CSV.")]
PublishedOn = Annotated[
    str | None, typer.Option("--on", metavar="DATE", help="The day of publication; today if left out.")
]
OfService = Annotated[str | None, typer.Option(help="The service the file must be of.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


# The three commands


def make(app: typer.Typer) -> typer.Typer:
    """The commands of a round, as an app of their own."""
    app.callback()(_about)
    app.command("check")(check)
    app.command("publish")(publish)
    app.command("withdraw")(withdraw)
    return app


def _about() -> None:
    """Check, publish or withdraw a round of ratings from a CSV file.

    Example: turnaround rating check social-services-2002-05-29.csv --on 2002-05-29
    """


def check(file: RoundFile, service: OfService = None, on: PublishedOn = None, as_json: AsJson = False) -> None:
    """Say row by row what a round would open, who would be told, and what is wrong. Nothing is stored.

    Example: turnaround rating check round.csv --on 2002-05-29
    """
    with open_desk() as desk, desk.ledger.reading() as conn:
        words = desk.words(conn)
        sheet = read_sheet(file, _day(on, None, desk), service_of(service), desk.register)
        lines = foresee(desk, conn, sheet, words)
        if as_json:
            emit_json(sheet_data(sheet, lines))
        else:
            print_check(sheet, lines, words, desk.today)
        if sheet.wrong or any(line.refusal for line in lines):
            raise typer.Exit(Exit.REFUSED)


def publish(
    file: RoundFile,
    service: OfService = None,
    on: PublishedOn = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Publish later, such as 2002-05-29T09:30 (London) or with a zone."),
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Publish a round: every council's rating, and an engagement for each that a model starts on. Asks first.

    Run twice, nothing doubles.

    Example: turnaround rating publish round.csv --on 2002-05-29 --yes
    """
    with open_desk() as desk:
        hour = hour_of(at)
        with desk.ledger.reading() as conn:
            words = desk.words(conn)
            sheet = read_sheet(file, _day(on, hour, desk), service_of(service), desk.register)
            lines = foresee(desk, conn, sheet, words)
        not_too_early(sheet, hour, desk)
        if not as_json:
            print_check(
                sheet, lines, words, desk.today, rows=terminal()
            )  # of two tables no other program could make sense
        if not lines:
            raise Problem(Exit.REFUSED, f"{file.name} has no row that can be published.", "mend the rows and try again")
        opening = sum(line.opens is not None for line in lines)
        if desk.settings.oidc_issuer is not None and any(line.opens and line.before is None for line in lines):
            raise second_person_wanted(desk, f"the round {sheet.round_id}")
        confirm(
            f"Publish {dates.plural(len(lines), 'rating')}, opening {dates.plural(opening, 'engagement')}?",
            yes=yes,
            as_json=as_json,
        )
        occurred = When.day(sheet.day)
        given = [
            Given(line.row, f"{sheet.round_id}/{line.row.council.gss}", PublishRating, line.row.body, occurred)
            for line in lines
        ]
        with desk.ledger.reading() as conn:
            given = [as_before(conn, one) for one in given]
        asyncio.run(carry_out(desk, sheet.round_id, given, sheet, words, hour, as_json=as_json))


def withdraw(
    file: RoundFile,
    reason: Annotated[str, typer.Option(help="Why; kept sealed.")],
    service: OfService = None,
    on: PublishedOn = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Withdraw a round that was published: its ratings, and what they opened is closed as opened in error. Asks first.

    Example: turnaround rating withdraw round.csv --on 2002-05-29 --reason "published by mistake" --yes
    """
    reason = reason_of(reason)
    with open_desk() as desk:
        with desk.ledger.reading() as conn:
            words = desk.words(conn)
            sheet = read_sheet(file, _day(on, None, desk), service_of(service), desk.register)
            published = [row for row in sheet.rows if was_published(conn, f"{sheet.round_id}/{row.council.gss}")]
        if not published:
            raise Problem(
                Exit.NOT_FOUND,
                f"no rating of {file.name} was published in the round {sheet.round_id}.",
                "give the day of its publication with --on",
            )
        confirm(f"Withdraw {dates.plural(len(published), 'rating')} of {sheet.round_id}?", yes=yes, as_json=as_json)
        round_id = f"{sheet.round_id}-withdrawn"
        body = {"round": sheet.round_id, "reason": reason}
        today = When.day(desk.today)
        given = [Given(row, f"{round_id}/{row.council.gss}", WithdrawRating, body, today) for row in published]
        with desk.ledger.reading() as conn:
            given = [as_before(conn, one) for one in given]
        asyncio.run(carry_out(desk, round_id, given, sheet, words, None, as_json=as_json))


# What was typed


def reason_of(reason: str) -> str:
    """Why a round is withdrawn. Raises Problem where nothing is said."""
    check_string("--reason", reason, lines=True)
    if not reason.strip():
        raise usage("--reason is empty.", "say why the round is withdrawn")
    return reason


def service_of(service: str | None) -> str | None:
    """The service that a file is said to be of. Raises Problem for one that is none."""
    if service is not None and service not in get_args(Service):
        raise usage(f"there is no service '{service}'.", f"it is {any_of(get_args(Service))}")
    return service


def _day(on: str | None, hour: datetime | None, desk: Desk) -> date:
    if on is None:
        return london_day(hour) if hour else desk.today
    try:
        return date.fromisoformat(on)
    except ValueError:
        raise usage(f"--on: '{on[:40]}' is not a day.", "write it as 2002-05-29") from None
