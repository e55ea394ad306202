"""The pages on which the ledger is read: that they are sound, lead somewhere, and say what the ledger says."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from sqlalchemy import event

from activities.library import read_register
from console.second_person import Proposals
from console.who import Holding, Who
from faces.desk import Desk, Target
from ledger.events import read_stream
from tests import dossiers
from tests.dossiers import CHIEF, DIRECTOR, LEAD, OFFICE, RATED, accept
from tests.ledgers import Filled
from tests.markup import Markup
from tests.web import ISSUER, Browser, Web, console_over

HTML = {"Accept": "text/html"}
ELSEWHERE = ("/static/", "/api/", "/sign-")
"""What the crawler leaves to other tests."""

AUTUMN = datetime(2026, 9, 1, 11, tzinfo=UTC)
SUMMER = datetime(2003, 9, 1, 11, tzinfo=UTC)


async def read(browser: Browser, path: str, status: int = 200) -> Markup:
    """A page, whose structure must be sound."""
    answer = await browser.get(path, headers=HTML)
    assert answer.status_code == status, f"{path}: {answer.status_code}: {answer.text[:300]}"
    found = Markup(answer.text)
    assert list(found.faults()) == [], path
    return found


def shape(path: str) -> str:
    """An address without what tells it from its like."""
    split = urlsplit(path)
    names = sorted(name for name, _ in parse_qsl(split.query))
    return re.sub(r"E\d{8}|[a-z-]+-\d+|\d+", "#", split.path) + "?" + "&".join(names)


async def crawl(browser: Browser, starts: list[str]) -> dict[str, Markup]:
    """Every page that can be reached by links, of addresses of one shape the first two."""
    found: dict[str, Markup] = {}
    seen, shapes, waiting = set(starts), Counter[str](), [(start, "") for start in starts]
    anchors: list[tuple[str, str, str]] = []
    while waiting:
        path, source = waiting.pop(0)
        answer = await browser.get(path, headers=HTML)
        assert answer.status_code == 200, f"{path}, linked from {source}: {answer.status_code}"
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        found[path] = Markup(answer.text)
        for link in found[path].all("a"):
            whole = urljoin(path, link["href"])
            target, _, anchor = whole.partition("#")
            if urlsplit(target).netloc or target.startswith(ELSEWHERE):
                continue
            if anchor:
                anchors.append((path, target, anchor))
            if target not in seen and shapes[shape(target)] < 2:
                seen.add(target)
                shapes[shape(target)] += 1
                waiting.append((target, path))
    for path, target, anchor in anchors:
        if target in found:
            assert anchor in found[target].ids, f"{path} leads to #{anchor} of {target}, which is not there"
    return found


@pytest.fixture(scope="module")
def autumn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Three engagements of which one is late, one due this week and one later, and somebody with a name from right to left."""
    home = tmp_path_factory.mktemp("autumn")
    filled = Filled.make(home, AUTUMN)
    accept(filled, "council/E09000014", "publish-rating", CHIEF, **RATED)
    filled.later(days=7)
    accept(filled, "council/E06000030", "publish-rating", CHIEF, **RATED)
    filled.later(days=7)
    accept(filled, "council/E10000016", "publish-rating", CHIEF, **RATED)
    for number in range(70):
        accept(filled, "engagement/kent-1", "add-note", OFFICE, text=f"Note {number} & <b>more</b>.")
    accept(filled, "office/people", "register-person", OFFICE, fields={"person": "jo-b", "name": "Jo \u202eyrreB"})
    accept(filled, "office/people", "register-person", OFFICE, fields={"person": "sam-k", "name": "=Sam"})
    held = {"person": "jo-b", "role": LEAD, "council": "E10000016", "starts": "2026-09-01"}
    accept(filled, "office/people", "give-role", OFFICE, fields=held)
    away = {"person": "jo-b", "starts": "2026-09-16", "ends": "2026-09-30", "cover": "sam-k"}
    accept(filled, "office/people", "record-absence", OFFICE, fields=away)
    filled.give("engagement/kent-1", "meet-council", DIRECTOR)
    filled.ledger.close()
    with console_over(home) as found:
        yield found


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, int]]:
    """An engagement with a visit in a month, whose day was recorded later, and many notes; the version of the visit."""
    home = tmp_path_factory.mktemp("corrected")
    filled = Filled.make(home, AUTUMN)
    accept(filled, "council/E09000014", "publish-rating", CHIEF, on="2026-08", **RATED)
    visited = filled.give(
        dossiers.ONE,
        "record-monitoring-visit",
        LEAD,
        on="2026-08",
        progress="better",
        focus=["practice.quality"],
        findings="So.",
    )
    assert visited.outcome is not None and visited.outcome.accepted
    with filled.ledger.reading() as conn:
        found = {entry.type: entry.version for entry in read_stream(conn, dossiers.ONE)}
    for number in range(45):
        accept(filled, dossiers.ONE, "add-note", OFFICE, text=f"Note {number}")
    version = found["monitoring-visited"]
    accept(
        filled,
        dossiers.ONE,
        "correct-event",
        OFFICE,
        fields={"version": version, "occurred": "2026-08-02"},
        changes={},
        reason="A letter says so.",
    )
    filled.ledger.close()
    with console_over(home) as web:
        yield web, version


@pytest.fixture
def in_september(autumn: Web, monkeypatch: pytest.MonkeyPatch) -> Web:
    """The same on 17 September 2026."""
    monkeypatch.setattr(Desk, "now", property(lambda self: datetime(2026, 9, 17, 11, tzinfo=UTC)))
    return autumn


@pytest.fixture(scope="module")
def mobilised(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """An engagement whose team is about to begin, with a board that is set, one that was called off, and one corrected."""
    home = tmp_path_factory.mktemp("mobilised")
    filled = Filled.make(home, SUMMER)
    accept(filled, "council/E09000014", "publish-rating", CHIEF, **RATED)
    dossiers.before_the_decision(filled)
    dossiers.to_the_award(filled)
    dossiers.mobilised(filled)
    accept(filled, dossiers.ONE, "schedule-board", LEAD, board=1, date="2003-12-10", time="14:30")
    accept(filled, dossiers.ONE, "schedule-board", LEAD, board=2, date="2004-01-14")
    accept(filled, dossiers.ONE, "cancel-board", LEAD, board=2, reason="Too soon.")
    filled.ledger.close()
    with console_over(home) as found:
        yield found


# Every page


@pytest.mark.parametrize("role", [OFFICE, "auditor.auditor", "council.member"])
async def test_every_page_that_links_lead_to_is_there_and_sound(web: Web, role: str) -> None:
    async with web.local(role) as browser:
        found = await crawl(browser, ["/", "/portfolio?which=all", "/engagements/haringey-1", "/engagements/swindon-1"])
    assert len(found) > 40
    faults = {path: said for path, page in found.items() if (said := list(page.faults()))}
    assert faults == {}
    others = ("/do/", "/audit")
    titles = {
        path: page.title for path, page in found.items() if "?" not in path and not any(o in path for o in others)
    }
    assert [title for title, count in Counter(titles.values()).items() if count > 1] == []
    # Nobody is told to use the command line.
    asked = {
        path: re.findall(r"`turnaround[^`]*`|turnaround (?:show|can|do) \S+", page.main) for path, page in found.items()
    }
    assert {path: said for path, said in asked.items() if said} == {}


# Home


async def test_home_tells_what_needs_a_role_by_date_and_leads_to_the_act_that_settles_it(in_september: Web) -> None:
    async with in_september.local(CHIEF) as browser:
        page = await read(browser, "/")
    assert {grid.caption: [row[1] for row in grid.rows] for grid in page.tables} == {
        "Late (1)": ["haringey-1"],
        "This week (1)": ["swindon-1"],
        "Later (1)": ["kent-1"],
    }
    assert page.table("Late (1)").rows[0][3:] == ["15 September 2026", "2 days late"]
    assert {link["href"] for link in page.all("a") if link["href"].startswith("/engagements/haringey-1/")} == {
        "/engagements/haringey-1/do/meet-council"
    }


async def test_home_says_so_when_nothing_needs_a_role(in_september: Web) -> None:
    async with in_september.local("team.senior-partner") as browser:
        page = await read(browser, "/")
    assert "Nothing needs you now." in page.main
    assert page.tables == []


async def test_home_shows_the_boards_that_are_set_in_the_order_of_their_days(
    mobilised: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on(day: date) -> None:
        monkeypatch.setattr(Desk, "now", property(lambda self: datetime(day.year, day.month, day.day, 11, tzinfo=UTC)))

    async with mobilised.local(LEAD) as browser:
        on(date(2003, 12, 1))
        page = await read(browser, "/")
        assert "Wednesday 10 December 2003, 2:30pm: Board 1 of haringey-1" in page.main
        assert "Board 2" not in page.main  # it was called off
        on(date(2003, 12, 11))
        assert "No board is set." in (await read(browser, "/")).main


async def test_home_tells_whoever_may_confirm_a_step_that_it_waits_and_nobody_else(in_september: Web) -> None:
    step = Target("engagement", "haringey-1")
    first = Who("ann-i", "Ann Ibbs", LEAD, (Holding(LEAD),), f"oidc:{ISSUER}")
    waiting = Proposals(in_september.site).propose(first, step, "judge-pip", {}, [CHIEF])
    try:
        for person, role, told in (("jo-b", CHIEF, True), ("ann-i", CHIEF, False), ("jo-b", DIRECTOR, False)):
            async with in_september.person(person, Holding(role)) as browser:
                page = await read(browser, "/")
            links = [link["href"] for link in page.all("a")]
            assert (f"/second-person/{waiting}" in links) is told, (person, role)
    finally:
        Proposals(in_september.site).drop(waiting)


# The portfolio


async def test_the_portfolio_is_filtered_sorted_and_counted_by_its_address(in_september: Web) -> None:
    async with in_september.local() as browser:

        async def ids(query: str) -> list[str]:
            page = await read(browser, f"/portfolio?{query}")
            return [row[0] for row in page.tables[0].rows] if page.tables else []

        assert await ids("") == ["kent-1", "haringey-1", "swindon-1"]
        assert await ids("sort=Engagement") == ["haringey-1", "kent-1", "swindon-1"]
        assert await ids("sort=Next due&order=down") == ["kent-1", "swindon-1", "haringey-1"]
        assert await ids("region=london") == ["haringey-1"]
        assert await ids("model=franchise") == []
        assert await ids("stage=special-measures&service=social-services&region=South East") == ["kent-1"]
        page = await read(browser, "/portfolio?region=London&which=all&sort=Since")
        tags = {link.text: link["href"] for link in page.all("a", "app-filter__tag")}
        assert tags == {
            "Remove this filter: Region: London": "/portfolio?which=all&sort=Since",
            "Remove this filter: Open and over": "/portfolio?region=London&sort=Since",
        }
        assert page.links["Clear filters"] == "/portfolio"
        refused = await read(browser, "/portfolio?stage=specal-measures", 400)
        assert "Did you mean special-measures?" in refused.main


async def test_a_column_that_is_sorted_by_says_so_and_its_link_turns_it_round(in_september: Web) -> None:
    async with in_september.local() as browser:
        page = await read(browser, "/portfolio?sort=Stage&late=")
        (sorted_by,) = [each for each in page.all("th") if each["aria-sort"]]
        assert (sorted_by["aria-sort"], "Stage" in sorted_by.text) == ("ascending", True)
        assert "order=down" in page.links["Stage: sort by it"]


async def test_the_picture_has_every_engagement_with_its_stages_in_words_and_as_a_table(web: Web) -> None:
    async with web.local() as browser:
        page = await read(browser, "/portfolio/picture?which=all")
        (svg,) = page.all("svg", "app-picture")
        assert {"haringey-1", "swindon-1"} <= {text.strip() for text in page.said("text", "app-picture__name")}
        bars = [" ".join(each.text.split()) for each in page.all("title") if "rect" in each.inside]
        assert "Decision: from 3 September 2003 to 23 September 2003" in bars
        assert "Special measures: from 1 September 2003 on" in bars
        assert "2 engagements" in page.said("desc")[0]
        rows = {row[0]: row for row in page.table("The same as a table").rows}
        assert rows["haringey-1"][4] == "over: Followed up"
        assert all(said in " ".join(row[3] for row in rows.values()) for said in bars)
        assert svg["aria-labelledby"] == "picture-title picture-desc"


# An engagement


async def test_an_engagement_tells_where_it_is_what_can_be_done_by_whom_and_what_is_missing(in_september: Web) -> None:
    async with in_september.local(LEAD) as browser:
        page = await read(browser, "/engagements/haringey-1")
        steps = dict(
            zip(page.said("span", "app-progress__title"), page.said("span", "app-progress__standing"), strict=True)
        )
        assert (steps["Special measures"], steps["Decision"]) == ("Now, since 1 September 2026", "Later")
        assert [each for each in page.all("li", "app-progress__step") if each["aria-current"] == "step"] != []
        tasks = [" ".join(each.text.split()) for each in page.all("li", "govuk-task-list__item")]
        judge = next(task for task in tasks if task.startswith("Judge the improvement plan"))
        assert "First there must be a performance improvement plan received." in judge
        assert "Record an improvement plan: you can do this" in judge
        assert "Cannot start yet" in judge
        assert "Judge the improvement plan" not in page.links
        assert page.links["Record an improvement plan"] == "/engagements/haringey-1/do/receive-pip"
        assert any(task.startswith("Record a meeting with the council") and "Chief Inspector" in task for task in tasks)
    async with in_september.local(CHIEF) as browser:
        page = await read(browser, "/engagements/haringey-1")
        assert page.links["Record a meeting with the council"] == "/engagements/haringey-1/do/meet-council"
        card = next(each for each in page.all("div", "govuk-summary-card") if "Meet the council" in each.text)
        said = " ".join(card.text.split())
        assert "10 working days after 1 September 2026 (stage entered), assumed" in said
        assert "late, 2 days late" in said or "2 days late" in said


async def test_stages_that_were_left_are_done_and_those_passed_by_left_out(web: Web, mobilised: Web) -> None:
    async with mobilised.local() as browser:
        page = await read(browser, "/engagements/haringey-1")
    titles, standings = page.said("span", "app-progress__title"), page.said("span", "app-progress__standing")
    steps = dict(zip(titles, standings, strict=True))
    assert steps["Special measures"] == "Done: 1 September 2003 to 3 September 2003"
    assert (steps["Monitoring only"], steps["Board cycles"]) == ("Left out", "Now, since 22 November 2003")
    assert steps["Exit"] == "Later"
    async with web.local() as browser:
        page = await read(browser, "/engagements/haringey-1")
    assert page.said("span", "app-progress__standing")[-1] == "Over, 2 February 2005"


async def test_what_came_before_is_told_with_how_it_ended(web: Web) -> None:
    async with web.local() as browser:
        page = await read(browser, "/engagements/haringey-1/obligations")
        rows = [row for row in page.table("Owed before").rows if row[0] == "Make a monitoring visit"]
        assert {row[3] for row in page.table("Owed before").rows} <= {"met in time", "met late", "let go"}
        assert "Nothing is owed now." in page.main
        assert rows == [] or all(row[4] for row in rows)


async def test_of_another_councils_engagement_there_is_nothing(in_september: Web) -> None:
    async with in_september.local(DIRECTOR, council="E10000016") as browser:
        for place in (
            "",
            "/timeline",
            "/timeline/1",
            "/obligations",
            "/record",
            "/record/board",
            "/documents",
            "/notes",
            "/notices",
        ):
            missing = await read(browser, f"/engagements/haringey-1{place}", 404)
            assert "There is no engagement and no council 'haringey-1'." in missing.main
        portfolio = await read(browser, "/portfolio?which=all")
        assert [row[0] for row in portfolio.tables[0].rows] == ["kent-1"]
        assert (await browser.get("/councils/E09000014")).status_code == 404


# The timeline


async def test_the_timeline_has_the_newest_first_with_both_times_and_who(in_september: Web) -> None:
    async with in_september.local() as browser:
        page = await read(browser, "/engagements/haringey-1/timeline")
        titles = page.said("h2", "app-timeline__title")
        assert titles[-1].startswith("Engagement opened") or "opened" in titles[-1]
        dates = page.said("p", "app-timeline__date")
        assert dates[0] == "1 September 2026 (recorded 12:00pm that day)"
        assert not any("00:00" in said or "midnight" in said for said in dates)
        assert page.ids.count("v1") == 1


async def test_a_long_timeline_is_paged_and_a_page_costs_no_more_queries_than_another(in_september: Web) -> None:
    async with in_september.local() as browser:
        first = await read(browser, "/engagements/kent-1/timeline")
        assert "Showing 1 to 25 of" in first.main
        second = await read(browser, "/engagements/kent-1/timeline?page=2")
        seen = [
            each["id"] for each in (*first.all("li", "app-timeline__item"), *second.all("li", "app-timeline__item"))
        ]
        assert len(seen) == len(set(seen)) == 50
        assert "Showing 26 to 50 of" in second.main
        last = await read(browser, "/engagements/kent-1/timeline?page=999")
        assert last.ids[-1] == "v1"


async def test_the_timeline_is_filtered_by_kind_and_by_words(in_september: Web) -> None:
    async with in_september.local() as browser:
        notes = await read(browser, "/engagements/kent-1/timeline?kind=note-added")
        assert "Showing 1 to 25 of 70 entries." in notes.main
        one = await read(browser, "/engagements/kent-1/timeline?kind=note-added&words=NOTE+42+%3Cb%3E")
        assert one.said("p", "app-timeline__remark") == ["Text: Note 42 & <b>more</b>."]
        none = await read(browser, "/engagements/kent-1/timeline?words=unicorn")
        assert "There is nothing to show." in none.main


async def test_refusals_are_told_to_those_who_may_see_them(in_september: Web) -> None:
    for role, told in ((OFFICE, True), ("auditor.auditor", True), (DIRECTOR, False)):
        async with in_september.local(role) as browser:
            page = await read(browser, "/engagements/kent-1/timeline")
            assert any(title.startswith("Refused: ") for title in page.said("h2", "app-timeline__title")) is told, role


async def test_an_entry_has_an_address_of_its_own(in_september: Web) -> None:
    async with in_september.local() as browser:
        page = await read(browser, "/engagements/haringey-1/timeline/2")
        assert page.said("h1") == ["haringey-1: Entry 2 of the timeline"]
        assert page.links["The entry before"] == "/engagements/haringey-1/timeline/1"
        for missing in ("0", "-1", "999", "x", "²", "9" * 30):
            await read(browser, f"/engagements/haringey-1/timeline/{missing}", 404)


async def test_a_correction_stands_beside_what_it_corrects_and_a_date_is_as_precise_as_it_is_known(
    corrected: tuple[Web, int],
) -> None:
    web, version = corrected
    async with web.local() as browser:
        entry = await read(browser, f"/engagements/haringey-1/timeline/{version}")
        assert entry.said("p", "app-timeline__date")[0].startswith("August 2026 (recorded 12:00pm on 1 September 2026)")
        (told,) = [said for said in entry.said("p", "app-timeline__remark") if said.startswith("Corrected by")]
        assert "it was 2 August 2026" in told
        assert "A letter says so" in told
        page = await read(browser, "/engagements/haringey-1/timeline?kind=monitoring-visited")
        (item,) = [each for each in page.all("li", "app-timeline__item") if each["id"] == f"v{version}"]
        assert told in " ".join(item.text.split())
        sixty = await read(browser, "/engagements/haringey-1/timeline?page=9")
        (item,) = [each for each in sixty.all("li", "app-timeline__item") if each["id"] == "v1"]
        assert "withdrawn" not in item.text


async def test_what_bids_hold_is_told_to_nobody_but_the_panel(web: Web) -> None:
    for role, told in ((DIRECTOR, True), ("team.senior-partner", False), ("council.member", False)):
        async with web.local(role) as browser:
            page = await read(browser, "/engagements/haringey-1/timeline?kind=bid-received")
            assert ("Our secret." in page.main) is told, role
            assert ("(for the bidder and the panel)" in page.main) is not told, role


# Councils and people


async def test_a_council_is_found_by_its_name_and_tells_its_ratings_and_disputes(web: Web) -> None:
    async with web.local() as browser:
        page = await read(browser, "/councils?q=haring")
        assert page.links["London Borough of Haringey"] == "/councils/E09000014"
        council = await read(browser, "/councils/E09000014")
        assert council.table("Ratings").rows[0][1:3] == ["1 September 2003", "social services"]
        assert council.links["haringey-1"] == "/engagements/haringey-1"
        for missing in ("E99999999", "haringey", "e09000014"):
            await read(browser, f"/councils/{missing}", 404)


async def test_people_are_listed_with_roles_and_absences_and_a_name_turns_no_writing_round(in_september: Web) -> None:
    async with in_september.local() as browser:
        answer = await browser.get("/people")
        assert "\u202e" not in answer.text
        page = await read(browser, "/people?role=inspectorate.lead-inspector")
        (row,) = page.tables[0].rows
        assert row[0].startswith("Jo \ufffdyrreB")
        assert "from 16 September 2026 to 30 September 2026, sam-k stands in" in row[2]
        person = await read(browser, "/people/jo-b")
        assert person.table("Roles").rows[0][1:3] == ["Lead inspector", "in Kent"]
        await read(browser, "/people/nobody", 404)
    async with in_september.local(DIRECTOR) as browser:
        await read(browser, "/people", 403)


# When something is not there


@pytest.mark.parametrize(
    "path", ["/nowhere", "/engagements/none", "/engagements/haringey-1/record/none", "/councils/x/y"]
)
async def test_what_is_not_there_is_told_on_a_page_with_a_way_on(web: Web, path: str) -> None:
    async with web.local() as browser:
        page = await read(browser, path, 404)
        assert page.said("h1") == ["Page not found"]
        assert page.title.startswith("Page not found")
        assert "/portfolio" in page.links.values()
        plain = await browser.get("/nowhere", headers={"Accept": "application/json"})
        assert (plain.status_code, plain.text) == (404, "not found\n")


async def test_when_the_ledger_cant_be_read_the_page_says_so_and_when_to_come_back(tmp_path: Path) -> None:
    Filled.make(tmp_path, AUTUMN).ledger.close()
    with console_over(tmp_path) as alone:
        async with alone.local() as browser:
            alone.site.ledger.close()
            (database,) = tmp_path.glob("ledger.db")
            for file in tmp_path.glob("ledger.db*"):
                file.unlink()
            database.mkdir()
            answer = await browser.get("/portfolio", headers=HTML)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
            assert Markup(answer.text).said("h1") == ["Sorry, the service is unavailable"]


async def test_the_accessibility_statement_is_there_for_everybody(web: Web) -> None:
    async with web.browser() as browser:
        page = await read(browser, "/accessibility")
        assert page.said("h1") == ["Accessibility statement"]


# What a page costs


@contextmanager
def statements(web: Web) -> Iterator[list[str]]:
    """What is asked of the ledger's database while the context lasts."""
    asked: list[str] = []

    def watch(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_trace_callback(asked.append)

    engine = web.site.ledger._engine
    event.listen(engine, "checkout", watch)
    yield asked
    event.remove(engine, "checkout", watch)


async def questions(web: Web, path: str, role: str = OFFICE) -> int:
    """How many queries a page takes once it was asked for before."""
    async with web.local(role) as browser:
        await browser.get(path)
        with statements(web) as asked:
            assert (await browser.get(path)).status_code == 200, path
    return sum(said.lstrip().upper().startswith("SELECT") for said in asked)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Sixteen engagements opened on the same day."""
    home = tmp_path_factory.mktemp("crowd")
    filled = Filled.make(home, AUTUMN)
    current = [gss for gss, facts in sorted(read_register().items()) if facts.end is None]
    for gss in current[:16]:
        accept(filled, f"council/{gss}", "publish-rating", CHIEF, **RATED)
    filled.ledger.close()
    with console_over(home) as found:
        yield found


@pytest.mark.parametrize("path", ["/", "/portfolio", "/portfolio/picture", "/councils", "/people"])
async def test_a_list_takes_no_more_queries_with_more_rows(crowd: Web, in_september: Web, path: str) -> None:
    few, many = await questions(in_september, path, CHIEF), await questions(crowd, path, CHIEF)
    assert 0 < many <= few


@pytest.mark.parametrize("part", ["", "/timeline", "/obligations", "/notes", "/notices", "/documents", "/record/board"])
async def test_a_page_takes_no_more_queries_with_a_longer_history(in_september: Web, part: str) -> None:
    few = await questions(in_september, f"/engagements/haringey-1{part}")
    many = await questions(in_september, f"/engagements/kent-1{part}")
    assert 0 < many <= few + 2  # to look corrections and sealed values up
