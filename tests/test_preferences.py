"""How somebody wants to be told, said by themselves: on their account page and over the API, and by nobody else."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from console.api.app import PATH
from console.who import Holding
from tests.api import OFFICE, api_of
from tests.test_api_commands import give
from tests.test_form_journeys import hidden
from tests.web import Browser, Running, running_console

DIRECTOR = "council.director"
OWN = f"{PATH}/account/commands/set-preference"


@pytest.fixture(scope="module")
async def engine(dev_server_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """With two people in the directory."""
    async with running_console(dev_server_binary, tmp_path_factory.mktemp("preferences")) as found:
        office = api_of(found.web, OFFICE)
        for person in ("jo-b", "al-c"):
            fields = {"person": person, "name": person, "email": f"{person}@example.org"}
            added = await give(office, "/office/people", "register-person", {"fields": fields})
            assert added.status_code == 200, added.text
        yield found


async def prefer(browser: Browser, where: str = OWN, **body: Any) -> httpx.Response:
    """Say it over the API, in a browser's session."""
    headers = {"X-CSRF-Token": browser.csrf, "Idempotency-Key": str(uuid4())}
    return await browser.post(where, json=body, headers=headers)


def channel_of(engine: Running, person: str) -> str:
    """How somebody is told."""
    with engine.web.site.ledger.reading() as conn:
        return str(engine.web.site.people.read(conn).people[person].channel)


async def test_somebody_says_for_themselves_how_they_are_told(engine: Running) -> None:
    async with engine.web.person("jo-b", Holding(DIRECTOR, "E09000014")) as jo:
        said = await prefer(jo, fields={"person": "jo-b", "channel": "file"})
        assert said.status_code == 200, said.text
        assert channel_of(engine, "jo-b") == "file"
        of_another = await prefer(jo, fields={"person": "al-c", "channel": "file"})
        assert of_another.status_code == 403
        through_the_office = await prefer(
            jo, f"{PATH}/office/people/commands/set-preference", fields={"person": "jo-b", "channel": "email"}
        )
        assert through_the_office.status_code == 403

        assert "/account/do/set-preference" in (await jo.get("/account")).text
        form = await jo.get("/account/do/set-preference")
        assert form.status_code == 200 and "al-c" not in form.text, "nobody else is named"
        fields = {**hidden(form.text), "_on.day": "29", "_on.month": "5", "_on.year": "2002", "channel": "email"}
        answers = await jo.submit("/account/do/set-preference", **fields, _step="check")
        assert answers.status_code == 200, answers.text
        done = await jo.submit("/account/do/set-preference", **{**hidden(answers.text), "_step": "give"})
        assert (done.status_code, done.headers.get("location")) == (303, "/account"), done.text
    assert channel_of(engine, "jo-b") == "email"


async def test_on_this_machine_whoever_uses_it_says_who_they_are(engine: Running) -> None:
    async with engine.web.local(DIRECTOR) as browser:
        said = await prefer(browser, fields={"person": "al-c", "channel": "file"}, by="al-c")
        assert said.status_code == 200, said.text
        other = await prefer(browser, fields={"person": "jo-b", "channel": "file"}, by="al-c")
        assert other.status_code == 403
    assert (channel_of(engine, "al-c"), channel_of(engine, "jo-b")) == ("file", "email")


async def test_a_machine_is_nobody_in_the_directory(engine: Running) -> None:
    director = api_of(engine.web, DIRECTOR, "E09000014")
    body = {"fields": {"person": "jo-b", "channel": "file"}}
    refused = await director.post(OWN, json=body, headers={"Idempotency-Key": str(uuid4())})
    assert refused.status_code == 403
