"""The console as far as its doors: real routes and guards, and pages that end where they have found out whether they may be.

Whether somebody may have a page is decided in two places: by the guard on its route, and by the desk that it reads the ledger
with, when it first asks for an engagement or a council. What comes after that takes time and decides nothing more. So a page
that has been let in ends there, with 204, and the templates of those that answer otherwise are empty. A page that asks nobody
is answered in full, and so it is seen.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import pytest
from fastapi import FastAPI, Request, Response
from jinja2 import Environment, FunctionLoader
from starlette.routing import Mount

from console import render, site
from console.api import app as api
from console.csrf import HEADER
from console.pages import account
from console.who import Who
from faces.desk import Desk

ABOUT_ONE = ("engagement", "_there", "_reached")
"""Where a desk decides whether an engagement, or a council, is there for its reader."""

ALTOGETHER = ("refresh",)
"""Where it is opened, for whoever the guard has let through."""


class LetIn(Exception):
    """A page got in."""


@contextmanager
def only_doors(app: FastAPI, ends: tuple[str, ...]) -> Iterator[None]:
    """Have every page end where the desk has done one of these. No thread is used, as nothing waits for anything, and no denial
    goes on record.
    """

    async def at_once(work: Callable[..., Any], *given: Any, **_: Any) -> Any:
        return work(*given)

    empty = Environment(loader=FunctionLoader(lambda _: ""))
    for each in (app, *(route.app for route in app.routes if isinstance(route, Mount))):
        if isinstance(each, FastAPI) and LetIn not in each.exception_handlers:
            each.add_exception_handler(LetIn, _let_in)
            each.middleware_stack = None  # made anew with what was added
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(anyio.to_thread, "run_sync", at_once)
        patch.setattr(render, "environment", lambda: empty)
        for module in (site, account, api):
            patch.setattr(module, "note_denial", lambda *_: None)
        for name in ends:
            patch.setattr(Desk, name, _ending(getattr(Desk, name)))
        yield


def _ending(decide: Callable[..., Any]) -> Callable[..., Any]:
    def ends(*given: Any) -> Any:
        if decide(*given) is not False:
            raise LetIn
        return False

    return ends


async def _let_in(_: Request, __: Exception) -> Response:
    return Response(status_code=204)


async def knock(app: FastAPI, who: Who, method: str, address: str) -> tuple[int, str]:
    """What somebody who is signed in is answered: the status, and where it sends them. What they send is empty."""
    path, _, query = address.partition("?")
    to_api = path.startswith("/api/")
    headers = {
        "Host": "127.0.0.1",
        HEADER: "theirs",
        "Content-Type": "application/json" if to_api else "application/x-www-form-urlencoded",
        "Idempotency-Key": "one",
    }
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 40000),
        "server": ("127.0.0.1", 80),
        "state": {"who": who, "csrf": "theirs"},
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}" if to_api else b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = sent[0]
    location = next((value.decode() for name, value in start["headers"] if name == b"location"), "")
    return int(start["status"]), location
