"""A second person before steps with legal force, whichever way they come: over the API as on pages, and on the command line."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from console.api.app import PATH
from console.confirming import _same
from console.second_person import Proposals
from console.who import Holding
from faces.rounds import HEADER
from ledger.sealing import unseal
from tests.api import OFFICE, Api, api_of
from tests.command_line import Run
from tests.test_api_commands import confirm, give
from tests.test_form_journeys import DECISION, MINISTER, OFFICIAL, until_decision
from tests.web import Running, running_console

BODY: dict[str, Any] = {"fields": DECISION, "as": MINISTER, "recorded_by": OFFICIAL, "on": "2002-05-29"}


@pytest.fixture(scope="module")
async def engine(dev_server_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """One for all these tests; each takes a council of its own."""
    async with running_console(dev_server_binary, tmp_path_factory.mktemp("two")) as found:
        yield found


async def send(api: Api, target: str, key: str, body: Any = BODY) -> Any:
    """Propose the minister's decision under a key."""
    return await give(api, f"/engagements/{target.partition('/')[2]}", "record-decision", body, key)


async def test_a_machine_proposes_and_a_person_confirms_and_the_record_names_both(engine: Running) -> None:
    target = await until_decision(engine)
    machine, other_machine = api_of(engine.web, OFFICIAL), api_of(engine.web, OFFICE)
    sent = await send(machine, target, "decided-1")
    assert sent.status_code == 202, sent.text
    said = sent.json()
    assert (said["state"], said["confirmers"]) == ("awaiting-second-person", [OFFICIAL, OFFICE])
    assert (await machine.get(sent.headers["Location"])).json() == said
    assert (await send(machine, target, "decided-1")).json() == said, "sent twice it waits once"
    changed = await send(machine, target, "decided-1", {**BODY, "fields": {**DECISION, "document": "SSI/2"}})
    assert (changed.status_code, changed.json()["type"]) == (422, "urn:turnaround:problem:key-reused")
    assert not engine.rig.of_type(target, "decision-recorded")

    for api in (machine, other_machine):
        refused = await api.post(f"{PATH}/proposals/decided-1/confirmation")
        assert (refused.status_code, "a machine confirms nothing" in refused.json()["detail"]) == (403, True)
    assert [one["command"] for one in (await other_machine.get(f"{PATH}/proposals")).json()] == ["decided-1"]
    outsider = api_of(engine.web, "council.director", "E09000003")
    assert (await outsider.get(f"{PATH}/proposals")).json() == []
    assert (await outsider.post(f"{PATH}/proposals/decided-1/confirmation")).status_code == 404

    async with engine.web.person("al-c", Holding(OFFICE)) as person:
        page = await person.get("/second-person/decided-1")
        assert "As recommended." in page.text and "a machine checked this" in page.text
        done = await confirm(person, "decided-1")
        assert done.status_code == 200, done.text
        assert (await confirm(person, "decided-1")).status_code == 404, "it waits no longer"
    (decided,) = engine.rig.of_type(target, "decision-recorded")
    assert (str(decided.decided_by), decided.command.id) == (MINISTER, "decided-1")
    again = await send(machine, target, "decided-1")
    assert (again.status_code, again.json()["repeated"]) == (200, True)
    assert (await machine.get(sent.headers["Location"])).json()["accepted"]

    id = target.partition("/")[2]
    (event,) = [e for e in await machine.pages(f"/engagements/{id}/timeline") if e["type"] == "decision-recorded"]
    duties = (await machine.get(f"{PATH}/engagements/{id}/duties")).json()
    (act,) = [one for one in duties["acts"] if one["command"] == "record-decision"]
    for named in (event, act):
        assert (named["proposed_by"]["role"], named["proposed_by"]["person"]) == ("official", None)
        assert (named["confirmed_by"]["role"], named["confirmed_by"]["person"]) == ("programme-office", "al-c")
    assert duties["findings"] == []
    assert (await machine.get(f"{PATH}/verification")).json()["ok"]


async def test_what_is_sent_back_says_why_and_is_taken_back(engine: Running) -> None:
    target = await until_decision(engine)
    machine = api_of(engine.web, OFFICIAL)
    sent = await send(machine, target, "decided-2")
    async with engine.web.person("al-c", Holding(OFFICE)) as person:
        token = {"X-CSRF-Token": person.csrf}
        where = f"{PATH}/proposals/decided-2"
        assert (await person.post(f"{where}/return", json={"reason": ""}, headers=token)).status_code == 422
        assert (await person.delete(where, headers=token)).status_code == 403, "somebody else proposed it"
        back = await person.post(f"{where}/return", json={"reason": "Name the file."}, headers=token)
        assert back.status_code == 200, back.text
        assert (await confirm(person, "decided-2")).status_code == 403
    found = (await machine.get(sent.headers["Location"])).json()
    assert (found["state"], found["reason"], found["returned_by"]) == ("sent-back", "Name the file.", "Al-C")
    assert (await machine.delete(f"{PATH}/proposals/decided-2")).status_code == 200
    assert (await machine.get(sent.headers["Location"])).status_code == 404


async def test_on_a_page_both_are_named_too(engine: Running) -> None:
    target = await until_decision(engine)
    async with engine.web.person("jo-b", Holding(OFFICIAL)) as first:
        token = {"X-CSRF-Token": first.csrf, "Idempotency-Key": "decided-3"}
        id = target.partition("/")[2]
        sent = await first.post(f"{PATH}/engagements/{id}/commands/record-decision", json=BODY, headers=token)
        assert sent.status_code == 202, sent.text
        assert (await confirm(first, "decided-3")).status_code == 403, "nobody confirms what they proposed themselves"
    async with engine.web.person("al-c", Holding(OFFICE)) as other:
        assert (await other.submit("/second-person/decided-3", _step="confirm")).status_code == 303
        timeline = (await other.get(f"/engagements/{id}/timeline")).text
    assert "Proposed by Department official (jo-b), confirmed by Programme office (al-c)" in timeline


async def test_what_is_put_up_says_what_was_sent(engine: Running) -> None:
    target = await until_decision(engine)
    reasons = "As recommended:\n\n  - first,\n  - then  second."
    odd = {**BODY, "fields": {**DECISION, "reasons": reasons}, "on": "2002-05"}
    sent = await send(api_of(engine.web, OFFICIAL), target, "decided-4", odd)
    assert sent.status_code == 202, sent.text
    async with engine.web.person("al-c", Holding(OFFICE)) as person:
        assert (await confirm(person, "decided-4")).status_code == 200
    (decided,) = engine.rig.of_type(target, "decision-recorded")
    assert decided.occurred.printed == "2002-05"
    with engine.web.site.ledger.reading() as conn:
        assert unseal(conn, [decided.body["reasons"]]) == {decided.body["reasons"]: reasons}


def test_what_a_page_can_t_say_is_told_from_what_it_can() -> None:
    assert _same({"price": "600000.00", "days": 300, "by": None}, {"price": 600000, "days": "300"})
    assert _same({"when": "2002-05-29", "who": ["a"]}, {"when": "2002-05-29", "who": ("a",)})
    assert not _same({"price": "600000.00"}, {"price": "600000.01"})
    assert not _same({"who": ["a"]}, {"who": ["a", "b"]})
    assert not _same({"sure": True}, {"sure": "yes"})
    assert not _same({}, {"who": []})


async def test_what_would_be_refused_is_refused_at_once_and_on_record(engine: Running) -> None:
    target = await engine.rig.open()
    early = await send(api_of(engine.web, OFFICIAL), target, "decided-5", {**BODY, "on": "2999-01-01"})
    assert (early.status_code, early.json()["outcome"]["accepted"]) == (409, False), early.text
    assert Proposals(engine.web.site).find("decided-5") is None


async def test_where_people_sign_in_the_command_line_gives_no_such_step_alone(
    run: Run, monkeypatch: pytest.MonkeyPatch, engine: Running, tmp_path: Path
) -> None:
    target = await until_decision(engine)
    id = target.partition("/")[2]
    monkeypatch.setenv("TURNAROUND_OIDC_ISSUER", "https://sign-in.example")
    monkeypatch.setenv("TURNAROUND_OIDC_CLIENT_ID", "turnaround")
    monkeypatch.setenv("TURNAROUND_CONSOLE_ORIGIN", "https://turnaround.example.org")
    typed = [
        "record-decision",
        "outcome=engage",
        "reasons=As recommended.",
        "document=SSI/1",
        "--as",
        MINISTER,
        "--on",
        "2002-05-29",
    ]
    refused = await asyncio.to_thread(run, engine.rig.settings.home, "do", id, *typed)
    assert refused.code == 1 and "a second person confirms it" in refused.err, refused.err
    assert "https://turnaround.example.org" in refused.err
    file = tmp_path / "round.csv"
    file.write_text(f"{','.join(HEADER)}\nDevon,social-services,0,,,,,\n")
    publish = ["rating", "publish", str(file), "--on", "2002-05-29", "--yes"]
    refused = await asyncio.to_thread(run, engine.rig.settings.home, *publish)
    assert refused.code == 1 and "a second person confirms it" in refused.err, refused.err
    tried = await asyncio.to_thread(run, engine.rig.settings.home, "do", id, *typed, "--dry-run")
    assert tried.code == 0, tried.err
