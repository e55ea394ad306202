"""Pages from templates: GOV.UK Frontend without a crown, working without JavaScript, under a strict policy of content."""

import secrets
from functools import cache
from importlib.metadata import version
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader, PrefixLoader, select_autoescape

from console.who import Who
from faces import dates
from faces.page import Block, Line, Note, Pairs, Table

FRONTEND = "/static/govuk-frontend-6.6.0"


@cache
def environment() -> Environment:
    """The templates. Whatever is put into them is escaped."""
    found = Environment(
        loader=ChoiceLoader(
            [PackageLoader("console"), PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})]
        ),
        autoescape=select_autoescape(["html"]),
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= {"frontend": FRONTEND, "release": version("turnaround"), "kind_of": kind_of}
    found.filters |= {"day": dates.day, "printed": dates.printed, "moment": dates.moment}
    return found


def kind_of(block: Block) -> str:
    """Which macro draws a block."""
    match block:
        case Line():
            return "heading" if "bold" in block.style else "line"
        case Note():
            return "note"
        case Table():
            return "table"
        case Pairs():
            return "pairs"


def page(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page, with what every page needs: who is signed in, the banner, a nonce for the one script in its head."""
    nonce = secrets.token_urlsafe(16)
    who: Who | None = getattr(request.state, "who", None)
    text = (
        environment()
        .get_template(template)
        .render(
            cspNonce=nonce,
            request=request,
            path=request.url.path,
            who=who,
            csrf=getattr(request.state, "csrf", ""),
            notice=getattr(request.state, "notice", None),
            **context,
        )
    )
    policy = (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    return HTMLResponse(text, status, headers={"Content-Security-Policy": policy})
