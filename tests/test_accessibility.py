"""Everybody can use every page: WCAG 2.2 AA by axe in a real browser, the keyboard alone, a narrow window, and paper."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.async_api import Browser

from tests.browser import Office, Served, Visit, Visits, a_visit
from tests.engine import DIRECTOR, LEAD, OFFICE
from tests.web import Web

NO_PAGE = re.compile(r"as=|\.svg|/static/|/api/|/sign-in|/audit/checkpoint|/audit/receipts/|/\w+\.(?:csv|ics|zip)")
"""What a link leads to that is a file, or goes elsewhere."""

NARROW = 320
"""Pixels of the narrowest window in which nothing may need scrolling both ways (WCAG 2.2, 1.4.10)."""

FORMS = ("record-post-holder", "sit-panel", "assess-conditions", "pause-clock", "request-change")
"""Commands whose forms have between them every kind of control; the others are made of the same."""


def shape(path: str) -> str:
    """An address without what tells it from its like: of several pages of one shape one is looked at."""
    named = re.sub(r"/(do|record)/[a-z-]+", r"/\1/#", urlsplit(path).path)
    return re.sub(r"/[A-Za-z-]*[0-9][0-9A-Za-z-]*", "/#", named)


@pytest.fixture(scope="module")
async def full_site(web: Web) -> AsyncIterator[Served]:
    """The console over a ledger with something in every part of an engagement, served."""
    async with web.served() as address:
        yield Served(web.sessions, address)


async def looked_at(visit: Visit, path: str) -> list[str]:
    """What is wrong with a page: by axe, and whether it fits a narrow window."""
    answer = await visit.page.goto(urljoin(visit.site.address, path))
    assert answer is not None and answer.status == 200, f"{path}: {answer and answer.status}"
    wrong = await visit.against_wcag()
    await visit.page.set_viewport_size({"width": NARROW, "height": 800})
    wide = int(await visit.page.evaluate("document.documentElement.scrollWidth"))
    await visit.page.set_viewport_size({"width": 1000, "height": 800})
    return [*wrong, *([f"{wide} pixels wide in a window of {NARROW}"] if wide > NARROW else [])]


async def test_every_page_conforms_and_fits(chromium: Browser, full_site: Served, pictures: Path) -> None:
    waiting = ["/", "/engagements/haringey-1", *(f"/engagements/haringey-1/do/{name}" for name in FORMS)]
    seen, wrong = set(waiting), dict[str, list[str]]()
    shapes = {shape(path) for path in waiting}
    async with a_visit(chromium, full_site, pictures) as visit:
        await visit.sign_in()
        await visit.act_as(OFFICE)
        while waiting:
            path = waiting.pop(0)
            if found := await looked_at(visit, path):
                wrong[path] = found
            links = await visit.page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
            for link in links:
                address = link.partition("#")[0]
                to = address.removeprefix(full_site.address)
                known = to in seen or to == address or NO_PAGE.search(to) or shape(to) in shapes
                if not known:
                    seen.add(to)
                    shapes.add(shape(to))
                    waiting.append(to)
    assert wrong == {}, "\n".join(f"{path}:\n  " + "\n  ".join(said) for path, said in wrong.items())
    assert len(seen) > 30


async def test_nothing_is_wrong_where_nobody_is_signed_in(chromium: Browser, full_site: Served, pictures: Path) -> None:
    async with a_visit(chromium, full_site, pictures) as visit:
        for path in ("/sign-in", "/accessibility", urlsplit(full_site.link()).path):
            assert await looked_at(visit, path) == [], path


async def focused(visit: Visit, selector: str) -> None:
    """Press Tab until the focus is there."""
    for _ in range(80):
        await visit.page.keyboard.press("Tab")
        if await visit.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{visit.page.url}: Tab never comes to {selector}")


async def test_the_keyboard_alone_suffices(visits: Visits, office: Office) -> None:
    target = await office.rig.open()
    id = target.partition("/")[2]
    assert (await office.rig.give(target, "receive-pip", DIRECTOR)).accepted
    async with visits() as visit:
        press = visit.page.keyboard.press
        await visit.sign_in()
        await visit.act_as(LEAD)
        await visit.go(f"/engagements/{id}")
        await focused(visit, ".govuk-skip-link")
        await press("Enter")
        await focused(visit, 'a[href$="/do/judge-pip"]')
        await visit.moved(press("Enter"))
        # Nothing is filled in yet: the focus goes to what is wrong, and from there to the field.
        await focused(visit, "button.govuk-button")
        await visit.moved(press("Enter"))
        assert await visit.page.evaluate("document.activeElement.className") == "govuk-error-summary"
        await focused(visit, ".govuk-error-summary a")
        await press("Enter")
        assert await visit.page.evaluate("document.activeElement.name") == "verdict"
        await press("Space")
        await focused(visit, "main button.govuk-button")
        await visit.moved(press("Enter"))
        assert await visit.heading() == "Check your answers"
        await focused(visit, "#give")
        await visit.moved(press("Enter"))
        await visit.says("Judge the improvement plan: done")


async def test_enter_in_a_field_goes_on(visits: Visits, office: Office) -> None:
    target = await office.rig.open()
    async with visits(javascript=False) as visit:
        await visit.sign_in()
        await visit.act_as(DIRECTOR)
        await visit.go(f"/engagements/{target.partition('/')[2]}/do/receive-pip")
        await visit.page.get_by_label("Pages").fill("12")
        await visit.moved(visit.page.keyboard.press("Enter"))
        assert await visit.heading() == "Check your answers"


async def test_paper_has_the_page_and_nothing_to_click(chromium: Browser, full_site: Served, pictures: Path) -> None:
    async with a_visit(chromium, full_site, pictures) as visit:
        await visit.sign_in()
        await visit.go("/engagements/haringey-1/timeline")
        navigation = visit.page.locator(".govuk-service-navigation, .app-sub-navigation, .app-banner")
        assert await navigation.first.is_visible()
        await visit.page.emulate_media(media="print")
        assert not [each for each in await navigation.all() if await each.is_visible()]
        assert await visit.page.locator("h1").is_visible() and await visit.page.locator(".app-timeline").is_visible()
