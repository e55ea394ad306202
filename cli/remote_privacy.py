"""What is kept of people on another machine, and what is erased there."""

from typing import Any

from cli.output import confirm, emit_json
from cli.privacy import put_out_export
from cli.remote import Given, Server, path, told
from cli.remote_sending import send
from domain.actors import OFFICE_ROLE
from domain.erasure import EraseValues, LiftHold, PlaceHold
from domain.part import Command
from faces import dates
from faces.fields import check_body
from faces.giving import command_id, date_given
from faces.privacy import one_way

AT = path("office", "erasures")


def export(server: Server, given: Given) -> None:
    """`turnaround privacy export`. Raises Problem."""
    put_out_export(server.data(path("privacy", "people", given["person"]), {"as": given["role"]}), given["output"])


def find(server: Server, given: Given) -> None:
    """`turnaround privacy find`. Raises Problem."""
    as_json, sent = given["as_json"], {"words": given["words"]}
    answer = server.send("POST", "/privacy/search", json=sent, headers={} if as_json else told())
    emit_json(answer.json()) if as_json else server.tell(answer)


def erase(server: Server, given: Given) -> None:
    """`turnaround privacy erase`. Raises Problem."""
    person, engagement, values = given["person"], given["engagement"], given["value"] or ()
    one_way(person, engagement, values)
    body: dict[str, Any] = {"because": given["because"]}
    if engagement is not None:
        found = server.data(path("privacy", "engagements", engagement))
        body |= {"engagement": found["engagement"], "classes": found["classes"] or ["contact"], "because": "retention"}
    body |= {"subject": person, "commitments": list(values), "reason": given["reason"]}
    body |= {"asked_on": str(date_given("--asked-on", given["asked_on"])) if given["asked_on"] else None}
    subject = person or engagement or dates.plural(len(values), "value")
    confirm(f"Erase for good what is sealed of {subject}?", yes=given["yes"], as_json=given["as_json"])
    _give(server, EraseValues, body, given)


def hold(server: Server, given: Given) -> None:
    """`turnaround privacy hold`. Raises Problem."""
    body = {"subject": given["person"], "engagement": given["engagement"], "reason": given["reason"]}
    _give(server, PlaceHold, body, given)


def lift(server: Server, given: Given) -> None:
    """`turnaround privacy lift`. Raises Problem."""
    _give(server, LiftHold, {"hold": given["number"], "reason": given["reason"]}, given)


def _give(server: Server, kind: type[Command], body: Given, given: Given) -> None:
    fields = {name: value for name, value in body.items() if value}
    check_body(kind, fields)
    sent = {"fields": fields, "as": OFFICE_ROLE, "by": given["by"]}
    send(server, AT, kind.type, sent, command_id(given["id"]), as_json=given["as_json"])
