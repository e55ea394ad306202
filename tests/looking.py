"""Looking at many pages in one window, as fast as axe can: each is put in the place of the one before.

Nothing is loaded anew but the page itself, which keeps its styles and has its scripts run on it. `tests/browser.py` is for
whatever takes a person who clicks and types.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from console import sessions
from console.render import FRONTEND
from tests.browser import RULES, TALL, WIDE
from tests.web import Web

NARROW = 320
"""Pixels of the narrowest window in which nothing may need scrolling both ways (WCAG 2.2, 1.4.10)."""

SHOWN = """
    const made = new DOMParser().parseFromString(text, 'text/html')
    document.title = made.title
    document.documentElement.lang = made.documentElement.lang
    for (const style of document.querySelectorAll('link[rel=stylesheet]'))
        style.disabled = !made.querySelector(`link[href="${style.getAttribute('href')}"]`)
    document.body.replaceWith(document.adoptNode(made.body))
"""

AGAINST_WCAG = f"""async ([text, contrast]) => {{{SHOWN}
    document.body.classList.add('js-enabled', 'govuk-frontend-supported')
    const {{initAll}} = await import('{FRONTEND}/govuk-frontend.min.js')
    initAll()
    const rules = {{'color-contrast': {{enabled: contrast}}}}
    const found = await axe.run(document, {{...{RULES!r}, rules, preload: false, iframes: false}})
    return found.violations.map(each => `${{each.id}}: ${{each.help}}: ${{each.nodes[0].html.slice(0, 200)}}`)
}}"""

HOW_WIDE = f"""async text => {{{SHOWN}
    await Promise.all([...document.images].map(each => each.decode().catch(() => null)))
    return document.documentElement.scrollWidth
}}"""

UNSEEN = re.compile(r'<input[^>]*type="hidden"[^>]*>|</main>.*', re.DOTALL)
"""What of a page differs each time."""


@dataclass
class Looker:
    """Somebody with a wide and a narrow window, who notes what is wrong with each page that they are shown."""

    wide: Page
    narrow: Page
    wrong: dict[str, list[str]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    async def look(self, answer: httpx.Response, status: int = 200, *, contrast: bool = True) -> None:
        """Look at a page: by axe, and whether it fits a narrow window. One whose main part is as that of one before it is not
        looked at again. Contrast takes half of the time: what is made of parts that were seen already may do without.
        """
        name = f"{answer.request.method} {answer.request.url.raw_path.decode()}"
        assert answer.status_code == status, f"{name}: {answer.status_code}: {answer.text[:300]}"
        assert answer.headers["Content-Type"].startswith("text/html"), name
        seen = UNSEEN.sub("", answer.text.partition("<main")[2])
        if seen in self.seen:
            return
        self.seen.add(seen)
        found, width = await asyncio.gather(
            self.wide.evaluate(AGAINST_WCAG, [answer.text, contrast]), self.narrow.evaluate(HOW_WIDE, answer.text)
        )
        if width > NARROW:
            found.append(f"{width} pixels wide in a window of {NARROW}")
        if found:
            self.wrong[name] = found

    def content(self) -> None:
        """That nothing was wrong."""
        assert not self.wrong, "\n".join(f"{name}:\n  " + "\n  ".join(said) for name, said in self.wrong.items())


@asynccontextmanager
async def a_looker(chromium: Browser, web: Web) -> AsyncIterator[Looker]:
    """Two windows with the styles of every page. The pictures in pages are those that the local user may see."""
    async with web.served() as address:
        windows = []
        for width in (WIDE, NARROW):
            context = await chromium.new_context(viewport={"width": width, "height": TALL}, locale="en-GB")
            token = web.sessions.spend(web.sessions.link())
            assert token is not None
            await context.add_cookies([{"name": sessions.COOKIE, "value": token, "url": address}])
            page = await context.new_page()
            answer = await page.goto(f"{address}/rounds")
            assert answer is not None and answer.status == 200
            windows.append(page)
        wide, narrow = windows
        await wide.evaluate(Axe().axe_script)
        try:
            yield Looker(wide, narrow)
        finally:
            for page in windows:
                await page.context.close()
