"""Everybody can use every page: WCAG 2.2 AA by axe in a real browser, the keyboard alone, a narrow window, and paper."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest
from jinja2 import Environment
from playwright.async_api import Browser

from console import render
from console.asked import NOT_BY_FORM
from console.sessions import IDLE
from console.who import Holding
from domain import council, directory
from domain.actors import Actor
from domain.dates import When
from faces.rounds import HEADER
from ledger import events
from tests.addresses import Place, addresses
from tests.browser import Office, Served, Visit, Visits, a_visit
from tests.dossiers import accept
from tests.engine import CHIEF, DIRECTOR, LEAD, OFFICE
from tests.ledgers import Filled
from tests.looking import Looker, a_looker
from tests.models import commands_of_every_model, console_of_models, role_for
from tests.web import Web
from workers.face import Unsealed

PEOPLE = {
    "officer": Holding(OFFICE),
    "board-member": Holding("team.senior-partner", None, "haringey-1"),
    "auditor": Holding("auditor.head"),
}
"""Who looks at every page that is there for them. Whoever gives commands is the local user besides, under their banner."""

FORMS = ("record-post-holder", "sit-panel", "assess-conditions", "pause-clock", "request-change")
"""Commands whose forms have between them every kind of control, and so every colour of a form."""

ROUND = "children-2026-03-02"
"""A round that was published."""

A_ROUND = "\n".join((",".join(HEADER), "Swindon,social-services,0,,,,,", "Nowhere,social-services,7,,,,,", "")).encode()
TODAY = {"_on.day": "2", "_on.month": "3", "_on.year": "2026"}


@pytest.fixture(scope="module")
async def full_site(web: Web) -> AsyncIterator[Served]:
    """The console over a ledger with something in every part of an engagement, served."""
    async with web.served() as address:
        yield Served(web.sessions, address)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, dict[str, str]]]:
    """The console over an engagement of each model, somebody in the directory, a round, and commands from its own pages."""
    with console_of_models(tmp_path_factory.mktemp("models")) as (web, ids):
        filled = replace(Filled.make(web.site.settings.home), number=100)
        rated = {"service": "children", "stars": 1}
        accept(
            filled, "council/E09000033", "publish-rating", CHIEF, id=f"{ROUND}/E09000033", via="rating-round", **rated
        )
        filled.give("office/people", "register-person", OFFICE, fields={"person": "jo-b", "name": "Jo Bloggs"})
        held = {"person": "jo-b", "role": DIRECTOR, "council": "E09000014", "starts": "2026-01-01"}
        filled.give("office/people", "give-role", OFFICE, fields=held)
        engagement = f"engagement/{ids['performance-action-team']}"
        filled.give(engagement, "add-note", OFFICE, id="page-done", text="Seen.")
        actor = Actor.parse(OFFICE)
        waits = Unsealed(
            "page-waits", engagement, "add-note", actor, actor, When.parse("2026-03"), {"text": "Seen."}, "page"
        )
        filled.face.store([waits])
        filled.ledger.close()
        yield web, ids


@contextmanager
def noted_templates() -> Iterator[set[str]]:
    """The templates of the pages that are made meanwhile."""
    made, real = set[str](), Environment.get_template

    def noting(self: Environment, name: Any, *given: Any) -> Any:
        made.add(str(name))
        return real(self, name, *given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Environment, "get_template", noting)
        yield made


def place_of(web: Web) -> Place:
    """What pages are about: haringey-1, and the last that somebody did in it."""
    with web.site.ledger.reading() as conn:
        last = [each for each in events.read_stream(conn, "engagement/haringey-1") if each.command.digest][-1]
        first = next(events.read_stream(conn, "council/E09000014"))
    return Place("haringey-1", "E09000014", "jo-b", last.version, last.position, first.position, last.command.id)


async def look_as(looker: Looker, web: Web, person: str) -> None:
    """Everything that is there for somebody to read."""
    place, looked = place_of(web), 0
    async with web.person(person, PEOPLE[person]) as browser:
        browser.headers["Accept"] = "text/html"
        for one in addresses(web.app):
            if one.pattern.startswith("/api/") or "/people/{" in one.pattern or "/receipts/" in one.pattern:
                continue
            answer = await browser.get(one.at(place))
            if answer.status_code in (303, 403) or not answer.headers["Content-Type"].startswith("text/html"):
                continue
            await looker.look(answer)
            looked += 1
        await looker.look(await browser.get("/engagements/no-such-1"), 404)
        if person == "board-member":
            await looker.look(await browser.get("/people"), 403)
    assert looked > 30


async def look_at_forms_that_are_wrong(looker: Looker, web: Web, ids: dict[str, str]) -> None:
    """What is said of empty fields of every kind."""
    for name in FORMS:
        model = next(model for model, other in commands_of_every_model() if other == name)
        async with web.local(role_for(model, name)) as browser:
            await looker.look(await browser.submit(f"/engagements/{ids[model]}/do/{name}", _step="check"), 422)


async def look_at_answers(looker: Looker, web: Web, ids: dict[str, str]) -> None:
    """Answers to check, a second person, and whatever comes after them."""
    path = f"/engagements/{ids['performance-action-team']}/do"
    async with web.local(OFFICE) as browser:
        note = await browser.submit(f"{path}/add-note", text="Seen.", _step="check", _id="page-new", **TODAY)
        await looker.look(note)
        await looker.look(await browser.submit(f"{path}/add-note", _step="give", _id="page-done"))
        await looker.look(await browser.get("/outcomes/page-done"))
        await looker.look(await browser.get("/outcomes/page-waits"))
        closing = {"reason": "Opened for another council.", "_id": "page-close", **TODAY}
        sent = await browser.submit(f"{path}/close-as-opened-in-error", _step="give", **closing)
        await looker.look(await browser.get(sent.headers["location"]))
        await looker.look(await browser.get("/second-person"))
        await looker.look(await browser.submit(sent.headers["location"], _step="confirm"), 403)
        await looker.look(await browser.get("/people/jo-b"))
        shown = render.part(
            "calendar-opened.html", person="jo-b", address=f"https://example.org/calendars/{'a' * 43}.ics"
        )
        made = httpx.Response(200, html=shown, request=httpx.Request("POST", "/people/do/open-feed"))
        await looker.look(made)


async def look_at_what_is_sent(looker: Looker, web: Web) -> None:
    """Rounds, lifecycles, a role, access in an emergency."""
    published = (files("domain") / "lifecycles" / "franchise-1.yaml").read_bytes()
    day = {"day.day": "2", "day.month": "3", "day.year": "2026"}
    async with web.local(OFFICE) as browser:
        await looker.look(await browser.get(f"/rounds/{ROUND}"))
        await looker.look(await browser.get(f"/rounds/{ROUND}/withdraw"))
        await looker.look(await browser.submit(f"/rounds/{ROUND}/withdraw", reason=""), 422)
        await looker.look(await browser.submit("/rounds"), 422)
        sent = await browser.post(
            "/rounds", data={"csrf": browser.csrf, **day}, files={"file": ("round.csv", A_ROUND, "text/csv")}
        )
        await looker.look(await browser.get(sent.headers["location"]))
        await looker.look(await browser.get("/rounds"))
        await looker.look(await browser.submit(sent.headers["location"], _step="publish"), 503)
        for text, status in ((published.replace(b"title:", b"tittle:", 1), 422), (published, 200)):
            given = {"file": ("franchise.yaml", text, "application/yaml")}
            await looker.look(await browser.post("/lifecycles", data={"csrf": browser.csrf}, files=given), status)
        await looker.look(await browser.submit("/lifecycles"), 422)
        await looker.look(await browser.submit("/account/role", role="no.body", council="X", engagement="y-1"), 400)
        await looker.look(await browser.submit("/break-glass", engagement="", reason=""), 400)


async def look_at_what_auditors_send(looker: Looker, web: Web) -> None:
    """Verifications and receipts, and days that can't be."""
    place = place_of(web)
    one = f"/audit/engagements/{place.engagement}"
    async with web.person("auditor", PEOPLE["auditor"]) as browser:
        sent = await browser.submit("/audit/verifications")
        await looker.look(await browser.get(sent.headers["location"]))
        await looker.look(await browser.submit("/audit/verifications", checkpoint="none"), 400)
        receipt = await browser.get(f"/audit/receipts/{place.command}")
        await looker.look(await browser.submit("/audit/receipts", receipt=receipt.text))
        await looker.look(await browser.submit("/audit/receipts"), 400)
        await looker.look(await browser.get(f"{one}?true-on=soon"), 400)
        await looker.look(await browser.get(f"{one}?true-on=2003-10-01"))
        await looker.look(await browser.get(f"{one}/compare?true-on-1=2003-10-01&true-on-2=2003-11-01"))
        await looker.look(await browser.get(f"{one}/what-if?lifecycle=performance-action-team@2"))
        await looker.look(await browser.get(f"{one}/pack?edition=all"), 400)
        await looker.look(await browser.get("/reports/programme?on=soon"), 400)


async def look_without_signing_in(looker: Looker, web: Web) -> None:
    """What is there for everybody."""
    async with web.browser() as browser:
        for path in ("/sign-in", "/accessibility", f"/sign-in/{web.sessions.link()}"):
            await looker.look(await browser.get(path))
        await browser.post(f"/sign-in/{web.sessions.link()}")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(web.time, "later", IDLE * 2)
            await browser.submit("/break-glass", engagement="haringey-1", reason="Nobody answers.")
            await looker.look(await browser.get("/sign-in"))
            await browser.post(f"/sign-in/{web.sessions.link()}")
            await looker.look(await browser.get("/account/typed"))
            await browser.submit("/sign-out")
        spent = await browser.post("/sign-in/spent")
        await looker.look(spent, 403)
        missing = await browser.get("/no-such-page", headers={"Accept": "text/html"})
        await looker.look(missing, 404)


def pages_of_templates() -> set[str]:
    """The templates of whole pages."""
    folder = files("console") / "templates"
    texts = {each.name: each.read_text(encoding="utf-8") for each in folder.iterdir()}
    extended = {name for name in texts if any(f'extends "{name}"' in text for text in texts.values())}
    return {name for name, text in texts.items() if '{% extends "' in text} - extended


async def test_every_page_conforms_and_fits(chromium: Browser, web: Web, models: tuple[Web, dict[str, str]]) -> None:
    with noted_templates() as made:
        async with a_looker(chromium, web) as looker:
            await look_without_signing_in(looker, web)
            for person in PEOPLE:
                await look_as(looker, web, person)
            await look_at_what_auditors_send(looker, web)
        async with a_looker(chromium, models[0]) as other:
            looker = replace(other, wrong=looker.wrong, seen=looker.seen)
            await look_at_forms_that_are_wrong(looker, *models)
            await look_at_answers(looker, *models)
            await look_at_what_is_sent(looker, models[0])
    looker.content()
    assert pages_of_templates() - made == set(), "nobody looked at these"
    print(f"{len(looker.seen)} pages")


async def test_what_is_wrong_is_seen(chromium: Browser, web: Web) -> None:
    said = '<p><font color="#cccccc">Grey on white.</font></p>'
    text = f'<html lang="en"><title>x</title><main><h1>x</h1><input><hr width="900">{said}</main></html>'
    async with a_looker(chromium, web) as looker:
        await looker.look(httpx.Response(200, html=text, request=httpx.Request("GET", "http://127.0.0.1/x")))
    (found,) = looker.wrong.values()
    assert [each.partition(":")[0] for each in found[:-1]] == ["color-contrast", "label"]
    assert found[-1].endswith("pixels wide in a window of 320")


async def test_every_form_of_every_command_conforms_and_fits(
    chromium: Browser, models: tuple[Web, dict[str, str]]
) -> None:
    """As the local user in each role, so with the banner that says so. Of a command that several models have one is looked at."""
    web, ids = models
    first = {name: model for model, name in reversed(commands_of_every_model())}
    forms = {f"/engagements/{ids[model]}/do/{name}": role_for(model, name) for name, model in first.items()}
    forms |= {f"/councils/E09000014/do/{name}": roles[0] for name, roles in council.MAY.items()}
    forms |= {f"/people/do/{name}": OFFICE for name in (*directory.COMMANDS, *NOT_BY_FORM)}
    assert len(forms) > 220
    async with a_looker(chromium, web) as looker:
        for role in sorted({*forms.values()}):
            async with web.local(role) as browser:
                for path in (path for path, who in forms.items() if who == role):
                    await looker.look(await browser.get(path), contrast=path.endswith(FORMS))
    looker.content()


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
