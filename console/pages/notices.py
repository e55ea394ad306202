"""Of an engagement: who was told of what, and whether it reached them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from console.access import may
from console.exports import download
from console.pages.engagements import engagement_page, heading
from console.paging import ENTRIES, Slice
from console.render import Captioned
from console.site import Site
from console.who import Who
from faces.notices import HEADERS, cells, told_of
from faces.page import cell
from ledger import read_models
from ledger.events import reader as office_of


def notices_router(site: Site) -> APIRouter:
    """The page of notices."""
    router = APIRouter()

    @router.get("/engagements/{id}/notices", response_class=HTMLResponse)
    def notices(id: str, request: Request, reader: Annotated[Who, Depends(may("dossier"))]) -> Response:
        """The notices, the newest first."""
        with site.desk(reader) as (desk, conn):
            of = heading(desk, conn, id)
            words = desk.words(conn, desk.library.rules(of.row.model, office_of(conn)))
            rows = read_models.notices(conn, of.id)[::-1]
            slice = Slice.asked(request, len(rows), ENTRIES)
            shown = rows if "as" in request.query_params else rows[slice.offset : slice.offset + slice.size]
            found = [[cell(value) for value in cells(told, words)] for told in told_of(conn, shown)]
        table = Captioned("Notices", HEADERS, found)
        return download(request, f"{of.id}-notices", [table]) or engagement_page(
            request, "notices.html", of, "/notices", found=table, slice=slice
        )

    return router
