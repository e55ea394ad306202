"""A real browser in tests: Debian's Chromium, driven by Playwright, before a console with a real engine behind it.

`office` is the engine, its ledger and the console, shared by all tests; each takes councils of its own. `visits` opens windows:
a `Visit` is somebody at one, who clicks and types as a person does. Whatever the browser complains of on the way fails the
test: an error in a script, something that the policy of content kept away, a file that is not there. Pictures are kept in the
folder that TURNAROUND_PICTURES names, or under pytest's own.
"""

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Playwright, Response, async_playwright

from console.app import make_console
from console.serving import serving
from console.sessions import Sessions
from console.site import Site
from domain.actors import Actor
from tests.engine import LEAD, Rig, a_rig, a_server
from tests.given import way_to
from tests.run import NO_BROWSER, find_browser, in_ci
from workers.dev_server import DevServer

WIDE, TALL = 1000, 900
"""Pixels of a window, and of a picture at most half as tall again."""

PATIENCE = 30_000
"""Milliseconds. No test measures time: this only ends a wait that would never end."""

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
"""What WCAG 2.2 AA asks for, as axe names it."""

ANSWERED = re.compile("Failed to load resource")
"""What a browser says of a response of 400 and more. The responses themselves are looked at."""


@dataclass(frozen=True)
class Served:
    """A console at an address."""

    sessions: Sessions
    address: str

    def link(self) -> str:
        """The address that signs in once, as `turnaround up` prints it."""
        return f"{self.address}/sign-in/{self.sessions.link()}"


@dataclass(frozen=True)
class Office(Served):
    """One with an engine behind it."""

    rig: Rig


def recorder_of(role: str) -> str:
    """Who records what a role decides: somebody who signs in."""
    return {"department.minister": "department.official", "board.board": LEAD}.get(role, role)


async def walk(rig: Rig, target: str, stage: str) -> None:
    """Bring an engagement into a stage, all on one day and without a browser."""
    for do in way_to(stage):
        command = rig.command(target, do.type, recorder_of(do.as_), **do.body)
        done = await rig.face.give(replace(command, decided_by=Actor.parse(do.as_)))
        assert done.accepted, (do, done.outcome)


@dataclass
class Visit:
    """Somebody at a window of the browser, on one site."""

    page: Page
    site: Served
    pictures: Path
    javascript: bool = True
    trouble: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Listen to what the browser complains of."""
        self.page.set_default_timeout(PATIENCE)
        self.page.on("pageerror", lambda error: self.trouble.append(f"{self.page.url}: a script failed: {error}"))
        self.page.on("console", self._said)
        self.page.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not ANSWERED.match(message.text):
            self.trouble.append(f"{self.page.url}: {message.text}")

    def _answered(self, response: Response) -> None:
        whole = response.request.is_navigation_request()  # a form that is not right yet is answered with 422
        if response.status >= (500 if whole else 400):
            self.trouble.append(f"{response.url}: {response.status}")

    # Where they are

    @property
    def path(self) -> str:
        """The page that they see, as a path."""
        return urlsplit(self.page.url).path

    async def heading(self) -> str:
        """What the page is called at its top."""
        return " ".join((await self.page.locator("h1").inner_text()).split())

    async def main(self) -> str:
        """What the page says."""
        return " ".join((await self.page.locator("main").inner_text()).split())

    async def says(self, *texts: str) -> None:
        """That the page says these things."""
        said = await self.main()
        for text in texts:
            assert text in said, f"{self.page.url} does not say {text!r}, but: {said}"

    # What they do

    async def go(self, path: str) -> None:
        """Type an address."""
        answer = await self.page.goto(self.site.address + path)
        assert answer is not None and answer.status < 400, f"{path}: {answer and answer.status}"

    async def sign_in(self) -> None:
        """Follow the link that signs in once, and press its button."""
        await self.page.goto(self.site.link())
        await self.press("Sign in")

    async def act_as(self, role: str) -> None:
        """Choose a role."""
        await self.go("/account")
        await self.page.get_by_label("Role", exact=True).select_option(role)
        await self.press("Act in this role")

    async def follow(self, name: str) -> None:
        """Click a link by its text, opening what hides it."""
        link = self.page.get_by_role("link", name=name, exact=True, include_hidden=True).first
        await self._reveal(link)
        await self.click(link)

    async def press(self, name: str) -> None:
        """Press a button by its text."""
        await self.click(self.page.get_by_role("button", name=name, exact=True))

    async def click(self, found: Locator) -> None:
        """Click what leads to another page, and wait for that."""
        await self.moved(found.click())

    async def moved(self, doing: Awaitable[None]) -> None:
        """Do what leads to another page, and wait for that."""
        async with self.page.expect_navigation():
            await doing

    async def _reveal(self, found: Locator) -> None:
        for summary in await found.locator("xpath=ancestor::details[not(@open)]/summary").all():
            await summary.click()

    # Commands

    async def do(self, engagement: str, command: str, **body: Any) -> None:
        """Give a command from the engagement's page: by its link there, through the form and the answers to check."""
        if self.path != f"/engagements/{engagement}":
            await self.go(f"/engagements/{engagement}")
        await self.begin(engagement, command)
        await self.answer(**body)
        await self.give()

    async def begin(self, engagement: str, command: str) -> None:
        """Follow the link to a command's form from the engagement's page."""
        link = self.page.locator(f'main a[href="/engagements/{engagement}/do/{command}"]').first
        await self._reveal(link)
        await self.click(link)

    async def answer(self, **body: Any) -> None:
        """Fill in the form and go on to the answers."""
        await self.fill(body)
        await self.press("Continue")
        assert await self.heading() == "Check your answers", await self.main()

    async def change(self, name: str) -> None:
        """Go back from the answers to one question, by the button beside it."""
        await self.click(self.page.locator(f'button[value="change {name}"]'))

    async def give(self) -> None:
        """Press the button below the answers, which has the command's own name."""
        await self.click(self.page.locator("#give"))

    async def confirm(self) -> None:
        """Confirm what waits, as the second person."""
        await self.click(self.page.locator('button[value="confirm"]'))

    async def fill(self, body: Mapping[str, Any], at: str = "") -> None:
        """Fill in a form: a value for each field by its name; a date as 2002-05-29."""
        for name, value in body.items():
            await self._put(at + name, value)

    async def _put(self, name: str, value: Any) -> None:
        match value:
            case {}:
                await self.fill(value, f"{name}.")
            case [{}, *_]:
                for index, item in enumerate(value):
                    add = self.page.locator(f'button[value="add {name}"]')
                    await self._reveal(add)
                    if not await self.page.locator(f'[name^="{name}.{index}."]').count():
                        await self.click(add)
                    await self.fill(item, f"{name}.{index}.")
            case [*values]:
                for each in values:
                    await self._choose(name, str(each))
            case _:
                await self._write(name, str(value))

    async def _choose(self, name: str, value: str) -> None:
        """One of several: a box to tick, or where it may be several times, how often."""
        counted = self.page.locator(f'[name="{name}.{value}"]')
        if await counted.count():
            await counted.fill("1")
        else:
            await self.page.locator(f'[name="{name}"][value="{value}"]').check()

    async def _write(self, name: str, value: str) -> None:
        if await self.page.locator(f'[name="{name}.year"]').count():
            for part, said in zip(("year", "month", "day"), value.split("-"), strict=False):
                await self.page.locator(f'[name="{name}.{part}"]').fill(said)
            return
        field = self.page.locator(f'[name="{name}"]')
        kind = await field.first.evaluate("field => field.type ?? ''")
        if kind == "radio":
            await self.page.locator(f'[name="{name}"][value="{value}"]').check()
        elif kind.startswith("select"):
            await field.select_option(value)
        else:
            await field.fill(value)

    async def against_wcag(self) -> list[str]:
        """What on the page is against WCAG 2.2 AA, as far as axe can tell."""
        found = await Axe().run(self.page, options=RULES)
        return [
            f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}" for each in found.response["violations"]
        ]

    async def picture(self, name: str) -> None:
        """Keep a picture of the page from its top. What is worth one conforms to WCAG too: axe needs JavaScript to say so."""
        assert not self.javascript or await self.against_wcag() == [], name
        tall = await self.page.evaluate("document.documentElement.scrollHeight")
        clip = {"x": 0, "y": 0, "width": WIDE, "height": min(int(tall), TALL * 3 // 2)}
        await self.page.screenshot(path=self.pictures / f"{name}.png", full_page=True, clip=clip)  # type: ignore[arg-type]


Visits = Callable[..., AbstractAsyncContextManager[Visit]]


@asynccontextmanager
async def launched(play: Playwright) -> AsyncIterator[Browser]:
    """The browser, started."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # it has none for root
    browser = await play.chromium.launch(executable_path=find_browser(), args=sandbox)
    try:
        yield browser
    finally:
        await browser.close()


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser. Without one a developer's test is left out, and CI's fails."""
    if find_browser() is None:
        pytest.fail(NO_BROWSER) if in_ci() else pytest.skip(NO_BROWSER)
    async with async_playwright() as play, launched(play) as browser:
        yield browser


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures are kept."""
    named = os.environ.get("TURNAROUND_PICTURES")
    folder = Path(named) if named else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
async def engine_server(dev_server_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DevServer]:
    """The Temporal server behind it."""
    async with a_server(dev_server_binary, tmp_path_factory.mktemp("server") / "log") as found:
        yield found


@asynccontextmanager
async def an_office(server: DevServer, home: Path) -> AsyncIterator[Office]:
    """An engine over a ledger of its own, with the console served over it. It is 29 May 2002, and nobody was rated yet."""
    async with a_rig(server.address, home) as rig:
        site = Site(rig.settings, rig.ledger, rig.client)
        sessions = Sessions(site.store, site.held)
        try:
            async with serving(make_console(site, sessions), 0) as address:
                yield Office(sessions, address, rig)
        finally:
            site.store.close()


@pytest.fixture(scope="session")
async def office(engine_server: DevServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """One for all tests that need nothing else of it than councils of their own."""
    async with an_office(engine_server, tmp_path_factory.mktemp("office") / "home") as found:
        yield found


@asynccontextmanager
async def a_visit(chromium: Browser, site: Served, pictures: Path, *, javascript: bool = True) -> AsyncIterator[Visit]:
    """A new window in which nobody is signed in. What the browser complained of fails the test at its end."""
    context = await chromium.new_context(
        accept_downloads=True,
        java_script_enabled=javascript,
        locale="en-GB",
        timezone_id="Europe/London",
        viewport={"width": WIDE, "height": TALL},
    )
    try:
        visit = Visit(await context.new_page(), site, pictures, javascript)
        visit.listen()
        yield visit
        assert not visit.trouble, "\n".join(visit.trouble)
    finally:
        await context.close()


@pytest.fixture
def visits(chromium: Browser, office: Office, pictures: Path) -> Visits:
    """Opens windows on the shared office."""
    return partial(a_visit, chromium, office, pictures)
