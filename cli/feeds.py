"""`turnaround people feed`: private calendars of boards and deadlines, opened for people and revoked."""

import asyncio
import secrets
from hashlib import sha256
from typing import Annotated, Any

import typer

from cli.doing import submit
from cli.output import emit_json, put_out_outcome
from cli.people import PEOPLE, AsJson, By, Id, On, PersonId, at_the_office, give
from domain.directory import OFFICE
from domain.feeds import Feed, OpenFeed, RevokeFeed, of
from faces import dates
from faces.giving import OutcomeUnknown, actor, command_id, occurred
from faces.listing import tell_kind
from faces.outcome import Given, report
from faces.page import Cell, note, say, table
from faces.people import Office
from faces.problems import Exit, Problem
from ledger.commands import StoredOutcome
from workers.reach import http_of

TOKEN_BYTES = 32
"""Of a token: 256 random bits."""


def add_to(app: typer.Typer) -> typer.Typer:
    """The commands about feeds, beside the others of the directory."""
    group = type(app)()
    group.callback(invoke_without_command=True, no_args_is_help=False)(feeds)
    group.command("open")(open_)
    group.command("revoke")(revoke)
    app.add_typer(group, name="feed")
    return app


def feeds(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the private calendars there are; open one for somebody, or revoke one. Their addresses are kept nowhere.

    Examples: turnaround people feed; turnaround people feed open jo-b; turnaround people feed revoke jo-b 1
    """
    if ctx.invoked_subcommand is not None:
        return
    with at_the_office() as office:
        rows = [_row(feed) for feed in sorted(office.directory.feeds, key=lambda feed: (feed.person, feed.number))]
        if as_json:
            emit_json(rows)
            return
        if rows:
            table(
                ("Person", "Feed", "Opened", "Revoked"),
                (
                    (
                        Cell(row["person"], style="bold"),
                        str(row["feed"]),
                        Cell(dates.printed(row["opened"]), row["opened"]),
                        Cell(dates.printed(row["revoked"]), row["revoked"]) if row["revoked"] else None,
                    )
                    for row in rows
                ),
            )
        note(
            f"{dates.plural(len(rows), 'feed')}." if rows else "There is none; `turnaround people feed open` opens one."
        )
        tell_kind(office.desk)


def _row(feed: Feed) -> dict[str, Any]:
    return {
        "person": feed.person,
        "feed": feed.number,
        "opened": str(feed.opened),
        "revoked": str(feed.revoked) if feed.revoked else None,
    }


def open_(person: PersonId, by: By = None, on: On = None, as_json: AsJson = False) -> None:
    """Open a private calendar for somebody: the boards of the roles they hold or stand in for, and what those owe.

    Its address is shown once and kept nowhere: whoever has it reads the calendar, until it is revoked. Boards and deadlines
    of confidential models are not in it.

    Example: turnaround people feed open jo-b
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with at_the_office() as office:
        who = actor(OFFICE, by)
        body = {"person": office.person(person), "token_sha256": sha256(token.encode()).hexdigest()}
        given = Given(command_id(None), PEOPLE, OpenFeed, who, who, occurred(on, office.desk), body, None)
        office.stop_reading()
        outcome = _submitted(office, given, person)
        with office.desk.ledger.reading() as conn:
            opened = of(office.desk.directory(conn).feeds, person)
            if not outcome.accepted or not as_json:
                put_out_outcome(report(conn, given, outcome, office.words, repeated=False), as_json=as_json)
        number = next(feed.number for feed in opened if feed.token_sha256 == body["token_sha256"])
        url = _url(office, token)
        if as_json:
            emit_json({"command": given.id, "person": person, "feed": number, "url": url})
            return
        say(f"Its address, which is shown this once: {url}")
        note(f"Whoever has it reads the calendar. To end that: turnaround people feed revoke {person} {number}")


def _submitted(office: Office, given: Given, person: str) -> StoredOutcome:
    try:
        return asyncio.run(submit(office.desk, given))
    except OutcomeUnknown:
        # To ask again with the same id would need the token, and that is kept nowhere.
        raise Problem(
            Exit.UNREACHABLE,
            f"whether a feed was opened for {person} is not known yet, and its address is lost.",
            "see `turnaround people feed` later: revoke it if it is there, and open another",
        ) from None


def _url(office: Office, token: str) -> str:
    from console.feeds import feed_path
    from console.serving import HOST

    at = http_of(office.desk.settings) or f"http://{HOST}:{office.desk.settings.http_port}"
    return f"{at}{feed_path(token)}"


def revoke(
    person: PersonId,
    feed: Annotated[
        int, typer.Argument(metavar="FEED", min=1, help="Its number, which `turnaround people feed` shows.")
    ],
    by: By = None,
    on: On = None,
    id: Id = None,
    as_json: AsJson = False,
) -> None:
    """Revoke somebody's private calendar: its address leads nowhere from now on.

    Example: turnaround people feed revoke jo-b 1
    """
    with at_the_office() as office:
        give(office, RevokeFeed, {"person": office.person(person), "feed": feed}, by, on, id, as_json)
