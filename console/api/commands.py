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
from console.access import ACCOUNT, given_by, may
from console.api.acting import as_role
from console.api.answers import outcome_answered
from console.api.describing import GIVING, body_schema, header, responses
from console.api.outcomes import DONE, Family, awaiting, not_known, pending
from console.api.problems import Unfit
from console.api.proposals import proposed
from console.api.reading import etag, expected_of, json_of, key_of, plain_texts
from console.asked import Asking
from console.deciding import deciders, recorders
from console.giving import give_as
from console.second_person import Proposal, Proposals
from console.site import Site
from console.who import NoRole, Who
from domain import directory, erasure, publishing
from domain.actors import Actor
from domain.directory import ChangeContact, RegisterPerson, SetPreference
from domain.engagement import Rules
from domain.erasure import EraseValues
from domain.part import Command
from faces.desk import Desk, Target
from faces.fields import check_body
from faces.giving import OutcomeUnknown, actor, command_named, occurred
from faces.legal import of_legal_force, tried
from faces.outcome import Given, report
from faces.page import Answer
from faces.problems import Problem
from faces.webhooks import address_taken
from faces.words import Words
from ledger import commands, events
from ledger.commands import StoredCommand, StoredOutcome
from workers.composition import make_receipts

Register = Literal["people", "documents", "erasures"]

OFFICE: Mapping[str, Mapping[str, type[Command]]] = {
    "people": directory.COMMANDS,
    "documents": {publishing.PublishLifecycle.type: publishing.PublishLifecycle},
    "erasures": erasure.COMMANDS,
}
"""The commands to what the office keeps."""


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
    """A command as it is about to be given, by whom, and whether the same one was given before. `trial` is what would come of
    it where it is only tried, `waits` what is said where it waits for a second person, and `confirmed` that it was.
    """

    given: Given
    words: Words
    who: Who
    repeated: bool
    trial: Answer | None = None
    waits: Proposal | None = None
    confirmed: bool = False


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
        """Change the directory of people, publish a lifecycle document, erase what is sealed, place or lift a legal hold."""
        return await give("office", register, command, request, who)

    @router.post("/account/commands/set-preference", responses=replies, openapi_extra=extra, name="give-oneself")
    async def to_oneself(request: Request, who: Annotated[Who, Depends(may(ACCOUNT))]) -> Response:
        """Say how you yourself want to be told. On the machine of `turnaround up` `by` says who you are."""
        if not who.role:
            raise NoRole
        return await give("office", "people", SetPreference.type, request, who)

    async def give(family: Family, id: str, command: str, request: Request, who: Who) -> Response:
        raw = await json_of(request)
        plain_texts(raw)
        body = CommandBody.model_validate(raw)
        key = None if body.dry_run else key_of(request)
        draft = await run_in_threadpool(drafted, family, id, command, request, who, body, key)
        if draft.trial is not None or key is None:
            assert draft.trial is not None, "without a key it is tried alone"
            return outcome_answered(request, draft.trial, {})
        if draft.waits is not None:
            return awaiting(request, draft.waits)
        if draft.confirmed:
            return await run_in_threadpool(again, request, draft)
        if key in running:
            raise Unfit("in-progress", "the same command is being carried out.", "ask again in a moment")
        running.add(key)
        try:
            outcome = await give_as(site, draft.who, draft.given, "http")
        except OutcomeUnknown:
            return not_known(request, key)
        finally:
            running.discard(key)
        if draft.given.kind is EraseValues:
            await run_in_threadpool(site.ledger.scrub)
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
            if kind in (RegisterPerson, ChangeContact):
                address_taken(body.fields.get("webhook"), site.settings.webhook_allow)
            version = events.head(conn, stream_of(target.stream)).version
            expected = expected_of(request, version)
            given = Given(key or "dry-run", target, kind, decided_by, acts.actor, on, body.fields, expected)
            if body.dry_run:
                return Draft(given, words, acts, False, _tried(desk, conn, given, words))
            if before is not None:
                return Draft(
                    given,
                    words,
                    acts,
                    commands.outcome_of(conn, given.id) is not None,
                    confirmed=_was_confirmed(before, given_by(given, acts)),
                )
            waits = None
            if target.family != "office" and (
                Proposals(site).find(given.id) is not None or _is_for_two(_tried(desk, conn, given, words), kind)
            ):
                asking = Asking.about(desk, conn, acts, target, command)
                waits = proposed(site, asking, given_by(given, acts), dated=body.on is not None)
        return Draft(given, words, acts, False, waits=waits)

    def again(request: Request, draft: Draft) -> Response:
        """What became of a step that a second person confirmed, for whoever proposed it."""
        with site.ledger.reading() as conn:
            outcome = commands.outcome_of(conn, draft.given.id)
        return done(request, draft, outcome) if outcome is not None else not_known(request, draft.given.id)

    def done(request: Request, draft: Draft, outcome: StoredOutcome) -> Response:
        receipt = make_receipts(site.settings, site.ledger).of(draft.given.id)
        text = receipt.encode().decode() if receipt is not None else None
        with site.ledger.reading() as conn:
            answer = report(conn, draft.given, outcome, draft.words, repeated=draft.repeated, receipt=text)
        location = {"Location": str(request.url_for("command", command=draft.given.id).path)}
        return outcome_answered(request, answer, {**location, "ETag": etag(answer.data["version"])})

    return router


def _was_confirmed(before: StoredCommand, given: Given) -> bool:
    """Whether a command was given before in two steps, and this is the first of them again."""
    record = before.record
    same = (record.target, record.type, record.proposed_by) == (
        given.target.stream,
        given.stored[0].type,
        given.recorded_by,
    )
    return record.confirmed_by is not None and same and str(record.occurred) == str(given.occurred)


def _is_for_two(foretold: Answer, kind: type[Command]) -> bool:
    """Whether a command takes two people: what would be refused is refused at once, and on record."""
    return foretold.data["accepted"] and of_legal_force(kind, foretold)


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
    if role is None:
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
    return tried(desk, conn, given, words)
