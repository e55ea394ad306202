"""Evidence over HTTP: the programme as it stood, the last checkpoints, receipts, and whether all of it verifies."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from console.access import may
from console.api.answers import answered, wants_told
from console.api.describing import body_schema, responses
from console.api.problems import Unfit
from console.api.reading import json_of
from console.api.targets import AsReported, KnownOn, TrueOn, auditor
from console.made import Made
from console.site import Site
from console.who import Who
from faces.checkpoints import last_signed
from faces.problems import Exit, Problem
from faces.readers import note_read
from faces.receipts import whether_it_is_held
from faces.replay import PROGRAMME
from faces.replay_days import asked as days
from faces.replay_programme import programme as on_days
from faces.verifying import Against, keys_in, trusted_checkpoint, whether_it_verifies, witnesses_among


class Held(BaseModel):
    """What the whole ledger is held against."""

    model_config = ConfigDict(extra="forbid", strict=True)

    checkpoints: list[str] = Field(default=[], max_length=100, description="Signed notes that you have from elsewhere.")
    keys: list[str] = Field(default=[], max_length=100, description="The keys whose checkpoints you trust.")
    witnesses: list[str] = Field(
        default=[], max_length=100, description="Keys of witnesses that must have cosigned one."
    )
    need: int | None = Field(default=None, ge=1, le=100, description="How many of them are enough; all, if left out.")


class ReceiptBody(BaseModel):
    """A receipt, and the keys that are trusted to have signed it; of one that was revoked those of witnesses as well."""

    model_config = ConfigDict(extra="forbid", strict=True)

    receipt: str = Field(max_length=20_000)
    keys: list[str] = Field(default=[], max_length=100)


def evidence_router(site: Site) -> APIRouter:
    """What auditors ask of the whole ledger."""
    router = APIRouter(default_response_class=Response, tags=["evidence"])
    made = Made(most=20)

    @router.get("/programme", responses=responses({"true_on": "2003-06-30", "rows": []}), name="programme")
    def programme(
        request: Request,
        reader: Annotated[Who, Depends(may("audit"))],
        true_on: TrueOn = None,
        known_on: KnownOn = None,
        as_reported: AsReported = False,
    ) -> Response:
        """All engagements as they stood on a day; today without one."""
        with site.desk(reader) as (desk, conn):
            day = true_on if true_on or known_on else desk.today.isoformat()
            wanted = days(desk, day, known_on, None, as_reported=as_reported)
            note_read(desk, PROGRAMME, "replay", auditor(reader))
            question = (wanted, wants_told(request) and request.headers["Accept"])
            return made.sent(desk, conn, question, lambda: answered(request, on_days(desk, conn, wanted)))

    @router.get("/checkpoints", responses=responses({"events": 80, "checkpoints": []}), name="checkpoints")
    def checkpoints(request: Request, reader: Annotated[Who, Depends(may("audit"))]) -> Response:
        """The last checkpoint of each origin, with the keys that vouch for it and who cosigned it."""
        with site.desk(reader) as (_, conn):
            return answered(request, last_signed(conn))

    @router.get("/verification", responses=responses({"ok": True, "proved": ["self-consistent"]}), name="verification")
    def verification(
        request: Request,
        reader: Annotated[Who, Depends(may("audit"))],
        tree: Annotated[bool, Query(description="Only hashes, order, tree and checkpoints.")] = False,
    ) -> Response:
        """Whether the whole ledger is what was written: `ok` says so, and `first_bad` what is not."""
        with site.desk(reader) as (desk, _):
            found = whether_it_verifies(desk, None, contents=not tree)
        return answered(request, found.answer)

    example = {"checkpoints": ["turnaround/production/2eee...\n24\n...\n\n— turnaround..."], "keys": []}

    @router.post(
        "/verification/against",
        responses=responses({"ok": True, "proved": ["self-consistent"]}, (400, 401, 403, 409, 413, 415, 422, 500, 503)),
        openapi_extra=body_schema(Held, example),
        name="verification-against",
    )
    async def against(request: Request, reader: Annotated[Who, Depends(may("audit"))]) -> Response:
        """Whether the whole ledger extends checkpoints that you have, and whether witnesses that you name saw it."""
        held = Held.model_validate(await json_of(request))
        return await run_in_threadpool(_against, request, reader, held)

    def _against(request: Request, reader: Who, held: Held) -> Response:
        with site.desk(reader) as (desk, conn):
            keys, witnesses = keys_in(held.keys), witnesses_among(keys_in(held.witnesses), held.need)
            with _as_sent():
                given = [
                    trusted_checkpoint(conn, f"checkpoint {number}", text.encode(errors="replace"), keys)
                    for number, text in enumerate(held.checkpoints, 1)
                ]
            wanted = Against(given, bool(keys), witnesses, held.need or len(witnesses))
            return answered(request, whether_it_verifies(desk, None, wanted).answer)

    @router.post(
        "/receipts/check",
        responses=responses({"ok": True, "command": "f3a0"}, (400, 401, 403, 409, 413, 415, 422, 500, 503)),
        openapi_extra=body_schema(ReceiptBody, {"receipt": "turnaround/...\n", "keys": []}),
        name="receipt-check",
    )
    async def check(request: Request, reader: Annotated[Who, Depends(may("audit"))]) -> Response:
        """Whether the ledger still holds what a receipt says."""
        held = ReceiptBody.model_validate(await json_of(request))
        return await run_in_threadpool(_check, request, reader, held)

    def _check(request: Request, reader: Who, held: ReceiptBody) -> Response:
        with site.desk(reader) as (_, conn):
            keys = keys_in(held.keys)
            with _as_sent():
                found = whether_it_is_held(conn, "the receipt", held.receipt.encode(errors="replace"), keys)
            return answered(request, found)

    return router


@contextmanager
def _as_sent() -> Iterator[None]:
    """What does not verify here came with the request: the ledger is not in doubt by it. Raises Unfit."""
    try:
        yield
    except Problem as problem:
        if problem.code != Exit.NOT_VERIFIED:
            raise
        raise Unfit("refused", problem.message, problem.hint) from None
