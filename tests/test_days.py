"""Days and money: claimed, signed off and paid, never more than contracted; and when the days run out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as whatever
from hypothesis import strategies as st
from pydantic import ValidationError

from domain import days as a_part
from domain.account import (
    DaysSignedOff,
    DaysUsed,
    FinalDaysUsed,
    LeadPassed,
    PaymentRecorded,
    account,
    claims,
    forecast,
    left,
)
from domain.actors import Actor
from domain.change import ChangeDecided
from domain.dates import When
from domain.engagement import COMMANDS, decide
from domain.part import Asked, Event, Refusal
from domain.respond import Answer
from tests.given import WAY, Do, Scene, given, noon, sealed_body

OFFICE, LEAD, OFFICIAL = "department.programme-office", "inspectorate.lead-inspector", "department.official"
CONSULTANT, DIRECTOR, BOARD = "team.lead-consultant", "council.director", "board.board"

AWARD = WAY["tender"][-1]
READY = Do("agree-council-readiness", BOARD)
PASS = Do("pass-lead", BOARD, None, {"days": "30"})
ASK = Do("request-change", DIRECTOR, None, {"days": "10", "workstreams": [{"id": "training"}], "grounds": "New facts."})
GRANT = Do("decide-change", BOARD, None, {"change": 1, "approved": True})


def days(amount: str, whose: str = "p4", on: str | None = None, **more: str) -> Do:
    """Days claimed: the contract of the way has 40 of p3 at £3000.00 and 60 of p4 at £2000.00."""
    return Do("record-days", CONSULTANT, on, {"days": amount, "consultant": whose, **more})


def final(amount: str, **more: str) -> Do:
    return Do("use-final-days", DIRECTOR, None, {"days": amount, **more})


def given_back(amount: str) -> Do:
    return Do("release-final-days", DIRECTOR, None, {"days": amount})


def signed(amount: str, *numbers: int, on: str | None = None) -> Do:
    return Do("sign-off-days", LEAD, on, {"days": amount, "claims": list(numbers)})


def fixed(amount: str, invoice: str = "inv-1", **more: str) -> Do:
    return Do("record-payment", OFFICIAL, None, {"amount": amount, "kind": "fixed", "invoice": invoice, **more})


def variable(amount: str, for_days: str | None, invoice: str = "inv-1", on: str | None = None) -> Do:
    body = {"amount": amount, "kind": "variable", "invoice": invoice} | ({"days": for_days} if for_days else {})
    return Do("record-payment", OFFICIAL, on, body)


@dataclass(frozen=True)
class Accepted:
    """A case: after these commands in board cycles, this command brings this event."""

    case: str
    given: Sequence[Do]
    when: Do
    then: Event


ACCEPTED = (
    Accepted("the first claim is 1", [], days("1.5"), DaysUsed(days=Decimal("1.5"), consultant="p4", claim=1)),
    Accepted(
        "the next claim is 2, and may name a workstream of the PID",
        [days("1.5")],
        days("0.25", "p3", workstream="practice"),
        DaysUsed(days=Decimal("0.25"), consultant="p3", workstream="practice", claim=2),
    ),
    Accepted(
        "an approved change adds its workstream",
        [ASK, GRANT],
        days("1", workstream="training"),
        DaysUsed(days=Decimal(1), consultant="p4", workstream="training", claim=1),
    ),
    Accepted(
        "a consultant uses all that was allocated",
        [],
        days("40", "p3"),
        DaysUsed(days=Decimal(40), consultant="p3", claim=1),
    ),
    Accepted(
        "days that a change added are anybody's",
        [ASK, GRANT],
        days("50", "p3"),
        DaysUsed(days=Decimal(50), consultant="p3", claim=1),
    ),
    Accepted(
        "days are signed off with no claim named", [days("2")], signed("1.25"), DaysSignedOff(days=Decimal("1.25"))
    ),
    Accepted(
        "claims are signed off by their numbers",
        [days("2"), days("1.25"), days("3")],
        signed("5", 1, 3),
        DaysSignedOff(days=Decimal(5), claims=(1, 3)),
    ),
    Accepted(
        "a fixed charge waits for no days",
        [],
        fixed("200000.00"),
        PaymentRecorded(amount=Decimal("200000.00"), kind="fixed", invoice="inv-1"),
    ),
    Accepted(
        "a variable charge is for days signed off, up to what they are worth to the penny",
        [days("0.25", "p3"), signed("0.25", 1)],
        variable("750.00", "0.25"),
        PaymentRecorded(amount=Decimal("750.00"), kind="variable", invoice="inv-1", days=Decimal("0.25")),
    ),
    Accepted(
        "where a sign-off names no claims nobody knows what its days are worth",
        [days("1"), signed("1")],
        variable("9000.00", "1"),
        PaymentRecorded(amount=Decimal("9000.00"), kind="variable", invoice="inv-1", days=Decimal(1)),
    ),
    Accepted(
        "what an approved change costs is not known, so the price refuses no more",
        [ASK, GRANT, fixed("200000.00")],
        fixed("60000.00", "inv-2"),
        PaymentRecorded(amount=Decimal("60000.00"), kind="fixed", invoice="inv-2"),
    ),
)


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.case)
def test_accepted(case: Accepted) -> None:
    assert given("board-cycles", *case.given).when(case.when).accepted().events[0] == case.then


@dataclass(frozen=True)
class Refused:
    """A case: in a stage, after these commands, this command is refused by this rule with these details."""

    case: str
    given: Sequence[Do]
    when: Do
    rule: str
    details: Mapping[str, Any] = field(default_factory=dict)
    stage: str = "board-cycles"


REFUSED = (
    Refused(
        "a claim today says whose days they are",
        [],
        Do("record-days", CONSULTANT, None, {"days": "1"}),
        "consultant-needed",
        {"consultants": ["p3", "p4"]},
    ),
    Refused(
        "nobody works whom the contract does not name",
        [],
        days("1", "p9"),
        "no-such-consultant",
        {"consultant": "p9", "consultants": ["p3", "p4"]},
    ),
    Refused(
        "nobody works more than was allocated",
        [days("39.75", "p3")],
        days("0.5", "p3"),
        "more-days-than-allocated",
        {"days": "0.5", "consultant": "p3", "used": "39.75", "allocated": "40", "added": "0"},
    ),
    Refused(
        "nor more than that and what changes added",
        [ASK, GRANT, days("50", "p3")],
        days("0.25", "p3"),
        "more-days-than-allocated",
        {"used": "50", "allocated": "40", "added": "10"},
    ),
    Refused(
        "no days on a workstream that is not of the phase",
        [],
        days("1", workstream="training"),
        "no-such-workstream",
        {"workstream": "training", "workstreams": ["practice"]},
    ),
    Refused(
        "nor on one that the board turned down",
        [ASK, Do("decide-change", BOARD, None, {"change": 1, "approved": False, "reason": "No."})],
        days("1", workstream="training"),
        "no-such-workstream",
    ),
    Refused(
        "the team does not use what was passed to the council",
        [days("40", "p3"), READY, PASS],
        days("30.25"),
        "more-days-than-contracted",
        {"days": "30.25", "used": "40", "kept": "30", "contracted": "100"},
    ),
    Refused(
        "nor what the council gave back",
        [days("40", "p3"), READY, PASS, final("10"), given_back("19.75")],
        days("30.25"),
        "more-days-than-contracted",
        {"days": "30.25", "used": "50", "kept": "20.00", "contracted": "100"},
    ),
    Refused(
        "no day of work comes before the award and the start that it names",
        [],
        days("1", on="2002-07-24"),
        "too-early",
        {"occurred": "2002-07-24", "event": "contract-awarded", "on": "2002-07-25"},
    ),
    Refused("nothing used, nothing to sign off", [], signed("1"), "needs", {"event": "days-used"}),
    Refused("a claim that is none is not signed off", [days("1")], signed("1", 2), "no-such-claim", {"claims": [1]}),
    Refused(
        "a claim is signed off once",
        [days("1"), days("1"), signed("1", 1)],
        signed("2", 1, 2),
        "claim-signed-off-already",
        {"claim": 1},
    ),
    Refused("nor twice at once", [days("1")], signed("2", 1, 1), "named-twice", {"field": "claims", "id": "1"}),
    Refused(
        "the days signed off are those of the claims",
        [days("1"), days("1.5")],
        signed("2.25", 1, 2),
        "claims-do-not-add-up",
        {"days": "2.25", "claimed": "2.5"},
    ),
    Refused(
        "a claim is not signed off before its day",
        [days("1", on="2002-09-10"), days("1", on="2002-10-10")],
        signed("2", 1, 2, on="2002-09-30"),
        "too-early",
        {"event": "days-used", "on": "2002-10-10"},
    ),
    Refused(
        "nor are any days before all that were used",
        [days("1", on="2002-09-10")],
        signed("1", on="2002-09-09"),
        "too-early",
        {"on": "2002-09-10"},
    ),
    Refused(
        "named and unnamed claims together are no more than was used",
        [days("1"), days("1"), signed("1.25")],
        signed("1", 1),
        "more-days-than-used",
        {"days": "1", "signed_off": "1.25", "used": "2"},
    ),
    Refused("no contract, no payment", [], fixed("1.00"), "needs", {"event": "contract-awarded"}, stage="no-award"),
    Refused(
        "an invoice is paid once",
        [fixed("1.00")],
        fixed("2.00"),
        "invoice-paid-already",
        {"invoice": "inv-1"},
    ),
    Refused(
        "a fixed charge is for no days", [days("1")], fixed("1.00", days="1"), "fixed-charge-with-days", {"days": "1"}
    ),
    Refused("a variable charge today is for days", [days("1")], variable("1.00", None), "days-needed"),
    Refused(
        "no days are paid that nobody signed off",
        [days("2"), signed("1"), variable("1.00", "0.75")],
        variable("1.00", "0.5", "inv-2"),
        "more-days-than-signed-off",
        {"days": "0.5", "paid": "0.75", "signed_off": "1"},
    ),
    Refused(
        "no more is paid than the days are worth",
        [days("1"), days("0.25", "p3"), signed("1.25", 1, 2), variable("2000.00", "1")],
        variable("750.01", "0.25", "inv-2"),
        "more-than-days-are-worth",
        {"amount": "750.01", "paid": "2000.00", "worth": "2750.0000"},
    ),
    Refused(
        "days are not paid before they were signed off",
        [days("1", on="2002-09-10"), signed("1", on="2002-09-30")],
        variable("1.00", "1", on="2002-09-29"),
        "too-early",
        {"event": "days-signed-off", "on": "2002-09-30"},
    ),
    Refused(
        "fixed charges stay within what was agreed",
        [fixed("150000.00")],
        fixed("50000.01", "inv-2"),
        "more-than-the-price",
        {"amount": "50000.01", "paid": "150000.00", "agreed": "200000.00", "part": "fixed"},
    ),
    Refused(
        "and so do variable ones",
        [days("60"), signed("60", 1)],
        variable("50000.01", "30"),
        "more-than-the-price",
        {"part": "variable", "agreed": "50000.00", "paid": "0"},
    ),
)


BEGUN = {"team": "KPMG", "starts": "2002-07-01"}


@pytest.mark.parametrize(
    ("body", "on", "taken"),
    [
        ({"team": "KPMG"}, "2002-07-24", False),
        ({"team": "KPMG"}, "2002-07", True),
        ({"team": "KPMG"}, "by 2002-07-24", False),
        ({"team": "KPMG"}, "by 2002-07-25", True),
        ({"team": "KPMG"}, "2002-07-25", True),
        (BEGUN, "2002-07-01", True),
        (BEGUN, "2002-06-30", False),
        ({**BEGUN, "starts": "2002-08-05"}, "2002-07-29", True),
        ({**BEGUN, "starts": "by 2002-08-05"}, "2002-07-24", True),
    ],
)
def test_work_begins_with_the_award_or_on_a_letter_with_the_start_that_it_names(
    body: dict[str, Any], on: str, taken: bool
) -> None:
    scene = given("tender").when("award-contract", OFFICIAL, "2002-07-25", via="import", **body).accepted()
    scene.when("assume-stage", OFFICE, via="import", to="board-cycles", because="?").accepted()
    scene.when(days("1", on=on), via="import")
    if taken:
        scene.then("days-used")
    else:
        scene.refused("too-early", event="contract-awarded", on="2002-07-25")


def start(stage: str) -> Scene:
    if stage != "no-award":
        return given(stage)
    scene = given("tender")
    return scene.when("assume-stage", OFFICE, via="import", to="board-cycles", because="?").accepted()


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.case)
def test_refused(case: Refused) -> None:
    scene = start(case.stage)
    for command in case.given:
        scene.when(command).accepted()
    scene.when(case.when).refused(case.rule, **case.details)


def test_the_whole_price_holds_where_the_award_tells_no_fixed_from_variable_charges() -> None:
    scene = given("tender").when("award-contract", OFFICIAL, via="import", team="KPMG", price="1000.00").accepted()
    scene.when("assume-stage", OFFICE, via="import", to="board-cycles", because="?")
    scene.when(fixed("600.00")).accepted()
    scene.when(fixed("400.01", "inv-2")).refused("more-than-the-price", part="whole", paid="600.00", agreed="1000.00")
    scene.when(fixed("400.00", "inv-2")).accepted()


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("record-days", {"days": "-1"}),
        ("record-days", {"days": "0.1"}),
        ("sign-off-days", {"days": "0.3", "claims": [1]}),
        ("use-final-days", {"days": "1.125"}),
        ("record-payment", {"amount": "0", "kind": "fixed", "invoice": "inv-1"}),
        ("record-payment", {"amount": "-1.00", "kind": "fixed", "invoice": "inv-1"}),
        ("record-payment", {"amount": "1.005", "kind": "fixed", "invoice": "inv-1"}),
        ("record-payment", {"amount": "1.00", "kind": "bonus", "invoice": "inv-1"}),
        ("record-payment", {"amount": "1.00", "kind": "fixed"}),
        ("record-payment", {"amount": "1.00", "kind": "variable", "invoice": "inv-1", "days": "0.2"}),
    ],
    ids=str,
)
def test_a_body_that_does_not_fit_is_never_a_command(command: str, body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        COMMANDS[command].model_validate(sealed_body(COMMANDS[command], body))


def test_old_bodies_without_the_newer_fields_still_read() -> None:
    assert DaysUsed.read({"days": "1"}) == DaysUsed(days=Decimal(1))
    assert DaysSignedOff.read({"days": "1"}) == DaysSignedOff(days=Decimal(1))
    assert FinalDaysUsed.read({"days": "1"}) == FinalDaysUsed(days=Decimal(1))


# No one signs off a claim of their own


def asked_by(scene: Scene, command: Do, person: str | None, role: str | None = None) -> Asked:
    model = COMMANDS[command.type]
    actor = Actor.parse(role or command.as_).model_copy(update={"person": person})
    body = model.model_validate(sealed_body(model, command.body))
    return Asked(body, When.day(scene.at.date()), actor, actor, scene.at, "page")


def claimed_by(person: str | None, consultant: str = "p4") -> Scene:
    """A scene with a claim of two days by a lead consultant whose person is known, and one day by nobody in particular."""
    scene = given("board-cycles")
    asked = asked_by(scene, days("2", consultant), person)
    answer = Answer(scene.state, scene.at)
    assert answer.respond(scene.rules, asked) is None
    scene.state = answer.state
    return scene.when(days("1", "p3")).accepted()


@pytest.mark.parametrize(
    ("claimant", "signer", "numbers", "own"),
    [
        ("kim", "kim", (1,), [1]),
        ("kim", "kim", (), [1]),
        ("kim", "kim", (2,), None),
        ("kim", "lee", (1,), None),
        ("kim", None, (1,), None),
        (None, "kim", (1,), None),
        ("kim", "p4", (1,), [1]),
    ],
    ids=[
        "whoever claimed does not sign off",
        "nor with the claims left unnamed, for any may be meant",
        "but may sign off what others claimed",
        "another may",
        "where nobody knows who signs, the roles tell",
        "where nobody knows who claimed, the roles tell",
        "nor does the consultant whose days they are",
    ],
)
def test_sign_off_by_the_one_who_claims(
    claimant: str | None, signer: str | None, numbers: tuple[int, ...], own: list[int] | None
) -> None:
    scene = claimed_by(claimant)
    amount = "2" if numbers == (1,) else "1"
    decided = decide(scene.state, scene.rules, asked_by(scene, signed(amount, *numbers), signer))
    if own is None:
        assert not isinstance(decided, Refusal)
    else:
        assert decided == Refusal("own-claim", {"claims": own})


def test_the_role_that_claims_does_not_sign_off_whoever_holds_it() -> None:
    scene = claimed_by("kim")
    asked = asked_by(scene, signed("2", 1), "lee", role=CONSULTANT)
    assert a_part.decide(asked.command, scene.state.history, asked) == Refusal("own-claim", {"claims": [1]})


# The account


def version_of(scene: Scene, kind: type[Event], number: int = 0) -> int:
    return scene.state.history.all(kind)[number].version


def test_the_account_tells_used_by_whom_on_what_signed_off_paid_and_what_is_left() -> None:
    scene = given("board-cycles", ASK, GRANT, days("3", "p3", workstream="practice"), days("2"), days("1.5", "p3"))
    scene.when(signed("3", 1)).accepted().when(signed("1.5", 3)).accepted()
    scene.when(fixed("1000.00")).accepted().when(variable("9000.00", "3", "inv-2")).accepted()
    scene.when(READY).when(PASS).when(final("4", consultant="p4")).when(final("2")).when(given_back("5")).accepted()
    now = account(scene.state.history)
    assert (now.contracted, now.added, now.used) == (Decimal(110), Decimal(10), Decimal("12.5"))
    assert now.by_consultant == {"p3": Decimal("4.5"), "p4": Decimal(6), None: Decimal(2)}
    assert now.by_workstream == {"practice": Decimal(3), None: Decimal("9.5")}
    assert [now.passed, now.used_by_council, now.released, now.left] == [Decimal(n) for n in (30, 6, 5, 19)]
    assert (now.signed_off, now.paid_days, now.paid) == (Decimal("4.5"), Decimal(3), Decimal("10000.00"))
    assert now.paid_by_kind == {"fixed": Decimal("1000.00"), "variable": Decimal("9000.00")}
    assert now.worth == Decimal("13500")
    assert now.remaining == Decimal("73.5")
    assert list(a_part.cautions(scene.state.history)) == []


def test_before_an_award_the_account_is_empty() -> None:
    now = account(given("tender").state.history)
    assert now.contracted is now.remaining is now.worth is None
    assert now.used == now.paid == 0


def test_the_days_of_the_council_are_claims_and_are_signed_off_as_any_other() -> None:
    scene = given("board-cycles", days("1"), READY, PASS, final("3", consultant="p4"))
    assert [(claim.number, claim.days, claim.consultant) for claim in claims(scene.state.history)] == [
        (1, Decimal(1), "p4"),
        (2, Decimal(3), "p4"),
    ]
    scene.when(signed("3", 2)).accepted().when(signed("1.25")).refused("more-days-than-used", used="4")
    assert claims(scene.state.history)[1].signed_off is not None
    scene.when(final("26.75", consultant="p4")).accepted().when(variable("6000.00", "3")).accepted()


def test_the_councils_days_are_within_the_allocation_too() -> None:
    scene = given("board-cycles", days("20", "p3"), READY, PASS)
    scene.when(final("20.25", consultant="p3")).refused("more-days-than-allocated", used="20", allocated="40")
    scene.when(final("1", consultant="p9")).refused("no-such-consultant")


def test_a_withdrawn_claim_gives_its_days_back_and_its_number_to_nobody() -> None:
    scene = given("board-cycles", days("40", "p3"), days("60"))
    scene.when(days("1")).refused("more-days-than-contracted")
    scene.when("withdraw-event", LEAD, version=version_of(scene, DaysUsed, 1), reason="Twice.").accepted()
    scene.when(days("60")).accepted()
    assert [claim.number for claim in claims(scene.state.history)] == [1, 3]
    scene.when(signed("60", 2)).refused("no-such-claim", claims=[1, 3])


def test_a_corrected_claim_counts_as_corrected() -> None:
    scene = given("board-cycles", days("40", "p3"))
    scene.when("correct-event", LEAD, version=version_of(scene, DaysUsed), changes={"days": "4"}, reason="A slip.")
    scene.accepted().when(days("36", "p3")).accepted()
    scene.when(days("0.25", "p3")).refused("more-days-than-allocated", used="40")


def test_claims_stored_without_a_number_are_counted() -> None:
    scene = given("board-cycles", days("1"), days("2"))
    scene.when("correct-event", LEAD, version=version_of(scene, DaysUsed), changes={"claim": None}, reason="As of old.")
    scene.accepted()
    assert [claim.number for claim in claims(scene.state.history)] == [1, 2]


def test_a_further_phase_has_an_account_of_its_own() -> None:
    scene = given("board-cycles", days("2"), signed("2", 1), variable("4000.00", "2"), READY)
    scene.when("keep-lead", BOARD, reason="Not yet.").when("start-further-phase", OFFICIAL, reason="More.").accepted()
    assert scene.state.stage == "scoping"
    for name in ("scoping", "tender", "mobilisation"):
        for command in WAY[name]:
            body = {**command.body} | (
                {"starts": "2003-01-01", "ends": "2003-12-31"} if "price" in command.body else {}
            )
            scene.when(command.type, command.as_, at=scene.at, **body).accepted()
    now = account(scene.state.history)
    assert now.contracted == 100 and now.used == now.signed_off == now.paid == 0
    assert claims(scene.state.history) == ()
    scene.when(days("40", "p3")).accepted()
    assert [claim.number for claim in claims(scene.state.history)] == [1]
    scene.when(fixed("1.00", "inv-1")).refused("invoice-paid-already")


def test_history_from_a_file_may_leave_out_whose_days_and_for_which_days() -> None:
    scene = given("board-cycles")
    scene.when("record-days", CONSULTANT, via="import", days="1").accepted()
    scene.when("record-payment", OFFICIAL, via="import", amount="10.00", kind="variable", invoice="inv-1").accepted()
    scene.when("record-days", CONSULTANT, via="import", days="1", consultant="p9").refused("no-such-consultant")


def test_before_the_pid_any_workstream_may_be_named() -> None:
    given("mobilisation").when(days("1", workstream="diagnosis")).accepted()


# What no longer adds up is worth a person's eye


@pytest.mark.parametrize(
    ("before", "event", "number", "changes", "rules"),
    [
        ([days("1")], DaysUsed, 0, {"days": "61"}, {"days-over-allocation"}),
        ([days("40", "p3"), days("60")], DaysUsed, 1, {"days": "61"}, {"days-over-allocation", "days-over-contract"}),
        ([days("2"), signed("2", 1)], DaysUsed, 0, {"days": "1"}, {"signed-off-over-used"}),
        (
            [days("2"), signed("2", 1), variable("4000.00", "2")],
            DaysSignedOff,
            0,
            {"days": "1"},
            {"paid-over-signed-off"},
        ),
        (
            [days("2"), signed("2", 1), variable("4000.00", "2")],
            PaymentRecorded,
            0,
            {"amount": "4000.01"},
            {"paid-over-worth"},
        ),
        ([fixed("200000.00")], PaymentRecorded, 0, {"amount": "250000.01"}, {"paid-over-price"}),
    ],
    ids=["allocation", "contract", "sign-off", "paid days", "worth", "price"],
)
def test_a_correction_that_leaves_the_account_wrong_is_shown(
    before: list[Do], event: type[Event], number: int, changes: dict[str, Any], rules: set[str]
) -> None:
    scene = given("board-cycles", *before)
    assert list(a_part.cautions(scene.state.history)) == []
    scene.when("correct-event", LEAD, version=version_of(scene, event, number), changes=changes, reason="?").accepted()
    assert {caution.rule for caution in a_part.cautions(scene.state.history)} == rules


def test_paid_over_the_price_after_a_change_is_shown_and_says_how_much() -> None:
    scene = given("board-cycles", ASK, GRANT, fixed("200000.01"))
    (caution,) = a_part.cautions(scene.state.history)
    assert (caution.rule, caution.details) == (
        "paid-over-price",
        {"part": "fixed", "paid": "200000.01", "agreed": "200000.00"},
    )


def test_a_withdrawn_change_takes_its_days_back() -> None:
    scene = given("board-cycles", ASK, GRANT, days("50", "p3"), days("60"))
    scene.when("withdraw-event", LEAD, version=version_of(scene, ChangeDecided), reason="Not minuted.").accepted()
    found = {caution.rule: caution.details for caution in a_part.cautions(scene.state.history)}
    assert found["days-over-contract"] == {"used": "110", "kept": "0", "contracted": "100"}
    assert found["days-over-allocation"] == {"consultant": "p3", "used": "50", "allocated": "40"}
    assert account(scene.state.history).remaining == -10


def test_when_the_days_passed_were_corrected_upwards_the_contract_still_holds() -> None:
    scene = given("board-cycles", days("40", "p3"), READY, PASS)
    scene.when(
        "correct-event", LEAD, version=version_of(scene, LeadPassed), changes={"days": "90"}, reason="?"
    ).accepted()
    scene.when(final("60.25")).refused("more-days-than-contracted", used="40", contracted="100")
    scene.when(given_back("60.25")).refused("more-days-than-contracted")
    scene.when(final("60")).accepted()


def test_when_the_days_passed_were_corrected_below_what_was_used_none_are_left() -> None:
    scene = given("board-cycles", days("40", "p3"), READY, PASS, final("20"))
    scene.when(
        "correct-event", LEAD, version=version_of(scene, LeadPassed), changes={"days": "10"}, reason="?"
    ).accepted()
    now = account(scene.state.history)
    assert (now.left, now.remaining) == (Decimal(0), Decimal(40))


def test_days_used_before_the_pass_was_withdrawn_do_not_count_against_the_next() -> None:
    scene = given("board-cycles", READY, PASS, final("10"))
    scene.when("withdraw-event", LEAD, version=version_of(scene, LeadPassed), reason="Another number.").accepted()
    assert left(scene.state.history) == 0
    scene.when("pass-lead", BOARD, days="90.25").refused("more-days-than-contracted", used="10")
    scene.when("pass-lead", BOARD, days="25").accepted()
    assert left(scene.state.history) == 25
    scene.when(final("25")).accepted()
    assert scene.state.stage == "exit"


# Whatever the sequence

quarters = st.integers(1, 160).map(lambda n: str(Decimal(n) / 4))
people = st.sampled_from(["p3", "p4"])
steps = st.one_of(
    st.builds(days, quarters, people),
    st.builds(lambda amount, whose: final(amount, consultant=whose), quarters, people),
    st.builds(final, quarters),
    st.builds(given_back, quarters),
    st.builds(lambda amount: Do("pass-lead", BOARD, None, {"days": amount}), quarters),
    st.builds(signed, quarters),
    st.builds(lambda amount, number: signed(amount, number), quarters, st.integers(1, 5)),
    st.builds(lambda a, d, n: variable(f"{a}.00", d, f"inv-{n}"), st.integers(1, 90_000), quarters, st.integers(1, 9)),
    st.builds(lambda a, n: fixed(f"{a}.00", f"inv-{n}"), st.integers(1, 150_000), st.integers(1, 9)),
    st.sampled_from([ASK, GRANT]),
)


@settings(max_examples=150, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@whatever(st.sampled_from(["board-cycles", "council-led-final-days"]), st.lists(steps, min_size=5, max_size=30))
def test_never_more_is_used_than_contracted_signed_off_than_used_or_paid_than_signed_off(
    stage: str, drawn: list[Do]
) -> None:
    scene = given(stage)
    for command in drawn:
        scene.when(command)
        now = account(scene.state.history)
        assert now.contracted is not None and now.remaining is not None
        assert now.used <= now.used + now.left + now.released <= now.contracted
        assert now.remaining >= 0 and now.left >= 0
        assert now.passed == now.used_by_council + now.left + now.released
        assert now.used == sum(now.by_consultant.values()) == sum(now.by_workstream.values())
        assert all(now.by_consultant.get(person, 0) <= own + now.added for person, own in (("p3", 40), ("p4", 60)))
        assert now.paid_days <= now.signed_off <= now.used
        assert now.worth is None or now.paid_by_kind.get("variable", 0) <= now.worth
        assert now.added or now.paid <= Decimal("250000.00")
        numbers = [claim.number for claim in claims(scene.state.history)]
        assert numbers == list(range(1, len(numbers) + 1))


# When the days run out


@pytest.mark.parametrize(
    ("used_on", "amount", "today", "runs_out"),
    [
        ("2002-08-01", "10", "2002-08-10", "2002-11-08"),  # a day a day for 100 days, the first of them 1 August
        ("2002-09-10", "10", "2002-09-29", "2004-03-22"),  # 10 in the 60 days since the contract's start: 600 days
        ("2002-08-15", "30", "2002-08-31", "2002-11-12"),  # 103.33 days, so it is in the 104th
        ("2002-08-01", "0.25", "2002-08-01", "2003-09-04"),
    ],
)
def test_the_forecast_counts_on_at_the_pace_since_the_contract_began(
    used_on: str, amount: str, today: str, runs_out: str
) -> None:
    scene = given("board-cycles").when(days(amount, on=used_on)).accepted()
    assert forecast(scene.state.history, date.fromisoformat(today)) == date.fromisoformat(runs_out)


def test_days_used_before_the_contract_began_set_the_pace_from_the_first_of_them() -> None:
    scene = given("mobilisation").when(days("10", on="2002-07-29")).accepted()
    assert forecast(scene.state.history, date(2002, 8, 7)) == date(2002, 11, 5)


def test_the_forecast_counts_what_changes_add_and_not_what_was_given_back() -> None:
    scene = given("board-cycles", days("10", on="2002-08-01"))
    today = date(2002, 8, 10)
    scene.when(ASK).when(GRANT).accepted()
    assert forecast(scene.state.history, today) == date(2002, 11, 18)
    scene.when(READY).when(PASS).when(given_back("20")).accepted()
    assert forecast(scene.state.history, today) == date(2002, 10, 29)


def test_once_no_days_are_left_the_forecast_is_the_day_of_the_last_use() -> None:
    scene = given("board-cycles", days("40", "p3", on="2002-09-10"), days("60", on="2002-12-05"))
    assert forecast(scene.state.history, date(2003, 6, 1)) == date(2002, 12, 5)


def test_there_is_no_forecast_where_there_is_nothing_to_tell_it_from() -> None:
    scene = given("board-cycles")
    assert forecast(scene.state.history, date(2002, 10, 1)) is None
    scene.when(days("0.25", on="2002-09-10")).accepted()
    assert forecast(scene.state.history, date(2002, 7, 31)) is None
    assert forecast(scene.state.history, date(9999, 1, 1)) is None


def test_there_is_no_forecast_of_a_contract_that_names_no_days() -> None:
    scene = given("tender").when("award-contract", OFFICIAL, via="import", team="KPMG").accepted()
    scene.when("assume-stage", OFFICE, via="import", to="board-cycles", because="?").when(days("1")).accepted()
    assert forecast(scene.state.history, scene.at.date()) is None
    assert account(scene.state.history).remaining is None


def test_the_forecast_takes_imprecise_dates_at_their_earliest() -> None:
    scene = given("board-cycles").when(days("10", on="2002-09"), at=noon("2002-10-01")).accepted()
    assert forecast(scene.state.history, date(2002, 8, 10)) == date(2002, 11, 8)
