"""People who have read nothing open a round, carry a council to its exit and hand an auditor its pack: in a browser alone.

Its pictures are those of docs/tour.md, which `python -m tests.tour` renews. All that they show is invented.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Browser

from tests.browser import Office, Visit, a_visit, an_office, recorder_of
from tests.engine import CHIEF, DIRECTOR, LEAD, OFFICE, engagement_of
from tests.given import WAY, Do
from tests.test_browser_journeys import AUDITOR, download_pack, send_round, upload, watch_round
from tests.test_pack import verify
from workers.dev_server import DevServer

ONE = "X2002001"
ID = engagement_of(ONE)
ROUND = ((ONE, 0), ("X2002002", 0), ("X2002003", 1), ("X2002004", 2), ("X2002005", 3))
TEAM = "A team of two"
"""Instead of the firms that other tests name."""


@dataclass
class People:
    """Everybody who takes part, each at a window of their own."""

    office: Office
    chromium: Browser
    pictures: Path
    opened: AsyncExitStack
    windows: dict[str, Visit] = field(default_factory=dict)

    async def at(self, role: str) -> Visit:
        """Somebody in a role, at their window: they sign in when they are first asked for."""
        if role not in self.windows:
            visit = await self.opened.enter_async_context(a_visit(self.chromium, self.office, self.pictures))
            await visit.sign_in()
            await visit.act_as(role)
            self.windows[role] = visit
        return self.windows[role]

    async def take(self, step: Do) -> None:
        """A step on its day: by whoever records it, and confirmed by a second person where it has legal force."""
        rig, body = self.office.rig, {name: TEAM if value == "KPMG" else value for name, value in step.body.items()}
        await rig.move_to(datetime.fromisoformat(f"{step.on}T09:00").replace(tzinfo=UTC))
        visit = await self.at(recorder_of(step.as_))
        await visit.go(f"/engagements/{ID}")
        if step.type == "judge-pip":
            await visit.picture("engagement")
        await visit.begin(ID, step.type)
        if step.type == "receive-pip":
            await visit.picture("form")
        await visit.answer(**body)
        if step.type == "receive-pip":
            await visit.picture("check-answers")
        await visit.give()
        if visit.path.startswith("/second-person/"):
            other = await self.at(OFFICE)
            await other.go("/")
            await other.follow("To confirm")
            await other.click(other.page.get_by_role("row").filter(has_text=ID).get_by_role("link").first)
            if step.type == "record-decision":
                await other.picture("second-person")
            await other.confirm()
            await other.says("confirmed and done")


@asynccontextmanager
async def people_of(office: Office, chromium: Browser, pictures: Path) -> AsyncIterator[People]:
    """Nobody has come yet."""
    async with AsyncExitStack() as opened:
        yield People(office, chromium, pictures, opened)


async def a_round_is_opened(people: People) -> None:
    officer = await people.at(OFFICE)
    await upload(officer, [*ROUND, ("X2002006", 4)])
    await officer.says("1 row is wrong and would be left out")
    await officer.picture("round-checked")
    await officer.press("Drop the file")
    await upload(officer, ROUND)
    await send_round(officer)
    chief = await people.at(CHIEF)
    await chief.follow("Rating rounds")
    await chief.follow("round.csv")
    await chief.press("Publish the round")
    await watch_round(chief)
    await chief.says("5 accepted, 0 refused")
    await chief.picture("round-published")
    await officer.follow("Portfolio")
    await officer.picture("portfolio")


async def an_auditor_comes(people: People, folder: Path) -> None:
    await asyncio.to_thread(people.office.rig.process.checkpointing.make)
    auditor = await people.at(AUDITOR)
    await auditor.follow("Audit")
    await auditor.press("Verify now")
    while "Verifying the ledger" in await auditor.main():
        await auditor.follow("Load it now")
    await auditor.says("It verifies")
    await auditor.picture("verified")
    await auditor.follow("Audit")
    await auditor.follow(ID)
    await auditor.page.get_by_label("So on").fill("2002-07-01")
    await auditor.press("Show")
    await auditor.picture("on-a-day")
    await auditor.follow("Step by step")
    await auditor.picture("step")
    await auditor.follow("Two moments")
    for number, day in enumerate(("2002-07-01", "2003-01-15")):
        await auditor.page.get_by_label("So on").nth(number).fill(day)
    await auditor.press("Compare")
    await auditor.picture("compare")
    await auditor.follow("Evidence pack")
    await auditor.picture("pack")
    pack, key = await download_pack(auditor, ID, folder)
    code, said = verify(folder, pack, key)
    assert code == 0, said


async def test_a_council_is_carried_from_its_rating_to_its_exit(
    chromium: Browser, engine_server: DevServer, pictures: Path, tmp_path: Path
) -> None:
    async with an_office(engine_server, tmp_path / "home") as office, people_of(office, chromium, pictures) as people:
        async with a_visit(chromium, office, pictures) as visit:
            await visit.page.goto(office.link())
            await visit.picture("sign-in")
        await a_round_is_opened(people)
        director = await people.at(DIRECTOR)
        await director.follow("Home")
        await director.picture("home")
        for stage in WAY.values():
            for step in stage:
                await people.take(step)
        lead = await people.at(LEAD)
        await lead.go(f"/engagements/{ID}")
        await lead.says("Over: Followed up")
        await lead.follow("Timeline")
        await lead.picture("timeline")
        await lead.follow("Figures")
        assert await lead.page.locator("main svg, main img").first.is_visible()
        await lead.picture("figures")
        await lead.follow("Portfolio")
        await lead.page.get_by_label("Both").check()
        await lead.press("Apply filters")
        await lead.follow("See them on one time axis")
        assert await lead.page.locator("main svg").is_visible()
        await lead.picture("time-axis")
        await an_auditor_comes(people, tmp_path)
