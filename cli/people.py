"""`turnaround people`: the directory of people. Who holds which role and where, who is away, how each wants to be told."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from activities import endpoints
from cli.completing import complete_id, complete_role
from cli.doing import carry_out
from cli.output import put_out
from domain.dates import When
from domain.directory import (
    OFFICE,
    ChangeContact,
    EndAbsence,
    EndRole,
    GiveRole,
    RecordAbsence,
    RegisterPerson,
    SetPreference,
)
from domain.part import Command
from faces.desk import Target, open_desk
from faces.fields import check_body, check_string
from faces.giving import actor, command_id, date_given, occurred
from faces.outcome import Given
from faces.people import Office, listed, who_holds
from faces.problems import not_found, usage

PEOPLE = Target("office", "people")

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\Z")

_ALLOW = "TURNAROUND_WEBHOOK_ALLOW names the hosts for which that is right"
_WEBHOOKS_REFUSED: Mapping[endpoints.Why, tuple[str, str]] = {
    "not-an-address": ("this is not a web address", "write it like https://cases.example.org/turnaround"),
    "not-https": ("only addresses that begin with https:// are taken", _ALLOW),
    "user-info": ("a user and a password can't stand in the address", "what is sent is signed: leave them out"),
    "fragment": ("there is a '#' in the address, and nothing after it would be sent", "leave it out"),
    "host": ("its host can't be one", "write it like https://cases.example.org/turnaround"),
    "private": ("it leads into a private network, where nothing is sent", _ALLOW),
}

PersonId = Annotated[str, typer.Argument(metavar="PERSON", help="The person's id, such as jo-b.")]
RoleName = Annotated[str, typer.Argument(metavar="ROLE", help="PARTY.ROLE.", autocompletion=complete_role)]
CouncilName = Annotated[str | None, typer.Option("--council", metavar="NAME", help="A council's code or name.")]
EngagementId = Annotated[
    str | None,
    typer.Option("--engagement", metavar="ID", help="An engagement's id.", autocompletion=complete_id),
]
From = Annotated[str | None, typer.Option("--from", metavar="DATE", help="The first day; today if left out.")]
To = Annotated[str | None, typer.Option("--to", metavar="DATE", help="The last day; open if left out.")]
Name = Annotated[str | None, typer.Option("--name", metavar="TEXT", help="The name in full; it is sealed.")]
Email = Annotated[str | None, typer.Option("--email", metavar="ADDRESS", help="An address; it is sealed.")]
WebhookUrl = Annotated[
    str | None,
    typer.Option("--webhook", metavar="URL", help="Where a system is told (docs/webhooks.md); it is sealed."),
]
Organisation = Annotated[str | None, typer.Option("--organisation", metavar="TEXT", help="A firm or public body.")]
By = Annotated[str | None, typer.Option("--by", metavar="PERSON-ID", help="Who decided it.")]
On = Annotated[str | None, typer.Option("--on", metavar="DATE", help="When it was decided; today if left out.")]
Id = Annotated[str | None, typer.Option("--id", metavar="COMMAND-ID", help="An id, to ask again safely.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


def make(app: typer.Typer) -> typer.Typer:
    """The commands of the directory, as an app of their own; without one it is listed."""
    app.callback(invoke_without_command=True, no_args_is_help=False)(people)
    for name, command in (
        ("add", add),
        ("contact", contact),
        ("role", role),
        ("end-role", end_role),
        ("away", away),
        ("back", back),
        ("prefer", prefer),
        ("who", who),
    ):
        app.command(name)(command)
    return app


# Giving commands


@dataclass(frozen=True)
class Open(Office):
    """The directory, read over a connection that is let go of before something is done."""

    stop_reading: Callable[[], None]


@contextmanager
def at_the_office() -> Iterator[Open]:
    """The directory, open."""
    with open_desk() as desk, ExitStack() as reading:
        conn = reading.enter_context(desk.ledger.reading())
        yield Open(desk, conn, desk.words(conn), desk.directory(conn), reading.close)


def give(
    office: Open,
    kind: type[Command],
    body: Mapping[str, Any],
    by: str | None,
    on: str | None,
    id: str | None,
    as_json: bool,
    role: str = OFFICE,
) -> None:
    """Give the directory a command, with what of its fields is given, and say what came of it."""
    given = {name: str(value) if isinstance(value, When) else value for name, value in body.items() if value}
    check_body(kind, given)
    who = actor(role, by)
    command = Given(command_id(id), PEOPLE, kind, who, who, occurred(on, office.desk), given, None)
    office.stop_reading()
    carry_out(office.desk, command, office.words, again=id is not None, as_json=as_json)


def _date(option: str, text: str | None) -> When | None:
    return date_given(option, text) if text is not None else None


def _line(option: str, text: str | None) -> str | None:
    if text is not None:
        check_string(option, text, lines=False)
        if not text.strip():
            raise usage(f"{option} is empty.", "give it, or leave it out")
    return text


def _address(option: str, text: str | None) -> str | None:
    if _line(option, text) is not None and not _EMAIL.match(str(text)):
        raise usage(f"{option}: '{str(text)[:60]}' is not an address.", "write it like jo@example.org")
    return text


def _webhook(office: Office, text: str | None) -> str | None:
    """The address of a webhook. Raises Problem where it can't be one, or leads to where nothing is sent."""
    if text is None:
        return None
    try:
        endpoints.read(text, office.desk.settings.webhook_allow)
    except endpoints.AddressRefused as error:
        said, hint = _WEBHOOKS_REFUSED[error.why]
        raise usage(f"--webhook: {said}.", hint) from None
    return text


def add(
    person: PersonId,
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="The name in full; it is sealed.")],
    email: Email = None,
    webhook: WebhookUrl = None,
    organisation: Organisation = None,
    by: By = None,
    on: On = None,
    id: Id = None,
    as_json: AsJson = False,
) -> None:
    """Put somebody into the directory, or a system that is told as one, under an id that is theirs for ever.

    \b
    Examples:
      turnaround people add jo-b --name "Jo Berry" --email jo.berry@example.org
      turnaround people add haringey-cases --name "Case system" --webhook https://cases.example.org/turnaround
    """
    with at_the_office() as office:
        body = {
            "person": person,
            "name": _line("--name", name),
            "email": _address("--email", email),
            "webhook": _webhook(office, webhook),
            "organisation": _line("--organisation", organisation),
        }
        give(office, RegisterPerson, body, by, on, id, as_json)


def contact(
    person: PersonId,
    name: Name = None,
    email: Email = None,
    webhook: WebhookUrl = None,
    organisation: Organisation = None,
    no_email: Annotated[bool, typer.Option("--no-email", help="The address no longer holds.")] = False,
    no_webhook: Annotated[bool, typer.Option("--no-webhook", help="Nothing more is to be sent there.")] = False,
    by: By = None,
    on: On = None,
    id: Id = None,
    as_json: AsJson = False,
) -> None:
    """Give somebody another name, address or organisation. What is left out stays as it is.

    A webhook's address has a secret of its own: whoever gives another gives the receiver the new secret as well, which
    `turnaround people webhook` shows.

    Examples: turnaround people contact jo-b --email jo@example.org; turnaround people contact haringey-cases --no-webhook
    """
    with at_the_office() as office:
        body = {
            "person": office.person(person),
            "name": _line("--name", name),
            "email": _address("--email", email),
            "webhook": _webhook(office, webhook),
            "organisation": _line("--organisation", organisation),
            "removed": [name for name, gone in (("email", no_email), ("webhook", no_webhook)) if gone],
        }
        give(office, ChangeContact, body, by, on, id, as_json)


def role(
    person: PersonId,
    role: RoleName,
    council: CouncilName = None,
    engagement: EngagementId = None,
    starts: From = None,
    ends: To = None,
    by: By = None,
    on: On = None,
    id: Id = None,
    as_json: AsJson = False,
) -> None:
    """Give somebody a role: everywhere, in one council with --council, or in one engagement with --engagement.

    Example: turnaround people role jo-b inspectorate.lead-inspector --council Haringey --from 2026-12-01
    """
    with at_the_office() as office:
        body = {
            "person": office.person(person),
            "role": office.role(role),
            "council": office.council(council),
            "engagement": office.engagement(engagement),
            "starts": _date("--from", starts),
            "ends": _date("--to", ends),
        }
        give(office, GiveRole, body, by, on, id, as_json)


def end_role(
    holding: Annotated[int, typer.Argument(metavar="HOLDING", help="Its number, which `turnaround people` shows.")],
    last_day: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="The last day of it; at once if left out.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why; it is sealed.")] = None,
    by: By = None,
    on: On = None,
    id: Id = None,
    as_json: AsJson = False,
) -> None:
    """End a holding of a role, at once or after a last day.

    Example: turnaround people end-role 3 --to 2026-12-31
    """
    with at_the_office() as office:
        body = {"holding": holding, "last_day": _date("--to", last_day), "reason": _line("--reason", reason)}
        give(office, EndRole, body, by, on, id, as_json)


def away(
    person: PersonId,
    starts: From = None,
    ends: To = None,
    cover: Annotated[str | None, typer.Option("--cover", metavar="PERSON", help="Who stands in.")] = None,
    by: By = None,
    on: On = None,
    id: Id = None,
    as_json: AsJson = False,
) -> None:
    """Record that somebody is away, and who stands in for them. Why is not asked.

    Example: turnaround people away jo-b --from 2026-12-21 --to 2027-01-04 --cover sam-k
    """
    with at_the_office() as office:
        body = {
            "person": office.person(person),
            "starts": _date("--from", starts),
            "ends": _date("--to", ends),
            "cover": office.person(cover) if cover is not None else None,
        }
        give(office, RecordAbsence, body, by, on, id, as_json)


def back(
    person: PersonId,
    absence: Annotated[
        int | None, typer.Option("--absence", metavar="NUMBER", help="Which, where several are recorded.")
    ] = None,
    by: By = None,
    on: On = None,
    id: Id = None,
    as_json: AsJson = False,
) -> None:
    """Record that somebody is back, or will not be away after all.

    Example: turnaround people back jo-b
    """
    with at_the_office() as office:
        number = absence if absence is not None else _absence_of(office, office.person(person))
        give(office, EndAbsence, {"absence": number}, by, on, id, as_json)


def _absence_of(office: Office, person: str) -> int:
    """The absence somebody comes back from: that of today, or else the only one to come."""
    today = office.desk.today
    now = office.directory.away(person, today)
    coming = [each for each in office.directory.absences if each.person == person and not each.span.done_by(today)]
    if now is not None:
        return now.number
    if len(coming) == 1:
        return coming[0].number
    if coming:
        numbers = ", ".join(str(each.number) for each in coming)
        raise usage(f"{person} will be away several times.", f"say which with --absence: {numbers}")
    raise not_found(f"{person} is not recorded as away.", "`turnaround people` shows who is")


def prefer(
    person: PersonId,
    channel: Annotated[str | None, typer.Argument(metavar="CHANNEL", help="email, webhook or file.")] = None,
    digest: Annotated[bool, typer.Option("--digest", help="Once each working day, all together.")] = False,
    at_once: Annotated[bool, typer.Option("--at-once", help="Each notice by itself, as soon as it is due.")] = False,
    role: Annotated[
        str, typer.Option("--as", metavar="ROLE", help="The role that says so.", autocompletion=complete_role)
    ] = OFFICE,
    by: By = None,
    on: On = None,
    id: Id = None,
    as_json: AsJson = False,
) -> None:
    """Say how somebody wants to be told: by email, webhook or file, at once or in a digest. People say so themselves with --as.

    Examples: turnaround people prefer jo-b file; turnaround people prefer jo-b email --digest --as council.director
    """
    if digest and at_once:
        raise usage("--digest and --at-once are different paces.", "give one of them")
    with at_the_office() as office:
        pace = "digest" if digest else "at-once" if at_once else None
        body = {"person": office.person(person), "channel": channel, "pace": pace}
        by = person if by is None and role != OFFICE else by
        give(office, SetPreference, body, by, on, id, as_json, office.role(role))


# Reading


def people(
    ctx: typer.Context,
    role: Annotated[
        str | None,
        typer.Option("--role", metavar="ROLE", help="Only who holds it.", autocompletion=complete_role),
    ] = None,
    council: Annotated[
        str | None, typer.Option("--council", metavar="NAME", help="Only who holds a role in it or its engagements.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="With roles and absences that are over.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the people, their roles with where and when, who is away, and how each is told; or change that.

    Examples: turnaround people; turnaround people --role council.director --json; turnaround people add --help
    """
    if ctx.invoked_subcommand is not None:
        return
    with at_the_office() as office:
        put_out(listed(office, role, council, everything=everything), as_json=as_json)


def who(
    role: RoleName,
    council: CouncilName = None,
    engagement: EngagementId = None,
    on: Annotated[str | None, typer.Option("--on", metavar="DAY", help="The day; today if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say who holds a role, so who is told, on a day and why: the narrowest scope that anybody holds it at counts.

    Examples: turnaround people who council.director --engagement haringey-1; turnaround people who team.lead-consultant
    """
    with at_the_office() as office:
        put_out(who_holds(office, role, council, engagement, on), as_json=as_json)
