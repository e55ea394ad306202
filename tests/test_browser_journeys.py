"""Four people at their work in a real browser, on a real engine, with JavaScript and without: nothing depends on it."""

import csv
import io
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from faces import dates
from faces.rounds import HEADER
from tests.browser import Office, Visit, Visits, walk
from tests.engine import CHIEF, DIRECTOR, LEAD, OFFICE, engagement_of, new_council
from tests.test_pack import verify

OFFICIAL, CONSULTANT, AUDITOR = "department.official", "team.lead-consultant", "auditor.auditor"
MONTH = timedelta(days=30)

both = pytest.mark.parametrize("javascript", (True, False), ids=("with-javascript", "without-javascript"))


def a_round(rows: Iterable[tuple[str, int]]) -> bytes:
    """The file of a round: councils and their stars."""
    text = io.StringIO()
    file = csv.DictWriter(text, HEADER)
    file.writeheader()
    file.writerows({"council": council, "service": "social-services", "stars": stars} for council, stars in rows)
    return text.getvalue().encode()


async def upload(visit: Visit, rows: Iterable[tuple[str, int]]) -> None:
    """Choose a file and have it checked."""
    await visit.follow("Rating rounds")
    file = {"name": "round.csv", "mimeType": "text/csv", "buffer": a_round(rows)}
    await visit.page.get_by_label("File of the round").set_input_files(file)  # type: ignore[arg-type]
    await visit.press("Check the file")


async def send_round(visit: Visit) -> None:
    """Send a checked round to a second person."""
    await visit.says("It opens engagements")
    await visit.press("Send to a second person")
    await visit.says("it waits for another person")


async def watch_round(visit: Visit) -> None:
    """Watch a round until it is done."""
    while "It is done" not in await visit.main():
        await visit.follow("Look again now")


@both
async def test_a_programme_officers_round(visits: Visits, javascript: bool) -> None:
    poor, fair = new_council(), new_council()
    async with visits(javascript=javascript) as visit:
        await visit.sign_in()
        await visit.says("What needs you")
        await upload(visit, [(poor, 0), (fair, 5)])
        await visit.says("Check the round", "1 row is wrong and would be left out", "line 3, stars: '5'")
        await visit.picture(f"round-wrong-{javascript}")
        await visit.press("Drop the file")
        await upload(visit, [(poor, 0), (fair, 2)])
        await visit.says(engagement_of(poor))
        await send_round(visit)
        checked = visit.path
        await visit.act_as(CHIEF)
        await visit.go(checked)
        await visit.press("Publish the round")
        await watch_round(visit)
        await visit.says("0 refused", f"{poor} Done {engagement_of(poor)}", f"{fair} Done")
        await visit.picture(f"round-done-{javascript}")
        await visit.follow("Portfolio")
        await visit.follow(engagement_of(poor))
        await visit.says("Special measures", "Meet the council about its rating")


@both
async def test_a_board_members_month(visits: Visits, office: Office, javascript: bool) -> None:
    id = await until_board(office)
    async with visits(javascript=javascript) as visit:
        await visit.sign_in()
        await visit.act_as(CONSULTANT)
        await visit.follow("Home")
        owed = (
            visit.page.get_by_role("row")
            .filter(has_text=id)
            .get_by_role("link", name="Send the team's report before the board")
        )
        await visit.click(owed)
        await visit.fill({"board": "1", "agreed_with_council": "yes"})
        await visit.press("Continue")
        await visit.says("Check your answers", "What would follow")
        await visit.give()
        await visit.says("Report sent to board 1, agreed with the council")
        await visit.do(id, "record-days", consultant="p3", days="2.5")
        await visit.follow("Timeline")
        await visit.says("2.5", "Lead consultant", "Done in time: Send the team's report before the board")
        await visit.picture(f"timeline-{javascript}")
        await visit.act_as("council.assistant-director")
        await visit.go(f"/engagements/{id}")
        await visit.follow("Board cycle")
        today = office.rig.clock.date()
        await visit.says("Boards", f"{dates.day(today + MONTH)} {dates.day(today)} yes not held")


async def until_board(office: Office) -> str:
    """An engagement whose first board is set; its id."""
    rig = office.rig
    target = await rig.open()
    await walk(rig, target, "board-cycles")
    day = (rig.clock.date() + MONTH).isoformat()
    assert (await rig.give(target, "schedule-board", LEAD, board=1, date=day)).accepted
    return target.partition("/")[2]


@both
async def test_the_ministers_decision_is_recorded(visits: Visits, office: Office, javascript: bool) -> None:
    id = await until_decision(office)
    async with visits(javascript=javascript) as visit:
        await visit.sign_in()
        await visit.act_as(OFFICIAL)
        await visit.follow("Home")
        await visit.click(
            visit.page.get_by_role("row").filter(has_text=id).get_by_role("link", name="Record the minister's decision")
        )
        # What is missing is told at the top and beside its field.
        await visit.press("Continue")
        assert (await visit.page.title()).startswith("Error: ")
        await visit.picture(f"decision-missing-{javascript}")
        summary = visit.page.locator(".govuk-error-summary")
        if javascript:
            assert await summary.evaluate("summary => summary === document.activeElement")
        await summary.get_by_role("link").first.click()
        assert await visit.page.evaluate("document.activeElement.form !== null"), "a link leads to its field"
        await visit.fill({"outcome": "engage", "reasons": "A team is neded.", "document": "DH/1"})
        await visit.press("Continue")
        await visit.says("Check your answers", "A team is neded.", "This step has legal force")
        await visit.picture(f"decision-answers-{javascript}")
        await visit.change("reasons")
        await visit.fill({"reasons": "A team is needed."})
        await visit.press("Continue")
        await visit.says("A team is needed.")
        await visit.give()
        waits = visit.path
        await visit.says("waits for a second person", "this proves nothing")
        await visit.act_as(OFFICE)
        await visit.go(waits)
        await visit.picture(f"decision-waits-{javascript}")
        await visit.confirm()
        await visit.says("confirmed and done", "Scoping")
    (decided,) = office.rig.of_type(f"engagement/{id}", "decision-recorded")
    assert (str(decided.decided_by), str(decided.recorded_by)) == ("department.minister", OFFICE)


async def until_decision(office: Office) -> str:
    """An engagement in which a decision is due; its id."""
    target = await office.rig.open()
    await walk(office.rig, target, "decision")
    assert (await office.rig.give(target, "recommend", CHIEF, outcome="engage", grounds="Too few managers.")).accepted
    return target.partition("/")[2]


@both
async def test_an_auditors_visit(visits: Visits, office: Office, tmp_path: Path, javascript: bool) -> None:
    rig = office.rig
    target = await rig.open()
    id, before = target.partition("/")[2], rig.clock.date()
    await rig.move_to(rig.clock + timedelta(days=7))
    assert (await rig.give(target, "receive-pip", DIRECTOR)).accepted
    rig.process.checkpointing.make()
    async with visits(javascript=javascript) as visit:
        await visit.sign_in()
        await visit.act_as(AUDITOR)
        await visit.follow("Audit")
        await visit.press("Verify now")
        while "Verifying the ledger" in await visit.main():
            await visit.follow("Load it now")
        await visit.says("It verifies")
        await visit.follow("Audit")
        await visit.follow(id)
        await visit.page.get_by_label("So on").fill(before.isoformat())
        await visit.page.get_by_label("Known on").fill(before.isoformat())
        await visit.press("Show")
        await visit.says("Then and now")
        await visit.follow("Step by step")
        await visit.says("Step ")
        await visit.follow("First step")
        await visit.click(visit.page.locator("a[rel=next]"))
        await visit.says("Step 2 of ")
        await visit.follow("Two moments")
        await visit.page.get_by_label("So on").first.fill(before.isoformat())
        await visit.press("Compare")
        await visit.says("Judge the performance improvement plan")
        await visit.picture(f"compared-{javascript}")
        pack, key = await download_pack(visit, id, tmp_path)
    code, said = verify(tmp_path, pack, key)
    assert code == 0, said


async def download_pack(visit: Visit, id: str, folder: Path) -> tuple[Path, str]:
    """Download an engagement's pack from the page of its audit; it, and the operator's key."""
    await visit.go("/audit")
    key = (
        await visit.page.locator("dt", has_text="Signed with")
        .locator("xpath=following-sibling::dd")
        .locator("code")
        .first.inner_text()
    )
    await visit.go(f"/audit/engagements/{id}/pack")
    await visit.page.get_by_label("For the public").check()
    async with visit.page.expect_download() as coming:
        await visit.page.get_by_role("button", name="Download the pack").click()
    pack = folder / "pack.zip"
    await (await coming.value).save_as(pack)
    return pack, key
