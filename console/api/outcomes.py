"""What became of a command, with its receipt; and which commands there are."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from activities.work import COMMANDS
from console.access import may, reach
from console.api.answers import answered, sent
from console.api.describing import responses
from console.api.problems import RETRY_AFTER, Unfit
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
from ledger import commands
from workers.composition import make_receipts

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

PENDING = {"command": "f3a0c2b8", "state": "pending"}


def outcomes_router(site: Site) -> APIRouter:
    """What became of commands, and the commands there are."""
    router = APIRouter(default_response_class=Response, tags=["commands"])

    @router.get("/commands/{id}", responses=responses(DONE, tagged=False) | {202: pending()}, name="outcome")
    def outcome(id: str, request: Request, reader: Annotated[Who, Depends(may("engagement"))]) -> Response:
        """What became of a command: accepted or refused, with its events and its receipt; 202 while it is not known."""
        with site.desk(reader) as (desk, conn):
            given, words = _stored(desk, conn, id, reader)
            found = commands.outcome_of(conn, id)
            if found is None:
                return not_known(request, id)
            receipt = make_receipts(site.settings, site.ledger).of(id)
            text = receipt.encode().decode() if receipt is not None else None
            return sent(report(conn, given, found, words, repeated=True, receipt=text).data)

    @router.get(
        "/commands/{id}/receipt", responses=responses({"receipt": "turnaround...", "key": "..."}), name="receipt"
    )
    def receipt(id: str, request: Request, reader: Annotated[Who, Depends(may("engagement"))]) -> Response:
        """The receipt of a command: what became of it, signed. It is the same each time."""
        with site.desk(reader) as (desk, conn):
            _stored(desk, conn, id, reader)
            return answered(request, receipt_of(desk, id))

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
    location = str(request.url_for("outcome", id=key).path)
    headers = {"Location": location, "Retry-After": str(RETRY_AFTER)}
    return sent({"command": key, "state": "pending"}, headers, 202)


def pending() -> dict[str, Any]:
    """The response that says so, as the OpenAPI document has it."""
    schema = {"type": "object", "required": ["command", "state"]}
    content = {"application/json": {"schema": schema, "example": PENDING}}
    said = "It is stored, and what becomes of it is not known yet: ask at Location, or send it again."
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
    rules = desk.engagement(conn, name)[1] if family == "engagement" else None
    own = engagement.commands_of(rules.lifecycle) if rules else {}
    kind = own.get(f"record-{record.body['record']}" if record.type == "record-item" else "") or COMMANDS[record.type]
    given = Given(
        id, target, kind, record.decided_by, record.recorded_by, record.occurred, record.body, record.expected_version
    )
    return given, desk.words(conn, rules)
