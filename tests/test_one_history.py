"""Swindon from 2001 to 2007: the team, the franchise with Kent after it, the direction for education beside it; one history."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from tests.command_line import Run
from tests.given import shipped_case
from tests.ledgers import Filled

OFFICE = "department.programme-office"
FILES = ("swindon", "swindon-education-direction", "swindon-kent")


@pytest.fixture(scope="module")
def swindon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three case files, taken over into one ledger."""
    folder = tmp_path_factory.mktemp("swindon")
    filled = Filled.make(folder, datetime(2026, 11, 1, 12, tzinfo=UTC))
    opened = 0
    for name in FILES:
        case = shipped_case(name)
        filled.take_over(case, name, opened)
        opened += max(step.engagement for step in case.steps)
    filled.ledger.close()
    return folder


def test_the_council_has_had_all_of_them_one_after_and_beside_the_other(run: Run, swindon: Path) -> None:
    found = run(swindon, "show", "Swindon", "--json").json["engagements"]
    models = {each["model"].partition("@")[0] for each in found}
    assert models == {"performance-action-team", "statutory-direction", "franchise"}
    assert len({each["id"] for each in found}) == len(found) >= 3
    assert {each["service"] for each in found} >= {"social-services", "education"}


def test_its_timeline_is_one_history_in_the_order_of_the_days(run: Run, swindon: Path) -> None:
    result = run(swindon, "timeline", "Swindon", "--engagements", "--json")
    assert result.code == 0, result.err
    told = result.json
    spans = [(one["occurred"]["earliest"], one["occurred"]["latest"]) for one in told]
    days = [(earliest or latest, latest) for earliest, latest in spans]
    assert days == sorted(days)
    assert days[0][0][:4] <= "2001" and max(day for _, day in days)[:4] >= "2006"
    streams = {one["stream"] for one in told}
    opened = [one["stream"] for one in told if one["type"] == "engagement-opened"]
    assert set(opened) < streams and len(opened) >= 3
    # The direction goes on while the team is there, and the franchise begins before the direction's history ends.
    runs = [one["stream"] for one in told if one["stream"] != "council/E06000030"]
    changes = sum(one != other for one, other in pairwise(runs))
    assert changes > len(opened), "the engagements lie side by side, and not one block after the other"
    assert all(one["title"].startswith("swindon-") for one in told if one["stream"].startswith("engagement/"))
    page = run(swindon, "timeline", "Swindon", "--engagements")
    assert page.code == 0 and "swindon-1: " in page.out


def test_an_engagement_has_no_engagements_of_its_own(run: Run, swindon: Path) -> None:
    assert run(swindon, "timeline", "swindon-1", "--engagements").code == 2


def test_each_is_told_in_the_words_of_its_own_model(run: Run, swindon: Path) -> None:
    rows = run(swindon, "portfolio", "--all", "--json").json
    assert len({row["model"] for row in rows}) == 3
    for row in rows:
        shown = run(swindon, "show", row["id"], "--json").json
        assert shown["stage"]["title"] != shown["stage"]["id"]


def test_reports_tell_the_council_with_all_its_engagements(run: Run, swindon: Path) -> None:
    result = run(swindon, "report", "programme", "--json")
    assert result.code == 0, result.err
