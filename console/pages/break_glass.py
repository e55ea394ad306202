"""Access in an emergency: asking for it with a reason, and granting or declining it to somebody else."""

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from activities.signatures import SigningKey
from console.access import may, reach
from console.break_glass import NotDone, record
from console.render import page
from console.site import Site
from console.who import Who
from domain.admission import LASTS, AskAccess, DeclineAccess, GrantAccess
from faces.desk import Desk
from faces.fields import LONGEST_TEXT
from faces.problems import not_found
from faces.prose import refused as why
from faces.words import Words
from ledger import read_models, sealing


def break_glass_router(site: Site) -> APIRouter:
    """The page of access in an emergency, and what it sends."""
    router = APIRouter()
    Asker = Annotated[Who, Depends(may("ask-access"))]
    Granter = Annotated[Who, Depends(may("grant-access"))]

    @router.get("/break-glass", response_class=HTMLResponse)
    def show(request: Request, by: Asker) -> HTMLResponse:
        """What one asked for oneself, and what waits for one's answer."""
        return _page(site, request, by)

    @router.post("/break-glass")
    def ask(
        request: Request, by: Asker, engagement: Annotated[str, Form()] = "", reason: Annotated[str, Form()] = ""
    ) -> Response:
        """Ask for access to an engagement."""
        engagement, reason = engagement.strip(), reason.strip()
        errors = []
        if by.person is None:
            errors.append(
                {"text": "Nobody in particular is signed in, so nobody can be given access.", "href": "#engagement"}
            )
        if not engagement:
            errors.append({"text": "Write the engagement's id, such as haringey-1.", "href": "#engagement"})
        if not reason or len(reason) > LONGEST_TEXT:
            errors.append({"text": "Write why you need access now, in a sentence or two.", "href": "#reason"})
        if not errors:
            with site.desk(by) as (desk, conn):
                there = read_models.engagement(conn, engagement) is not None
                seen = there and engagement not in desk.hidden(conn)
            if seen:
                errors.append({"text": "You have access to this engagement already.", "href": "#engagement"})
        if not errors and there:
            # What there is not is answered in the same way, and not put on record: nobody finds out ids by asking.
            errors += _record(site, by, AskAccess.type, {"engagement": engagement, "reason": reason})
        if errors:
            typed = {"engagement": engagement, "reason": reason}
            return _page(site, request, by, HTTPStatus.BAD_REQUEST, errors=errors, typed=typed)
        return RedirectResponse("/break-glass?asked=1", HTTPStatus.SEE_OTHER)

    @router.post("/break-glass/{number}/{answer}")
    def answer(number: int, answer: Literal["grant", "decline"], request: Request, by: Granter) -> Response:
        """Grant what somebody else asked for, or decline it."""
        with site.desk(by) as (desk, conn):
            asked = site.emergencies.read(conn).requests.get(number)
            if asked is None or asked.engagement in desk.hidden(conn):
                raise not_found("there is no such request.")
        if by.person is None:
            errors = [{"text": "Nobody in particular is signed in: an answer needs a person.", "href": "#waiting"}]
        else:
            kind = GrantAccess if answer == "grant" else DeclineAccess
            errors = _record(site, by, kind.type, {"asked": number})
        if errors:
            return _page(site, request, by, HTTPStatus.CONFLICT, errors=errors)
        return RedirectResponse("/break-glass", HTTPStatus.SEE_OTHER)

    return router


def _record(site: Site, by: Who, command: str, body: dict[str, Any]) -> list[dict[str, str]]:
    key = SigningKey.kept_in(site.settings.keys, "command-line")
    try:
        record(site.ledger, site.emergencies, key, by, command, body)
    except NotDone as refused:
        said = why(refused.refusal.rule, refused.refusal.details, Words())
        return [{"text": said.sentence, "href": "#engagement"}]
    return []


def _page(site: Site, request: Request, by: Who, status: int = 200, **context: Any) -> HTMLResponse:
    now = site.now()
    with site.desk(by) as (desk, conn):
        every = site.emergencies.read(conn).requests.values()
        mine = [one for one in every if by.person is not None and one.person == by.person]
        waiting = [one for one in every if one.person != by.person and _answers(desk, conn, by, one.engagement)]
        waiting = [one for one in waiting if one.open(now) or one.lasts(now)]
        reasons = sealing.unseal(conn, [one.reason for one in (*mine, *waiting)])
    return page(
        request,
        "break-glass.html",
        status,
        **{
            "mine": mine,
            "waiting": waiting,
            "reasons": reasons,
            "now": now,
            "hours": LASTS.total_seconds() / 3600,
            **context,
        },
    )


def _answers(desk: Desk, conn: Connection, by: Who, engagement: str) -> bool:
    """Whether somebody may answer for an engagement: by their role, and because they see it themselves."""
    return reach("grant-access", by.role) != "none" and engagement not in desk.hidden(conn)
