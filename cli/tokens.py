"""`turnaround tokens` and `turnaround link`: how machines sign in to the console, and how somebody does on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from cli.completing import complete_role
from cli.output import AsJson, emit_json
from domain.quantities import Slug
from faces import dates
from faces.desk import Desk, open_desk
from faces.page import Cell, note, say, table
from faces.problems import Exit, Problem, not_found, usage
from faces.readers import every_role, known_role
from workers.reach import http_of
from workers.settings import Settings

if TYPE_CHECKING:
    from console.store import Store
    from console.tokens import Made


_NAME = TypeAdapter(Slug)


def make_app(app: typer.Typer) -> typer.Typer:
    """The commands about tokens, as an app of their own."""
    app.callback()(_about)
    app.command("make")(make)
    app.command("list")(every)
    app.command("revoke")(revoke)
    return app


def _about() -> None:
    """Service tokens: a machine that asks the console sends one as `Authorization: Bearer TOKEN`.

    Example: turnaround tokens make nightly-load --as department.programme-office
    """


def make(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the machine is called: small letters and hyphens.")],
    role: Annotated[
        str, typer.Option("--as", metavar="ROLE", help="The role that it acts in.", autocompletion=complete_role)
    ],
    council: Annotated[str | None, typer.Option(metavar="GSS", help="Only in one council.")] = None,
    engagement: Annotated[str | None, typer.Option(metavar="ID", help="Only in one engagement.")] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="For how many days it holds.")] = 90,
) -> None:
    """Make a token for a machine. It is shown once, and kept nowhere: what is kept is a hash.

    Example: turnaround tokens make nightly-load --as department.programme-office --days 30
    """
    from console.tokens import Tokens
    from console.who import Holding

    try:
        _NAME.validate_python(name)
    except ValidationError:
        raise usage(
            f"'{name[:60]}' can't be a name.", "write small letters, digits and hyphens: nightly-load"
        ) from None
    with open_desk() as desk:
        holding = Holding(role, *_place(desk, role, council, engagement))
    with _store() as store:
        ends = store.now() + timedelta(days=days)
        say(Tokens(store).make(name, holding, ends))
    note(f"Keep it now: it is not shown again. It holds until {dates.moment(ends)}.")


def every(as_json: AsJson = False) -> None:
    """List the tokens that were made: for whom, in which role and where, and until when.

    Example: turnaround tokens list
    """
    from console.tokens import Tokens

    with _store() as store:
        found, now = Tokens(store).every(), store.now()
    rows: list[dict[str, Any]] = [
        {
            "token": one.number,
            "name": one.name,
            "role": one.holding.role,
            "where": one.holding.council or one.holding.engagement,
            "ends": one.ends.isoformat(),
            "state": "revoked" if one.revoked else "over" if one.ends <= now else "holds",
        }
        for one in found
    ]
    if as_json:
        emit_json(rows)
    elif rows:
        table(
            ("Token", "Name", "Role", "Where", "Until", "State"),
            (
                [str(one.number), one.name, one.holding.role, row["where"], _until(one), row["state"]]
                for row, one in zip(rows, found, strict=True)
            ),
        )
    else:
        note("No token was made yet.")


def revoke(
    number: Annotated[int, typer.Argument(metavar="TOKEN", help="Its number in `turnaround tokens list`.")],
) -> None:
    """Revoke a token: from now on it signs nobody in.

    Example: turnaround tokens revoke 1
    """
    from console.tokens import Tokens

    with _store() as store:
        if not Tokens(store).revoke(number):
            raise not_found(f"there is no token {number} that still holds.", "`turnaround tokens list` lists them")
    say(f"Token {number} is revoked.")


def link() -> None:
    """Print a link that signs the local user in to the console of `turnaround up`, once.

    Example: turnaround link
    """
    from console.sessions import Sessions

    settings = Settings()
    http = http_of(settings)
    if http is None:
        raise Problem(Exit.UNREACHABLE, "no console is up on this machine.", "start it with `turnaround up`")
    if settings.oidc_issuer is not None:
        raise usage("people sign in with the organisation's provider here.", f"open {settings.console_origin or http}")
    with _store() as store:
        say(f"{http}/sign-in/{Sessions(store).link()}")


@contextmanager
def _store() -> "Iterator[Store]":
    from console.store import Store

    settings = Settings()
    store = Store(settings.console_database, settings.synchronous)
    try:
        yield store
    finally:
        store.close()


def _place(desk: Desk, role: str, council: str | None, engagement: str | None) -> tuple[str | None, str | None]:
    """Where a role is to be held. Raises Problem for what there is not."""
    if council is not None and engagement is not None:
        raise usage("a token is for a council or for an engagement, not for both.", "leave one of them out")
    with desk.ledger.reading() as conn:
        desk.refresh(conn)
        known_role(role, every_role(desk))
        gss = desk.facts(council.upper()).gss if council is not None else None
        if engagement is not None and desk.resolve(conn, engagement).family != "engagement":
            raise not_found(f"there is no engagement '{engagement[:60]}'.")
    return gss, engagement


def _until(one: "Made") -> Cell:
    return Cell(dates.moment(one.ends), one.ends.isoformat())
