"""What was drawn is kept until an engagement goes on: one event more costs the drawing of one, and nobody is shown less
than there is, or more than is there for them.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from activities.library import read_register
from console.api.app import PATH as API
from console.paging import SIZE
from domain.actors import OFFICE_ROLE
from faces.kept import Kept
from ledger import read_models
from ledger.read_models import Filters
from tests import many
from tests.databases import noted_statements
from tests.dossiers import CHIEF, DIRECTOR, OFFICE, RATED, accept
from tests.ledgers import Filled
from tests.web import Browser, Web, console_over

ENGAGEMENTS = 18
"""So many, that each of the models has one: among them the confidential one."""

AUDITOR = "auditor.head"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of some engagements."""
    folder = tmp_path_factory.mktemp("kept")
    many.make(folder / "many", ENGAGEMENTS, 30, many.stories(folder / "told"))
    return folder / "many"


@pytest.fixture(scope="module")
def kept(home: Path) -> Iterator[Web]:
    """A console over it."""
    with console_over(home) as found:
        yield found


def engagement(web: Web, model: str) -> read_models.EngagementRow:
    """The first engagement of a model that is not over."""
    with web.site.ledger.reading() as conn:
        return next(row for row in read_models.portfolio(conn) if row.model.startswith(f"{model}@") and not row.closed)


async def streams_read(web: Web, browser: Browser, path: str) -> tuple[int, str]:
    """How many queries for events of streams an address takes, and what it says."""
    with noted_statements(web.site.ledger) as seen:
        answer = await browser.get(path)
    assert answer.status_code == 200, path
    return sum("FROM event" in said and "leaf" in said.replace("leaf_hash", "") for said in seen), answer.text


PAGES = [
    ("/reports/programme", OFFICE_ROLE, ENGAGEMENTS),
    ("/reports/ratings", OFFICE_ROLE, ENGAGEMENTS),
    ("/reports/summary", OFFICE_ROLE, ENGAGEMENTS),
    (f"{API}/reports/programme", OFFICE_ROLE, ENGAGEMENTS),
]


async def test_one_more_event_costs_the_drawing_of_one_council(home: Path, kept: Web) -> None:
    row = engagement(kept, "performance-action-team")
    filled = Filled.make(home, datetime(2004, 1, 20, 12, tzinfo=UTC))
    try:
        async with kept.local(OFFICE_ROLE) as office:
            cold = {path: (await streams_read(kept, office, path))[0] for path, *_ in PAGES}
            warm = {path: (await streams_read(kept, office, path))[0] for path, *_ in PAGES}
            # The API's programme is drawn of what the page had drawn.
            assert all(cold[path] >= ENGAGEMENTS for path in cold if not path.startswith(API)), cold
            rated = RATED | {"stars": 3}
            accept(filled, f"council/{row.council}", "publish-rating", CHIEF, id="kept/rated", **rated)
            for path, *_ in PAGES:
                after, said = await streams_read(kept, office, path)
                assert after <= warm[path] + ENGAGEMENTS // 3, (path, cold, warm[path], after)
                assert "ratings" in path or "three" in said.lower() or '"stars": 3' in said, path
    finally:
        filled.ledger.close()


async def test_the_programme_on_a_day_reads_again_what_went_on(home: Path, kept: Web) -> None:
    row = engagement(kept, "performance-action-team")
    filled = Filled.make(home, datetime.now(UTC))
    path = f"{API}/programme?true_on=2199-01-01"

    async def streams_asked_for(auditor: Browser) -> int:
        with noted_statements(kept.site.ledger) as seen:
            found = (await auditor.get(path)).json()["engagements"]
        closed = {each["id"] for each in found if each["closed"]}
        assert (row.id in closed) == (rounds > 0)
        return sum(said.count("?") for said in seen if "event.stream IN" in said)

    try:
        async with kept.local(AUDITOR) as auditor:
            rounds = 0
            assert await streams_asked_for(auditor) >= ENGAGEMENTS - 1 and await streams_asked_for(auditor) == 0
            reason = {"reason": "It was never theirs."}
            accept(filled, f"engagement/{row.id}", "stop-engagement", OFFICE, id="kept/stopped", **reason)
            rounds = 1
            assert await streams_asked_for(auditor) == 1
    finally:
        filled.ledger.close()


@pytest.mark.parametrize("path", ["/reports/programme", f"{API}/reports/programme", "/reports"])
async def test_what_was_drawn_for_those_who_are_in_it_is_shown_to_nobody_else(kept: Web, path: str) -> None:
    row = engagement(kept, "sector-led-help")
    short = read_register()[row.council].short
    with kept.site.ledger.reading() as conn:
        assert len(read_models.versions(conn, Filters())) == ENGAGEMENTS
    for role, there in ((OFFICE_ROLE, True), (AUDITOR, False), (OFFICE_ROLE, True), (AUDITOR, False)):
        async with kept.local(role) as browser:
            answer = await browser.get(path)
            assert answer.status_code == 200
            assert any(said in answer.text for said in (row.id, f">{short}<", f'"{short}"')) == there, role


async def test_names_are_unsealed_of_those_alone_who_are_shown(home: Path, kept: Web) -> None:
    filled = Filled.make(home, datetime.now(UTC))
    try:
        for number in range(SIZE):
            body = {"person": f"zoe-{number:02}", "name": f"Zoe {number}"}
            accept(filled, "office/people", "register-person", OFFICE, id=f"kept/{number}", fields=body)
    finally:
        filled.ledger.close()
    async with kept.local(OFFICE_ROLE) as office:
        with noted_statements(kept.site.ledger) as seen:
            second = await office.get("/people?page=2")
        asked = [said for said in seen if "FROM sealed" in said]
        assert "zoe-49" in second.text and "Zoe 49" in second.text and "zoe-00" not in second.text
        assert len(asked) == 1 and asked[0].count("?") == ENGAGEMENTS, "the names of the second page alone"
        found = await office.get("/people?q=zoe+7")
        assert "zoe-07" in found.text and "zoe-08" not in found.text
        rows, where = list[dict[str, str]](), f"{API}/people?limit=20"
        while where:
            body = (await office.get(where)).json()
            rows, where = [*rows, *body["items"]], body["next"]
        assert len(rows) == len({row["person"] for row in rows}) == ENGAGEMENTS + SIZE
        directors = (await office.get(f"{API}/people?role={DIRECTOR}&limit=500")).json()["items"]
        assert len(directors) == ENGAGEMENTS and all(row["name"] for row in directors)


async def test_a_form_offers_the_names_that_there_are_now(home: Path, kept: Web) -> None:
    filled = Filled.make(home, datetime.now(UTC))
    try:
        async with kept.local(OFFICE_ROLE) as office:
            assert "Maud Kett" not in (await office.get("/people/do/change-contact")).text
            accept(
                filled,
                "office/people",
                "register-person",
                OFFICE,
                id="kept/maud",
                fields={"person": "maud", "name": "Maud Kett"},
            )
            assert "Maud Kett" in (await office.get("/people/do/change-contact")).text
            erased = {"subject": "maud", "because": "request"}
            accept(filled, "office/erasures", "erase-values", OFFICE, id="kept/gone", fields=erased)
            page = (await office.get("/people/do/change-contact")).text
            assert "Maud Kett" not in page and "maud" in page
    finally:
        filled.ledger.close()


async def test_a_long_report_is_paged_and_its_files_are_whole(kept: Web) -> None:
    async with kept.local(OFFICE_ROLE) as office:
        first, second = await office.get("/reports/summary"), await office.get("/reports/summary?page=2")
        whole = (await office.get("/reports/summary?as=csv")).text.splitlines()[0].split(",")
        there = (await office.get(f"{API}/reports/summary")).json()["councils"]
        assert len(whole) - 1 == len(there) == ENGAGEMENTS
        for one, page, other in ((there[0], first, second), (there[-1], second, first)):
            assert f">{one['council']}<" in page.text and f">{one['council']}<" not in other.text


def test_what_is_kept_is_bounded_and_drawn_again_where_it_stands_otherwise() -> None:
    kept, drawn = Kept(most=2), list[str]()

    def ask(question: str, **standing: int) -> dict[str, str]:
        def draw(names: list[str]) -> Iterator[tuple[str, str]]:
            for name in names:
                drawn.append(name)
                yield name, f"{name}{standing[name]}"

        return kept.each(question, standing, draw)  # type: ignore[arg-type]

    assert list(ask("one", b=1, a=1).items()) == [("b", "b1"), ("a", "a1")]
    assert ask("one", a=1, b=2) == {"a": "a1", "b": "b2"} and drawn == ["b", "a", "b"]
    assert ask("one", b=1) == {"b": "b1"}, "a reader of an earlier state is told of that"
    ask("two", a=1)
    ask("three", a=1)
    drawn.clear()
    ask("one", a=1)
    assert drawn == ["a"], "the question asked longest ago is forgotten"
