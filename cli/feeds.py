"""`turnaround people feed`: private calendars of boards and deadlines, opened for people and revoked."""

import asyncio
import secrets
from hashlib import sha256
from typing import Annotated

import typer

from cli.doing import submit
from cli.office import PEOPLE, at_the_office, give, reading_the_office
from cli.output import AsJson, emit_json, put_out, put_out_outcome
from cli.people import By, Id, On, PersonId
from domain.actors import OFFICE_ROLE
from domain.feeds import OpenFeed, RevokeFeed, of
from faces.feeds import feeds_listed
from faces.giving import OutcomeUnknown, actor, command_id, occurred
from faces.outcome import Given, report
from faces.page import note, say
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
    with reading_the_office() as here:
        put_out(feeds_listed(here.office), as_json=as_json)


def open_(person: PersonId, by: By = None, on: On = None, as_json: AsJson = False) -> None:
    """Open a private calendar for somebody: the boards of the roles they hold or stand in for, and what those owe.

    Its address is shown once and kept nowhere: whoever has it reads the calendar, until it is revoked. Boards and deadlines
    of confidential models are not in it.

    Example: turnaround people feed open jo-b
    """
    token = new_token()
    with reading_the_office() as here:
        office, who = here.office, actor(OFFICE_ROLE, by)
        body = {"person": office.person(person), "token_sha256": hashed(token)}
        given = Given(command_id(None), PEOPLE, OpenFeed, who, who, occurred(on, office.desk), body, None)
        here.reading.close()
        outcome = _submitted(office, given, person)
        with office.desk.ledger.reading() as conn:
            opened = of(office.desk.directory(conn).feeds, person)
            if not outcome.accepted or not as_json:
                put_out_outcome(report(conn, given, outcome, office.words, repeated=False), as_json=as_json)
        number = next(feed.number for feed in opened if feed.token_sha256 == body["token_sha256"])
        put_out_opened(given.id, person, number, _url(office, token), as_json=as_json)


def new_token() -> str:
    """What the address of a feed holds: whoever knows it reads the feed."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hashed(token: str) -> str:
    """What is kept of a feed's token."""
    return sha256(token.encode()).hexdigest()


def put_out_opened(command: str, person: str, number: int, url: str, *, as_json: bool) -> None:
    """Put out the address of a feed, this once."""
    if as_json:
        emit_json({"command": command, "person": person, "feed": number, "url": url})
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
