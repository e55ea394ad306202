"""Access in an emergency takes two people and a reason, lasts for some hours, and stays on record with every denial."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.signatures import SigningKey
from console.break_glass import record
from console.denials import OF_ONE
from console.giving import give_as
from console.who import Holding, Who
from domain.admission import LASTS, AccessAsked, AccessDeclined, AccessDenied, AccessGranted
from domain.dates import When
from domain.engagement import COMMANDS
from domain.reads import ACCESS
from faces.desk import Target
from faces.outcome import Given
from faces.problems import Problem
from ledger import events, sealing
from ledger.verify import verify
from tests.test_access import HARINGEY, OFFICE, SWINDON, open_two
from tests.web import Web, console_over

DIRECTOR = "council.director"
ASKER = Holding(DIRECTOR, HARINGEY)
PAGE = "/engagements/swindon-1"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    """Two engagements in two councils, and a confidential one."""
    open_two(tmp_path)
    with console_over(tmp_path) as found:
        yield found


def recorded(web: Web) -> list[tuple[str, dict[str, Any]]]:
    """What stands on the stream, but reads."""
    with web.site.ledger.reading() as conn:
        return [(event.type, event.body) for event in events.read_stream(conn, ACCESS) if event.type != "record-read"]


async def test_it_takes_two_people_and_a_reason_and_lasts_for_some_hours(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with web.person("dan-c", ASKER) as dan, web.person("olive-o", Holding(OFFICE)) as olive:
        assert (await dan.get(PAGE)).status_code == 404
        assert (await dan.submit("/break-glass", engagement="swindon-1", reason=" ")).status_code == 400
        asked = await dan.submit("/break-glass", engagement="swindon-1", reason="A child is missing.")
        assert asked.headers["location"] == "/break-glass?asked=1"
        assert (await dan.get(PAGE)).status_code == 404, "nobody has granted it"
        assert "waits for an answer" in (await dan.get("/break-glass")).text
        assert (await dan.submit("/break-glass/1/grant")).status_code == 403
        assert "A child is missing." in (await olive.get("/break-glass")).text
        assert (await olive.submit("/break-glass/1/grant")).status_code == 303
        assert (await dan.get(PAGE)).status_code == 200
        assert "swindon-1" in (await dan.get("/portfolio")).text
        async with web.person("deb-d", ASKER) as deb:
            assert (await deb.get(PAGE)).status_code == 404, "it is for one person"
        later = web.site.now() + LASTS + timedelta(seconds=1)
        monkeypatch.setattr(type(web.site), "now", lambda _: later)
        assert (await dan.get(PAGE)).status_code == 404
    body = dict(recorded(web))
    assert {AccessAsked.type, AccessGranted.type, AccessDenied.type} <= body.keys()
    assert body[AccessAsked.type]["person"] == "dan-c" and body[AccessGranted.type]["person"] == "olive-o"
    with web.site.ledger.reading() as conn:
        assert sealing.unseal(conn, [body[AccessAsked.type]["reason"]]) == {
            body[AccessAsked.type]["reason"]: "A child is missing."
        }


async def test_it_lets_somebody_see_and_do_nothing(web: Web) -> None:
    dan = Who("dan-c", "Dan", DIRECTOR, (ASKER,), "oidc:https://sign-in.example")
    olive = Who("olive-o", "Olive", OFFICE, (Holding(OFFICE),), "oidc:https://sign-in.example")
    key = SigningKey.kept_in(web.site.settings.keys, "command-line")
    asked = {"engagement": "swindon-1", "reason": "A child is missing."}
    record(web.site.ledger, web.site.emergencies, key, dan, "ask-access", asked)
    record(web.site.ledger, web.site.emergencies, key, olive, "grant-access", {"asked": 1})
    with web.site.desk(dan) as (desk, conn):
        desk.engagement(conn, "swindon-1")
    kind, on = COMMANDS["add-note"], When.parse("2009-03-02")
    given = Given("n-1", Target("engagement", "swindon-1"), kind, dan.actor, dan.actor, on, {"text": "Seen."}, None)
    with pytest.raises(Problem, match="there is no engagement"):
        await give_as(web.site, dan, given, "page")


async def test_whoever_asked_can_not_grant_it_whatever_their_roles(web: Web) -> None:
    both = (Holding("department.official", SWINDON), Holding(OFFICE))
    async with web.person("dan-c", ASKER, *both) as dan:
        await dan.submit("/break-glass", engagement="swindon-1", reason="A child is missing.")
        await dan.submit("/account/role", role=OFFICE)
        refused = await dan.submit("/break-glass/1/grant")
        assert refused.status_code == 409 and "Somebody else has to answer" in refused.text


async def test_it_opens_a_confidential_engagement_too_and_only_those_in_it_can_grant_that(web: Web) -> None:
    page = "/engagements/haringey-2"
    async with (
        web.person("dan-c", Holding("inspectorate.chief-inspector")) as dan,
        web.person("of-f", Holding("department.official")) as official,
        web.person("olive-o", Holding(OFFICE)) as olive,
    ):
        assert (await dan.get(page)).status_code == 404
        await dan.submit("/break-glass", engagement="haringey-2", reason="A child is missing.")
        assert "haringey-2" not in (await official.get("/break-glass")).text
        assert (await official.submit("/break-glass/1/grant")).status_code == 404
        assert (await olive.submit("/break-glass/1/grant")).status_code == 303
        assert (await dan.get(page)).status_code == 200
        assert (await olive.submit("/break-glass/1/decline")).status_code == 303
        assert (await dan.get(page)).status_code == 404, "it was ended"
        assert (await olive.submit("/break-glass/1/grant")).status_code == 409


async def test_asking_does_not_tell_what_there_is(web: Web) -> None:
    async with web.person("dan-c", ASKER) as dan:
        answers = [
            await dan.submit("/break-glass", engagement=id, reason="To see.") for id in ("swindon-1", "nowhere-9")
        ]
        assert len({(answer.status_code, answer.headers["location"], answer.text) for answer in answers}) == 1
        seen = await dan.submit("/break-glass", engagement="haringey-1", reason="To see.")
        assert "You have access to this engagement already" in seen.text
    assert [body["engagement"] for type, body in recorded(web) if type == AccessAsked.type] == ["swindon-1"]


async def test_the_local_user_asks_for_nothing(web: Web) -> None:
    async with web.local(DIRECTOR, HARINGEY) as browser:
        answer = await browser.submit("/break-glass", engagement="swindon-1", reason="To see.")
        assert answer.status_code == 400 and "Nobody in particular is signed in" in answer.text


async def test_what_is_on_record_verifies_and_auditors_see_it(web: Web) -> None:
    async with (
        web.person("dan-c", ASKER) as dan,
        web.person("olive-o", Holding(OFFICE)) as olive,
        web.person("aud-a", Holding("auditor.auditor")) as auditor,
    ):
        await dan.get(PAGE)
        await dan.submit("/break-glass", engagement="swindon-1", reason="A child is missing.")
        await olive.submit("/break-glass/1/decline")
        shown = (await auditor.get("/audit/access")).text
        assert all(said in shown for said in ("dan-c", "olive-o", "swindon-1"))
        assert (await olive.get("/audit/access")).status_code == 403
    types = [type for type, _ in recorded(web)]
    assert types == [AccessDenied.type, AccessAsked.type, AccessDeclined.type, AccessDenied.type]
    assert verify(web.site.ledger).first_bad is None


async def test_denials_are_ids_alone_and_a_loop_does_not_flood_the_ledger(web: Web) -> None:
    async with web.person("dan-c", ASKER) as dan:
        for _ in range(3):
            await dan.get(PAGE)
        await dan.get("/people")
        first = recorded(web)
        assert [(body["group"], body["what"], body["rule"]) for _, body in first] == [
            ("engagement", "swindon-1", "not-a-member"),
            ("people", None, "role"),
        ]
        assert all(body["person"] == "dan-c" and body["role"] == DIRECTOR for _, body in first)
        await dan.get("/engagements/nowhere-9")
        await dan.get("/engagements/%3Cscript%3E")
        assert recorded(web) == first, "what there is not, nobody was kept from"
        for gss in [f"E0900000{n}" for n in range(1, 10)] + [f"E090000{n}" for n in range(10, 33)]:
            await dan.get(f"/councils/{gss}")
        kept = recorded(web)
        assert len(kept) == OF_ONE.most
        assert [body["last"] for _, body in kept] == [False] * (OF_ONE.most - 1) + [True]
