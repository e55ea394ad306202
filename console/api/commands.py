"""Giving commands over HTTP, each once however often it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from activities.library import stream_of
from console.access import may
from console.api.acting import as_role
from console.api.answers import sent, told
from console.api.describing import GIVING, body_schema, header, responses
from console.api.outcomes import DONE, Family, not_known, pending
from console.api.problems import Unfit
from console.api.reading import etag, expected_of, json_of, key_of, plain_texts
from console.deciding import deciders, recorders
from console.giving import give_as
from console.site import Site
from console.who import Who
from domain import directory, publishing
from domain.actors import Actor
from domain.engagement import Rules
from domain.moving import MoveEngagement
from domain.part import Command
from faces.desk import Desk, Target
from faces.fields import check_body
from faces.giving import OutcomeUnknown, actor, command_named, occurred
from faces.moving import foretell_move
from faces.outcome import Given, foretell, report
from faces.page import Answer
from faces.problems import Problem
from faces.words import Words
from ledger import commands, events
from ledger.commands import StoredOutcome
from workers.composition import make_receipts

Register = Literal["people", "documents"]

OFFICE: Mapping[str, Mapping[str, type[Command]]] = {
    "people": directory.COMMANDS,
    "documents": {publishing.PublishLifecycle.type: publishing.PublishLifecycle},
}
"""The commands to what the office keeps."""

KIND_OF = {"role": "not-allowed", "recorder": "not-allowed"}
"""What a refusal by a rule is, where it is no plain refusal."""


class CommandBody(BaseModel):
    """A command as it is sent."""

    model_config = ConfigDict(extra="forbid", strict=True)

    fields: dict[str, Any] = Field(default={}, description="The command's own fields: see /command-types.")
    on: str | None = Field(default=None, max_length=100, description="When it happened; today if left out.")
    as_: str | None = Field(default=None, alias="as", max_length=200, description="The role that decides it.")
    by: str | None = Field(default=None, max_length=60, description="Who held that role, where it is not you.")
    recorded_by: str | None = Field(default=None, max_length=200, description="The role in which you record it.")
    dry_run: bool = Field(default=False, description="Say what would follow, and store nothing.")


EXAMPLE = {"fields": {"verdict": "acceptable"}, "as": "inspectorate.lead-inspector", "on": "2002-07-24"}
HEADERS = [
    header(
        "Idempotency-Key", "The command's id: the same again brings the first outcome.", '"f3a0c2b8"', required=True
    ),
    header("If-Match", "The ETag that you read: refused where something happened since.", '"12"'),
    header("X-CSRF-Token", "Of a browser's session.", "9f86d081"),
]


@dataclass(frozen=True)
class Draft:
    """A command as it is about to be given, by whom, and what was told of the same one before."""

    given: Given
    words: Words
    who: Who
    repeated: bool
    trial: Answer | None = None


def commands_router(site: Site) -> APIRouter:
    """Commands to engagements, to councils and to what the office keeps; and what became of each."""
    router = APIRouter(default_response_class=Response, tags=["commands"])
    running: set[str] = set()
    replies = responses(DONE, GIVING, tagged=True) | {202: pending()}
    del replies[304]
    extra = {**body_schema(CommandBody, EXAMPLE), "parameters": HEADERS}

    @router.post(
        "/engagements/{id}/commands/{command}", responses=replies, openapi_extra=extra, name="give-to-engagement"
    )
    async def to_engagement(
        id: str, command: str, request: Request, who: Annotated[Who, Depends(may("give"))]
    ) -> Response:
        """Give a command to an engagement."""
        return await give("engagement", id, command, request, who)

    @router.post("/councils/{id}/commands/{command}", responses=replies, openapi_extra=extra, name="give-to-council")
    async def to_council(
        id: str, command: str, request: Request, who: Annotated[Who, Depends(may("give-council"))]
    ) -> Response:
        """Give a command to a council, by its code or its name: publish a rating, open an engagement."""
        return await give("council", id, command, request, who)

    @router.post("/office/{register}/commands/{command}", responses=replies, openapi_extra=extra, name="give-to-office")
    async def to_office(
        register: Register, command: str, request: Request, who: Annotated[Who, Depends(may("administer"))]
    ) -> Response:
        """Change the directory of people, or publish a lifecycle document."""
        return await give("office", register, command, request, who)

    async def give(family: Family, id: str, command: str, request: Request, who: Who) -> Response:
        raw = await json_of(request)
        plain_texts(raw)
        body = CommandBody.model_validate(raw)
        key = None if body.dry_run else key_of(request)
        draft = await run_in_threadpool(drafted, family, id, command, request, who, body, key)
        if draft.trial is not None or key is None:
            assert draft.trial is not None, "without a key it is tried alone"
            return _told_of(request, draft.trial, {})
        if key in running:
            raise Unfit("in-progress", "the same command is being carried out.", "ask again in a moment")
        running.add(key)
        try:
            outcome = await give_as(site, draft.who, draft.given, "http")
        except OutcomeUnknown:
            return not_known(request, key)
        finally:
            running.discard(key)
        return await run_in_threadpool(done, request, draft, outcome)

    def drafted(
        family: Family, id: str, command: str, request: Request, who: Who, body: CommandBody, key: str | None
    ) -> Draft:
        acts = as_role(who, body.recorded_by or _own(who, body.as_))
        with site.desk(acts) as (desk, conn):
            target = _target(desk, conn, family, id)
            rules = desk.engagement(conn, target.name)[1] if family == "engagement" else None
            words = desk.words(conn, rules)
            kind = _kind(command, target, rules)
            decided_by, acts = _deciding(kind, rules, family, body, acts)
            before = commands.stored_command(conn, key) if key is not None else None
            on = before.record.occurred if before is not None and body.on is None else occurred(body.on, desk)
            check_body(kind, body.fields)
            version = events.head(conn, stream_of(target.stream)).version
            expected = expected_of(request, version)
            given = Given(key or "dry-run", target, kind, decided_by, acts.actor, on, body.fields, expected)
            repeated = before is not None and commands.outcome_of(conn, given.id) is not None
            trial = _tried(desk, conn, given, words) if body.dry_run else None
        return Draft(given, words, acts, repeated, trial)

    def done(request: Request, draft: Draft, outcome: StoredOutcome) -> Response:
        receipt = make_receipts(site.settings, site.ledger).of(draft.given.id)
        text = receipt.encode().decode() if receipt is not None else None
        with site.ledger.reading() as conn:
            answer = report(conn, draft.given, outcome, draft.words, repeated=draft.repeated, receipt=text)
        location = {"Location": str(request.url_for("outcome", id=draft.given.id).path)}
        return _told_of(request, answer, {**location, "ETag": etag(answer.data["version"])})

    return router


def _own(who: Who, role: str | None) -> str:
    """The role in which somebody records, where they do not say: the one that decides, where they hold it."""
    return role if role is not None and role in who.roles else who.role


def _target(desk: Desk, conn: Connection, family: Family, id: str) -> Target:
    return Target("office", id) if family == "office" else desk.resolve(conn, f"{family}/{id}")


def _kind(command: str, target: Target, rules: Rules | None) -> type[Command]:
    """A command by its name. Raises Unfit where there is none."""
    try:
        if target.family == "office":
            return OFFICE[target.name][command]
        return command_named(command, target, rules)
    except KeyError:
        raise Unfit("not-found", f"there is no command '{command[:60]}' to the office's {target.name}.") from None
    except Problem as problem:
        raise Unfit("not-found", problem.message, problem.hint) from None


def _deciding(
    kind: type[Command], rules: Rules | None, family: Family, body: CommandBody, acts: Who
) -> tuple[Actor, Who]:
    """Who decides a command, and who records it. Raises Unfit, Problem."""
    known = set(rules.lifecycle.roles) if rules else set()
    role = body.as_
    if role is None and kind is publishing.PublishLifecycle:
        (role,) = publishing.MAY[kind.type]
    elif role is None:
        found = deciders(kind, rules, family, acts.role)
        if len(found) > 1 and found[0] != acts.role:
            raise Unfit("unfit", f"several roles may decide {kind.type}.", f"say which with as: {', '.join(found)}")
        role = found[0] if found else acts.role
    elif rules is not None and role not in known:
        raise Unfit("unfit", f"there is no role '{role[:80]}'.", f"roles are {', '.join(sorted(known))}")
    decided_by = _actor(role, body.by)
    if body.recorded_by is None and acts.local and rules is not None and role in known:
        # Whoever uses this machine may act in any role: in the one that decides, or the first that records for it.
        may_record = recorders(rules, role)
        acts = as_role(
            acts, acts.role if acts.role in may_record and role != acts.role else next(iter(may_record), role)
        )
    elif body.recorded_by is None and acts.local and rules is None:
        acts = as_role(acts, role)
    return decided_by, acts


def _actor(role: str, person: str | None) -> Actor:
    try:
        return actor(role, person)
    except ValueError:
        raise Unfit("unfit", f"'{role[:80]}' is no role.", "write PARTY.ROLE") from None


def _tried(desk: Desk, conn: Connection, given: Given, words: Words) -> Answer:
    if given.target.family == "office":
        raise Unfit("unfit", "a command to the office is not tried out.", "leave dry_run out")
    tried = foretell_move if given.kind is MoveEngagement else foretell
    return tried(desk, conn, given, words)


def _told_of(request: Request, answer: Answer, headers: Mapping[str, str]) -> Response:
    """What came of a command, or would. Raises Unfit where it was refused."""
    data = answer.data
    if data["accepted"]:
        response = told(request, answer) or sent(data)
        response.headers.update(headers)
        return response
    rule = data["rule"]
    kind = "stale-version" if rule == "stale-version" else KIND_OF.get(rule, "refused")
    try:
        answer.tell()
    except Problem as problem:
        said = problem.message
    raise Unfit(kind, said, data["hint"], rule, data["details"], data, headers=headers)
