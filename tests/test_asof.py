"""What was so and what was known on a day: a table made by hand, the corner cases, and histories drawn at random."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from domain import asof
from domain import council as a_council
from domain import engagement as an_engagement
from domain.council import Council
from domain.course import EventCorrected
from domain.dates import end_of
from domain.engagement import EVENTS, Engagement
from domain.part import Entry
from domain.plan import PipReceived
from domain.ratings import RatingPublished, newest_rating
from domain.special_measures import CouncilMet, MonitoringVisited
from domain.summary import council_summary, differences, engagement_summary
from tests import late_reports
from tests.drawn import Walk, Whole, beginning
from tests.given import STAGES, Do, Scene, World, given, opened
from tests.late_reports import HISTORY, TABLE, Cell, day
from tests.test_properties import READS, READS_OF_A_COUNCIL, SETTINGS, stored

FAR = date(9999, 1, 1)
OFFICE = "department.programme-office"


def entries_of(scene: Scene) -> tuple[Entry[Any], ...]:
    """What was recorded of an engagement, as it is read from the ledger."""
    return tuple(
        Entry(version, drafted.occurred, at, drafted.decided_by, stored(drafted.body, EVENTS[drafted.type]))
        for version, (at, drafted) in enumerate(scene.log, start=1)
    )


def council_entries(world: Whole) -> tuple[Entry[Any], ...]:
    return tuple(
        Entry(version, drafted.occurred, at, drafted.decided_by, stored(drafted.body, a_council.EVENTS[drafted.type]))
        for version, (at, drafted) in enumerate(world.log, start=1)
    )


def stood(scene: Scene, true_on: str | None = None, known_on: str | None = None) -> Engagement:
    """The engagement on a day, as known on another."""
    found: Sequence[Entry[Any]] = entries_of(scene)
    if known_on is not None:
        found = asof.known(found, end_of(date.fromisoformat(known_on)))
    if true_on is not None:
        found = asof.so_on(found, date.fromisoformat(true_on)).so
    return asof.engagement_of(scene.state.id, found)


# The table made by hand


def told_late() -> Scene:
    """The history of the table."""
    scene = opened()
    for told in HISTORY:
        about: dict[str, Any] = {}
        if told.about is not None:
            (wrong,) = (entry.version for entry in scene.state.history.entries if entry.event.type == told.about)
            about = {"version": wrong, "reason": "It was put down wrongly."}
        at = datetime.fromisoformat(f"{told.recorded}T12:00:00+00:00")
        scene.punctually(at).when(told.command, told.role, told.happened, at=at, **told.body, **about).accepted()
    return scene


def cell(state: Engagement) -> Cell | None:
    """How an engagement stands, as the table has it."""
    if state.opening is None:
        return None
    met, plan = state.history.last(CouncilMet), state.history.last(PipReceived)
    owed = [held for (name, _), held in state.obligations.items() if name == "submit-pip"]
    assert state.stage is not None
    return Cell(
        state.stage,
        str(met.occurred) if met else None,
        state.history.has(MonitoringVisited),
        str(plan.occurred) if plan else None,
        ("late" if owed[0].passed else "open") if owed else "no",
    )


@pytest.mark.parametrize(("days", "expected"), TABLE.items(), ids=str)
def test_the_table_made_by_hand_holds_cell_by_cell(days: tuple[str | None, str | None], expected: Cell | None) -> None:
    assert cell(stood(told_late(), *days)) == expected


def test_the_table_asks_for_all_four_combinations_and_the_days_differ() -> None:
    assert {(bool(true), bool(known)) for true, known in TABLE} == {
        (a, b) for a in (True, False) for b in (True, False)
    }
    assert len(set(TABLE.values())) >= 9
    assert day(None) is None and day("2002-06-04") == date(2002, 6, 4)
    assert late_reports.HISTORY[2].happened < late_reports.HISTORY[2].recorded


# Dates that are not known to the day


def test_an_imprecise_date_counts_from_its_last_day_and_is_possibly_so_from_its_first() -> None:
    scene = opened().when("meet-council", "inspectorate.chief-inspector", "2002-06", at=noon("2002-07-10")).accepted()
    met = scene.state.history.last(CouncilMet)
    assert met is not None

    def standing(on: str) -> str:
        found = asof.so_on(entries_of(scene), date.fromisoformat(on))
        so, possibly = ({entry.version for entry in part} for part in (found.so, found.possibly))
        return "so" if met.version in so else "possibly" if met.version in possibly else "not yet"

    assert [standing(on) for on in ("2002-05-31", "2002-06-01", "2002-06-29", "2002-06-30")] == [
        "not yet",
        "possibly",
        "possibly",
        "so",
    ]


def test_a_bound_is_possibly_so_from_the_opening_on() -> None:
    scene = opened().when("meet-council", "inspectorate.chief-inspector", "by 2002-06", at=noon("2002-07-10"))
    met = scene.accepted().state.history.entries[-1].version

    def possible(on: str) -> bool:
        return met in {entry.version for entry in asof.so_on(entries_of(scene), date.fromisoformat(on)).possibly}

    assert [possible(on) for on in ("2002-05-28", "2002-05-29", "2002-06-29", "2002-06-30")] == [
        False,
        True,
        True,
        False,
    ]


def test_a_stage_does_not_count_before_the_one_in_front_of_it() -> None:
    """The plan was accepted some time in June; the decision on it of 10 June cannot have led on before the end of June."""
    scene = opened(on=date(2002, 5, 29))
    at = noon("2002-07-10")
    scene.when("receive-pip", "council.director", "2002-06", at=at).accepted()
    scene.when("judge-pip", "inspectorate.lead-inspector", "2002-06", at=at, verdict="acceptable").accepted()
    reasons = {"outcome": "engage", "reasons": "Needed.", "document": "DH/1"}
    chief = "inspectorate.chief-inspector"
    scene.when("recommend", chief, "2002-06-09", at=at, outcome="engage", grounds="Capacity.").accepted()
    scene.when("record-decision", "department.minister", "2002-06-10", at=at, **reasons).accepted()
    assert scene.state.stage == "scoping"
    assert [stood(scene, on).stage for on in ("2002-06-29", "2002-06-30")] == ["special-measures", "scoping"]


# What was owed


def noon(on: str) -> datetime:
    return datetime.fromisoformat(f"{on}T12:00:00+00:00")


def owed(state: Engagement, name: str) -> list[tuple[int, str, bool]]:
    return [
        (number, str(held.opened.due_on), held.passed)
        for (obligation, number), held in state.obligations.items()
        if obligation == name
    ]


def wrong_of(scene: Scene, kind: str) -> int:
    (version,) = (entry.version for entry in scene.state.history.entries if entry.event.type == kind)
    return version


def test_what_was_met_by_something_withdrawn_was_owed_all_along() -> None:
    scene = opened().when("receive-pip", "council.director", "2002-06-20", plan=1).accepted()
    wrong = wrong_of(scene, "pip-received")
    assert owed(stood(scene, "2002-07-01"), "submit-pip") == []
    scene.when("withdraw-event", OFFICE, "2002-09-01", version=wrong, reason="It was another council's.").accepted()
    scene.until("2002-09-02")
    assert owed(scene.state, "submit-pip") == [(2, "2002-07-26", True)]
    assert owed(stood(scene, "2002-06-10"), "submit-pip") == [(2, "2002-07-26", False)]
    assert owed(stood(scene, "2002-07-01"), "submit-pip") == [(2, "2002-07-26", False)]
    assert owed(stood(scene, "2002-08-01"), "submit-pip") == [(2, "2002-07-26", True)]
    assert owed(stood(scene, "2002-08-01", "2002-08-31"), "submit-pip") == []


def test_what_was_owed_was_met_on_the_corrected_day() -> None:
    scene = opened().punctually("2002-08-01")
    scene.when("receive-pip", "council.director", "2002-07-30", at=noon("2002-08-01"), plan=1).accepted()
    wrong = wrong_of(scene, "pip-received")
    scene.when(
        "correct-event", OFFICE, "2002-08-05", version=wrong, occurred="2002-07-20", reason="Misread."
    ).accepted()
    assert owed(stood(scene, "2002-07-19"), "submit-pip") == [(1, "2002-07-26", False)]
    assert owed(stood(scene, "2002-07-20"), "submit-pip") == owed(stood(scene, "2002-07-28"), "submit-pip") == []
    assert owed(stood(scene, "2002-07-28", "2002-08-04"), "submit-pip") == [(1, "2002-07-26", True)]


def test_a_date_that_was_corrected_moves_what_was_owed_from_the_first() -> None:
    scene = opened().when("receive-pip", "council.director", "2002-06-20", at=noon("2002-06-28"), plan=1).accepted()
    wrong = wrong_of(scene, "pip-received")
    before = owed(scene.state, "judge-pip")
    scene.when(
        "correct-event", OFFICE, "2002-07-01", version=wrong, occurred="2002-06-25", reason="Misread."
    ).accepted()
    after = owed(scene.state, "judge-pip")
    assert before and after and before[0][1] < after[0][1]
    assert owed(stood(scene, "2002-06-24"), "judge-pip") == []
    assert owed(stood(scene, "2002-06-26"), "judge-pip") == [(2, after[0][1], False)]
    assert owed(stood(scene, "2002-06-28", "2002-06-30"), "judge-pip") == before


def test_what_counted_from_something_withdrawn_was_never_owed() -> None:
    scene = opened().when("receive-pip", "council.director", "2002-06-20", plan=1).accepted()
    wrong = wrong_of(scene, "pip-received")
    assert owed(stood(scene, "2002-06-25"), "judge-pip") != []
    scene.when("withdraw-event", OFFICE, "2002-07-01", version=wrong, reason="It was another council's.").accepted()
    assert owed(stood(scene, "2002-06-25"), "judge-pip") == []


def test_no_correction_undoes_a_stage() -> None:
    scene = given("decision")
    judged = wrong_of(scene, "pip-judged")
    scene.when("withdraw-event", OFFICE, "2002-07-01", version=judged, reason="Nobody judged it.").accepted()
    assert [stood(scene, on).stage for on in ("2002-06-23", "2002-06-24", "2002-07-01")] == [
        "special-measures",
        "decision",
        "decision",
    ]


# As reported


def test_of_what_was_reported_the_day_of_the_report_counts_and_not_the_day_of_recording() -> None:
    scene = opened().when("receive-pip", "council.director", "2002-06-20", at=noon("2026-11-01"), plan=1).accepted()
    found, plan = entries_of(scene), wrong_of(scene, "pip-received")
    reported = {entry.version: date(2002, 8, 5) if entry.version >= plan else date(2002, 5, 29) for entry in found}

    def known(on: str) -> bool:
        return plan in {entry.version for entry in asof.known(found, end_of(date.fromisoformat(on)), reported)}

    assert [known(on) for on in ("2002-06-20", "2002-08-04", "2002-08-05")] == [False, False, True]
    assert plan not in {entry.version for entry in asof.known(found, end_of(date(2002, 8, 5)))}


def test_a_correction_that_was_reported_before_what_it_corrects_waits_for_it() -> None:
    scene = opened().when("meet-council", "inspectorate.chief-inspector", "2002-06-03").accepted()
    wrong = wrong_of(scene, "council-met")
    scene.when(
        "correct-event", OFFICE, "2002-06-10", version=wrong, occurred="2002-06-05", reason="Misread."
    ).accepted()
    found = entries_of(scene)
    (correction,) = (entry.version for entry in found if isinstance(entry.event, EventCorrected))
    reported = {wrong: date(2003, 1, 1), correction: date(2002, 12, 1)}
    early = asof.known(found, end_of(date(2002, 12, 31)), reported)
    assert correction in {entry.version for entry in early}
    assert not asof.engagement_of("haringey-1", early).history.has(CouncilMet)
    late = asof.engagement_of("haringey-1", asof.known(found, end_of(date(2003, 1, 1)), reported))
    assert [str(entry.occurred) for entry in late.history.all(CouncilMet)] == ["2002-06-05"]


# Councils


def rated_and_put_right() -> Whole:
    """A council rated in May, rated a star in June by mistake, which is withdrawn in September."""
    world = Whole()
    world.rate("publish-rating", service="social-services", stars=0)
    world.rate("publish-rating", on="2002-06-20", service="social-services", stars=1)
    withdraw: dict[str, Any] = {
        "rating": world.council.history.all(RatingPublished)[-1].version,
        "reason": "Another council's.",
    }
    world.rate("withdraw-rating", on="2002-09-01", **withdraw)
    assert world.refusal is None
    return world


@pytest.mark.parametrize(
    ("true_on", "known_on", "stars"),
    [
        (None, "2002-05-28", None),
        (None, "2002-05-29", 0),
        (None, "2002-06-20", 1),
        (None, "2002-09-01", 0),
        ("2002-05-28", None, None),
        ("2002-06-20", None, 0),
        ("2002-06-20", "2002-08-31", 1),
        ("2002-06-19", "2002-08-31", 0),
        ("2002-06-20", "2002-09-01", 0),
    ],
)
def test_a_rating_that_was_withdrawn_later_was_known_and_never_so(
    true_on: str | None, known_on: str | None, stars: int | None
) -> None:
    found: Sequence[Entry[Any]] = council_entries(rated_and_put_right())
    if known_on:
        found = asof.known(found, end_of(date.fromisoformat(known_on)))
    if true_on:
        found = asof.so_on(found, date.fromisoformat(true_on)).so
    council = asof.council_of("E09000014", found)
    newest = newest_rating(council.history, "social-services")
    assert (newest.event.stars if newest else None) == stars


# Summaries


def test_a_difference_names_what_it_was_and_what_it_is() -> None:
    scene = opened()
    before = engagement_summary(scene.state)
    scene.when("receive-pip", "council.director", "2002-06-20", plan=1)
    found = {(d.what, d.of): (d.before, d.after) for d in differences(before, engagement_summary(scene.state))}
    assert found["plan", ""] == (None, 1)
    assert found["owed", "submit-pip 1"] == ("2002-07-26", None)
    assert found["owed", "judge-pip 1"][0] is None
    assert ("stage", "") not in found
    assert differences(before, before) == ()


def test_a_council_comes_to_its_newest_rating_and_its_engagements() -> None:
    found = council_summary(rated_and_put_right().council)
    assert found["stars", "social-services"] == "0"
    assert found["engagement", "haringey-1"] == "star-regained"
    assert [name for name in found if name[0] == "withdrawn"] == [("withdrawn", "3")]
    assert council_summary(World().council) == {}


# Whatever the history


def walked(stage: str, seeds: Sequence[int]) -> Walk:
    walk = Walk(beginning(stage))
    for seed in seeds:
        walk.wait(seed)
        walk.give()
    return walk


SEEDS = st.lists(st.integers(1, 2**32 - 1), min_size=25, max_size=25)
MODEST = settings(SETTINGS, max_examples=30)


@MODEST
@drawn(st.sampled_from(STAGES), SEEDS)
def test_known_at_each_instant_is_the_plain_fold_of_what_came_before(stage: str, seeds: list[int]) -> None:
    walk = walked(stage, seeds)
    for name, scene in walk.world.engagements.items():
        found, state = entries_of(scene), Engagement(name)
        for entry, following in zip(found, [*found[1:], None], strict=True):
            state = an_engagement.evolve(state, entry)
            if following is None or following.recorded_at > entry.recorded_at:
                before = entry.recorded_at + timedelta(microseconds=1)
                assert asof.engagement_of(name, asof.known(found, before)) == state


@MODEST
@drawn(st.sampled_from(STAGES), SEEDS)
def test_what_is_so_in_the_far_future_is_what_is_so_now(stage: str, seeds: list[int]) -> None:
    walk = walked(stage, seeds)
    for name, scene in walk.world.engagements.items():
        found = asof.so_on(entries_of(scene), FAR)
        assert asof.engagement_of(name, found.so) == scene.state
        assert found.possibly == ()
    whole = asof.so_on(council_entries(walk.world), FAR)
    assert asof.council_of(walk.world.council.gss, whole.so) == walk.world.council


@MODEST
@drawn(st.sampled_from(STAGES), SEEDS, st.integers(0, 2**32 - 1))
def test_on_every_day_as_known_on_any_other_a_state_comes_out_that_can_be_read(
    stage: str, seeds: list[int], seed: int
) -> None:
    walk, random = walked(stage, seeds), Random(seed)
    for name, scene in walk.world.engagements.items():
        found = entries_of(scene)
        reported = {
            e.version: date(2002, 5, 29) + timedelta(random.randrange(900)) for e in found if random.random() < 0.5
        }
        for on in _days(asof.counting(found).values(), random):
            until = on + timedelta(random.randrange(-30, 300))
            for known in (
                found,
                asof.known(found, end_of(until)),
                asof.known(found, end_of(until), reported),
            ):
                hold(asof.engagement_of(name, asof.so_on(known, on).so))
    for on in _days(asof.counting(council_entries(walk.world)).values(), random):
        hold_council(asof.council_of("E09000014", asof.so_on(council_entries(walk.world), on).so))


def _days(spans: Any, random: Random) -> list[date]:
    days = sorted({span.latest for span in spans})
    return random.sample(days, min(len(days), 6))


def hold(state: Engagement) -> None:
    """Nothing is owed twice or after the end, and everything there is to read of it can be read."""
    owed_for = Counter(
        (held.opened.obligation, held.opened.derivation.base_version) for held in state.obligations.values()
    )
    assert max(owed_for.values(), default=1) == 1
    assert state.opening is not None or not state.history.entries
    assert not (state.closed and state.obligations)
    for read in READS:
        found = read(state.history)
        list(found) if isinstance(found, Iterator) else None
    list(an_engagement.cautions(state)), an_engagement.next_due(state), engagement_summary(state)


def hold_council(council: Council) -> None:
    for read in READS_OF_A_COUNCIL:
        found = read(council.history)
        list(found) if isinstance(found, Iterator) else None
    list(a_council.cautions(council)), council_summary(council)


@MODEST
@drawn(st.sampled_from(STAGES), SEEDS)
def test_time_only_adds_what_counts(stage: str, seeds: list[int]) -> None:
    """What counts on a day counts on every later one."""
    walk = walked(stage, seeds)
    for scene in walk.world.engagements.values():
        found = entries_of(scene)
        days = sorted({span.latest for span in asof.counting(found).values()})
        sets = [{entry.version for entry in asof.so_on(found, on).so} for on in days]
        assert all(earlier <= later for earlier, later in pairwise(sets))


def test_a_further_phase_begins_on_its_day() -> None:
    scene = given(
        "follow-up", Do("start-further-phase", "department.official", "2004-02-01", {"reason": "More to do."})
    )
    assert scene.state.history.phase > 1
    assert stood(scene, "2004-01-31").history.phase == 1
    assert stood(scene, "2004-02-01").history.phase == scene.state.history.phase
