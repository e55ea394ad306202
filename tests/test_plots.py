"""Plots: their numbers against numbers worked out by hand, and pictures that hold nothing but what they say."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from console.plots import plot as pictures
from console.plots.courses import Course, Courses, Visit
from console.plots.days import days, moved
from console.plots.gathered import of_council, of_engagement, of_programme
from console.plots.indicators import series
from console.plots.milestones import milestones, slips
from console.plots.plot import SVG, Plot, svg
from console.plots.portfolio import months, portfolio
from console.plots.stages import Sojourn, sojourns, stages
from console.plots.stars import Rating, ratings
from faces.desk import Desk
from ledger import events
from ledger.store import Ledger
from tests import test_sector_help
from tests.given import shipped_case
from tests.ledgers import Filled
from tests.web import Web, console_over
from workers.settings import Settings

OFFICE = "department.programme-office"
A, B, C = "special-measures", "decision", "scoping"
CHIEF = "inspectorate.chief-inspector"
of_sector_help = test_sector_help.home


def imported(filled: Filled, name: str) -> None:
    """Bring a shipped case into a ledger as history."""
    filled.take_over(shipped_case(name), name)


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with shipped cases as history, one with indicators, and a live engagement beside them."""
    folder = tmp_path_factory.mktemp("plots")
    filled = Filled.make(folder, datetime(2026, 11, 1, 12, tzinfo=UTC))
    for name in ("swindon-kent", "walsall-education-direction", "coventry"):
        imported(filled, name)
    filled.give("council/E09000014", "publish-rating", CHIEF, service="social-services", stars=0)
    filled.ledger.close()
    return folder


@pytest.fixture(scope="module")
def web_of_cases(cases: Path) -> Iterator[Web]:
    with console_over(cases) as web:
        yield web


def desk_over(home: Path) -> Desk:
    settings = Settings(home=home, synchronous="OFF")
    return Desk(settings, Ledger.open(settings.url, synchronous="OFF"))


def course(
    *visits: tuple[str, str] | tuple[str, str, bool], closed: str | None = None, end: str = "reviewed"
) -> Course:
    """A course from its stages and their days."""
    found = tuple(Visit(stage, date.fromisoformat(on), *assumed) for stage, on, *assumed in visits)
    return Course(found, date.fromisoformat(closed) if closed else None, end if closed else None)


# Numbers by hand


def test_days_in_a_stage_against_those_who_left_it_on_dates_that_are_known() -> None:
    this = course((A, "2002-01-01"), (B, "2002-01-11"), (C, "2002-02-01"))
    others = [
        course((A, "2002-03-01"), (B, "2002-03-05"), closed="2002-03-15"),  # 4 and 10 days
        course((A, "2002-03-01"), (B, "2002-03-09"), (C, "2002-03-10")),  # 8 and 1 days, and still in the third
        course((A, "2002-03-01"), (C, "2002-04-01", True)),  # when it left the first is assumed
        course((A, "2002-03-01"), closed="2002-03-02", end="opened-in-error"),
    ]
    assert sojourns(this, others, [A, B, C, "tender"], date(2002, 2, 11)) == (
        Sojourn(A, 10, still=False, assumed=False, others=2, median=6, least=4, most=8),  # type: ignore[arg-type]
        Sojourn(B, 21, still=False, assumed=False, others=2, median=Decimal("5.5"), least=1, most=10),  # type: ignore[arg-type]
        Sojourn(C, 10, still=True, assumed=False, others=0, median=None, least=None, most=None),
    )


def test_a_stage_that_is_entered_twice_counts_with_both_times() -> None:
    this = course((A, "2002-01-01"), (B, "2002-01-04"), (A, "2002-01-06"), (B, "2002-01-20"))
    first, second = sojourns(this, [], [A, B], date(2002, 1, 21))
    assert (first.days, first.still, second.days, second.still) == (3 + 14, False, 2 + 1, True)


def test_engagements_by_stage_at_the_end_of_each_month() -> None:
    one = course((A, "2002-01-15"), (B, "2002-02-10"), closed="2002-03-05")
    other = course((A, "2002-01-31"))
    found = months([one, other], [A, B], date(2002, 3, 20))
    assert [(month.day, month.counts) for month in found] == [
        (date(2002, 1, 31), (2, 0)),
        (date(2002, 2, 28), (1, 1)),
        (date(2002, 3, 20), (1, 0)),  # today, as the month is not over
    ]
    over = months([one], [A, B], date(2026, 1, 1))
    assert [month.day for month in over] == [date(2002, 1, 31), date(2002, 2, 28), date(2002, 3, 31)]
    assert over[-1].counts == (0, 0), "it was over by the end of March"
    to_the_last_day = months([course((A, "2002-01-15"), closed="2002-01-31")], [A], date(2026, 1, 1))
    assert [month.counts for month in to_the_last_day] == [(0,)], "it was over by the end of that day"


def test_months_over_the_turn_of_a_year_have_their_last_days() -> None:
    found = months([course((A, "2003-12-01"))], [A], date(2004, 3, 31))
    assert [month.day.isoformat() for month in found] == ["2003-12-31", "2004-01-31", "2004-02-29", "2004-03-31"]


def test_days_used_against_contracted(full: Path) -> None:
    desk = desk_over(full)
    with desk.ledger.reading() as conn:
        desk.refresh(conn)
        history = desk.engagement(conn, "haringey-1")[0].history
    # The contract of tests/given.py: 100 days; ten more by an approved change; claims of 12.5, 10 and, at the end, 5 days.
    assert [(each.what, each.by, each.total) for each in moved(history)] == [
        ("contracted", Decimal(100), Decimal(100)),
        ("contracted", Decimal(10), Decimal(110)),
        ("used", Decimal("12.5"), Decimal("12.5")),
        ("used", Decimal(10), Decimal("22.5")),
        ("used", Decimal(5), Decimal("27.5")),
    ]
    told = days("haringey-1", history, date(2005, 3, 1))
    assert told is not None
    assert told.summary == "By 1 March 2005 27.5 days had been used of 110 contracted."
    desk.ledger.close()


def test_milestones_and_how_far_they_slipped(full: Path) -> None:
    desk = desk_over(full)
    with desk.ledger.reading() as conn:
        desk.refresh(conn)
        history = desk.engagement(conn, "haringey-1")[0].history
    found = {each.id: each for each in slips(history, {})}
    opened = found["ledgers-open"]
    assert (opened.first, opened.now, opened.reached) == (date(2004, 1, 31), date(2004, 2, 28), date(2003, 12, 30))
    assert {name: (each.days, each.dropped) for name, each in found.items()} == {
        "ledgers-open": (-32, False),  # the last day of January, and the day before the last of December
        "rota-kept": (0, True),
        "books-closed": (0, False),
        "thresholds-in-use": (28 + 31, False),  # from the end of January to that of March 2199
    }
    told = milestones("haringey-1", history, {})
    assert told is not None
    assert told.summary == (
        "3 milestones, of which 1 reached. 1 later than first planned, most of all Thresholds in use: 59 days."
        " 1 more dropped from the plan."
    )
    desk.ledger.close()


def test_the_plots_of_shipped_cases(cases: Path) -> None:
    desk = desk_over(cases)
    with desk.ledger.reading() as conn:
        desk.refresh(conn)
        assert ratings(desk.council(conn, "E08000026").history) == (  # coventry.yaml
            Rating("social-services", "2002-05-29", date(2002, 5, 29), 0, inferred=False),
            Rating("social-services", "2003-11", date(2003, 11, 30), 1, inferred=False),
        )
        found = {each.id: each for each in series(desk.engagement(conn, "swindon-1")[0].history, {})}
        # swindon-kent.yaml, c51: direct payments per 100,000
        assert found["c51"].values == tuple(
            (period, Decimal(value), value)
            for period, value in (("2003/04", "26.8"), ("2004/05", "42.2"), ("2005/06", "45.3"), ("2006/07", "69"))
        )
        assert found["c51"].change == "+42.2 since 2003/04"
        courses = Courses().read(conn)
        # Opened in 1999 or 2000, and in the partnership from July 2001 on, which is assumed; it was over by the end of 2009.
        walsall = courses["walsall-1"]
        assert [visit.since for visit in walsall.visits][:3] == [
            date(2000, 12, 31),
            date(2001, 7, 31),
            date(2001, 7, 31),
        ]
        assert (walsall.closed, walsall.end) == (date(2009, 12, 31), "voluntary-contract")
        names = [figure.name for figure in of_programme(desk, conn, Courses())]
        assert names == ["franchise", "performance-action-team", "statutory-direction"]
        team = of_programme(desk, conn, Courses())[1].make()
        assert team is not None and "1 engagement of which only history was brought in" in team.summary
    desk.ledger.close()


def test_courses_are_read_onwards(cases: Path, tmp_path: Path) -> None:
    filled = Filled.make(tmp_path, datetime(2002, 5, 29, 12, tzinfo=UTC))
    courses = Courses()
    filled.give("council/E09000014", "publish-rating", CHIEF, service="social-services", stars=0)
    with filled.ledger.reading() as conn:
        assert courses.read(conn)["haringey-1"] == course((A, "2002-05-29"))
    filled.later(days=1).give("engagement/haringey-1", "stop-engagement", OFFICE, reason="Over.")
    with filled.ledger.reading() as conn:
        assert courses.read(conn) == Courses().read(conn)
        assert courses.read(conn)["haringey-1"].closed == date(2002, 5, 30)
    filled.ledger.close()


# Pictures


def plots_of(home: Path, *ids: str) -> Iterator[Plot]:
    """Every plot of some engagements, their councils and the programme."""
    desk, courses = desk_over(home), Courses()
    with desk.ledger.reading() as conn:
        desk.refresh(conn)
        figures = of_programme(desk, conn, courses)
        for id in ids:
            state, rules = desk.engagement(conn, id)
            assert state.opening is not None
            figures += of_engagement(desk, conn, courses, state, rules)
            figures += of_council(desk, conn, state.opening.council)
        found = [plot for figure in figures if (plot := figure.make()) is not None]
    desk.ledger.close()
    yield from found


@pytest.fixture(scope="module")
def drawn(full: Path, cases: Path) -> dict[str, tuple[Plot, ElementTree.Element]]:
    """A plot of each kind and its picture, read as XML."""
    found = [*plots_of(full, "haringey-1"), *plots_of(cases, "swindon-1")]
    return {plot.name: (plot, ElementTree.fromstring(svg(plot))) for plot in found}


NAMES = ("stars", "stages", "days", "milestones", "indicators", "performance-action-team")


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_says_what_it_is_and_refers_to_nothing(
    drawn: dict[str, tuple[Plot, ElementTree.Element]], name: str
) -> None:
    plot, root = drawn[name]
    assert (root.tag, root.get("role")) == (f"{{{SVG}}}svg", "img")
    title, description = root[0], root[1]
    assert (title.tag, title.text) == (f"{{{SVG}}}title", plot.title)
    assert (description.tag, description.text) == (f"{{{SVG}}}desc", plot.summary)
    assert root.get("aria-labelledby") == title.get("id") and root.get("aria-describedby") == description.get("id")
    tags = {element.tag.removeprefix(f"{{{SVG}}}") for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "g", "path", "line", "rect", "text", "tspan", "defs", "clipPath"}, tags
    for element in root.iter():
        for attribute, value in element.attrib.items():
            assert not attribute.startswith("on") and "href" not in attribute and attribute != "style", attribute
            assert "http" not in value and "url(" not in value.replace("url(#", ""), value


@pytest.mark.parametrize("name", NAMES)
def test_what_is_seen_stands_in_the_table_and_is_the_same_each_time(
    drawn: dict[str, tuple[Plot, ElementTree.Element]], name: str
) -> None:
    plot, _ = drawn[name]
    assert plot.summary and plot.table.rows and len(plot.table.headers) == len(plot.table.rows[0])
    assert svg.__wrapped__(plot) == svg(plot)


def test_nothing_is_drawn_twice_for_the_same_state(full: Path) -> None:
    before = [svg(plot) for plot in plots_of(full, "haringey-1")]
    misses = svg.cache_info().misses
    assert [svg(plot) for plot in plots_of(full, "haringey-1")] == before
    assert svg.cache_info().misses == misses


def test_what_people_wrote_is_text_in_a_picture() -> None:
    hostile = '<script>alert(1)</script> & "quoted" \u202e\x1b[31m\uffff\x00'
    told = stages("x-1", course((A, "2002-01-01")), [], [(A, hostile)], hostile, date(2002, 1, 2))
    assert told is not None
    picture = svg(told)
    assert b"<script" not in picture and "\u202e".encode() not in picture
    assert "script" in "".join(ElementTree.fromstring(picture).itertext())


def test_one_value_is_enough_for_a_picture() -> None:
    one = portfolio("m", "M", [course((A, "2002-01-01"))], [(A, "A")], 0, date(2002, 1, 1))
    assert one is not None and b"</svg>" in svg(one)


@pytest.mark.parametrize(
    "colour", [getattr(pictures, name) for name in ("BLUE", "INK", "RED", "GREEN", "PURPLE", "BROWN", "GREY")]
)
def test_colours_stand_out_from_white(colour: str) -> None:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    assert 1.05 / (luminance + 0.05) >= 4.5


# Pages


async def test_the_figures_of_an_engagement_have_their_text_their_table_and_a_picture(web: Web) -> None:
    async with web.local() as browser:
        answer = await browser.get("/engagements/haringey-1/figures")
        assert answer.status_code == 200
        assert "27.5 days had been used of 110 contracted" in answer.text
        assert "No value of an indicator was recorded." in answer.text
        assert (
            '<img src="/engagements/haringey-1/figures/days.svg" alt="Days used and contracted, haringey-1'
            in answer.text
        )
        picture = await browser.get("/engagements/haringey-1/figures/days.svg")
        assert picture.headers["content-type"] == "image/svg+xml"
        assert ElementTree.fromstring(picture.content)[0].text == "Days used and contracted, haringey-1"
        table = await browser.get("/engagements/haringey-1/figures?as=csv&table=2")
        assert [line.split(",")[1:] for line in table.text.splitlines()[1:3]] == [
            ["Contracted", "100", "100"],
            ["Contracted", "10", "110"],
        ]
        assert (await browser.get("/engagements/haringey-1/figures/indicators.svg")).status_code == 404
        assert (await browser.get("/engagements/nothing-1/figures")).status_code == 404


async def test_the_figures_of_a_council_and_of_the_programme(web_of_cases: Web) -> None:
    async with web_of_cases.local() as browser:
        of_council = await browser.get("/councils/E08000026/figures")
        assert "no stars on 29 May 2002 and 1 star in November 2003" in of_council.text
        assert (await browser.get("/councils/E08000026/figures/stars.svg")).status_code == 200
        programme = await browser.get("/reports/figures")
        assert programme.text.count("<figure") == 2 and "Only history without an end" in programme.text
        assert (await browser.get("/reports/figures/statutory-direction.svg")).status_code == 200
        assert (await browser.get("/reports/figures/franchise.svg")).status_code == 404
        assert (await browser.get("/councils/E99999999/figures")).status_code == 404


async def test_a_page_looks_an_auditors_read_up_once_and_holds_its_pictures(full: Path, web: Web) -> None:
    def reads() -> list[Any]:
        with web.site.ledger.reading() as conn:
            return [event.body for event in events.read_stream(conn, "access") if event.type == "record-read"]

    before = len(reads())
    async with web.local("auditor.auditor") as browser:
        answer = await browser.get("/engagements/haringey-1/figures")
    assert answer.text.count('src="data:image/svg+xml;base64,') == 3
    assert [(read["what"], read["command"]) for read in reads()[before:]] == [("haringey-1", "show")]


async def test_figures_of_a_council_member_have_no_other_engagement_in_them(web: Web) -> None:
    async with web.local("council.director", council="E06000030") as browser:
        assert (await browser.get("/engagements/haringey-1/figures")).status_code == 404
        assert (await browser.get("/engagements/haringey-1/figures/days.svg")).status_code == 404
        own = await browser.get("/engagements/swindon-1/figures")
        assert own.status_code == 200
        assert "No other engagement of the model" in own.text, (
            "haringey-1 left its stages, and is not theirs to learn from"
        )
    async with web.local() as browser:
        whole = await browser.get("/engagements/swindon-1/figures")
        assert "median of 1 other" in whole.text


async def test_a_confidential_engagement_is_in_no_figure_of_whoever_is_not_in_it(of_sector_help: Path) -> None:
    with console_over(of_sector_help) as web:
        async with web.local("council.director") as browser:
            programme = await browser.get("/reports/figures")
            assert "Performance action team" in programme.text and "Sector-led help" not in programme.text
            assert (await browser.get("/reports/figures/sector-led-help.svg")).status_code == 404
            assert (await browser.get("/engagements/midthorpe-1/figures")).status_code == 404
        async with web.local(test_sector_help.LEADER) as browser:
            assert (await browser.get("/reports/figures/sector-led-help.svg")).status_code == 200
            assert (await browser.get("/engagements/midthorpe-1/figures")).status_code == 200
