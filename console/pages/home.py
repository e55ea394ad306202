"""Home: what needs the person who is signed in, by date."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from console.render import page
from console.site import Site
from console.who import Who, who
from faces.due import what_is_owed
from faces.page import collected


def home_router(site: Site) -> APIRouter:
    """The home page."""
    router = APIRouter()

    @router.get("/", response_class=HTMLResponse)
    def home(request: Request, reader: Annotated[Who, Depends(who)]) -> HTMLResponse:
        """What the role that is acted in owes."""
        with site.desk(reader) as (desk, conn), collected() as blocks:
            what_is_owed(desk, conn, reader.role, None, late=False).tell()
        return page(request, "home.html", blocks=blocks)

    return router
