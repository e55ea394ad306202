"""The console's cookies: out of reach of pages, sent to this site alone, and over TLS only where there is any."""

from datetime import timedelta

from fastapi import Request
from fastapi.responses import Response


def named(request: Request, name: str) -> str:
    """A cookie's name. Over TLS its prefix has the browser take it from this very host alone, and for every path."""
    return f"__Host-{name}" if request.state.secure else name


def read(request: Request, name: str) -> str | None:
    """What a cookie holds."""
    return request.cookies.get(named(request, name))


def put(request: Request, response: Response, name: str, token: str, lasts: timedelta | None = None) -> None:
    """Set a cookie, which ends with the browser where nothing is said."""
    response.set_cookie(
        named(request, name),
        token,
        max_age=int(lasts.total_seconds()) if lasts else None,
        httponly=True,
        samesite="lax",
        secure=request.state.secure,
    )


def drop(request: Request, response: Response, name: str) -> None:
    """Take a cookie away."""
    response.delete_cookie(named(request, name), httponly=True, samesite="lax", secure=request.state.secure)
