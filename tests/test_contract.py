"""The award: what it names, that it adds up exactly, and that it follows from the tender."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from domain import contract
from domain.account import contracted
from domain.contract import ContractAwarded, award_terms
from domain.engagement import COMMANDS
from domain.part import Caution
from tests.given import WAY, Do, Scene, given, sealed_body

OFFICE, OFFICIAL, DIRECTOR = "department.programme-office", "department.official", "council.director"
INVITE, _, PANEL, AWARD = WAY["tender"]
BID = Do("receive-bid", OFFICIAL, "2002-07-18", {"bidder": "KPMG", "people": [{"person": "p3"}, {"person": "p4"}]})
OTHER_BID = Do("receive-bid", OFFICIAL, "2002-07-19", {"bidder": "Deloitte", "people": [{"person": "p5"}]})
SINGLE = Do("invite-tenders", OFFICIAL, "2002-07-09", {"route": "single", "reason": "One firm is left."})
TENDERED = (INVITE, BID, OTHER_BID, PANEL)


def award(**changes: Any) -> Do:
    return Do("award-contract", OFFICIAL, "2002-07-25", {**AWARD.body, **changes})


def consultant(person: str, days: str, rate: str = "1000.00") -> dict[str, str]:
    return {"person": person, "days": days, "rate": rate}


@dataclass(frozen=True)
class Case:
    """After these commands in the tender, this award is made, or refused by this rule with these details."""

    case: str
    given: Sequence[Do]
    when: Do
    then: str = "contract-awarded"
    details: Mapping[str, Any] = field(default_factory=dict)


ACCEPTED = (
    Case(
        "an award to the bidder that the panel prefers",
        TENDERED,
        award(),
        details={"team": "KPMG", "fixed_charges": Decimal("200000.00"), "variable_charges": Decimal("50000.00")},
    ),
    Case(
        "an award to another, with a reason",
        TENDERED,
        award(team="Deloitte", reason="KPMG withdrew."),
        details={"team": "Deloitte"},
    ),
    Case("an award that the panel has not judged yet", [INVITE, BID], award()),
    Case("a single tender to a firm that did not bid", [SINGLE], award(team="Capita"), details={"team": "Capita"}),
    Case(
        "all of the price is fixed",
        TENDERED,
        award(fixed_charges="250000.00", variable_charges="0.00"),
        details={"variable_charges": Decimal("0.00")},
    ),
    Case("pence add up exactly", TENDERED, award(price="0.30", fixed_charges="0.10", variable_charges="0.20")),
    Case("quarters of days add up", TENDERED, award(consultants=[consultant("p3", "0.25"), consultant("p4", "99.75")])),
    Case("the contract may start before the award", TENDERED, award(starts="2002-07-01")),
    Case("it may end on the day of the award", TENDERED, award(starts="2002-07-01", ends="2002-07-25")),
    Case("or by July, which may be then", TENDERED, award(starts="2002-07-01", ends="2002-07")),
    Case("an award on the day of the panel", TENDERED, Do("award-contract", OFFICIAL, "2002-07-22", AWARD.body)),
    Case(
        "an award by July may have come after the panel",
        TENDERED,
        Do("award-contract", OFFICIAL, "by 2002-07", AWARD.body),
    ),
    Case(
        "an award to those who were not taken off",
        [*TENDERED, Do("take-off-individual", DIRECTOR, None, {"bidder": "Deloitte", "person": "p5"})],
        award(),
    ),
)

REFUSED = (
    Case(
        "an award without its outcomes and charges",
        TENDERED,
        award(outcomes=[], fixed_charges=None, variable_charges=None),
        "award-incomplete",
        {"missing": ["fixed_charges", "variable_charges", "outcomes"]},
    ),
    Case(
        "an award without its consultants",
        TENDERED,
        award(consultants=[]),
        "award-incomplete",
        {"missing": ["consultants"]},
    ),
    Case(
        "days that do not add up",
        TENDERED,
        award(consultants=[consultant("p3", "40"), consultant("p4", "60.25")]),
        "days-do-not-add-up",
        {"days": "100", "allocated": "100.25"},
    ),
    Case(
        "charges that do not add up",
        TENDERED,
        award(variable_charges="50000.01"),
        "price-does-not-add-up",
        {"price": "250000.00", "charges": "250000.01"},
    ),
    Case(
        "a consultant named twice",
        TENDERED,
        award(consultants=[consultant("p3", "40"), consultant("p3", "60")]),
        "named-twice",
        {"field": "consultants", "id": "p3"},
    ),
    Case(
        "a deliverable named twice",
        TENDERED,
        award(deliverables=[{"id": "a"}, {"id": "a"}]),
        "named-twice",
        {"field": "deliverables", "id": "a"},
    ),
    Case(
        "an outcome named twice",
        TENDERED,
        award(outcomes=[{"id": "a"}, {"id": "a"}]),
        "named-twice",
        {"field": "outcomes", "id": "a"},
    ),
    Case(
        "an end before the start", TENDERED, award(ends="2002-07-31"), "ends-before-it-starts", {"starts": "2002-08-01"}
    ),
    Case(
        "a contract that was over when it was awarded",
        TENDERED,
        award(starts="2002-06-03", ends="2002-07-24"),
        "ends-before-the-award",
        {"ends": "2002-07-24", "occurred": "2002-07-25"},
    ),
    Case(
        "an award to a firm that did not bid",
        TENDERED,
        award(team="Capita"),
        "no-such-bid",
        {"bidder": "Capita", "bidders": ["KPMG", "Deloitte"]},
    ),
    Case(
        "an award against the panel without a reason",
        TENDERED,
        award(team="Deloitte"),
        "reason-needed",
        {"command": "award-contract"},
    ),
    Case(
        "an award that names somebody the council had taken off",
        [*TENDERED, Do("take-off-individual", DIRECTOR, None, {"bidder": "KPMG", "person": "p4"})],
        award(),
        "individual-taken-off",
        {"person": "p4", "bidder": "KPMG"},
    ),
    Case(
        "somebody taken off comes with no other firm either",
        [*TENDERED, Do("take-off-individual", DIRECTOR, None, {"bidder": "Deloitte", "person": "p5"})],
        award(consultants=[consultant("p5", "100")]),
        "individual-taken-off",
        {"person": "p5", "bidder": "Deloitte"},
    ),
    Case(
        "an award before the panel sat",
        TENDERED,
        Do("award-contract", OFFICIAL, "2002-07-21", AWARD.body),
        "too-early",
        {"event": "panel-sat", "on": "2002-07-22"},
    ),
    Case(
        "an award before the bid came",
        [INVITE, BID],
        Do("award-contract", OFFICIAL, "2002-07-17", AWARD.body),
        "too-early",
        {"event": "bid-received", "on": "2002-07-18"},
    ),
)


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.case)
def test_accepted(case: Case) -> None:
    scene = given("tender", *case.given).when(case.when).accepted()
    event = scene.events[0]
    assert event.type == case.then
    assert {name: getattr(event, name) for name in case.details} == case.details


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.case)
def test_refused(case: Case) -> None:
    given("tender", *case.given).when(case.when).refused(case.then, **case.details)


FITS_NOT: tuple[tuple[str, dict[str, Any]], ...] = (
    ("a rate has pence and no less", {"consultants": [consultant("p3", "1", "100.005")]}),
    ("a consultant's days come in quarters", {"consultants": [consultant("p3", "0.3")]}),
    ("a consultant has a rate", {"consultants": [{"person": "p3", "days": "1"}]}),
    ("a consultant is an id", {"consultants": [consultant("Jo Bloggs", "1")]}),
    ("charges are not negative", {"fixed_charges": "-0.01"}),
    ("an outcome has an id", {"outcomes": [{"text": "Children are safe."}]}),
)


@pytest.mark.parametrize("body", [case[1] for case in FITS_NOT], ids=[case[0] for case in FITS_NOT])
def test_a_body_that_does_not_fit_is_never_a_command(body: dict[str, Any]) -> None:
    kind = COMMANDS["award-contract"]
    with pytest.raises(ValidationError):
        kind.model_validate(sealed_body(kind, {"team": "KPMG", **body}))


@pytest.mark.parametrize("via", ["case-file", "import"])
def test_history_leaves_out_what_its_source_does_and_still_adds_up(via: str) -> None:
    known: dict[str, Any] = {"team": "Deloitte", "days": "100", "consultants": [consultant("p3", "40")]}
    scene = given("tender", *TENDERED)
    scene.when("award-contract", OFFICIAL, via=via, **known).refused("days-do-not-add-up")
    scene.when("award-contract", OFFICIAL, via=via, team="Capita", price="10.00", fixed_charges="12.00").accepted()


def test_an_award_of_before_reads_as_it_did() -> None:
    old: dict[str, Any] = {
        "team": "KPMG",
        "days": "100",
        "price": None,
        "starts": None,
        "ends": None,
        "deliverables": [],
    }
    event = ContractAwarded.read({**old, "exit_strategy": None})
    assert (event.consultants, event.fixed_charges, event.outcomes, event.reason) == ((), None, (), None)


# The terms


def awarded(*commands: Do) -> Scene:
    return (
        given("tender", *(commands or TENDERED))
        .when(award(consultants=[consultant("p3", "40.25", "999.99"), consultant("p4", "59.75")]))
        .accepted()
    )


ADDS_UP = {"consultants": [consultant("p3", "40", "500.00"), consultant("p4", "60", "500.00")]}


def version_of_the_award(scene: Scene) -> int:
    terms = award_terms(scene.state.history)
    assert terms is not None
    return terms.version


def test_the_terms_are_read_with_what_each_consultant_comes_to() -> None:
    terms = award_terms(awarded().state.history)
    assert terms is not None
    assert (terms.contract.team, str(terms.awarded), terms.preferred) == ("KPMG", "2002-07-25", "KPMG")
    assert [(fee.person, fee.days, fee.rate, fee.amount) for fee in terms.fees] == [
        ("p3", Decimal("40.25"), Decimal("999.99"), Decimal("40249.5975")),
        ("p4", Decimal("59.75"), Decimal("1000.00"), Decimal("59750.0000")),
    ]


def test_before_the_award_and_in_a_further_phase_there_are_no_terms() -> None:
    scene = given("tender", *TENDERED)
    assert award_terms(scene.state.history) is None
    scene = awarded()
    scene.when("assume-stage", OFFICE, via="case-file", to="exit", because="A test.").accepted()
    scene.when("start-further-phase", OFFICIAL, reason="A second team.").accepted()
    assert award_terms(scene.state.history) is None
    assert contracted(scene.state.history) is None


def test_an_award_in_a_single_tender_says_that_no_panel_preferred_anybody() -> None:
    terms = award_terms(awarded(SINGLE).state.history)
    assert terms is not None and terms.preferred is None


def test_a_correction_that_leaves_the_award_not_adding_up_is_pointed_out() -> None:
    scene = awarded()
    scene.when(
        "correct-event", OFFICE, version=version_of_the_award(scene), changes=ADDS_UP, reason="Misread."
    ).accepted()
    assert list(contract.cautions(scene.state.history)) == []
    terms = award_terms(scene.state.history)
    assert terms is not None
    changes = {"days": "110", "price": "260000.00"}
    scene.when("correct-event", OFFICE, version=terms.version, changes=changes, reason="Misread.").accepted()
    assert list(contract.cautions(scene.state.history)) == [
        Caution("days-do-not-add-up", {"days": "110", "allocated": "100"}),
        Caution("price-does-not-add-up", {"price": "260000.00", "charges": "250000.00"}),
    ]
    assert contracted(scene.state.history) == 110
    right = {"consultants": [consultant("p3", "110", "500.00")], "variable_charges": "55000.00"}
    right["fixed_charges"] = "205000.00"
    scene.when("correct-event", OFFICE, version=terms.version, changes=right, reason="All of it.").accepted()
    assert list(contract.cautions(scene.state.history)) == []


def test_rates_that_do_not_come_to_the_variable_charges_are_worth_a_look() -> None:
    scene = awarded()
    differ = Caution("rates-and-charges-differ", {"rates": "99999.5975", "charges": "50000.00"})
    assert list(contract.cautions(scene.state.history)) == [differ]
    scene.when(
        "correct-event", OFFICE, version=version_of_the_award(scene), changes=ADDS_UP, reason="Misread."
    ).accepted()
    assert list(contract.cautions(scene.state.history)) == []


@pytest.mark.parametrize("left_out", ["consultants", "variable_charges"])
def test_what_an_award_does_not_name_differs_from_nothing(left_out: str) -> None:
    body = {name: value for name, value in AWARD.body.items() if name != left_out}
    scene = given("tender").when("award-contract", OFFICIAL, "2002-07-25", via="import", **body).accepted()
    assert list(contract.cautions(scene.state.history)) == []


def test_a_withdrawn_award_is_made_again() -> None:
    scene = given("tender", INVITE, BID).when(award()).accepted()
    assert scene.state.stage == "tender"
    terms = award_terms(scene.state.history)
    assert terms is not None
    scene.when("withdraw-event", OFFICE, version=terms.version, reason="Too soon.").accepted()
    assert award_terms(scene.state.history) is None
    scene.when(award()).accepted()
