"""Private calendars over HTTP: who has the address has the feed, until it is revoked.

An address that was revoked, one that never was, and that of somebody whose name was erased are answered in the same way.
The token stands in the path, so no path is logged.
"""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from http import HTTPStatus

from fastapi import APIRouter, HTTPException
from fastapi.requests import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from activities.delivery import host_of
from activities.library import read_register
from console.access import public
from console.directory import People
from domain import feeds
from domain.dates import LONDON, london_day
from domain.directory import Directory
from ledger import events, sealing
from ledger.store import Ledger
from workers.agenda import Agendas

PATH = "/calendars/"
"""Under which feeds are, as `<token>.ics`."""

LONGEST = 200
"""Characters of a token beyond which nobody looks for it."""


def feed_path(token: str) -> str:
    """Where a feed is on the server."""
    return f"{PATH}{token}.ics"


def feeds_router(ledger: Ledger, now: Callable[[], datetime]) -> APIRouter:
    """Serves feeds of a ledger as it is `now`."""
    router, agendas, people = (
        APIRouter(dependencies=[public]),
        Agendas(host_of(ledger.about), read_register()),
        People(),
    )

    @router.api_route(PATH + "{token}.ics", methods=["GET", "HEAD"])
    def feed(token: str, request: Request) -> Response:
        """Somebody's boards and deadlines, or that they are as they were."""
        at = now()
        with ledger.reading() as conn:
            directory = people.read(conn)
            person = _whose(conn, directory, token)
            if person is None:
                raise HTTPException(HTTPStatus.NOT_FOUND)
            content = agendas.of_person(conn, directory, person, london_day(at))
            changed = _changed(conn, at)
        etag = f'"{sha256(content).hexdigest()[:32]}"'
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        if changed is not None:
            headers["Last-Modified"] = format_datetime(changed, usegmt=True)
        if _has_it(request, etag, changed):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        headers["Content-Disposition"] = 'inline; filename="turnaround.ics"'
        return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)

    return router


def _whose(conn: Connection, directory: Directory, token: str) -> str | None:
    """Whose feed a token opens; None where it opens none, or they were erased."""
    if len(token) > LONGEST:
        return None
    feed = feeds.opened_with(directory.feeds, sha256(token.encode()).hexdigest())
    if feed is None:
        return None
    name = directory.people[feed.person].name
    return feed.person if name in sealing.unseal(conn, [name]) else None


def _changed(conn: Connection, at: datetime) -> datetime | None:
    """The first whole second after the feed may last have changed: with the last event, or the day, as roles and absences
    begin and end on days. None while that second is not over: something else may come in it.
    """
    today = datetime.combine(london_day(at), time(), LONDON).astimezone(UTC)
    last = next(iter(events.read_all(conn, events.last_position(conn) - 1)), None)
    changed = max(today, last.recorded_at if last else today).replace(microsecond=0) + timedelta(seconds=1)
    return changed if changed <= at else None


def _has_it(request: Request, etag: str, changed: datetime | None) -> bool:
    """Whether who asks has it already. Its tag is asked first (RFC 9110, 13.2.2), and its day only where there is no tag."""
    tags, since = request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since")
    if tags is not None:
        return tags.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))
    if since is None or changed is None:
        return False
    try:
        known = parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False
    return known.tzinfo is not None and changed <= known
