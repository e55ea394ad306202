"""An engagement: where it stands."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from console.render import page
from console.site import Site
from console.who import Who, who
from faces.page import collected
from faces.reading import where_stands


def engagements_router(site: Site) -> APIRouter:
    """The pages of an engagement."""
    router = APIRouter()

    @router.get("/engagements/{id}", response_class=HTMLResponse)
    def show(id: str, request: Request, reader: Annotated[Who, Depends(who)]) -> HTMLResponse:
        """Where it stands."""
        with site.desk(reader) as (desk, conn), collected() as blocks:
            where_stands(desk, conn, id).tell()
        return page(request, "engagement.html", id=id, blocks=blocks)

    return router
