"""Who asks, and how this turnaround is: its ledger, its engine, its last checkpoint."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from temporalio.service import RPCError

from console.access import may
from console.api.answers import sent
from console.api.describing import responses
from console.site import Site
from console.who import Who
from faces.checkpoints import last_signed
from ledger import events
from workers.composition import RELEASE
from workers.reach import NotRunning

PATIENCE = 3.0
"""Seconds for the engine to say that it is there."""

ABOUT = {
    "release": "0.1.0",
    "you": {"name": "Jo Berry", "role": "department.programme-office"},
    "openapi": "openapi.json",
}
STATUS = {"release": "0.1.0", "ledger": {"kind": "production", "events": 80}, "engine": True, "checkpoint": None}


def about_router(site: Site) -> APIRouter:
    """Where a program begins."""
    router = APIRouter(default_response_class=Response, tags=["about"])

    @router.get("/", responses=responses(ABOUT), name="about")
    def about(request: Request, who: Annotated[Who, Depends(may("account"))]) -> Response:
        """Who you are here, which roles you hold and where, and where the OpenAPI document is."""
        you = {
            "person": who.person,
            "name": who.name,
            "role": who.role or None,
            "holdings": [asdict(held) for held in who.holdings],
            "signed_in": who.signed_in,
        }
        return sent({"release": RELEASE, "you": you, "openapi": f"{request.scope['root_path']}/openapi.json"})

    @router.get("/status", responses=responses(STATUS), name="status")
    async def status(reader: Annotated[Who, Depends(may("audit"))]) -> Response:
        """Whether the engine can be reached, what the ledger is, its last checkpoint, and the engagements that are stuck."""
        found = await run_in_threadpool(of_the_ledger, reader)
        return sent({"release": RELEASE, **found, "engine": await there()})

    def of_the_ledger(reader: Who) -> dict[str, Any]:
        with site.desk(reader) as (desk, conn):
            signed = last_signed(conn).data["checkpoints"]
            return {
                "ledger": {
                    "origin": desk.about.origin,
                    "kind": desk.about.kind,
                    "revision": desk.about.revision,
                    "epoch": desk.about.epoch,
                    "clock": desk.now,
                    "events": events.last_position(conn),
                },
                "checkpoint": {name: signed[-1][name] for name in ("origin", "size", "root")} if signed else None,
                "stuck": [row.id for row in desk.portfolio(conn) if row.stuck],
            }

    async def there() -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                face = await site.face()
                return await face.starter.client.service_client.check_health()
        except (NotRunning, RPCError, TimeoutError):
            return False

    return router
