"""The console in a test: a real application over a real ledger, and browsers without windows that are signed in to it.

`web` is the console over the ledger of tests/dossiers.py. A test that needs another ledger calls `console_over(home)`.
Without an engine commands can't be given: reads suffice for most tests, and tests/engine.py has one for the others.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from console import sessions
from console.app import make_console
from console.feeds import feeds_router
from console.serving import serving
from console.sessions import Sessions, csrf_of
from console.site import Site
from console.who import Holding, Who
from domain.actors import OFFICE_ROLE
from ledger.store import Ledger
from tests.engine import Rig, a_rig, a_server
from workers.settings import Settings

ISSUER = "https://sign-in.example"
"""Who vouches for the people of `Web.person`, where no provider is asked."""


class Browser(httpx.AsyncClient):
    """Somebody's browser: it keeps cookies, and puts the session's token into the forms it sends."""

    @property
    def csrf(self) -> str:
        """What the forms of its session carry."""
        return csrf_of(self.cookies[sessions.COOKIE])

    async def submit(self, path: str, **fields: Any) -> httpx.Response:
        """Send a form of the page."""
        return await self.post(path, data={"csrf": self.csrf, **fields})


@dataclass
class Time:
    """The console's time, by which sessions and links run out: the machine's, and what a test adds to it."""

    later: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        """The time now."""
        return datetime.now(UTC) + self.later


@dataclass
class Web:
    """A console over a ledger."""

    site: Site
    sessions: Sessions
    app: FastAPI
    time: Time

    @asynccontextmanager
    async def browser(self, base_url: str = "http://127.0.0.1", address: str = "127.0.0.1") -> AsyncIterator[Browser]:
        """A browser in which nobody is signed in, at an address of the network. It follows no redirects."""
        transport = httpx.ASGITransport(self.app, client=(address, 40000))
        async with Browser(transport=transport, base_url=base_url) as browser:
            yield browser

    @asynccontextmanager
    async def local(
        self, role: str = OFFICE_ROLE, council: str | None = None, engagement: str | None = None
    ) -> AsyncIterator[Browser]:
        """A browser signed in as the local user, in a role; everywhere, or only in one council or engagement."""
        async with self.browser() as browser:
            await browser.post(f"/sign-in/{self.sessions.link()}")
            chosen = {"role": role, "council": council or "", "engagement": engagement or ""}
            answer = await browser.submit("/account/role", **chosen)
            assert answer.status_code == 303, answer.text
            yield browser

    @asynccontextmanager
    async def person(self, person: str, *held: Holding) -> AsyncIterator[Browser]:
        """A browser signed in as somebody whom a provider vouches for, with the roles that it says; in the first of them."""
        async with self.browser() as browser:
            role = held[0].role if held else ""
            who = Who(person, person.title(), role, held, f"oidc:{ISSUER}")
            browser.cookies.set(sessions.COOKIE, self.sessions.open(who, claimed=True), domain="127.0.0.1")
            yield browser

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """It on a free port of this machine; its address. A link to sign in with: `sessions.link()`."""
        async with serving(self.app, 0) as address:
            yield address


@contextmanager
def console_over(home: Path, **settings: Any) -> Iterator[Web]:
    """The console over the ledger in a home folder."""
    chosen = Settings(home=home, synchronous="OFF", **settings)
    ledger = Ledger.open(chosen.url, synchronous="OFF")
    try:
        with console_of(Site(chosen, ledger)) as found:
            yield found
    finally:
        ledger.close()


@contextmanager
def console_of(site: Site) -> Iterator[Web]:
    """The console over what is open already."""
    time, opened = Time(), Sessions(site.store, site.held)
    site.store.now = time
    try:
        yield Web(site, opened, make_console(site, opened, [feeds_router(site.ledger, site.now)]), time)
    finally:
        site.store.close()


@dataclass(frozen=True)
class Running:
    """An engine with a console over its ledger."""

    rig: Rig
    web: Web


@asynccontextmanager
async def running_console(dev_server_binary: Path, folder: Path) -> AsyncIterator[Running]:
    """An engine of one's own, with a console over its ledger."""
    async with a_server(dev_server_binary, folder / "log") as server, a_rig(server.address, folder / "home") as rig:
        with console_of(Site(rig.settings, rig.ledger, rig.client)) as web:
            yield Running(rig, web)


@pytest.fixture(scope="module")
def web(full: Path) -> Iterator[Web]:
    """The console over a ledger with something in every part of one engagement's dossier, haringey-1."""
    with console_over(full) as found:
        yield found
