"""The HTTP API without an engine: the data of the command line, pages, tags, problems."""

import json
from pathlib import Path
from typing import Any

import pytest

from console.api.answers import TOLD
from console.api.app import PATH
from tests.api import OFFICE, Api, api_of
from tests.command_line import Run
from tests.test_pages import crowd as crowd
from tests.test_pages import statements
from tests.web import Web

HEAD = "auditor.head"


@pytest.fixture(scope="module")
def api(web: Web) -> Api:
    """The programme office's machine."""
    return api_of(web)


SAME = [
    (["show", "haringey-1"], "/engagements/haringey-1"),
    (["show", "Haringey"], "/councils/Haringey"),
    (["can", "haringey-1"], "/engagements/haringey-1/can"),
    (["can", "Haringey", "--as", "council.director"], "/councils/E09000014/can?role=council.director"),
    (["dossier", "haringey-1"], "/engagements/haringey-1/dossier"),
    (["dossier", "haringey-1", "conditions"], "/engagements/haringey-1/dossier/conditions"),
    (["duties", "haringey-1"], "/engagements/haringey-1/duties"),
    (["replay", "haringey-1", "--true-on", "2003-10"], "/engagements/haringey-1/replay?true_on=2003-10"),
    (["replay", "Haringey", "--known-on", "2003-10"], "/councils/Haringey/replay?known_on=2003-10"),
    (["replay", "programme", "--true-on", "2003-10"], "/programme?true_on=2003-10"),
    (
        ["what-if", "haringey-1", "--lifecycle", "performance-action-team@1"],
        "/engagements/haringey-1/what-if?lifecycle=performance-action-team@1",
    ),
    (["report", "programme", "--on", "2004-04"], "/reports/programme?on=2004-04"),
    (["report", "ratings"], "/reports/ratings"),
    (["report", "summary"], "/reports/summary"),
    (["report", "interventions"], "/reports/interventions"),
    (["report", "directions"], "/reports/directions"),
    (["report", "council", "Haringey"], "/reports/councils/Haringey"),
    (["report", "indicators", "haringey-1"], "/engagements/haringey-1/indicators"),
    (["people", "who", "council.director", "--council", "Kent"], "/roles/council.director/holders?council=Kent"),
    (["lifecycle", "show", "franchise@1"], "/lifecycles/franchise@1"),
    (
        ["lifecycle", "diff", "performance-action-team@1", "performance-action-team@2"],
        "/lifecycles/performance-action-team@1/differences?to=performance-action-team@2",
    ),
    (["verify", "haringey-1"], "/engagements/haringey-1/verification"),
    (["verify", "--tree"], "/verification?tree=true"),
    (["do", "--commands"], "/command-types"),
]
LISTS = [
    (["portfolio", "--all"], "/engagements?which=all"),
    (["portfolio", "--region", "London"], "/engagements?region=London"),
    (["due"], "/due"),
    (["due", "--late", "--role", "council.director"], "/due?late=true&role=council.director"),
    (["timeline", "haringey-1", "--as", OFFICE], "/engagements/haringey-1/timeline"),
    (
        ["timeline", "haringey-1", "--refusals", "--since", "20", "--as", OFFICE],
        "/engagements/haringey-1/timeline?refusals=true&since=20",
    ),
    (["timeline", "Haringey", "--engagements"], "/councils/Haringey/timeline?engagements=true"),
    (["notices"], "/notices"),
    (["notices", "haringey-1", "--undelivered"], "/engagements/haringey-1/notices?undelivered=true"),
    (["people"], "/people"),
    (["lifecycle", "list"], "/lifecycles"),
]


@pytest.mark.parametrize(("typed", "path"), SAME, ids=lambda value: value if isinstance(value, str) else "")
async def test_the_data_are_those_of_the_command_line(
    run: Run, full: Path, api: Api, typed: list[str], path: str
) -> None:
    answer = await api.get(PATH + path)
    assert answer.status_code == 200, answer.text
    assert answer.json() == run(full, *typed, "--json").json


@pytest.mark.parametrize(("typed", "path"), LISTS, ids=lambda value: value if isinstance(value, str) else "")
@pytest.mark.parametrize("limit", [7, 500])
async def test_lists_are_those_of_the_command_line_page_by_page(
    run: Run, full: Path, api: Api, typed: list[str], path: str, limit: int
) -> None:
    assert await api.pages(f"{path}{'&' if '?' in path else '?'}limit={limit}") == run(full, *typed, "--json").json


async def test_steps_are_those_of_the_command_line(run: Run, full: Path, api: Api) -> None:
    typed = [json.loads(line) for line in run(full, "replay", "haringey-1", "--as", OFFICE, "--json").out.splitlines()]
    assert await api.pages("/engagements/haringey-1/steps", limit=30) == typed
    assert await api.pages("/engagements/haringey-1/steps", until=5) == typed[:5]


async def test_what_is_told_to_a_person_comes_as_blocks(api: Api) -> None:
    answer = await api.get(f"{PATH}/engagements", headers={"Accept": TOLD})
    assert answer.headers["Content-Type"] == TOLD
    kinds = [block["kind"] for block in answer.json()]
    assert kinds[0] == "table" and "note" in kinds


async def test_an_engagement_is_tagged_with_its_version(api: Api) -> None:
    first = await api.get(f"{PATH}/engagements/haringey-1")
    tag = first.headers["ETag"]
    assert tag == f'"{first.json()["version"]}"'
    for known in (tag, f"W/{tag}", f'"1", {tag}', "*"):
        again = await api.get(f"{PATH}/engagements/haringey-1", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    for other in ('"1"', "nonsense", ""):
        assert (await api.get(f"{PATH}/engagements/haringey-1", headers={"If-None-Match": other})).status_code == 200


async def test_a_page_begins_after_the_last_row_of_the_one_before_whatever_came_since(api: Api) -> None:
    first = (await api.get(f"{PATH}/councils?limit=3")).json()
    assert [row["gss"] for row in first["items"]] == ["E06000001", "E06000002", "E06000003"]
    second = (await api.get(first["next"])).json()
    assert second["items"][0]["gss"] == "E06000004"
    assert "limit=3" in second["next"]


async def test_a_calendar_and_a_pack_are_files(api: Api) -> None:
    calendar = await api.get(f"{PATH}/engagements/haringey-1/calendar")
    assert calendar.text.startswith("BEGIN:VCALENDAR")
    refused = (await api.get(f"{PATH}/engagements/haringey-1/pack")).json()
    assert refused["detail"] == "no checkpoint has been signed yet, and a pack proves nothing without one."


# What goes wrong

PROBLEMS: list[tuple[str, str, int, str]] = [
    ("GET", "/nothing", 404, "not-found"),
    ("GET", "/engagements/nope-1", 404, "not-found"),
    ("GET", "/engagements/a%00b", 404, "not-found"),
    ("GET", "/engagements/a%0Ab", 404, "not-found"),
    ("GET", "/nothing%0A/at%0Aall", 404, "not-found"),
    ("GET", "/engagements/haringey-1/dossier/nothing", 422, "unfit"),
    ("GET", "/councils/Atlantis", 404, "not-found"),
    ("GET", "/commands/nope", 404, "not-found"),
    ("GET", "/command-types/nope", 404, "not-found"),
    ("GET", "/lifecycles/..%2F..%2Fetc", 404, "not-found"),
    ("GET", "/lifecycles/settings.yaml", 404, "not-found"),
    ("GET", "/engagements?stage=nowhere", 422, "unfit"),
    ("GET", "/engagements?limit=0", 422, "unfit"),
    ("GET", "/engagements?late=perhaps", 422, "unfit"),
    ("GET", "/engagements?region=a%00b", 422, "unfit"),
    ("GET", "/engagements?cursor=zzz", 400, "malformed"),
    ("GET", "/engagements?cursor=WzFd", 400, "malformed"),
    ("GET", "/engagements?cursor=%F0%9F%98%80", 400, "malformed"),
    ("GET", "/due?by=tomorrow", 422, "unfit"),
    ("GET", "/due?by=%ED%A0%80", 422, "unfit"),
    ("GET", "/engagements/haringey-1/timeline?since=99999999999999999999", 422, "unfit"),
    ("GET", "/engagements/haringey-1/steps?until=9999", 422, "unfit"),
    ("GET", "/engagements/haringey-1/replay?known_on=2999-01-01", 422, "unfit"),
    ("GET", "/engagements?as=council.director", 403, "not-allowed"),
    ("GET", "/reads", 403, "not-allowed"),
    ("DELETE", "/engagements", 405, "method-not-allowed"),
    ("POST", "/engagements/haringey-1", 405, "method-not-allowed"),
]


@pytest.mark.parametrize(("method", "path", "status", "kind"), PROBLEMS, ids=lambda value: str(value))
async def test_whatever_goes_wrong_is_a_problem(api: Api, method: str, path: str, status: int, kind: str) -> None:
    answer = await api.request(method, PATH + path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    body = answer.json()
    assert (body["type"], body["status"]) == (f"urn:turnaround:problem:{kind}", status)
    assert body["title"] and body["detail"]
    said = body["detail"] + body.get("hint", "")
    assert "turnaround " not in said and "--" not in said
    if status == 405:
        assert answer.headers["Allow"]


async def test_nobody_is_let_in_without_a_token(web: Web, api: Api) -> None:
    for headers in ({"Authorization": "Bearer nonsense"}, {"Authorization": ""}):
        answer = await api.get(f"{PATH}/engagements", headers=headers)
        assert (answer.status_code, answer.headers["WWW-Authenticate"][:6]) == (401, "Bearer")


async def test_a_council_sees_its_own_and_nothing_of_others(web: Web) -> None:
    api = api_of(web, "council.director", "E09000014")
    assert [row["id"] for row in await api.pages("/engagements", which="all")] == ["haringey-1"]
    answer = await api.get(f"{PATH}/engagements/swindon-1")
    other = await api.get(f"{PATH}/engagements/swindon-9")
    assert answer.status_code == other.status_code == 404
    assert answer.json()["detail"].replace("swindon-1", "") == other.json()["detail"].replace("swindon-9", "")
    assert (await api.get(f"{PATH}/engagements/haringey-1/timeline?refusals=true")).status_code == 403


async def test_a_ledger_that_can_t_be_read_is_said_to_be_so(
    web: Web, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ledger.errors import DatabaseUnavailable

    def down(*_: Any) -> Any:
        raise DatabaseUnavailable("no connection")

    monkeypatch.setattr(web.site.ledger, "reading", down)
    answer = await api.get(f"{PATH}/engagements")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


async def test_a_fault_of_ours_is_a_problem_without_its_text(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a secret")

    monkeypatch.setattr("console.api.engagements.engagements", fails)
    answer = await api.get(f"{PATH}/engagements")
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:turnaround:problem:failed")
    assert "secret" not in answer.text and "RuntimeError" in answer.text


# Evidence


async def test_the_ledger_is_held_against_what_is_sent(api: Api) -> None:
    good = await api.post(f"{PATH}/verification/against", json={})
    assert (good.status_code, good.json()["ok"]) == (200, True), good.text
    wrong = await api.post(f"{PATH}/verification/against", json={"checkpoints": ["nonsense"]})
    assert (wrong.status_code, wrong.json()["detail"][:12]) == (409, "checkpoint 1")
    assert (await api.post(f"{PATH}/verification/against", json={"keys": ["nonsense"]})).status_code == 422
    assert (await api.post(f"{PATH}/verification/against", json={"need": 2})).status_code == 422
    assert (await api.post(f"{PATH}/receipts/check", json={"receipt": "nonsense"})).status_code == 409


async def test_the_head_of_the_auditors_office_sees_what_was_read(web: Web) -> None:
    head = api_of(web, HEAD)
    assert (await head.get(f"{PATH}/engagements/haringey-1")).status_code == 200
    assert ("haringey-1", "show", HEAD) in {
        (row["what"], row["command"], row["role"]) for row in await head.pages("/reads")
    }


# What an answer costs


@pytest.mark.parametrize(
    "path",
    [
        "/engagements?which=all",
        "/due",
        "/notices",
        "/people",
        "/councils",
        "/lifecycles",
        "/programme",
    ],
)
async def test_a_list_takes_no_more_queries_with_more_rows(web: Web, crowd: Web, path: str) -> None:
    asked = []
    for one in (web, crowd):
        api = api_of(one)
        await api.get(PATH + path)
        with statements(one) as found:
            assert (await api.get(PATH + path)).status_code == 200
        asked.append(sum(said.lstrip().upper().startswith("SELECT") for said in found))
    assert asked[1] <= asked[0]
