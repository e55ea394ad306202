"""Commands over HTTP, with an engine: each once, by whoever may, on the version that was read; and what became of each."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from console.api.app import PATH
from console.giving import give_as
from console.who import Holding
from faces import giving, rounds
from tests.api import OFFICE, Api, api_of
from tests.command_line import Engine
from tests.engine import until
from tests.web import Browser, Web, console_over

CHIEF, DIRECTOR = "inspectorate.chief-inspector", "council.director"
HARINGEY = "E09000014"


@pytest.fixture(scope="module")
def running(engine_home: Engine) -> Iterator[Web]:
    """The console over a ledger with an engine."""
    with console_over(engine_home.home, temporal_address=engine_home.address) as found:
        yield found


@pytest.fixture(scope="module")
def office(running: Web) -> Api:
    """The programme office's machine."""
    return api_of(running)


@pytest.fixture(scope="module")
async def engagement(running: Web) -> AsyncIterator[str]:
    """The address of an engagement that a rating over HTTP opened."""
    body = {"fields": {"service": "social-services", "stars": 0}, "as": CHIEF}
    sent = await give(api_of(running, CHIEF), f"/councils/{HARINGEY}", "publish-rating", body, "rated-1")
    assert (sent.status_code, sent.json()["state"]) == (202, "awaiting-second-person"), sent.text
    async with running.person("al-c", Holding(OFFICE)) as other:
        answer = await confirm(other, "rated-1")
    assert answer.status_code == 200, answer.text
    done = (await api_of(running, CHIEF).get(sent.headers["Location"])).json()
    assert [event["type"] for event in done["events"]][:3] == [
        "rating-published",
        "intervention-opened",
        "engagement-opened",
    ]
    assert done["receipt"].startswith("turnaround/") and done["told"]
    yield "/engagements/haringey-1"


async def give(
    api: Api, target: str, command: str, body: Any = None, key: str | None = None, **headers: str
) -> httpx.Response:
    """Give a command, under a key of its own where none is named."""
    sent = {
        "Idempotency-Key": key or f'"{uuid4()}"',
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return await api.post(f"{PATH}{target}/commands/{command}", json=body or {}, headers=sent)


async def confirm(browser: Browser, key: str) -> httpx.Response:
    """Confirm a step that waits, over the API in a browser's session."""
    return await browser.post(f"{PATH}/proposals/{key}/confirmation", headers={"X-CSRF-Token": browser.csrf})


async def note(api: Api, engagement: str, text: str = "A note.", **rest: Any) -> httpx.Response:
    """Add a note, the command that changes nothing else, as the programme office."""
    return await give(api, engagement, "add-note", {"fields": {"text": text}}, **rest)


async def test_the_same_key_brings_the_first_outcome(office: Api, engagement: str) -> None:
    first = await note(office, engagement, key='"note-1"')
    assert (first.status_code, first.json()["repeated"]) == (200, False), first.text
    for key in ("note-1", '"note-1"'):
        again = await note(office, engagement, key=key)
        assert again.status_code == 200, again.text
        assert again.json() == {**first.json(), "repeated": True}
    other = await note(office, engagement, "Another.", key="note-1")
    assert (other.status_code, other.json()["type"]) == (422, "urn:turnaround:problem:key-reused")
    found = await office.get(first.headers["Location"])
    assert (found.status_code, found.json()) == (200, {**first.json(), "repeated": True})
    receipt = await office.get(f"{first.headers['Location']}/receipt")
    assert receipt.json()["receipt"] == first.json()["receipt"]


async def test_a_command_is_held_to_the_version_that_was_read(office: Api, engagement: str) -> None:
    tag = (await office.get(PATH + engagement)).headers["ETag"]
    assert (await note(office, engagement, If_Match=tag)).status_code == 200
    stale = await note(office, engagement, If_Match=tag)
    assert (stale.status_code, stale.json()["rule"]) == (412, "stale-version")
    assert "turnaround " not in stale.json()["hint"]
    now = (await office.get(PATH + engagement)).headers["ETag"]
    assert (await note(office, engagement, If_Match=f"W/{now}")).status_code == 412
    assert (await note(office, engagement, If_Match="12")).status_code == 400
    assert (await note(office, engagement, If_Match=f'"1", {now}')).status_code == 200
    assert (await note(office, engagement, If_Match="*")).status_code == 200


async def test_a_refusal_names_its_rule_and_is_on_record(office: Api, engagement: str) -> None:
    refused = await give(office, engagement, "stop-engagement", {"fields": {"reason": "Over."}, "on": "2999-01-01"})
    body = refused.json()
    assert (refused.status_code, body["type"]) == (409, "urn:turnaround:rule:in-the-future"), refused.text
    assert body["detail"] and body["outcome"]["receipt"].startswith("turnaround/")
    found = (await office.get(refused.headers["Location"])).json()
    assert (found["accepted"], found["rule"]) == (False, "in-the-future")
    not_theirs = await give(office, engagement, "judge-pip", {"fields": {"verdict": "acceptable"}, "as": OFFICE})
    assert (not_theirs.status_code, not_theirs.json()["rule"]) == (409, "stage") or not_theirs.status_code == 403


async def test_nobody_acts_in_a_role_that_they_do_not_hold(running: Web, office: Api, engagement: str) -> None:
    director = api_of(running, DIRECTOR, HARINGEY)
    assert (await note(director, engagement)).status_code == 200
    taken = await give(director, engagement, "add-note", {"fields": {"text": "x"}, "recorded_by": OFFICE})
    assert (taken.status_code, taken.json()["type"]) == (403, "urn:turnaround:problem:not-allowed")
    claimed = await give(director, engagement, "meet-council", {"as": CHIEF})
    assert (claimed.status_code, claimed.json()["rule"]) == (403, "recorder")
    elsewhere = api_of(running, DIRECTOR, "E10000016")
    assert (await note(elsewhere, engagement)).status_code == 404
    assert (await note(api_of(running, "auditor.auditor"), engagement)).status_code == 403


async def test_a_trial_stores_nothing_and_answers_as_the_command_would(office: Api, engagement: str) -> None:
    before = (await office.get(PATH + engagement)).json()["version"]
    tried = await office.post(f"{PATH}{engagement}/commands/add-note", json={"fields": {"text": "x"}, "dry_run": True})
    assert (tried.status_code, tried.json()["accepted"], tried.json()["dry_run"]) == (200, True, True)
    refused = await office.post(
        f"{PATH}{engagement}/commands/add-note", json={"fields": {"text": "x"}, "dry_run": True, "on": "2999"}
    )
    assert (refused.status_code, refused.json()["rule"]) == (409, "in-the-future")
    assert (await office.get(PATH + engagement)).json()["version"] == before


async def test_one_that_is_being_carried_out_is_not_begun_again(
    office: Api, engagement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, really = asyncio.Event(), asyncio.Event(), give_as

    async def held(*args: Any) -> Any:
        begun.set()
        await go_on.wait()
        return await really(*args)

    monkeypatch.setattr("console.api.commands.give_as", held)
    first = asyncio.create_task(note(office, engagement, key="slow-1"))
    await begun.wait()
    second = await note(office, engagement, key="slow-1")
    go_on.set()
    assert (second.status_code, second.json()["type"]) == (409, "urn:turnaround:problem:in-progress")
    assert (await first).status_code == 200


async def test_an_outcome_that_is_not_known_yet_can_be_asked_for(
    office: Api, engagement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(giving, "PATIENCE", 0.0)
        unknown = await note(office, engagement, key="unknown-1")
    assert (unknown.status_code, unknown.json()["state"]) == (202, "pending")
    assert unknown.headers["Retry-After"] and unknown.headers["Location"] == f"{PATH}/commands/unknown-1"
    again = await note(office, engagement, key="unknown-1")
    assert again.status_code == 200, again.text

    async def known() -> bool:
        return (await office.get(unknown.headers["Location"])).status_code == 200

    await until(known, "the outcome is known")


async def test_the_directory_is_changed_and_read(office: Api) -> None:
    body = {"fields": {"person": "jo-b", "name": "Jo Berry", "email": "jo@example.org"}}
    added = await give(office, "/office/people", "register-person", body)
    assert added.status_code == 200, added.text
    (row,) = await office.pages("/people")
    assert (row["person"], row["name"]) == ("jo-b", "Jo Berry")
    again = await give(office, "/office/people", "register-person", body)
    assert (again.status_code, again.json()["rule"]) == (409, "registered-already")
    assert (await give(office, "/office/people", "nothing")).status_code == 404
    assert (await office.get(f"{PATH}/people/jo-b/digest")).json()["person"] == "jo-b"


async def test_a_session_of_a_browser_needs_its_token(running: Web, engagement: str) -> None:
    async with running.local() as browser:
        path = f"{PATH}{engagement}/commands/add-note"
        body = {"fields": {"text": "By hand."}, "as": OFFICE}
        forged = await browser.post(path, json=body, headers={"Idempotency-Key": "by-hand-1"})
        assert (forged.status_code, forged.json()["type"]) == (403, "urn:turnaround:problem:forged")
        headers = {"Idempotency-Key": "by-hand-1", "X-CSRF-Token": browser.csrf}
        given = await browser.post(path, json=body, headers=headers)
        assert given.status_code == 200, given.text


HEADER = ",".join(rounds.HEADER)
ROUND = f"{HEADER}\nE10000016,social-services,0{',' * (len(rounds.HEADER) - 3)}\n"


async def test_a_round_is_checked_published_and_followed(office: Api, running: Web) -> None:
    said = {"Content-Type": "text/csv"}
    checked = await office.post(f"{PATH}/rating-rounds/check", content=ROUND, headers=said)
    assert checked.status_code == 200, checked.text
    (row,) = checked.json()["rows"]
    assert (row["council"], row["opens"], row["done_before"]) == ("E10000016", "kent-1", False)
    published = await office.post(f"{PATH}/rating-rounds", content=ROUND, headers=said)
    assert (published.status_code, published.json()["state"]) == (202, "awaiting-second-person"), published.text
    waits = published.json()["page"]
    assert (await office.post(f"{PATH}/rating-rounds", content=ROUND, headers=said)).json()["page"] == waits
    assert (await office.get(published.headers["Location"])).json()["state"] == "awaiting-second-person"
    async with running.person("al-c", Holding(OFFICE)) as other:
        assert (await other.submit(waits, _step="publish")).status_code == 303

    def done(answer: httpx.Response) -> Callable[[], Awaitable[bool]]:
        async def found() -> bool:
            ratings = (await office.get(answer.headers["Location"])).json()["ratings"]
            return [rating["accepted"] for rating in ratings] == [True]

        return found

    await until(done(published), "the round is published")
    (result,) = (await office.get(f"{published.headers['Location']}/results")).json()
    assert (result["accepted"], result["opened"], result["what"]) == (True, "kent-1", "no stars, opened kent-1")
    again = await office.post(f"{PATH}/rating-rounds", content=ROUND, headers=said)
    assert (again.status_code, again.json()["rows"][0]["done_before"]) == (202, True)
    assert (await office.get(f"{PATH}/rating-rounds/social-services-1999-01-01")).status_code == 404
    director = api_of(running, DIRECTOR, HARINGEY)
    assert (await director.post(f"{PATH}/rating-rounds", content=ROUND, headers=said)).status_code == 403

    back = f"{published.headers['Location']}/withdrawal"
    for body in ({}, {"reason": " "}, {"reason": 5}):
        assert (await office.post(back, json=body)).status_code == 422
    assert (await director.post(back, json={"reason": "Mine."})).status_code == 403
    assert (
        await office.post(f"{PATH}/rating-rounds/education-1999-01-01/withdrawal", json={"reason": "x"})
    ).status_code == 404
    withdrawn = await office.post(back, json={"reason": "Two columns were swapped."})
    assert withdrawn.status_code == 202, withdrawn.text
    await until(done(withdrawn), "the round is taken back")
    assert (await office.post(back, json={"reason": "Two columns were swapped."})).status_code == 202, "nothing doubles"


async def test_a_round_that_was_confirmed_asks_for_no_second_person_again(office: Api, running: Web) -> None:
    said, text = {"Content-Type": "text/csv"}, ROUND.replace("E10000016", "E09000003")
    where = f"{PATH}/rating-rounds?on=2100-05-29&at=2100-05-29T09:30"
    waits = await office.post(where, content=text, headers=said)
    assert (waits.status_code, waits.json()["state"]) == (202, "awaiting-second-person"), waits.text
    async with running.person("al-c", Holding(OFFICE)) as other:
        assert (await other.submit(waits.json()["page"], _step="publish")).status_code == 303
    again = await office.post(where, content=text, headers=said)  # nothing has come of it yet
    assert again.status_code == 409 and "wait" in again.json()["detail"], again.text


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "text/csv", 409),
        (b"a,b\n1,2\n", "text/csv", 409),
        (ROUND.encode().replace(b"E1", b"\xff"), "text/csv", 400),
        (ROUND.encode(), "application/json", 415),
        (b"x" * 6_000_000, "text/csv", 413),
    ],
    ids=["empty", "another header", "another encoding", "another kind", "too large"],
)
async def test_a_file_that_is_no_round_is_refused(office: Api, body: bytes, kind: str, status: int) -> None:
    answer = await office.post(f"{PATH}/rating-rounds/check", content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), answer.text


async def test_who_asks_and_how_it_is(office: Api, running: Web) -> None:
    about = (await office.get(f"{PATH}/")).json()
    assert (about["you"]["role"], about["openapi"]) == (OFFICE, f"{PATH}/openapi.json")
    status = (await office.get(f"{PATH}/status")).json()
    assert status["engine"] is True and status["ledger"]["kind"] == "production"


# Bodies

LONG = "[" * 100_000
BODIES: list[tuple[bytes, int]] = [
    (b"", 400),
    (b"{", 400),
    (b"\xff", 400),
    (b'{"fields": {"text": NaN}}', 400),
    (b'{"fields": {}, "fields": {}}', 400),
    (b'{"fields": ' + LONG.encode(), 400),
    (b'{"fields": {"text": ' + b"1" * 5000 + b"}}", 400),
    (b"[]", 422),
    (b"null", 422),
    (b'{"fields": []}', 422),
    (b'{"nothing": 1}', 422),
    (b'{"dry_run": "yes"}', 422),
    (b'{"fields": {"text": "a\\u0000b"}}', 422),
    (b'{"fields": {"text": "\\ud800"}}', 422),
    (b'{"fields": {"\\ud800": "x"}}', 422),
    (b'{"fields": {"text": "x"}, "as": "\\ud800.x"}', 422),
    (b'{"fields": {"text": "x"}, "as": "nobody"}', 422),
    (b'{"fields": {"text": "x"}, "on": "yesterday"}', 422),
    (b'{"fields": {"text": 12345678901234567890123}}', 422),
    (b'{"fields": {"tekst": "x"}}', 422),
    (b'{"fields": {}}', 422),
    (b'{"fields": {"text": "' + b"x" * 200_000 + b'"}}', 422),
    (b'{"fields": {"text": "' + b"x" * 2_000_000 + b'"}}', 413),
]


@pytest.mark.parametrize(
    ("body", "status"), BODIES, ids=lambda value: str(value[:40]) if isinstance(value, bytes) else ""
)
async def test_a_body_that_does_not_fit_is_refused_at_the_door(
    office: Api, engagement: str, body: bytes, status: int
) -> None:
    headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    answer = await office.post(f"{PATH}{engagement}/commands/add-note", content=body, headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), answer.text
    assert (await office.get(f"{PATH}/commands/{headers['Idempotency-Key']}")).status_code == 404


async def test_the_key_and_the_kind_of_body_are_asked_for(office: Api, engagement: str) -> None:
    path, body = f"{PATH}{engagement}/commands/add-note", json.dumps({"fields": {"text": "x"}})
    said = {"Content-Type": "application/json"}
    missing = await office.post(path, content=body, headers=said)
    assert (missing.status_code, missing.json()["type"]) == (400, "urn:turnaround:problem:key-missing")
    for key in ('"', '"a', "a b", "../x", "x" * 300, '"\\x"'):
        wrong = await office.post(path, content=body, headers={**said, "Idempotency-Key": key})
        assert wrong.status_code == 400, key
    other = await office.post(path, content=body, headers={"Content-Type": "text/plain", "Idempotency-Key": "k"})
    assert other.status_code == 415
    assert (await give(office, engagement, "nothing-known")).status_code == 404
    assert (await give(office, "/engagements/nope-1", "add-note")).status_code == 404
    assert (await give(office, "/office/nothing", "add-note")).status_code == 422
