"""What became of a command, with its receipt; and which commands there are."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from activities.work import COMMANDS
from console.access import may, reach
from console.api.answers import answered, sent
from console.api.describing import responses
from console.api.problems import RETRY_AFTER, Unfit
from console.made import Made
from console.second_person import Proposal, Proposals
from console.site import Site
from console.who import Who
from domain import council, engagement
from faces.command_types import every_command, fields_of_command
from faces.desk import Desk, Target
from faces.outcome import Given, report
from faces.page import Answer
from faces.problems import Problem
from faces.receipts import receipt_of
from faces.words import Words
from ledger import commands, events
from workers.composition import make_receipts

Id = Annotated[
    str, Path(description="A command's id. One of a round or of a case has slashes in it.", examples=["f3a0c2b8"])
]

Family = Literal["engagement", "council", "office"]

GROUPS: Mapping[str, str] = {"engagement": "timeline", "council": "council", "office": "people"}
"""In which group of endpoints it stands what became of a command."""

DONE = {
    "command": "f3a0c2b8",
    "target": "engagement/haringey-1",
    "type": "judge-pip",
    "accepted": True,
    "repeated": False,
    "version": 13,
    "events": [{"stream": "engagement/haringey-1", "version": 13, "type": "pip-judged"}],
    "told": ["council.director"],
}

AWAITING, RETURNED = "awaiting-second-person", "sent-back"

PENDING = {"command": "f3a0c2b8", "state": "pending"}


def outcomes_router(site: Site) -> APIRouter:
    """What became of commands, and the commands there are."""
    router = APIRouter(default_response_class=Response, tags=["commands"])
    made = Made()

    @router.get(
        "/commands/{command:path}/receipt",
        responses=responses({"receipt": "turnaround...", "key": "..."}),
        name="receipt",
    )
    def receipt(command: Id, request: Request, reader: Annotated[Who, Depends(may("engagement"))]) -> Response:
        """The receipt of a command: what became of it, signed. It is the same each time."""
        with site.desk(reader) as (desk, conn):
            _stored(desk, conn, command, reader)
            return answered(request, receipt_of(desk, command))

    @router.get("/commands/{command:path}", responses=responses(DONE, tagged=False) | {202: pending()}, name="command")
    def outcome(command: Id, request: Request, reader: Annotated[Who, Depends(may("engagement"))]) -> Response:
        """What became of a command: accepted or refused, with its events and its receipt; 202 while it is not known, or waits
        for a second person.
        """
        with site.desk(reader) as (desk, conn):
            waits = Proposals(site).find(command) if commands.stored_command(conn, command[:300]) is None else None
            if waits is not None and waits.is_there_for(reader):
                return awaiting(request, waits)
            given, words = _stored(desk, conn, command, reader)
            found = commands.outcome_of(conn, command)
            if found is None:
                return not_known(request, command)
            receipt = make_receipts(site.settings, site.ledger).of(command)
            text = receipt.encode().decode() if receipt is not None else None
            return sent(
                made.once(
                    desk, conn, command, lambda: report(conn, given, found, words, repeated=True, receipt=text).data
                )
            )

    @router.get(
        "/command-types", responses=responses([{"target": "engagement", "command": "judge-pip"}]), name="command-types"
    )
    def command_types(request: Request, reader: Annotated[Who, Depends(may("lifecycles"))]) -> Response:
        """The commands that people give to engagements and councils."""
        return answered(request, every_command())

    @router.get("/command-types/{id}", responses=responses({"command": "judge-pip", "fields": []}), name="command-type")
    def command_type(id: str, request: Request, reader: Annotated[Who, Depends(may("lifecycles"))]) -> Response:
        """The fields of a command, in words and as a JSON Schema."""
        try:
            answer = fields_of_command(id)
        except Problem as problem:
            raise Unfit("not-found", problem.message, problem.hint) from None
        kind = engagement.COMMANDS.get(id) or council.COMMANDS[id]
        return answered(request, Answer({**answer.data, "schema": kind.model_json_schema()}, answer.tell))

    return router


def not_known(request: Request, key: str) -> Response:
    """That it is not known yet what becomes of a command, and where that can be asked."""
    location = str(request.url_for("command", command=key).path)
    headers = {"Location": location, "Retry-After": str(RETRY_AFTER)}
    return sent({"command": key, "state": "pending"}, headers, 202)


def proposal_data(found: Proposal) -> dict[str, Any]:
    """A step that waits for a second person, as plain data."""
    data = {
        "command": found.id,
        "target": found.target.stream,
        "type": found.command,
        "state": AWAITING if found.returned is None else RETURNED,
        "proposed_by": found.by.role,
        "confirmers": list(found.confirmers),
        "page": f"/second-person/{found.id}",
        "asked": found.asked,
    }
    return data if found.returned is None else {**data, "reason": found.returned, "returned_by": found.returned_by}


def awaiting(request: Request, found: Proposal) -> Response:
    """That a step waits for a second person, and where that can be asked."""
    return sent(proposal_data(found), {"Location": str(request.url_for("command", command=found.id).path)}, 202)


def pending() -> dict[str, Any]:
    """The response that says so, as the OpenAPI document has it."""
    schema = {"type": "object", "required": ["command", "state"]}
    content = {"application/json": {"schema": schema, "example": PENDING}}
    said = "What becomes of it is not known yet, or it waits for a second person: ask at Location, or send it again."
    return {"description": said, "content": content}


def _stored(desk: Desk, conn: Connection, id: str, reader: Who) -> tuple[Given, Words]:
    """A command that is stored, where it is there for whoever asks. Raises Unfit, Problem."""
    stored = commands.stored_command(conn, id) if len(id) <= 300 else None
    nothing = Unfit("not-found", f"there is no command {id[:80]}.", "a command's id is its Idempotency-Key")
    if stored is None:
        raise nothing
    record = stored.record
    family, _, name = record.target.partition("/")
    mine = str(record.recorded_by) == reader.role or reach("refusals", reader.role) != "none"
    if family not in get_args(Family) or not mine or reach(GROUPS[family], reader.role) == "none":
        raise nothing
    try:
        target = Target("office", name) if family == "office" else desk.resolve(conn, record.target)
    except Problem:
        raise nothing from None
    if family == "council" and _kept_apart(desk, conn, target, id):
        raise nothing
    rules = desk.engagement(conn, name)[1] if family == "engagement" else None
    own = engagement.commands_of(rules.lifecycle) if rules else {}
    kind = own.get(f"record-{record.body['record']}" if record.type == "record-item" else "") or COMMANDS[record.type]
    given = Given(
        id, target, kind, record.decided_by, record.recorded_by, record.occurred, record.body, record.expected_version
    )
    return given, desk.words(conn, rules)


def _kept_apart(desk: Desk, conn: Connection, target: Target, id: str) -> bool:
    """Whether what came of a command to a council is about an engagement that is not there for the reader."""
    for stream in (target.stream, f"refusal/{target.stream}"):
        there = {event.position for event in desk.stream(conn, stream)}
        found = (event for event in events.read_stream(conn, stream) if event.command.id == id)
        if any(event.position not in there for event in found):
            return True
    return False
