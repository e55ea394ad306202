"""The pages on which the ledger is read by programme officers and board members."""

from fastapi import APIRouter

from console.pages.accessibility import accessibility_router
from console.pages.councils import councils_router
from console.pages.documents import documents_router
from console.pages.engagements import engagements_router
from console.pages.home import home_router
from console.pages.notices import notices_router
from console.pages.people import people_router
from console.pages.portfolio import portfolio_router
from console.pages.timeline import timeline_router
from console.site import Site


def reading_pages(site: Site) -> tuple[APIRouter, ...]:
    """Their routers."""
    makers = (
        home_router,
        portfolio_router,
        engagements_router,
        timeline_router,
        documents_router,
        notices_router,
        councils_router,
        people_router,
    )
    return (*(make(site) for make in makers), accessibility_router())
