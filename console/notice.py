"""What was just done, told once on the next page: kept in a cookie until then, so that a reload does not tell it again."""

from urllib.parse import quote, unquote

from fastapi import Request
from fastapi.responses import Response

from console import cookies

COOKIE = "turnaround-done"


def leave(request: Request, response: Response, text: str) -> None:
    """Have the next page say what was done. Nothing sealed belongs here."""
    cookies.put(request, response, COOKIE, quote(text[:1000]))


def left(request: Request) -> str | None:
    """What was done just before this page was asked for."""
    found = cookies.read(request, COOKIE) if request.method == "GET" else None
    return unquote(found) if found else None


def told(request: Request, response: Response) -> None:
    """It has been said, and is not said again."""
    cookies.drop(request, response, COOKIE)
