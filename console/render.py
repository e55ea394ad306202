"""Pages from templates: GOV.UK Frontend without a crown, working without JavaScript, under a strict policy of content."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader, PrefixLoader, select_autoescape
from markupsafe import Markup

from console import notice
from console.access import reach
from console.who import Who
from faces import dates
from faces.desk import Target
from faces.page import Block, Cell, Line, Note, Pairs, Table, clean
from faces.words import Words, capital

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
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= {
        "frontend": FRONTEND,
        "release": version("turnaround"),
        "kind_of": kind_of,
        "arranged": arranged,
        "address_of": address_of,
        "with_query": with_query,
        "home_of": home_of,
    }
    found.filters |= {
        "day": dates.day,
        "printed": dates.printed,
        "said": dates.when,
        "moment": dates.moment,
        "capital": capital,
    }
    return found


def _harmless(value: Any) -> Any:
    """What is put on a page: control characters, and those that turn the direction of writing, do nothing there."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return clean(value.replace("\r\n", "\n"))
    return value


@dataclass(frozen=True)
class Captioned:
    """A table with its caption, and its number among the tables of its page."""

    caption: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    number: int = 1


Drawn = Line | Note | Pairs | Captioned

LEADS_TO = {"Engagement": "/engagements/{}"}
"""Where the values of a column lead to, by its heading."""


def arranged(blocks: Iterable[Block], title: str = "") -> list[Drawn]:
    """Blocks as a page has them: a heading right before a table is its caption, and one that repeats the title is left out."""
    found: list[Drawn] = []
    heading, number = None, 0
    for block in blocks:
        if isinstance(block, Line) and not block.text.strip():
            continue
        if isinstance(block, Table):
            number += 1
            found.append(Captioned(heading.text if heading else title, block.headers, block.rows, number))
            heading = None
            continue
        if heading is not None and heading.text != title:
            found.append(heading)
        heading = block if isinstance(block, Line) and "bold" in block.style else None
        if heading is None:
            found.append(block)
    return found if heading is None or heading.text == title else [*found, heading]


def tables_of(blocks: Iterable[Block], title: str) -> list[Captioned]:
    """The tables of a page, for whoever wants them as a file."""
    return [block for block in arranged(blocks, title) if isinstance(block, Captioned)]


def address_of(header: str, cell: Cell) -> str | None:
    """Where a value of a table leads to, if anywhere."""
    found = LEADS_TO.get(header)
    return found.format(quote(cell.bare, safe="")) if found and cell.bare else None


def with_query(request: Request, **changes: str | int | None) -> str:
    """The address of this page with other values of its query; without those that are None."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in changes]
    kept += [(name, str(value)) for name, value in changes.items() if value is not None]
    return f"{request.url.path}?{urlencode(kept)}" if kept else request.url.path


def home_of(target: Target) -> str:
    """The page of what a command is given to."""
    return "/people" if target.family == "office" else f"/{target.family}s/{quote(target.name, safe='')}"


def kind_of(block: Drawn | Block) -> str:
    """Which macro draws a block."""
    match block:
        case Line():
            return "heading" if "bold" in block.style else "line"
        case Note():
            return "note"
        case Table() | Captioned():
            return "table"
        case Pairs():
            return "pairs"


def part(template: str, **context: Any) -> Markup:
    """A part of a page that is the same for whoever may see it, to be kept and put into a page."""
    return Markup(environment().get_template(template).render(**context))


def _title(request: Request, role: str) -> str:
    """A role by its title, as the lifecycles that are published call it."""
    site = getattr(request.app.state, "site", None)
    return Words(site.library.newest()).title_of_role(role) if site is not None else role


def page(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page, with what every page needs: who is signed in, the banner, a nonce for the one script in its head."""
    nonce = secrets.token_urlsafe(16)
    who: Who | None = getattr(request.state, "who", None)
    done = notice.left(request)
    text = (
        environment()
        .get_template(template)
        .render(
            cspNonce=nonce,
            request=request,
            path=request.url.path,
            who=who,
            acts_as=_title(request, who.role) if who is not None else "",
            csrf=getattr(request.state, "csrf", ""),
            notice=done,
            reaches=lambda group: who is not None and bool(who.role) and reach(group, who.role) != "none",
            **context,
        )
    )
    policy = (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    answer = HTMLResponse(text, status, headers={"Content-Security-Policy": policy})
    if done is not None:
        notice.told(request, answer)
    return answer
