"""A statutory direction with a strategic partner: its parts by tables, its document from start to each end, its cases."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from domain import engagement
from domain.chair_report import chair_report
from domain.dates import When
from domain.disputes import disputes
from domain.items import ItemRecorded
from domain.obligations import ObligationMet, ObligationOpened, ObligationPassed
from domain.partner_contract import PartnerContractSigned, contracts, invoices
from domain.people import turnover
from domain.soundness import findings
from domain.statutory_direction import StatutoryDirectionEnded, StatutoryDirectionGiven, statutory_directions
from domain.summary import engagement_summary
from faces import prose, telling
from faces.words import Words
from tests.command_line import Engine, Run
from tests.given import Do, Refused, Scene, opened, play, shipped, shipped_case, shipped_document
from tests.pages import hold_page

MODEL = "statutory-direction"
MINISTER, OFFICIAL, OFFICE = "department.secretary-of-state", "department.official", "department.programme-office"
INSPECTOR, ADVISER = "inspectorate.lead-inspector", "advisers.lead-adviser"
CHIEF, DIRECTOR, MEMBER = "council.chief-executive", "council.director", "council.lead-member"
PARTNER, CHAIR, SECRETARY = "partner.contract-director", "partnership.independent-chair", "partnership.secretary"
MONITOR, BOARD = "government-office.monitoring-officer", "monitoring-board.lead-official"

DIRECTION: Mapping[str, Any] = {
    "power": "s.497A(4) Education Act 1996",
    "addressed_to": ["Swindon Borough Council"],
    "functions": ["s.13", "s.13A"],
    "partner": "Tribal Group",
    "document": "SoS/1",
}
CONTRACT: Mapping[str, Any] = {
    "partner": "Tribal Group",
    "starts": "2002-09-01",
    "ends": "2005-08-31",
    "years": 3,
    "work": [{"id": "top-tiers", "charge": "fixed"}, {"id": "training", "charge": "variable"}],
    "fees": [
        {"year": 1, "fixed": "900000.00", "variable": "100000.00"},
        {"year": 2, "fixed": "600000.00", "variable": "100000.00"},
        {"year": 3, "fixed": "300000.00"},
    ],
    "price": "2000000.00",
    "lawyers": True,
    "next_review": "2003-03-03",
    "document": "C/1",
}
QUESTIONS: Mapping[str, Any] = {
    "questions": [{"id": "progress"}, {"id": "succession"}, {"id": "staff", "text": "How do staff fare?"}]
}

# A way along the stages, a command a line.
WAY: Mapping[str, Sequence[Do]] = {
    "inspection": (
        Do("record-inspection", INSPECTOR, "2001-12-10", {"body": "ofsted", "overall": "unsatisfactory"}),
        Do("give-statutory-direction", MINISTER, "2002-01-14", DIRECTION),
    ),
    "diagnosis": (
        Do("record-diagnosis", ADVISER, "2002-02-11", {"diagnosis": "1", "findings": "Nobody leads."}),
        Do("record-diagnosis-acceptance", CHIEF, "2002-02-18", {"diagnosis": "1"}),
        Do("record-diagnosis-acceptance", OFFICIAL, "2002-02-19", {"diagnosis": "1"}),
        Do(
            "record-output-specification",
            OFFICIAL,
            "2002-02-25",
            {"outputs": ["strategy"], "outcomes": ["attainment"], "softer": ["morale"]},
        ),
    ),
    "tender": (
        Do("invite-tenders", OFFICIAL, "2002-03-04", {"route": "open"}),
        Do("receive-bid", OFFICIAL, "2002-04-08", {"bidder": "Tribal Group"}),
        Do(
            "sit-panel",
            OFFICIAL,
            "2002-04-15",
            {"members": [OFFICIAL, INSPECTOR, DIRECTOR], "preferred": "Tribal Group"},
        ),
        Do("sign-partner-contract", OFFICIAL, "2002-05-13", CONTRACT),
    ),
    "partnership": (
        Do(
            "record-partnership-board", OFFICIAL, "2002-09-02", {"chair": "independent", "appointed_by": ["department"]}
        ),
        Do("record-exit-plan", OFFICIAL, "2004-09-06", {"begins": "2004-10-01", "ends": "2005-08-31"}),
    ),
    "tapering": (
        Do("record-exit-audit", OFFICIAL, "2004-10-04", {"remaining": "Schools' finances."}),
        Do(
            "revoke-statutory-direction",
            MINISTER,
            "2005-08-31",
            {"because": ["performance", "sustain", "succession"], "document": "SoS/2"},
        ),
    ),
}


def begun() -> Scene:
    """An engagement of the model on the day of the inspection."""
    return opened(
        shipped(MODEL), date(2001, 12, 10), "swindon-1", kind="triggered", rating=None, stars=None, trigger="inspection"
    )


@cache
def _in_stage(stage: str) -> Scene:
    scene = begun()
    for name, commands in WAY.items():
        if name == stage:
            break
        for command in commands:
            scene.when(command).accepted()
    assert scene.state.stage == stage
    return scene


def after(stage: str, *done: Do) -> Scene:
    """A scene in a stage, with more commands."""
    scene = _in_stage(stage).copy()
    for each in done:
        scene.when(each).accepted()
    return scene


# The document


def test_the_document_is_in_order() -> None:
    document = shipped_document(MODEL)
    assert findings(document, engagement.COMMANDS, engagement.EVENTS, ["england"]) == []
    for rule in [r for stage in shipped(MODEL).lifecycle.stages for r in stage.obligations]:
        assert rule.assumed != bool(rule.source), f"{rule.id} has a source, or is assumed"


FOLLOWS = Do("record-what-follows", OFFICIAL, "2005-10-03", {"follows": "nothing"})


@pytest.mark.parametrize(
    ("stage", "rest", "end"),
    [
        (
            "inspection",
            [Do("record-no-direction", MINISTER, "2002-01-14", {"reason": "It mends itself."})],
            "no-direction",
        ),
        ("monitoring", [FOLLOWS, Do("record-monitoring-end", MONITOR, "2006-08-31")], "revoked"),
        (
            "monitoring",
            [Do("record-what-follows", OFFICIAL, "2005-10-03", {"follows": "voluntary-contract", "partner": "Serco"})],
            "voluntary-contract",
        ),
        ("monitoring", [Do("record-what-follows", OFFICIAL, "2005-10-03", {"follows": "new-tender"})], "new-tender"),
        (
            "tapering",
            [
                Do(
                    "revoke-statutory-direction",
                    MINISTER,
                    "2005-08-31",
                    {"elsewhere": True, "reason": "Children's services as a whole.", "document": "SoS/2"},
                )
            ],
            "replaced",
        ),
        ("tender", [Do("stop-engagement", OFFICE, "2002-06-03", {"reason": "The council is no more."})], "stopped"),
        (
            "tender",
            [Do("close-as-opened-in-error", OFFICE, "2002-06-03", {"reason": "Another council."})],
            "opened-in-error",
        ),
    ],
)
def test_a_way_leads_to_each_end(stage: str, rest: Sequence[Do], end: str) -> None:
    if stage == "monitoring":
        scene = after("tapering", *WAY["tapering"])
        assert scene.state.stage == "monitoring"
    else:
        scene = after(stage)
    for each in rest:
        scene.when(each).accepted()
    assert scene.state.closed == end


def test_every_end_has_a_way_in_these_tests() -> None:
    told = {"no-direction", "revoked", "voluntary-contract", "new-tender", "replaced", "stopped", "opened-in-error"}
    assert {end.id for end in shipped(MODEL).lifecycle.ends} == told


@pytest.mark.parametrize("stage", ["diagnosis", "tender", "partnership"])
def test_a_direction_may_be_revoked_early_and_the_council_is_monitored(stage: str) -> None:
    scene = after(stage)
    day = str(max(scene.at.date(), date(2002, 9, 3)))
    scene.when("revoke-statutory-direction", MINISTER, day, document="SoS/2").refused("reason-needed")
    scene.when("revoke-statutory-direction", MINISTER, day, document="SoS/2", reason="Mended.").accepted()
    assert scene.state.stage == "monitoring"
    assert "direction-ended-untested" in {caution.rule for caution in engagement.cautions(scene.state)}


def test_a_direction_is_replaced_on_the_same_day_and_the_work_goes_on() -> None:
    new = {**DIRECTION, "power": "s.50 Children Act 2004", "document": "SoS/2"}
    scene = after("tapering")
    scene.when("replace-statutory-direction", MINISTER, "2005-08-15", **new).accepted()
    assert scene.state.stage == "partnership"
    first, second = statutory_directions(scene.state.history)
    assert first.ended is not None
    assert (first.ended.event.how, first.ended.event.replaced_by, second.given.event.replaces) == ("replaced", 2, 1)
    assert first.ended.occurred == second.given.occurred == When.parse("2005-08-15")
    # The exit that was planned from the first does not send it straight back.
    scene.when("record-exit-plan", OFFICIAL, "2006-09-04", begins="2006-10", ends="2007-08-31").accepted()
    assert scene.state.stage == "tapering"
    scene.when("revoke-statutory-direction", MINISTER, "2007-08-31", document="SoS/3", reason="Mended.").accepted()
    assert (scene.state.stage, statutory_directions(scene.state.history)[1].ended is not None) == ("monitoring", True)


# Directions


REFUSALS = (
    Refused(
        "a direction without its power, its addressee, its functions and its paper",
        [],
        Do("give-statutory-direction", MINISTER, "2002-01-14"),
        "statutory-direction-incomplete",
        {"missing": ["power", "addressed_to", "functions", "document"]},
    ),
    Refused(
        "a function named twice",
        [],
        Do("give-statutory-direction", MINISTER, "2002-01-14", {**DIRECTION, "functions": ["s.13", "s.13"]}),
        "named-twice",
        {"field": "functions", "id": "s.13"},
    ),
    Refused(
        "one that is over before it begins",
        [],
        Do("give-statutory-direction", MINISTER, "2002-01-14", {**DIRECTION, "until": "2001-12-31"}),
        "ends-before-it-starts",
    ),
    Refused(
        "a council that directs itself", [], Do("give-statutory-direction", CHIEF, "2002-01-14", DIRECTION), "role"
    ),
)


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: row.case)
def test_a_direction_that_is_refused(row: Refused) -> None:
    begun().when(row.when).refused(row.rule, **row.details)


@pytest.mark.parametrize(
    "power", ["Education Act 1996", "s.497A", "497A Education Act 1996", "s.497A(4) Education Act", ""]
)
def test_a_power_is_cited_by_section_act_and_year(power: str) -> None:
    with pytest.raises(ValueError, match="power"):
        engagement.COMMANDS["give-statutory-direction"].model_validate({**DIRECTION, "power": power, "document": None})


def test_terms_for_its_ending_are_set_while_it_is_in_force() -> None:
    scene = after("partnership")
    scene.when("set-terms-for-ending", MINISTER, "2002-01-01", text="Early.").refused("too-early")
    scene.when("set-terms-for-ending", MINISTER, "2004-01-05", by="2003-12-31").refused("ends-before-it-starts")
    scene.when("set-terms-for-ending", MINISTER, "2004-01-05", tests=["succession"], by="2005-08").accepted()
    scene.when("confirm-end-of-direction", MINISTER, "2004-02-02", subject_to=["joint-area-review"]).accepted()
    (direction,) = statutory_directions(scene.state.history)
    assert direction.terms is not None
    assert direction.confirmed is not None
    assert direction.ended is None


def test_one_direction_at_most_is_in_force_and_what_was_withdrawn_is_given_anew() -> None:
    scene = after("partnership").when("give-statutory-direction", MINISTER, "2003-01-06", **DIRECTION)
    scene.refused("statutory-direction-in-force", direction=1)
    scene.when("replace-statutory-direction", MINISTER, "2003-01-06", **DIRECTION).accepted()
    second = scene.state.history.last(StatutoryDirectionGiven)
    assert second is not None
    scene.when("withdraw-event", OFFICE, "2003-01-07", version=second.version, reason="Never sent.").accepted()
    for command in ("set-terms-for-ending", "confirm-end-of-direction", "revoke-statutory-direction"):
        scene.when(command, MINISTER, "2003-01-08").refused("no-statutory-direction-in-force", ended="2003-01-06")
    scene.when("give-statutory-direction", MINISTER, "2003-01-05", **DIRECTION).refused("too-early")
    scene.when("give-statutory-direction", MINISTER, "2003-01-08", **DIRECTION).accepted()
    assert [each.number for each in statutory_directions(scene.state.history)] == [1, 3]


# Diagnosis


def test_a_diagnosis_goes_on_only_when_those_concerned_accept_it() -> None:
    scene = after("diagnosis", *WAY["diagnosis"][:2], WAY["diagnosis"][3])
    assert scene.state.stage == "diagnosis", "the department has not accepted it"
    scene.when(
        "record-diagnosis-dispute", CHIEF, "2002-02-26", diagnosis="1", grounds="Schools were left out."
    ).accepted()
    scene.when("record-diagnosis-acceptance", OFFICIAL, "2002-02-27", diagnosis="1").accepted()
    assert scene.state.stage == "diagnosis", "the council has gone back on it"
    scene.when(
        "record-diagnosis", ADVISER, "2002-03-11", diagnosis="2", findings="Nobody leads; schools neither."
    ).accepted()
    scene.when("record-diagnosis-acceptance", DIRECTOR, "2002-03-12", diagnosis="1").accepted()
    scene.when("record-diagnosis-acceptance", OFFICIAL, "2002-03-12", diagnosis="2").accepted()
    assert scene.state.stage == "diagnosis", "the council accepted another one"
    scene.when("record-diagnosis-acceptance", MEMBER, "2002-03-13", diagnosis="2").accepted()
    assert scene.state.stage == "tender"


@pytest.mark.parametrize(
    ("command", "role"),
    [
        ("record-diagnosis-acceptance", ADVISER),
        ("settle-partner-invoice", PARTNER),
        ("review-partner-contract", PARTNER),
        ("record-succession-judgement", CHIEF),
        ("submit-chair-report", OFFICIAL),
        ("record-recovery-review", CHIEF),
        ("record-recovery-strategy", BOARD),
        ("record-monitoring-end", DIRECTOR),
        ("record-exit-audit", PARTNER),
    ],
)
def test_nobody_accepts_their_own(command: str, role: str) -> None:
    assert role not in shipped(MODEL).lifecycle.who_may(command)


# The contract


def signed(**changed: Any) -> Do:
    return Do("sign-partner-contract", OFFICIAL, "2002-05-13", {**CONTRACT, **changed})


CONTRACTS = (
    Refused(
        "without its work and its years",
        [],
        signed(work=[], fees=[], years=None),
        "partner-contract-incomplete",
        {"missing": ["years", "work", "fees"]},
    ),
    Refused(
        "fees that leave a year out",
        [],
        signed(fees=[CONTRACT["fees"][0], CONTRACT["fees"][2]], price=None),
        "contract-years-with-a-gap",
        {"given": [1, 3], "wanted": [1, 2, 3]},
    ),
    Refused(
        "fees that do not come to the price",
        [],
        signed(price="2000000.01"),
        "price-does-not-add-up",
        {"price": "2000000.01", "charges": "2000000.00"},
    ),
    Refused("an end before the start", [], signed(ends="2002-08-31"), "ends-before-it-starts"),
    Refused("a firm that did not bid", [], signed(partner="Serco Ltd"), "no-such-bid", {"bidder": "Serco Ltd"}),
    Refused(
        "the same work twice",
        [],
        signed(work=[{"id": "training", "charge": "fixed"}, {"id": "training", "charge": "variable"}]),
        "named-twice",
    ),
)


@pytest.mark.parametrize("row", CONTRACTS, ids=lambda row: row.case)
def test_a_contract_that_is_refused(row: Refused) -> None:
    scene = after("tender", *WAY["tender"][:3])
    scene.when(row.when).refused(row.rule, **row.details)


def invoice(name: str, *lines: tuple[str, str, str], year: int = 1, contract: int = 1) -> Do:
    given = [{"work": work, "charge": charge, "amount": amount} for work, charge, amount in lines]
    return Do(
        "receive-partner-invoice",
        PARTNER,
        "2003-01-13",
        {"contract": contract, "invoice": name, "year": year, "lines": given},
    )


FIRST = invoice("inv-1", ("top-tiers", "fixed", "450000.00"), ("training", "variable", "60000.00"))
DISPUTED = Do(
    "dispute-partner-invoice", CHIEF, "2003-01-20", {"invoice": "inv-1", "work": ["training"], "reason": "Late."}
)


INVOICES = (
    Refused(
        "work charged otherwise than agreed",
        [],
        invoice("inv-1", ("training", "fixed", "10.00")),
        "charged-otherwise",
        {"work": "training", "charge": "fixed", "agreed": "variable"},
    ),
    Refused(
        "work that the contract does not have",
        [],
        invoice("inv-1", ("painting", "variable", "10.00")),
        "work-not-in-contract",
        {"work": "painting", "known": ["top-tiers", "training"]},
    ),
    Refused(
        "more than the year's fixed charge",
        [FIRST],
        invoice("inv-2", ("top-tiers", "fixed", "450000.01")),
        "beyond-the-charge",
        {"charge": "fixed", "year": 1, "invoiced": "450000.00", "agreed": "900000.00"},
    ),
    Refused(
        "more than the year's variable charge",
        [FIRST],
        invoice("inv-2", ("training", "variable", "40000.01")),
        "beyond-the-charge",
        {"charge": "variable"},
    ),
    Refused(
        "a year that the contract has not",
        [],
        invoice("a", ("training", "variable", "1.00"), year=4),
        "no-such-contract-year",
    ),
    Refused("an invoice sent twice", [FIRST], FIRST, "invoice-already"),
    Refused(
        "a contract that nobody signed",
        [],
        invoice("a", ("training", "variable", "1.00"), contract=2),
        "no-such-partner-contract",
    ),
    Refused(
        "a dispute over work that is not on it",
        [invoice("inv-1", ("top-tiers", "fixed", "1.00"))],
        DISPUTED,
        "not-on-the-invoice",
        {"work": "training", "lines": ["top-tiers"]},
    ),
    Refused("a second dispute", [FIRST, DISPUTED], DISPUTED, "invoice-standing", {"standing": "disputed"}),
    Refused(
        "a dispute settled that nobody raised",
        [FIRST, invoice("inv-2", ("training", "variable", "1.00")), DISPUTED],
        Do("settle-partner-invoice", OFFICIAL, "2003-02-03", {"invoice": "inv-2", "stands": True}),
        "invoice-standing",
        {"standing": "received"},
    ),
)


@pytest.mark.parametrize("row", INVOICES, ids=lambda row: row.case)
def test_an_invoice_that_is_refused(row: Refused) -> None:
    after("partnership", *row.given).when(row.when).refused(row.rule, **row.details)


def test_fixed_and_variable_charges_are_counted_apart_and_what_does_not_stand_counts_no_longer() -> None:
    scene = after("partnership", FIRST, DISPUTED)
    (contract,) = contracts(scene.state.history)
    assert contract.invoiced == {(1, "fixed"): Decimal("450000.00"), (1, "variable"): Decimal("60000.00")}
    assert "settle-invoice-1" in scene.owed()
    scene.when(
        "settle-partner-invoice", OFFICIAL, "2003-02-03", invoice="inv-1", stands=False, reason="It was late."
    ).accepted()
    (contract,) = contracts(scene.state.history)
    assert (contract.invoiced, invoices(scene.state.history)["inv-1"].standing) == ({}, "withdrawn")
    scene.when(invoice("inv-2", ("top-tiers", "fixed", "900000.00"))).accepted()


def test_a_contract_is_reviewed_amended_and_extended() -> None:
    scene = after("partnership")
    assert scene.owed()["review-contract-first-1"] == "2003-03-03"
    assert scene.owed()["plan-exit-1"] == "2004-08-31"
    scene.when(
        "review-partner-contract", OFFICIAL, "2003-03-03", contract=1, finding="behind", next="2003-02-01"
    ).refused("next-review-before")
    scene.when(
        "review-partner-contract",
        OFFICIAL,
        "2003-03-03",
        contract=1,
        finding="behind",
        indicators_relevant=False,
        next="2003-09-01",
    ).accepted()
    assert scene.owed()["review-contract-1"] == "2003-09-01"
    assert "indicators-not-relevant" in {caution.rule for caution in engagement.cautions(scene.state)}
    scene.when("amend-partner-contract", OFFICIAL, "2003-04-07", contract=1, drops=["training"]).refused(
        "ground-needed"
    )
    scene.when(
        "amend-partner-contract", OFFICIAL, "2003-04-07", contract=1, ground="blockage", drops=["tuition"]
    ).refused("work-not-in-contract")
    added = [{"id": "coaching", "charge": "variable"}]
    scene.when(
        "amend-partner-contract",
        OFFICIAL,
        "2003-04-07",
        contract=1,
        ground="not-working",
        drops=["training"],
        adds=added,
    ).accepted()
    scene.when(invoice("a", ("training", "variable", "1.00")), on="2003-05-05").refused("work-not-in-contract")
    scene.when(invoice("a", ("coaching", "variable", "1.00")), on="2003-05-05").accepted()
    scene.when("extend-partner-contract", OFFICIAL, "2004-06-07", contract=1, ends="2005-08-31").refused(
        "contract-not-extended"
    )
    fee = {"fixed": "100000.00"}
    scene.when(
        "extend-partner-contract", OFFICIAL, "2004-06-07", contract=1, ends="2006-08-31", fees=[{"year": 5, **fee}]
    ).refused("contract-years-with-a-gap", given=[5], wanted=[4])
    scene.when(
        "extend-partner-contract", OFFICIAL, "2004-06-07", contract=1, ends="2006-08-31", fees=[{"year": 4, **fee}]
    ).accepted()
    assert {name: day for name, day in scene.owed().items() if name.startswith("plan-")} == {
        "plan-later-exit-1": "2005-08-31"
    }
    scene.when("end-partner-contract", OFFICIAL, "2005-08-31", contract=1, how="expired").refused(
        "contract-not-expired"
    )
    scene.when("end-partner-contract", OFFICIAL, "2006-08-31", contract=1, how="expired").accepted()
    scene.when("review-partner-contract", OFFICIAL, "2006-09-04", contract=1, finding="failing").refused(
        "partner-contract-over"
    )
    (contract,) = contracts(scene.state.history)
    assert (list(contract.fees), str(contract.ends), list(contract.work)) == (
        [1, 2, 3, 4],
        "2006-08-31",
        ["top-tiers", "coaching"],
    )


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"years": 2, "fees": CONTRACT["fees"][:2], "price": None}, "contract-of-unusual-length"),
        ({"fees": [*CONTRACT["fees"][:2], {"year": 3, "fixed": "700000.01"}], "price": None}, "fees-do-not-fall"),
        ({"lawyers": False}, "no-lawyers-at-the-drafting"),
    ],
)
def test_what_contracts_were_faulted_for_is_worth_an_eye(changed: Mapping[str, Any], rule: str) -> None:
    scene = after("tender", *WAY["tender"][:3])
    assert rule not in {each.rule for each in engagement.cautions(scene.copy().when(signed()).accepted().state)}
    assert rule in {each.rule for each in engagement.cautions(scene.when(signed(**changed)).accepted().state)}


# Interim posts


POSTS = ["council.director", "council.head-of-service-schools"]
INTERIM = Do("record-interim-posts", OFFICIAL, "2002-09-02", {"posts": POSTS, "fill_by": "2004-03-01"})


def holds(post: str, person: str, standing: str, on: str) -> Do:
    return Do("record-post-holder", CHIEF, on, {"post": post, "person": person, "standing": standing})


def test_interim_posts_are_to_be_filled_for_good_within_their_time() -> None:
    before = [holds(post, f"b{n}", "substantive", "2002-06-03") for n, post in enumerate(POSTS)]
    interim = [holds(post, f"i{n}", "interim", "2002-09-03") for n, post in enumerate(POSTS)]
    scene = after("partnership", *before, INTERIM, *interim)
    assert scene.owed()["fill-posts-1"] == "2004-03-01", "who held the posts before fills nothing"
    scene.when(holds("council.director", "d1", "substantive", "2003-06-02")).accepted()
    assert "fill-posts-1" in scene.owed(), "the other one is still interim"
    met = scene.copy().when(holds("council.head-of-service-schools", "h1", "substantive", "2003-12-01")).accepted()
    assert [(each.obligation, each.late) for each in met.only(ObligationMet)] == [("fill-posts", False)]
    scene.until("2004-03-03")
    assert "fill-posts" in {each.obligation for each in scene.only(ObligationPassed)}


def test_the_posts_outlast_the_stage_in_which_they_were_agreed() -> None:
    scene = after("partnership", INTERIM, WAY["partnership"][1])
    assert (scene.state.stage, "fill-posts-1" in scene.owed()) == ("tapering", True)


# The board and the chair


def test_the_independent_chair_is_appointed_by_department_and_council_together() -> None:
    scene = after("partnership", WAY["partnership"][0])
    assert "appoint-chair-1" in scene.owed()
    scene.when("record-chair-appointment", OFFICIAL, "2002-09-09", person="chair-1").accepted()
    assert "appoint-chair-1" in scene.owed()
    scene.when("record-chair-appointment", CHIEF, "2002-09-10", person="chair-1").accepted()
    assert "appoint-chair-1" not in scene.owed()


def test_the_board_meets_again_on_the_day_it_named() -> None:
    scene = after(
        "partnership", Do("record-board-meeting", CHAIR, "2002-10-07", {"meeting": "1", "next": "2002-11-04"})
    )
    assert (scene.owed()["hold-meeting-1"], scene.owed()["circulate-minutes-1"]) == ("2002-11-04", "2002-10-21")
    scene.when("record-minutes", SECRETARY, "2002-10-14", meeting="1").accepted()
    scene.when("record-board-meeting", CHAIR, "2002-11-04", meeting="2").accepted()
    assert {name for name in scene.owed() if name.startswith(("hold-", "circulate-"))} == {"circulate-minutes-2"}


def answers(*names: str) -> dict[str, Any]:
    return {"answers": [{"question": name, "text": f"Of {name}."} for name in names]}


def test_the_chairs_final_report_answers_the_questions_that_were_set() -> None:
    scene = after("tapering")
    scene.when("submit-chair-report", CHAIR, "2004-10-04", **answers("progress")).refused(
        "needs", event="chair-questions-set"
    )
    scene.when("set-chair-questions", MINISTER, "2004-11-01", questions=[{"id": "staff"}]).refused(
        "question-without-words"
    )
    scene.when("set-chair-questions", MINISTER, "2004-11-01", by="2004-10-31", **QUESTIONS).refused(
        "target-in-the-past"
    )
    scene.when("set-chair-questions", MINISTER, "2004-11-01", by="2005-03-31", **QUESTIONS).accepted()
    assert scene.owed()["answer-questions-1"] == "2005-03-31"
    scene.when("submit-chair-report", CHAIR, "2005-03-01", **answers("progress", "staff")).refused(
        "questions-unanswered", missing=["succession"]
    )
    scene.when(
        "submit-chair-report", CHAIR, "2005-03-01", **answers("progress", "staff", "succession", "money")
    ).refused("never-asked", given=["money"])
    scene.when("submit-chair-report", CHAIR, "2005-03-01", **answers("progress", "staff", "succession")).accepted()
    found = chair_report(scene.state.history)
    assert found is not None
    assert found.report is not None
    assert "answer-questions-1" not in scene.owed()
    scene.when("set-chair-questions", MINISTER, "2005-04-04", questions=[{"id": "targets"}]).accepted()
    found = chair_report(scene.state.history)
    assert found is not None
    assert found.report is None, "what was answered before does not answer the new questions"


# Exit


def test_the_exit_tapers_from_an_audit_of_what_remains() -> None:
    scene = after("tapering")
    assert {"audit-exit-1", "plan-succession-1", "set-questions-1", "support-exit-1"} <= set(scene.owed())
    scene.when("record-taper-step", PARTNER, "2004-10-04", step="1", work=["training"], to="council").refused(
        "needs", event="exit-audit-recorded"
    )
    scene.when(WAY["tapering"][0]).accepted()
    scene.when("record-taper-step", PARTNER, "2004-12-01", step="1", work=["training"], to="council").accepted()
    scene.when("record-succession-plan", CHIEF, "2004-12-06", posts=["council.director"], text="In order.").accepted()
    scene.when("record-succession-judgement", CHAIR, "2004-12-13", sound=True).accepted()
    scene.when("record-government-support", OFFICIAL, "2004-12-13", text="Two advisers.").accepted()
    assert {name for name in scene.owed() if name.split("-")[0] in ("audit", "plan", "judge", "support")} == set()


def test_government_office_watches_afterwards_until_it_ends() -> None:
    scene = after("tapering", *WAY["tapering"])
    assert scene.owed()["visit-1"] == "2005-11-30"
    scene.when("record-monitoring-visit", MONITOR, "2005-11-07", progress="better", note="On course.").accepted()
    assert scene.owed()["visit-again-1"] == "2006-05-07"
    scene.when(FOLLOWS).accepted()
    assert scene.state.closed is None, "it is watched while nothing else follows"


# The tier above


def test_the_monitoring_board_requires_a_recovery_strategy_and_watches_it_in_every_stage() -> None:
    scene = after("diagnosis")
    scene.when("record-recovery-strategy", CHIEF, "2002-02-04", text="Ours.").refused(
        "needs", event="recovery-requirement-recorded"
    )
    scene.when(
        "record-recovery-requirement", BOARD, "2002-02-04", by="2002-05-31", text="Of the whole council."
    ).accepted()
    for command in (*WAY["diagnosis"], *WAY["tender"][:3]):
        scene.when(command).accepted()
    assert (scene.state.stage, scene.owed()["hand-in-recovery-strategy-1"]) == ("tender", "2002-05-31")
    scene.when("record-recovery-strategy", CHIEF, "2002-05-27", document="R/1").accepted()
    assert "hand-in-recovery-strategy-1" not in scene.owed()
    scene.when("record-recovery-review", BOARD, "2002-06-10", progress="behind", next="2002-09-09").accepted()
    assert scene.owed()["review-recovery-1"] == "2002-09-09"
    opened_by = [each for each in scene.only(ObligationOpened) if each.obligation == "review-recovery"]
    assert [each.owner for each in opened_by] == [BOARD]


# Assessments


def test_an_assessment_is_owed_each_year_and_a_joint_area_review_once() -> None:
    scene = after("partnership")
    assert (scene.owed()["assess-first-1"], scene.owed()["joint-area-review-1"]) == ("2003-01-14", "2004-12-10")
    scene.when(
        "record-assessment-result", INSPECTOR, "2002-11-11", kind="apa", year="2002", overall="inadequate"
    ).accepted()
    assert scene.owed()["assess-yearly-1"] == "2003-11-11"
    scene.when(
        "record-assessment-result", INSPECTOR, "2003-10-06", kind="jar", year="2003", good=["staying-safe"]
    ).accepted()
    assert {name for name in scene.owed() if name.startswith(("assess-", "joint-"))} == set()
    scene.when(
        "record-assessment-result", INSPECTOR, "2004-10-04", kind="apa", year="2004", overall="adequate"
    ).accepted()
    assert scene.owed()["assess-yearly-2"] == "2005-10-04"
    scene.when("record-assessment-result", INSPECTOR, "2004-10-05", kind="apa", year="2004", overall="fair").refused(
        "record-does-not-fit", field="overall"
    )


# What differs between two states


def test_a_summary_tells_directions_contracts_invoices_and_the_report_apart() -> None:
    before = engagement_summary(after("partnership", FIRST).state)
    after_all = engagement_summary(
        after("tapering", Do("set-chair-questions", MINISTER, "2004-11-01", QUESTIONS), *WAY["tapering"]).state
    )
    assert (before["direction", "1"], after_all["direction", "1"]) == ("in force", "revoked")
    assert before["contract-with", "1 Tribal Group"] == "running"
    assert before["contract-ends", "1 Tribal Group"] == "2005-08-31"
    assert (before["invoice", "inv-1"], ("invoice", "inv-1") in after_all) == ("received", False)
    assert after_all["chair-report", ""] == "asked for"


# Cases


EAST = "north-east-lincolnshire-direction"
SWINDON = "swindon-education-direction"
WALSALL = "walsall-education-direction"

FACTS: Mapping[str, Sequence[tuple[str, str, Mapping[str, Any]]]] = {
    EAST: [
        ("2004-12", "open-engagement", {"service": "children", "trigger": "inspection"}),
        (
            "2004-12",
            "record-item",
            {"record": "inspection", "body": "ofsted", "overall": "unsatisfactory", "capacity": "poor"},
        ),
        ("2004-12", "give-statutory-direction", {}),
        ("by 2005-05", "sign-partner-contract", {"starts": "2005-05", "ends": "2008-05-31", "years": 3}),
        ("2005-05", "record-item", {"record": "interim-posts", "fill_by": "2006-11"}),
        ("2005-05", "record-post-holder", {"post": "council.director", "standing": "interim"}),
        ("2005-05", "record-post-holder", {"post": "council.assistant-director", "standing": "interim"}),
        ("2005-05", "record-post-holder", {"post": "council.head-of-service", "standing": "interim"}),
        ("2005-05/2006-11", "record-post-holder", {"post": "council.director", "standing": "substantive"}),
        ("2005-05/2006-11", "record-post-holder", {"post": "council.assistant-director", "standing": "substantive"}),
        ("2005-05/2006-11", "record-post-holder", {"post": "council.head-of-service", "standing": "substantive"}),
        ("2006", "record-item", {"record": "assessment-result", "kind": "apa", "overall": "adequate-or-better"}),
        (
            "2007",
            "record-item",
            {"kind": "jar", "overall": "adequate", "good": ["staying-safe", "capacity-to-improve"]},
        ),
        ("2005-05/2008-05-31", "record-item", {"chair": "independent", "appointed_by": ["department", "council"]}),
        ("2005-05/2008-05-31", "add-note", {}),
        ("2005-05/2008-05-31", "add-note", {}),
        ("2008-05-31", "revoke-statutory-direction", {"because": ["performance", "sustain", "succession"]}),
        ("2008-05-31", "end-partner-contract", {"contract": 1, "how": "expired"}),
        ("2007/2009", "add-note", {}),
    ],
    SWINDON: [
        ("2001-12", "open-engagement", {"service": "education", "trigger": "inspection"}),
        ("2001-12", "record-item", {"record": "inspection", "body": "ofsted"}),
        (
            "2001-12/2002",
            "give-statutory-direction",
            {"power": "s.497A(4) Education Act 1996", "functions": ["s.13", "s.13A"]},
        ),
        ("2001-12/2002", "sign-partner-contract", {"partner": "Tribal Group", "ends": 2005}),
        ("2001-12/2005-08", "record-item", {"record": "partnership-board", "chair": "independent"}),
        ("2005-08", "replace-statutory-direction", {}),
        ("2005-08", "record-item", {"record": "partnership-board", "chair": "independent"}),
        ("2005", "end-partner-contract", {"contract": 1}),
        ("2006", "record-item", {"record": "assessment-result", "kind": "jar"}),
        ("by 2007-08", "set-terms-for-ending", {"by": "2007-08"}),
        ("2001-12/2007-08", "record-item", {"record": "recovery-requirement"}),
        ("2001-12/2007-08", "record-item", {"record": "recovery-review"}),
    ],
    WALSALL: [
        ("1999/2000", "open-engagement", {"service": "education", "trigger": "inspection"}),
        ("2000", "record-item", {"record": "inspection", "body": "ofsted"}),
        ("2000/2001-07", "give-statutory-direction", {}),
        ("by 2001-07", "sign-partner-contract", {"partner": "Serco Ltd", "starts": "2001-07"}),
        ("2002-01/2002-04", "record-item", {"record": "inspection", "overall": "unsatisfactory"}),
        ("2002-01/2007-05", "sign-partner-contract", {"partner": "Serco Ltd"}),
        ("2007-05", "set-terms-for-ending", {}),
        ("2008-04", "confirm-end-of-direction", {"subject_to": ["joint-area-review"]}),
        ("2008-04/2009", "revoke-statutory-direction", {}),
        ("2008-04/2009", "record-item", {"record": "what-follows", "follows": "voluntary-contract"}),
        ("2009", "dispute-fact", {"event": "statutory-direction-given", "occurred": 1999}),
    ],
}
"""Every fact of the cases, as precise as its source and no more: the date, the command, and what it says."""

TEXTS = {
    EAST: [
        "key stage 4",
        "child mental health",
        "primary care trust",
        "Eleven heads",
        "Three academies",
        "Children's First",
    ],
    SWINDON: [
        "same day",
        "Children's Partnership Board",
        "significant improvement",
        "if improvement continues",
        "ODPM",
    ],
    WALSALL: [
        "Support services to schools",
        "Further functions",
        "expiry or satisfaction",
        "successful JAR",
        "voluntary",
    ],
}


@pytest.mark.parametrize("name", FACTS)
def test_a_case_carries_every_fact_of_its_source_and_none_more_precisely(name: str) -> None:
    case = shipped_case(name)
    told = [step for step in case.steps if step.command_type != "assume-stage"]
    assert [(str(step.occurred), step.command_type) for step in told] == [
        (on, command) for on, command, _ in FACTS[name]
    ]
    for step, (_, _, wanted) in zip(told, FACTS[name], strict=True):
        body = {
            **step.body,
            **{k: v for group in ("dates", "values", "amounts") for k, v in step.body.get(group, {}).items()},
        }
        assert {name: body.get(name) for name in wanted} == dict(wanted), step
        assert step.source
    whole = " ".join(str(step.body) for step in case.steps)
    assert [text for text in TEXTS[name] if text not in whole] == []


@pytest.mark.parametrize("live", [True, False], ids=["rehearsed", "imported"])
@pytest.mark.parametrize(
    ("name", "stage", "closed", "assumed"),
    [
        (EAST, "monitoring", None, ["tender", "partnership"]),
        (SWINDON, "partnership", None, ["tender", "partnership"]),
        (WALSALL, "monitoring", "voluntary-contract", ["tender", "partnership"]),
    ],
)
def test_a_case_plays_to_where_its_source_leaves_it(
    name: str, stage: str, closed: str | None, assumed: list[str], live: bool
) -> None:
    case = shipped_case(name)
    (scene,) = play(case, live).engagements.values()
    assert (scene.state.stage, scene.state.closed) == (stage, closed)
    assert [step.body["to"] for step in case.steps if step.command_type == "assume-stage"] == assumed


def history_of(name: str) -> Any:
    (scene,) = play(shipped_case(name), live=False).engagements.values()
    return scene.state.history


def test_north_east_lincolnshire_filled_its_posts_and_ended_on_all_three_tests() -> None:
    (scene,) = play(shipped_case(EAST), live=True).engagements.values()
    history = scene.state.history
    assert {post: held.holder.standing for post, held in turnover(history).items() if held.holder} == dict.fromkeys(
        ("council.director", "council.assistant-director", "council.head-of-service"), "substantive"
    )
    met = [entry.event for entry in scene.entries() if isinstance(entry.event, ObligationMet)]
    assert [(each.obligation, each.late) for each in met if each.obligation == "fill-posts"] == [("fill-posts", False)]
    ended = history.last(StatutoryDirectionEnded)
    assert ended is not None
    assert (str(ended.occurred), ended.event.how) == ("2008-05-31", "revoked")
    (step,) = [step for step in shipped_case(EAST).steps if step.command_type == "revoke-statutory-direction"]
    assert step.disputed == "The source says that the contract was revoked"
    (contract,) = contracts(history)
    assert contract.signed.event.partner == "North East Lincolnshire Children's First (Mouchel Parkman and Outcomes UK)"


def test_swindons_direction_was_replaced_the_same_day() -> None:
    history = history_of(SWINDON)
    first, second = statutory_directions(history)
    assert first.ended is not None
    assert (str(first.ended.occurred), str(second.given.occurred)) == ("2005-08", "2005-08")
    assert second.terms is not None
    assert str(second.terms.event.by) == "2007-08"
    boards = [e.event for e in history.all(ItemRecorded) if e.event.record == "partnership-board"]
    assert [len(board.values.get("members", ())) for board in boards] == [19, 0]


def test_walsalls_two_contracts_and_its_contested_year_stay_on_the_record() -> None:
    history = history_of(WALSALL)
    assert [entry.event.contract for entry in history.all(PartnerContractSigned)] == [1, 2]
    (dispute,) = disputes(history)
    given = history.last(StatutoryDirectionGiven)
    assert (dispute.version, str(given.occurred)) == (given.version, "2000/2001-07"), "nobody has chosen the other year"


@pytest.mark.parametrize("name", FACTS)
def test_every_event_of_a_case_is_told_in_words(name: str) -> None:
    words = Words((shipped(MODEL).lifecycle,))
    (scene,) = play(shipped_case(name), live=True).engagements.values()
    for entry in scene.entries():
        body = entry.event.model_dump(mode="json")
        assert telling.title(entry.event.type, body, words) != entry.event.type.replace("-", " ").capitalize()


def test_refusals_say_what_would_be_right() -> None:
    words = Words((shipped(MODEL).lifecycle,))
    for row in (*REFUSALS, *CONTRACTS, *INVOICES):
        said = prose.refused(row.rule, {**_details(row)}, words)
        assert said.sentence.endswith(".")
        assert "The rule '" not in said.sentence


def _details(row: Refused) -> Mapping[str, Any]:
    if row in REFUSALS:
        scene = begun()
    else:
        scene = after("tender", *WAY["tender"][:3]) if row in CONTRACTS else after("partnership", *row.given)
    refusal = scene.when(row.when).refusal
    assert refusal is not None
    return refusal.details


# The page, and what people see


def test_every_example_of_the_page_does_what_it_says(run: Run, engine_home: Engine) -> None:
    hold_page(run, engine_home, "statutory-direction.md", more_than=20)
    _the_report_prints_what_the_source_says(run, engine_home)


def _the_report_prints_what_the_source_says(run: Run, engine_home: Engine) -> None:
    rows = {
        row["engagement"]: row
        for row in run(engine_home.home, "report", "directions", "--on", "2009-12", "--json").json["rows"]
    }
    swindon, walsall, east = rows["swindon-2"], rows["walsall-1"], rows["north-east-lincolnshire-1"]
    assert [(each["power"], each["functions"]) for each in swindon["directions"]] == [
        ("s.497A(4) Education Act 1996", ["s.13", "s.13A"]),
        (None, []),
    ]
    assert [each["ended"] and (each["ended"]["how"], each["ended"]["on"]) for each in swindon["directions"]] == [
        ("replaced", "2005-08"),
        None,
    ]
    boards = [each["fields"] for each in swindon["records"] if each["record"] == "partnership-board"]
    assert [(each["name"], len(each.get("members", []))) for each in boards] == [
        ("Education Partnership Board", 19),
        ("Children's Partnership Board", 0),
    ]
    assert [(each["partner"], each["scope"]) for each in walsall["contracts"]["contracts"]] == [
        ("Serco Ltd", "Support services to schools."),
        ("Serco Ltd", "Further functions."),
    ]
    assert [each["fields"][0]["other"] for each in walsall["disputes"]] == ["1999"]
    assert walsall["directions"][0]["confirmed"]["subject_to"] == ["joint-area-review"]
    (contract,) = east["contracts"]["contracts"]
    assert (contract["starts"], contract["ends"], contract["years"]) == ("2005-05", "2008-05-31", 3)
    assert [each["claim"] for each in east["claims"]] == ["The source says that the contract was revoked"]
    assert [note["text"][:12] for note in east["notes"]] == ["An assistant", "Eleven heads", "Three academ"]
    by_2004 = run(engine_home.home, "report", "directions", "--on", "2004", "--json").json["rows"]
    assert {row["engagement"] for row in by_2004} == {"swindon-2", "walsall-1", "north-east-lincolnshire-1"}
    assert next(row for row in by_2004 if row["engagement"] == "swindon-2")["directions"][0]["ended"] is None
    # Beside the team: two services of one council, each with an engagement of its own.
    portfolio = run(engine_home.home, "portfolio", "--all", "--json").json
    engagements = portfolio["engagements"] if isinstance(portfolio, dict) else portfolio
    assert {(e["id"], e["service"]) for e in engagements if e["id"].startswith("swindon")} == {
        ("swindon-1", "social-services"),
        ("swindon-2", "education"),
    }
