"""The accessibility statement, for everybody."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from console.access import public
from console.render import page


def accessibility_router() -> APIRouter:
    """The page of the statement."""
    router = APIRouter(dependencies=[public])

    @router.get("/accessibility", response_class=HTMLResponse)
    def statement(request: Request) -> HTMLResponse:
        """The statement."""
        return page(request, "accessibility.html")

    return router
