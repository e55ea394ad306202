"""Long lists page by page: each page says where the next one begins, by what its last row is sorted by.

A list may grow or shrink between two pages: no row that was there all the time is left out or comes twice.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request
from pydantic import BaseModel, Field

from console.api.problems import Unfit

MOST = 500

Key = tuple[str | int, ...]


class PageBody(BaseModel):
    """A page of a list."""

    items: list[Any] = Field(description="The rows of this page.")
    next: str | None = Field(description="The address of the next page; null on the last one.")


@dataclass(frozen=True)
class Asked:
    """Which page of a list: how many rows, after which."""

    limit: int
    after: Key | None


def asked(
    limit: Annotated[int, Query(ge=1, le=MOST, description="Rows on a page.")] = 100,
    cursor: Annotated[
        str | None, Query(max_length=2000, description="Where the page begins: as `next` of the page before says.")
    ] = None,
) -> Asked:
    """The page that the query asks for. Raises Unfit for a cursor that no page gave."""
    return Asked(limit, None if cursor is None else _read(cursor))


def page(request: Request, rows: Sequence[Any], key: Callable[[int, Any], Key], wanted: Asked) -> PageBody:
    """A page of rows. `key` says what a row is sorted by, given its number in the list, and is another for each row.

    Raises Unfit for a cursor of another list.
    """
    keyed = sorted(((key(number, row), row) for number, row in enumerate(rows)), key=lambda pair: pair[0])
    try:
        left = [pair for pair in keyed if wanted.after is None or pair[0] > wanted.after]
    except TypeError:
        raise no_cursor() from None
    shown = left[: wanted.limit]
    more = len(left) > len(shown)
    return PageBody(items=[row for _, row in shown], next=_next(request, shown[-1][0]) if more else None)


def _next(request: Request, last: Key) -> str:
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{request.url.path}?{urlencode([*kept, ('cursor', _written(last))])}"


def _written(key: Key) -> str:
    return urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def _read(cursor: str) -> Key:
    try:
        found = json.loads(urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        raise no_cursor() from None
    if not isinstance(found, list) or not found or not all(isinstance(part, str | int) for part in found):
        raise no_cursor()
    return tuple(found)


def no_cursor() -> Unfit:
    """That a cursor is none of the list's."""
    return Unfit(
        "malformed", "there is no page that begins there.", "take `next` of a page as it is, or leave cursor out"
    )
