"""Commands given from the browser on a real engine: checked, confirmed by a second person, sent twice, refused, corrected."""

import asyncio
import re
from collections.abc import AsyncIterator
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from console.app import make_console
from console.site import Site
from console.who import Holding
from ledger import sealing
from tests.engine import CHIEF, DIRECTOR, LEAD, OFFICE, new_council
from tests.given import shipped
from tests.web import Browser, Running, Web, running_console

MINISTER, OFFICIAL = "department.minister", "department.official"
INPUT = re.compile(r"<input([^>]*)>")
ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')


@pytest.fixture(scope="module")
async def engine(dev_server_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """One for all these tests; each takes a council of its own."""
    folder = tmp_path_factory.mktemp("journeys")
    async with running_console(dev_server_binary, folder) as found:
        yield found


def hidden(text: str) -> dict[str, Any]:
    """What the forms of a page carry along unseen."""
    found: dict[str, Any] = {}
    for tag in INPUT.findall(text):
        held = dict(ATTRIBUTE.findall(tag))
        if held.get("type") == "hidden" and held.get("name") != "csrf":
            found.setdefault(unescape(held["name"]), []).append(unescape(held.get("value", "")))
    return found


ON = {"_on.day": "29", "_on.month": "May", "_on.year": "2002"}


async def checked(browser: Browser, path: str, **fields: Any) -> httpx.Response:
    """Fill in the form of a command and go on to its answers."""
    form = await browser.get(path)
    assert form.status_code == 200, form.text
    return await browser.submit(path, **{**hidden(form.text), **ON, **fields, "_step": "check"})


async def given(browser: Browser, path: str, **fields: Any) -> httpx.Response:
    """Fill it in, check the answers and press the button."""
    answers = await checked(browser, path, **fields)
    assert answers.status_code == 200, answers.text
    return await browser.submit(path, **{**hidden(answers.text), "_step": "give"})


async def test_a_command_is_filled_in_checked_and_given(engine: Running) -> None:
    target = await engine.rig.open()
    path = f"/{target.replace('engagement/', 'engagements/')}/do/receive-pip"
    async with engine.web.local(DIRECTOR) as browser:
        answers = await checked(browser, path, note="The first plan.\r\nIt is short.", pages="12", owner=DIRECTOR)
        assert "Check your answers" in answers.text and "29 May 2002" in answers.text
        assert "The first plan." in answers.text and "Improvement plan 1 received" in answers.text
        done = await browser.submit(path, **{**hidden(answers.text), "_step": "give"})
        assert (done.status_code, done.headers["location"]) == (303, path.partition("/do/")[0])
        (received,) = engine.rig.of_type(target, "pip-received")
        assert received.body["pages"] == 12
        with engine.rig.ledger.reading() as conn:
            assert sealing.unseal(conn, [received.body["note"]]) == {
                received.body["note"]: "The first plan.\nIt is short."
            }

        # It is told once, and never on a reload.
        first, second = await browser.get("/second-person"), await browser.get("/second-person")
        assert "Record an improvement plan: done" in first.text
        assert "Record an improvement plan: done" not in second.text

        # Sent a second time, it is done once, and the answer says so.
        again = await browser.submit(path, **{**hidden(answers.text), "_step": "give"})
        assert again.status_code == 200 and "is not done again" in again.text
        assert len(engine.rig.of_type(target, "pip-received")) == 1


async def test_what_changed_meanwhile_is_told_and_nothing_typed_is_lost(engine: Running) -> None:
    target = await engine.rig.open()
    path = f"/engagements/{target.partition('/')[2]}/do/receive-pip"
    async with engine.web.local(DIRECTOR) as browser:
        form = await browser.get(path)
        assert (await engine.rig.note(target, "Something happened.")).accepted
        stale = await browser.submit(path, **{**hidden(form.text), **ON, "note": "Typed before.", "_step": "check"})
        assert stale.status_code == 422
        assert "Something happened while you filled this in" in stale.text and "Typed before." in stale.text
        on = await browser.submit(path, **{**hidden(stale.text), **ON, "note": "Typed before.", "_step": "check"})
        assert on.status_code == 200 and "Check your answers" in on.text


async def test_a_refusal_stands_at_the_field_that_the_rule_names(engine: Running) -> None:
    target = await engine.rig.open()
    path = f"/engagements/{target.partition('/')[2]}/do"
    async with engine.web.local(LEAD) as browser:
        refused = await checked(browser, f"{path}/judge-pip", verdict="acceptable")
        assert refused.status_code == 422 and "govuk-error-summary" in refused.text
        assert "turnaround " not in refused.text.partition("<main")[2].partition("</main>")[0]
    async with engine.web.local(CHIEF) as browser:
        refused = await checked(browser, f"{path}/follow-up-target", target="7", verdict="met", evidence="x")
        assert 'href="#f-target"' in refused.text
        before = await checked(browser, f"{path}/meet-council", **{"_on.year": "2001"})
        assert 'href="#f-_on-day"' in before.text


async def until_decision(engine: Running) -> str:
    """An engagement in which a decision is due; its stream."""
    rig = engine.rig
    target = await rig.open()
    assert (await rig.give(target, "receive-pip", DIRECTOR)).accepted
    assert (await rig.give(target, "judge-pip", LEAD, verdict="acceptable")).accepted
    recommended = await rig.give(target, "recommend", CHIEF, outcome="engage", grounds="No capacity.")
    assert recommended.accepted, recommended
    return target


DECISION = {"outcome": "engage", "reasons": "As recommended.", "document": "SSI/1"}


async def test_a_step_with_legal_force_takes_two_people(engine: Running) -> None:
    target = await until_decision(engine)
    path = f"/engagements/{target.partition('/')[2]}/do/record-decision"
    async with (
        engine.web.person("jo-b", Holding(OFFICIAL)) as first,
        engine.web.person("al-c", Holding(OFFICE)) as other,
    ):
        sent = await given(first, path, **DECISION)
        waits = sent.headers["location"]
        assert sent.status_code == 303 and waits.startswith("/second-person/")
        assert not engine.rig.of_type(target, "decision-recorded")
        bad = await checked(first, path, **DECISION, _by="No Body")
        assert bad.status_code == 422 and 'href="#f-_by"' in bad.text
        own = await first.submit(waits, _step="confirm")
        assert own.status_code == 403, "nobody confirms what they proposed themselves"

        # It is sent back, changed, and sent again.
        assert (await other.submit(waits, _step="back", reason="")).status_code == 422
        back = await other.submit(waits, _step="back", reason="Name the file.")
        assert back.status_code == 303
        shown = await first.get(waits)
        assert "Name the file." in shown.text and "Al-C sent it back" in shown.text
        form = await first.submit(path, **{**hidden(shown.text), "_step": "change"})
        assert "As recommended." in form.text and 'value="SSI/1"' in form.text
        answers = await first.submit(path, **{**hidden(shown.text), "document": "SSI/2", "_step": "check"})
        sent = await first.submit(path, **{**hidden(answers.text), "_step": "give"})
        waits = sent.headers["location"]
        page = await other.get(waits)
        assert "SSI/2" in page.text and "Jo-B checked this" in page.text
        done = await other.submit(waits, **hidden(page.text), _step="confirm")
        assert done.status_code == 303, done.text
        assert (await other.get(waits)).status_code == 404
    (decided,) = engine.rig.of_type(target, "decision-recorded")
    assert str(decided.decided_by) == MINISTER
    assert (str(decided.recorded_by), decided.recorded_by.person) == (OFFICE, "al-c")


async def test_on_this_machine_a_second_role_is_asked_for_and_said_to_prove_nothing(engine: Running) -> None:
    target = await until_decision(engine)
    path = f"/engagements/{target.partition('/')[2]}/do/record-decision"
    async with engine.web.local(OFFICIAL) as browser:
        waits = (await given(browser, path, **DECISION)).headers["location"]
        assert "this proves nothing" in (await browser.get(waits)).text
        assert (await browser.submit(waits, _step="confirm")).status_code == 403
        await browser.submit("/account/role", role=OFFICE)
        page = await browser.get(waits)
        done = await browser.submit(waits, **hidden(page.text), _step="confirm")
        assert done.status_code == 303, done.text
    assert len(engine.rig.of_type(target, "decision-recorded")) == 1


async def test_nothing_sealed_stands_readable_where_a_step_waits(engine: Running) -> None:
    target = await until_decision(engine)
    path = f"/engagements/{target.partition('/')[2]}/do/record-decision"
    async with engine.web.person("jo-b", Holding(OFFICIAL)) as browser:
        await given(browser, path, **{**DECISION, "reasons": "A secret that nobody reads."})
    for file in engine.rig.settings.home.rglob("*"):
        if file.is_file():
            assert b"A secret that nobody reads." not in file.read_bytes(), file


async def test_an_event_is_corrected_from_what_it_says(engine: Running) -> None:
    target = await engine.rig.open()
    body = {"note": "The first plan.", "pages": 12}
    assert (await engine.rig.give(target, "receive-pip", DIRECTOR, **body)).accepted
    (received,) = engine.rig.of_type(target, "pip-received")
    id = target.partition("/")[2]
    async with engine.web.local(OFFICE) as browser:
        entry = await browser.get(f"/engagements/{id}/timeline/{received.version}")
        assert f"/engagements/{id}/do/correct-event?version={received.version}" in entry.text
        way = await browser.get(f"/engagements/{id}/correct/{received.version}")
        path = way.headers["location"].partition("?")[0]
        form = await browser.get(way.headers["location"])
        assert "The first plan." in form.text and 'value="12"' in form.text
        said = {"changes.note": "The second plan.", "changes.pages": "12", "changes.plan": "1", "reason": "Mixed up."}
        answers = await browser.submit(path, **{**hidden(form.text), **ON, **said, "_step": "check"})
        assert answers.status_code == 200, answers.text
        assert "until now: The first plan." in answers.text
        done = await browser.submit(path, **{**hidden(answers.text), "_step": "give"})
        assert done.status_code == 303, done.text
    (corrected,) = engine.rig.of_type(target, "event-corrected")
    assert set(corrected.body["changes"]) == {"note"} and corrected.body["version"] == received.version


async def test_people_are_put_into_the_directory(engine: Running) -> None:
    async with engine.web.local(OFFICE) as browser:
        done = await given(browser, "/people/do/register-person", person="sam-k", name="Sam \u200fKing")
        assert (done.status_code, done.headers["location"]) == (303, "/people")
    assert [event.body["person"] for event in engine.rig.of_type("office/people", "person-registered")] == ["sam-k"]


async def test_an_engagement_is_opened_by_hand_after_a_second_person(engine: Running) -> None:
    council = new_council()
    body = {"service": "children", "model": "sector-led-help", "trigger": "self", "reason": "It asked."}
    async with engine.web.local(OFFICE) as browser:
        answers = await checked(browser, f"/councils/{council}/do/open-engagement", **body)
        assert "a second person confirms it" in answers.text


async def test_without_the_engine_nothing_typed_is_lost(engine: Running, dev_server_binary: Path) -> None:
    target = await engine.rig.open()
    path = f"/engagements/{target.partition('/')[2]}/do/add-note"
    lost = Site(engine.rig.settings.model_copy(update={"temporal_address": "127.0.0.1:1"}), engine.rig.ledger)
    lost.store.now = engine.web.time
    web = Web(lost, engine.web.sessions, make_console(lost, engine.web.sessions), engine.web.time)
    async with web.local(DIRECTOR) as browser:
        answers = await checked(browser, path, text="Typed while it was away.")
        away = await browser.submit(path, **{**hidden(answers.text), "_step": "give"})
        assert away.status_code == 503 and "retry-after" in away.headers
        assert "Typed while it was away." in away.text
    async with engine.web.local(DIRECTOR) as browser:
        done = await browser.submit(path, **{**hidden(away.text), "_step": "give"})
        assert done.status_code == 303
    await asyncio.to_thread(lost.store.close)


async def test_another_councils_engagement_is_not_there(engine: Running) -> None:
    target = await engine.rig.open()
    id = target.partition("/")[2]
    async with engine.web.person("di-r", Holding(DIRECTOR, council=new_council())) as browser:
        for way in (f"/engagements/{id}/do/add-note", "/engagements/nobody-1/do/add-note"):
            assert (await browser.get(way)).status_code == 404
            assert (await browser.submit(way, text="x", **ON, _step="give")).status_code == 404


async def test_what_was_typed_into_a_session_that_ran_out_comes_back(engine: Running) -> None:
    target = await engine.rig.open()
    path = f"/engagements/{target.partition('/')[2]}/do/add-note"
    async with engine.web.local(DIRECTOR) as browser:
        form = await browser.get(path)
        engine.web.time.later += sessions_idle()
        sent = await browser.submit(path, **{**hidden(form.text), **ON, "text": "Half a page.", "_step": "check"})
        assert sent.status_code in (302, 303, 401), sent.text
        back = await browser.post(f"/sign-in/{engine.web.sessions.link()}")
        assert back.headers["location"] == path
        await browser.submit("/account/role", role=DIRECTOR)
        again = await browser.get(path)
        assert "Half a page." in again.text


def sessions_idle() -> Any:
    from console.sessions import IDLE

    return IDLE * 2


async def test_both_people_of_one_role_stand_in_the_record(engine: Running) -> None:
    target = await engine.rig.open()
    path = f"/engagements/{target.partition('/')[2]}/do/stop-engagement"
    async with engine.web.person("jo-b", Holding(OFFICE)) as first, engine.web.person("al-c", Holding(OFFICE)) as other:
        sent = await given(first, path, reason="It was merged.")
        assert sent.status_code == 303, sent.text
        page = await other.get(sent.headers["location"])
        done = await other.submit(sent.headers["location"], **hidden(page.text), _step="confirm")
        assert done.status_code == 303, done.text
    (stopped,) = engine.rig.of_type(target, "engagement-stopped")
    assert (stopped.decided_by.person, stopped.recorded_by.person) == ("jo-b", "al-c")


async def test_on_this_machine_any_other_role_confirms_what_only_the_office_may_do(engine: Running) -> None:
    target = await engine.rig.open()
    path = f"/engagements/{target.partition('/')[2]}/do/stop-engagement"
    async with engine.web.local(OFFICE) as browser:
        waits = (await given(browser, path, reason="It was merged.")).headers["location"]
        await browser.submit("/account/role", role=CHIEF)
        page = await browser.get(waits)
        done = await browser.submit(waits, **hidden(page.text), _step="confirm")
        assert done.status_code == 303, done.text
    (stopped,) = engine.rig.of_type(target, "engagement-stopped")
    assert (str(stopped.decided_by), str(stopped.recorded_by)) == (OFFICE, OFFICE)


async def test_a_move_is_shown_side_by_side_before_it_is_made(engine: Running) -> None:
    target = await engine.rig.open()
    path = f"/engagements/{target.partition('/')[2]}/do/move-engagement"
    async with engine.web.local(OFFICE) as browser:
        form = await browser.get(path)
        inputs = [dict(ATTRIBUTE.findall(tag)) for tag in INPUT.findall(form.text)]
        owed = {held["name"]: held.get("value", "") for held in inputs if held["name"].startswith("obligations.")}
        assert any(name.endswith(".obligation") and value for name, value in owed.items()), owed
        body = {"model": "franchise", "version": "1", "stage": STAGE, "reason": "It is better now."}
        stays = await browser.submit(path, **{**hidden(form.text), **owed, **ON, **body, "_step": "check"})
        assert stays.status_code == 422 and "govuk-error-summary" in stays.text, "the new model owes none of it"
        gone = {name: "" if name.endswith(".to") else value for name, value in owed.items()}
        gone |= {name.replace(".to", ".reason"): "Over." for name in owed if name.endswith(".to")}
        answers = await browser.submit(path, **{**hidden(stays.text), **gone, **ON, **body, "_step": "check"})
        assert answers.status_code == 200, answers.text
        assert "Let go" in answers.text and "franchise@1" in answers.text
        done = await browser.submit(path, **{**hidden(answers.text), "_step": "give"})
        assert done.status_code == 303, done.text
    assert engine.rig.row(target).model == "franchise@1"


STAGE = next(stage.id for stage in shipped("franchise").lifecycle.stages)


async def test_a_lifecycle_is_checked_compared_and_published(engine: Running) -> None:
    text = (Path(__file__).parent / "models" / "peer-support-1.yaml").read_bytes()
    async with engine.web.local(OFFICE) as browser:
        assert (await browser.get("/lifecycles")).status_code == 200

        async def check(data: bytes) -> httpx.Response:
            return await browser.post("/lifecycles", data={"csrf": browser.csrf}, files={"file": ("peer.yaml", data)})

        broken = await check(text.replace(b"stages:", b"stagges:"))
        assert broken.status_code == 422 and "peer.yaml:" in broken.text and "Publish peer" not in broken.text
        assert (await check(b"")).status_code == 422 and (await check("\u20ac".encode("utf-16"))).status_code == 422
        sound = await check(text)
        assert sound.status_code == 200 and "Publish peer-support@1" in sound.text, sound.text
        form = {**hidden(sound.text), "text": text.decode()}
        assert (await browser.submit("/lifecycles/publish", **form, reason="")).status_code == 422
        done = await browser.submit("/lifecycles/publish", **form, reason="Agreed with the councils.")
        assert done.status_code == 303, done.text
        shown = await browser.get(done.headers["location"])
        assert shown.status_code == 200 and "peer-support@1 is published" in shown.text


async def test_what_is_not_known_yet_is_said_and_looked_for_again(
    engine: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = await engine.rig.open()
    path = f"/engagements/{target.partition('/')[2]}/do/add-note"
    async with engine.web.local(DIRECTOR) as browser:
        answers = await checked(browser, path, text="Nobody answers.")
        await engine.rig.stop_worker()
        monkeypatch.setattr("faces.giving.PATIENCE", 0.5)
        try:
            unknown = await browser.submit(path, **{**hidden(answers.text), "_step": "give"})
            assert unknown.headers["location"].startswith("/outcomes/page-"), unknown.text
            page = await browser.get(unknown.headers["location"])
            assert "It is not known yet" in page.text and 'http-equiv="refresh"' in page.text
        finally:
            await engine.rig.start_worker()
        monkeypatch.undo()
        again = await browser.submit(path, **{**hidden(answers.text), "_step": "give"})
        assert again.status_code in (200, 303), "asked again, it is the same command"
        page = await browser.get(unknown.headers["location"])
        assert "It is done" in page.text and "refresh" not in page.text
        assert (await browser.get("/outcomes/page-0")).status_code == 404
    assert len(engine.rig.of_type(target, "note-added")) == 1


async def test_a_private_calendar_is_opened_and_its_address_shown_once(engine: Running) -> None:
    async with engine.web.local(OFFICE) as browser:
        await given(browser, "/people/do/register-person", person="ca-l", name="Ca Lender")
        assert (await browser.get("/people/do/open-feed?person=ca-l")).status_code == 200
        for wrong in ("", "No Body", "no-body"):
            refused = await browser.submit("/people/do/open-feed", person=wrong)
            assert refused.status_code == 422 and 'href="#person"' in refused.text
        opened = await browser.submit("/people/do/open-feed", person="ca-l")
        assert opened.status_code == 200, opened.text
        (address,) = re.findall(r"http://127\.0\.0\.1(/calendars/[A-Za-z0-9_-]{43}\.ics)", opened.text)
        (event,) = engine.rig.of_type("office/people", "feed-opened")
        token = address.removeprefix("/calendars/").removesuffix(".ics")
        assert event.body["token_sha256"] == sha256(token.encode()).hexdigest()
        done = await given(browser, "/people/do/revoke-feed", person="ca-l", feed="1")
        assert done.status_code == 303, done.text
    assert len(engine.rig.of_type("office/people", "feed-revoked")) == 1
