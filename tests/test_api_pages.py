"""A page of a list costs what it shows: the same rows as of the whole list, cut in the database, however long that is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.api.answers import TOLD
from console.api.app import PATH
from ledger import events
from tests import dossiers, many
from tests.api import Api, api_of
from tests.dossiers import accept
from tests.ledgers import Filled
from tests.test_ledger_known import noted
from tests.web import Web, console_over

HEAD = "auditor.head"
ONE = "/engagements/{}"


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Fifteen engagements of several models, in different stages, of up to sixty events."""
    home = tmp_path_factory.mktemp("crowd") / "home"
    many.make(home, 15, 60)
    with console_over(home) as found:
        yield found


@pytest.fixture
def api(crowd: Web) -> Api:
    """The programme office's machine."""
    return api_of(crowd)


async def longest(api: Api) -> str:
    """The engagement with the most events."""
    rows = await api.pages("/engagements", limit=500)
    return str(max(rows, key=lambda row: row["version"])["id"])


async def told(api: Api, path: str) -> list[Any]:
    """What is told to a person."""
    return list((await api.get(PATH + path, headers={"Accept": TOLD})).json())


@pytest.mark.parametrize("limit", [1, 4, 6])
@pytest.mark.parametrize("which", ["open", "all", "closed"])
async def test_engagements_come_in_order_and_each_once(api: Api, which: str, limit: int) -> None:
    whole = await api.pages("/engagements", which=which, limit=500)
    assert whole == sorted(whole, key=lambda row: (row["council_name"], row["service"], row["id"]))
    assert await api.pages("/engagements", which=which, limit=limit) == whole
    if which == "all":
        assert len(whole) == 15


@pytest.mark.parametrize("limit", [1, 7])
async def test_what_is_owed_comes_by_its_date_and_each_once(api: Api, limit: int) -> None:
    whole = await api.pages("/due", limit=500)
    dated = [row["due_at"] for row in whole if row["due_at"] is not None]
    assert dated == sorted(dated) and len(whole) > 15
    assert [row["due_at"] for row in whole[: len(dated)]] == dated, "what has no date comes last"
    assert await api.pages("/due", limit=limit) == whole


async def test_of_what_is_owed_some_can_be_asked_for(api: Api) -> None:
    whole = await api.pages("/due", limit=500)
    owner, day = whole[0]["owner"], whole[len(whole) // 2]["due_on"]
    assert await api.pages("/due", role=owner, limit=2) == [row for row in whole if row["owner"] == owner]
    assert await api.pages("/due", late=True, limit=3) == [row for row in whole if row["late"]]
    by = await api.pages("/due", by=day, limit=3)
    assert by == [row for row in whole if row["due_on"] is not None and row["due_on"] <= day] and by


async def test_a_council_lists_its_own_page_by_page(crowd: Web, api: Api) -> None:
    owed = await api.pages("/due", limit=500)
    row = next(row for row in await api.pages("/engagements", limit=500) if row["id"] == owed[0]["engagement"])
    own = api_of(crowd, "council.director", row["council"])
    assert [one["id"] for one in await own.pages("/engagements", which="all", limit=1)] == [row["id"]]
    assert await own.pages("/due", limit=1) == [one for one in owed if one["engagement"] == row["id"]]


@pytest.mark.parametrize(
    "listed", ["timeline", "timeline?refusals=true", "timeline?since=9", "timeline?last=20", "steps"]
)
async def test_a_history_is_the_same_in_pieces(api: Api, listed: str) -> None:
    path = f"{ONE.format(await longest(api))}/{listed}{'&' if '?' in listed else '?'}limit="
    whole = await api.pages(f"{path}500")
    assert len(whole) >= 20
    assert await api.pages(f"{path}7") == whole


@pytest.mark.parametrize("listed", ["timeline", "steps"])
async def test_only_the_rows_of_a_page_are_read(api: Api, listed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"{PATH}{ONE.format(await longest(api))}/{listed}?limit=5"
    assert (await api.get(path)).status_code == 200, "what is kept of it from one request to the next is there now"
    read = noted(monkeypatch, events, "_recorded", lambda row: row[1])
    body = (await api.get(path)).json()
    assert len(body["items"]) == 5 and body["next"]
    assert sum(stream.startswith("engagement/") for stream in read) == 6, "and one says whether there are more"


@pytest.mark.parametrize("path", ["/engagements", "/due", "/notices"])
async def test_what_is_told_is_told_whole(api: Api, path: str) -> None:
    count = len(await api.pages(path, limit=500))
    table = next(block for block in await told(api, f"{path}?limit=2") if block["kind"] == "table")
    assert len(table["rows"]) == count > 3


async def test_a_history_is_told_whole(api: Api) -> None:
    path = f"{ONE.format(await longest(api))}/timeline"
    table = next(block for block in await told(api, f"{path}?limit=2") if block["kind"] == "table")
    assert len(table["rows"]) == len(await api.pages(path, limit=500))


CURSORS = {
    "a number": "WzNd",
    "a number below none": "Wy0zXQ",
    "texts": "WyJhIiwiYiIsImMiXQ",
    "no day": "W2ZhbHNlLCJzb29uIiwiYSIsImIiLDFd",
    "a number that is too large": "W2ZhbHNlLCIyMDAyLTA3LTI0VDIzOjAwOjAwKzAwOjAwIiwiYSIsImIiLDk5OTk5OTk5OTk5OTk5OTk5OTk5XQ",
    "a day without a zone": "W2ZhbHNlLCIyMDAyLTA3LTI0VDIzOjAwOjAwIiwiYSIsImIiLDFd",
}


@pytest.mark.parametrize("cursor", CURSORS.values(), ids=CURSORS)
@pytest.mark.parametrize("listed", ["/engagements", "/due", "/notices", "timeline", "steps"])
async def test_a_cursor_of_another_list_is_refused(api: Api, listed: str, cursor: str) -> None:
    path = listed if listed.startswith("/") else f"{ONE.format(await longest(api))}/{listed}"
    answer = await api.get(f"{PATH}{path}?cursor={cursor}")
    fits = {"/engagements": "texts", "timeline": "a number", "steps": "a number"}
    if CURSORS.get(fits.get(listed, "")) == cursor:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (400, "malformed"), answer.text


async def test_that_an_auditor_asked_what_if_is_on_record(crowd: Web, api: Api) -> None:
    id, head = await longest(api), api_of(crowd, HEAD)
    path = f"{PATH}{ONE.format(id)}/what-if?lifecycle=performance-action-team@1"
    first, again = await head.get(path), await head.get(path)
    assert first.status_code == again.status_code == 200 and first.json() == again.json()
    noted = [(row["what"], row["command"]) for row in await head.pages("/reads")]
    assert noted.count((id, "what-if")) == 2


async def test_what_was_corrected_later_stands_beside_it_on_an_earlier_page(tmp_path: Path) -> None:
    filled = Filled.make(tmp_path, dossiers.NOON)
    accept(filled, "council/E09000014", "publish-rating", dossiers.CHIEF, **dossiers.RATED)
    filled.later(days=3)
    accept(filled, dossiers.ONE, "meet-council", dossiers.CHIEF)
    with filled.ledger.reading() as conn:
        (met,) = events.read_types(conn, ["council-met"])
    for number in range(8):
        accept(filled, dossiers.ONE, "add-note", dossiers.OFFICE, text=f"Note {number}.")
    slip = {"version": met.version, "occurred": "2003-09-03", "reason": "A slip."}
    accept(filled, dossiers.ONE, "correct-event", dossiers.OFFICE, **slip)
    filled.ledger.close()
    with console_over(tmp_path) as web:
        path = f"{PATH}{ONE.format('haringey-1')}"
        for listed in ("timeline", "steps"):
            body = (await api_of(web).get(f"{path}/{listed}?limit={met.version}")).json()
            last = body["items"][-1]
            assert (last["version"], last["later"][0]["reason"]) == (met.version, "A slip."), listed
