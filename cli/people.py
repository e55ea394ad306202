"""`turnaround people`: the directory of people. Who holds which role and where, who is away, how each wants to be told."""

import re
from typing import Annotated

import typer

from cli.completing import complete_id, complete_role
from cli.office import Directory, at_the_office, give, reading_the_office
from cli.output import AsJson, put_out
from domain.actors import OFFICE_ROLE
from domain.dates import When
from domain.directory import (
    ChangeContact,
    EndAbsence,
    EndRole,
    GiveRole,
    RecordAbsence,
    RegisterPerson,
    SetPreference,
)
from faces.fields import check_string
from faces.giving import date_given
from faces.people import listed, who_holds
from faces.problems import not_found, usage

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\Z")

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
            "webhook": webhook,
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
            "webhook": webhook,
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


def _absence_of(office: Directory, person: str) -> int:
    """The absence somebody comes back from: that of today, or else the only one to come."""
    coming = office.absences(person)
    now = next((each for each in coming if each["now"]), None)
    if now is not None or len(coming) == 1:
        return int((now or coming[0])["absence"])
    if coming:
        numbers = ", ".join(str(each["absence"]) for each in coming)
        raise usage(f"{person} will be away several times.", f"say which with --absence: {numbers}")
    raise not_found(f"{person} is not recorded as away.", "`turnaround people` shows who is")


def prefer(
    person: PersonId,
    channel: Annotated[str | None, typer.Argument(metavar="CHANNEL", help="email, webhook or file.")] = None,
    digest: Annotated[bool, typer.Option("--digest", help="Once each working day, all together.")] = False,
    at_once: Annotated[bool, typer.Option("--at-once", help="Each notice by itself, as soon as it is due.")] = False,
    role: Annotated[
        str, typer.Option("--as", metavar="ROLE", help="The role that says so.", autocompletion=complete_role)
    ] = OFFICE_ROLE,
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
        by = person if by is None and role != OFFICE_ROLE else by
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
    with reading_the_office() as here:
        put_out(listed(here.office, role, council, everything=everything), as_json=as_json)


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
    with reading_the_office() as here:
        put_out(who_holds(here.office, role, council, engagement, on), as_json=as_json)
