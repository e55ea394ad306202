"""Steps with legal force between two people: what one sent as the answers of a form, and what another confirms.

The same form is checked again when it is confirmed, by the rules and at the version of that moment. So what a program sends
must be what a form can say: nobody could check what no page shows.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from console.asked import AS, BY, ID, ON, VERSION, Asking
from console.checking import Checked, Form, check
from console.date_fields import Fields, put_date, said
from console.forms import put
from console.giving import give_as
from console.second_person import Proposal, Proposals
from console.site import Site
from console.who import Who
from domain.dates import When
from faces.outcome import Given
from faces.problems import Exit, Problem
from ledger.commands import StoredOutcome


def fields_of(asking: Asking, given: Given) -> Fields:
    """A command as what somebody would have typed into its form."""
    fields: Fields = {
        **put_date(ON, str(given.occurred)),
        ID: [given.id],
        VERSION: [str(asking.version if given.expected is None else given.expected)],
        AS: [str(given.decided_by)],
        **({BY: [given.decided_by.person]} if given.decided_by.person else {}),
    }
    if isinstance(given.body.get("version"), int):
        fields = asking.prefilled({**fields, "version": [str(given.body["version"])]})
    return fields | put(asking.controls(fields), given.body)


def answers_of(asking: Asking, given: Given) -> Checked:
    """A command as the answers of its form, checked. Raises Problem where no form says it."""
    found = check(asking, fields_of(asking, given))
    if isinstance(found, Checked) and _same(found.given.body, given.body) and found.given.occurred == given.occurred:
        return found
    wrong = f": {found.errors[0]['text']}" if isinstance(found, Form) and found.errors else ""
    raise Problem(
        Exit.REFUSED,
        f"{given.kind.type} has legal force, so a second person checks it on a page, and none can show what was sent{wrong}.",
        "give it on its page in the console",
    )


def _same(one: Any, other: Any) -> bool:
    """Whether two bodies say the same, however numbers, dates and blanks at the ends of texts are written."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        names = {name for each in (one, other) for name, value in each.items() if value is not None}
        return all(_same(one.get(name), other.get(name)) for name in names)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    return any(read(one) == read(other) is not None for read in (_said, _number, _date))


def _said(value: Any) -> str:
    return "\n".join(line.strip() for line in str(value).strip().splitlines())


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _date(value: Any) -> When | None:
    try:
        return When.parse(str(value))
    except ValidationError:
        return None


def propose(site: Site, by: Who, checked: Checked, id: str | None = None) -> str:
    """Have a step that was checked wait for its second person; its id. With one, that is the command's id as well."""
    given = checked.given
    fields = {**checked.fields, ID: [id or given.id]}
    return Proposals(site).propose(by, given.target, given.kind.type, fields, checked.confirmers, id)


def as_it_stands(site: Site, by: Who, proposal: Proposal, version: str = "") -> Checked | Form:
    """The step as it would be given now, by whoever confirms it, at the version that they saw."""
    with site.desk(by) as (desk, conn):
        asking = Asking.about(desk, conn, proposal.by, proposal.target, proposal.command)
        return check(asking, {**proposal.fields, VERSION: [version or str(asking.version)]})


async def confirm(site: Site, by: Who, proposal: Proposal, checked: Checked) -> StoredOutcome:
    """Give a step that somebody confirms: the record names both, who proposed it and who confirmed it.

    Whoever confirms is who records it, where the model lets their role record what was decided. Raises what `give_as` raises.
    """
    records = by if by.role in checked.recorders else proposal.by
    given = replace(
        checked.given,
        id=said(proposal.fields, ID) or checked.given.id,
        recorded_by=records.actor,
        proposed_by=proposal.by.actor,
        confirmed_by=by.actor,
    )
    return await give_as(site, records, given, "page", proposal.by)
