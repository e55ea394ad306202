"""The tender and its panel: invitation, bids, people taken off, interests, scores, and whom the panel prefers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from domain import panel
from domain.engagement import COMMANDS
from domain.panel import PanelSat, bids, ranking
from domain.part import Caution
from domain.tender import BidReceived, TendersInvited, invitation, received
from tests.given import WAY, Do, Scene, given, seal, sealed_body

OFFICE, OFFICIAL = "department.programme-office", "department.official"
LEAD, REGION = "inspectorate.lead-inspector", "inspectorate.regional-director"
DIRECTOR, CHIEF_EXECUTIVE = "council.director", "council.chief-executive"
PANEL = [OFFICIAL, LEAD, DIRECTOR]

CRITERIA = [{"id": "quality", "title": "Quality", "weight": 3}, {"id": "team"}]
TERMS = {**WAY["tender"][0].body, "closes": "2002-07-19", "criteria": CRITERIA, "invited": ["KPMG", "Deloitte"]}
INVITE = Do("invite-tenders", OFFICIAL, "2002-07-09", TERMS)
PEOPLE = [{"person": "jo-b", "name": "Jo Bloggs", "cv": "Ten years."}, {"person": "al-c"}]
BID = Do("receive-bid", OFFICIAL, "2002-07-18", {"bidder": "KPMG", "content": "We will.", "people": PEOPLE})
OTHER_BID = Do("receive-bid", OFFICIAL, "2002-07-19", {"bidder": "Deloitte"})
TENDERED = (INVITE, BID, OTHER_BID)
TAKE_OFF = Do(
    "take-off-individual", DIRECTOR, "2002-07-20", {"bidder": "KPMG", "person": "jo-b", "reason": "Was here."}
)


def interest(member: str, bidder: str = "KPMG", as_: str = OFFICIAL) -> Do:
    return Do("declare-interest", as_, "2002-07-20", {"member": member, "bidder": bidder, "nature": "Shares."})


def scores(member: str, quality: int, team: int, bidder: str = "KPMG", as_: str = OFFICIAL) -> Do:
    given_ = [{"criterion": "quality", "score": quality}, {"criterion": "team", "score": team}]
    return Do("score-bid", as_, "2002-07-22", {"bidder": bidder, "member": member, "scores": given_})


def sits(preferred: str = "KPMG", members: Sequence[str] = PANEL, aside: Sequence[str] = ()) -> Do:
    return Do(
        "sit-panel", OFFICIAL, "2002-07-23", {"preferred": preferred, "members": list(members), "aside": list(aside)}
    )


def version_of(scene: Scene, event: str) -> int:
    return [entry.version for entry in scene.state.history.entries if entry.event.type == event][-1]


@dataclass(frozen=True)
class Case:
    """After these commands in the tender, this command gives this event, or is refused by this rule with these details."""

    case: str
    given: Sequence[Do]
    when: Do
    then: str
    details: Mapping[str, Any] = field(default_factory=dict)


ACCEPTED = (
    Case(
        "tenders are invited by criteria under a framework",
        [],
        INVITE,
        "tenders-invited",
        {"framework": "OJEC 00/S 143-94371/EN", "invited": ("KPMG", "Deloitte")},
    ),
    Case(
        "an open tender has no framework",
        [],
        Do("invite-tenders", OFFICIAL, None, {"route": "open"}),
        "tenders-invited",
    ),
    Case(
        "tenders are invited again on another route",
        TENDERED,
        Do("invite-tenders", OFFICIAL, None, {"route": "single", "reason": "One firm is left."}),
        "tenders-invited",
        {"route": "single"},
    ),
    Case(
        "the closing date may be the day of the invitation",
        [],
        Do("invite-tenders", OFFICIAL, "2002-07-09", {"route": "open", "closes": "2002-07-09"}),
        "tenders-invited",
    ),
    Case(
        "a clarification meeting names who came",
        [INVITE],
        Do("hold-clarification", LEAD, None, {"bidders": ["KPMG"]}),
        "clarification-held",
        {"bidders": ("KPMG",)},
    ),
    Case(
        "a bid on the closing day is in time", [INVITE], OTHER_BID, "bid-received", {"bidder": "Deloitte", "people": ()}
    ),
    Case(
        "a bid that may have come in time is taken",
        [INVITE],
        Do("receive-bid", OFFICIAL, "2002-07", {"bidder": "KPMG"}),
        "bid-received",
    ),
    Case(
        "bids by July may come until its last day",
        [Do("invite-tenders", OFFICIAL, "2002-07-09", {"route": "open", "closes": "by 2002-07"})],
        Do("receive-bid", OFFICIAL, "2002-07-31", {"bidder": "KPMG"}),
        "bid-received",
    ),
    Case(
        "the council has somebody taken off",
        TENDERED,
        TAKE_OFF,
        "individual-taken-off",
        {"bidder": "KPMG", "person": "jo-b"},
    ),
    Case(
        "the chief executive may too",
        TENDERED,
        Do("take-off-individual", CHIEF_EXECUTIVE, None, TAKE_OFF.body),
        "individual-taken-off",
    ),
    Case("an interest is declared before any bid", [], interest(DIRECTOR), "interest-declared", {"member": DIRECTOR}),
    Case("members declare for themselves", [], interest(DIRECTOR, as_=DIRECTOR), "interest-declared"),
    Case("members score for themselves", TENDERED, scores(LEAD, 7, 5, as_=LEAD), "bid-scored", {"member": LEAD}),
    Case("the office records what a member gave", TENDERED, scores(LEAD, 0, 10, as_=OFFICE), "bid-scored"),
    Case("each bid is scored", [*TENDERED, scores(LEAD, 7, 5)], scores(LEAD, 6, 6, "Deloitte"), "bid-scored"),
    Case(
        "two people of one role score apart",
        [*TENDERED, scores(f"{DIRECTOR}/ann", 7, 5)],
        scores(f"{DIRECTOR}/bob", 6, 6),
        "bid-scored",
        {"member": f"{DIRECTOR}/bob"},
    ),
    Case(
        "who has an interest in one bidder scores the other",
        [*TENDERED, interest(LEAD, "KPMG")],
        scores(LEAD, 6, 6, "Deloitte"),
        "bid-scored",
    ),
    Case(
        "after a further invitation bids are scored anew",
        [*TENDERED, scores(LEAD, 7, 5), Do("invite-tenders", OFFICIAL, "2002-07-22", TERMS | {"closes": None})],
        scores(LEAD, 6, 6),
        "bid-scored",
    ),
    Case(
        "an interest in a firm that did not bid stops nobody",
        [INVITE, BID, interest(LEAD, "Capita")],
        sits(),
        "panel-sat",
    ),
    Case(
        "another person of the role has no interest",
        [*TENDERED, interest(f"{DIRECTOR}/ann")],
        sits(members=[OFFICIAL, LEAD, f"{DIRECTOR}/bob"]),
        "panel-sat",
        {"quorate": True},
    ),
    Case(
        "who stands aside does not count for the quorum",
        [*TENDERED, interest(DIRECTOR)],
        sits(aside=[DIRECTOR]),
        "panel-sat",
        {"quorate": False, "aside": (DIRECTOR,)},
    ),
    Case(
        "where another of the party stays it is quorate",
        [*TENDERED, interest(DIRECTOR)],
        sits(members=[*PANEL, CHIEF_EXECUTIVE], aside=[DIRECTOR]),
        "panel-sat",
        {"quorate": True},
    ),
)

REFUSED = (
    Case(
        "a tender under a framework names it",
        [],
        Do("invite-tenders", OFFICIAL, None, {"route": "framework"}),
        "framework-needed",
        {"route": "framework"},
    ),
    Case(
        "a single tender has a reason",
        [],
        Do("invite-tenders", OFFICIAL, None, {"route": "single"}),
        "reason-needed",
        {"command": "invite-tenders"},
    ),
    Case(
        "bids do not close before they are invited",
        [],
        Do("invite-tenders", OFFICIAL, "2002-07-09", {"route": "open", "closes": "2002-07-08"}),
        "closes-too-early",
        {"closes": "2002-07-08", "occurred": "2002-07-09"},
    ),
    Case(
        "a criterion is stated once",
        [],
        Do("invite-tenders", OFFICIAL, None, {**TERMS, "criteria": [{"id": "team"}, {"id": "team"}]}),
        "named-twice",
        {"field": "criteria", "id": "team"},
    ),
    Case(
        "a firm is invited once",
        [],
        Do("invite-tenders", OFFICIAL, None, {**TERMS, "invited": ["KPMG", "KPMG"]}),
        "named-twice",
        {"field": "invited", "id": "KPMG"},
    ),
    Case(
        "a bid after the closing day is too late",
        [INVITE],
        Do("receive-bid", OFFICIAL, "2002-07-20", {"bidder": "KPMG"}),
        "bid-too-late",
        {"bidder": "KPMG", "occurred": "2002-07-20", "closes": "2002-07-19"},
    ),
    Case(
        "a bid names a person once",
        [INVITE],
        Do("receive-bid", OFFICIAL, "2002-07-18", {"bidder": "KPMG", "people": [*PEOPLE, {"person": "jo-b"}]}),
        "named-twice",
        {"field": "people", "id": "jo-b"},
    ),
    Case("nobody is taken off where nobody bid", [INVITE], TAKE_OFF, "needs", {"event": "bid-received"}),
    Case(
        "nobody is taken off a bid that is not there",
        [INVITE, BID],
        Do("take-off-individual", DIRECTOR, None, {"bidder": "Deloitte", "person": "jo-b"}),
        "no-such-bid",
        {"bidder": "Deloitte", "bidders": ["KPMG"]},
    ),
    Case(
        "only who stands in a bid is taken off it",
        TENDERED,
        Do("take-off-individual", DIRECTOR, None, {"bidder": "KPMG", "person": "p9"}),
        "no-such-person",
        {"person": "p9", "bidder": "KPMG", "people": ["jo-b", "al-c"]},
    ),
    Case("nobody is taken off twice", [*TENDERED, TAKE_OFF], TAKE_OFF, "taken-off-already", {"person": "jo-b"}),
    Case(
        "nobody was taken off a bid before it came",
        [INVITE, OTHER_BID, BID],
        Do("take-off-individual", DIRECTOR, "2002-07-17", TAKE_OFF.body),
        "too-early",
        {"event": "bid-received", "on": "2002-07-19"},
    ),
    Case("interests are of members", [], interest("the director"), "not-a-role", {"given": ["the director"]}),
    Case("a person is an id", [], interest(f"{DIRECTOR}/Ann B"), "not-a-role"),
    Case("a slash has a person after it", [], interest(f"{DIRECTOR}/"), "not-a-role"),
    Case(
        "nobody declares for another party",
        [],
        interest(DIRECTOR, as_=LEAD),
        "speaks-for-another",
        {"member": DIRECTOR, "role": LEAD},
    ),
    Case(
        "nobody scores for another", TENDERED, scores(REGION, 7, 5, as_=LEAD), "speaks-for-another", {"member": REGION}
    ),
    Case("who scores is a member", TENDERED, scores("nobody", 7, 5), "not-a-role", {"given": ["nobody"]}),
    Case("a bid that did not come is not scored", [INVITE, BID], scores(LEAD, 7, 5, "Deloitte"), "no-such-bid"),
    Case(
        "nobody scores a bid they have an interest in",
        [*TENDERED, interest(LEAD)],
        scores(LEAD, 7, 5),
        "interest-declared",
        {"command": "score-bid", "member": LEAD, "bidder": "KPMG"},
    ),
    Case(
        "an interest of the role is one of the person that may hold it",
        [*TENDERED, interest(DIRECTOR)],
        scores(f"{DIRECTOR}/ann", 7, 5),
        "interest-declared",
    ),
    Case(
        "a member scores a bid once",
        [*TENDERED, scores(LEAD, 7, 5)],
        scores(LEAD, 8, 5),
        "scored-already",
        {"member": LEAD, "bidder": "KPMG"},
    ),
    Case(
        "every stated criterion is scored, and no other",
        TENDERED,
        Do(
            "score-bid",
            OFFICIAL,
            None,
            {"bidder": "KPMG", "member": LEAD, "scores": [{"criterion": "price", "score": 1}]},
        ),
        "scores-do-not-match",
        {"missing": ["quality", "team"], "unknown": ["price"]},
    ),
    Case(
        "nothing is scored by criteria that nobody stated",
        [WAY["tender"][0], BID],
        scores(LEAD, 7, 5),
        "scores-do-not-match",
        {"missing": [], "unknown": ["quality", "team"]},
    ),
    Case(
        "a criterion is scored once",
        TENDERED,
        Do(
            "score-bid",
            OFFICIAL,
            None,
            {
                "bidder": "KPMG",
                "member": LEAD,
                "scores": [{"criterion": c, "score": 1} for c in ("quality", "team", "team")],
            },
        ),
        "named-twice",
        {"field": "scores", "id": "team"},
    ),
    Case(
        "a bid is not scored before it came",
        TENDERED,
        Do("score-bid", OFFICIAL, "2002-07-18", scores(LEAD, 7, 5, "Deloitte").body),
        "too-early",
        {"event": "bid-received", "on": "2002-07-19"},
    ),
    Case(
        "who has an interest in the preferred bidder stands aside",
        [*TENDERED, interest(DIRECTOR)],
        sits(),
        "interest-declared",
        {"command": "sit-panel", "member": DIRECTOR, "bidder": "KPMG"},
    ),
    Case(
        "who has an interest in any bid that is judged stands aside",
        [*TENDERED, interest(DIRECTOR, "Deloitte")],
        sits("KPMG"),
        "interest-declared",
        {"member": DIRECTOR, "bidder": "Deloitte"},
    ),
    Case(
        "only what is no member is named as such",
        TENDERED,
        sits(members=[*PANEL, "the director"], aside=["Ann B"]),
        "not-a-role",
        {"given": ["the director", "Ann B"]},
    ),
    Case(
        "only who is on the panel stands aside",
        TENDERED,
        sits(aside=[CHIEF_EXECUTIVE]),
        "not-on-the-panel",
        {"given": [CHIEF_EXECUTIVE], "members": PANEL},
    ),
    Case(
        "the panel did not prefer a bid before it came",
        TENDERED,
        Do("sit-panel", OFFICIAL, "2002-07-18", sits("Deloitte").body),
        "too-early",
        {"event": "bid-received", "on": "2002-07-19"},
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


FITS_NOT: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("a criterion is a slug", "invite-tenders", {"route": "open", "criteria": [{"id": "Value for money"}]}),
    ("a weight is more than none", "invite-tenders", {"route": "open", "criteria": [{"id": "team", "weight": 0}]}),
    ("a reference says something", "invite-tenders", {"route": "framework", "framework": ""}),
    (
        "a score goes up to 10",
        "score-bid",
        {"bidder": "A", "member": LEAD, "scores": [{"criterion": "a", "score": 11}]},
    ),
    (
        "a score is not negative",
        "score-bid",
        {"bidder": "A", "member": LEAD, "scores": [{"criterion": "a", "score": -1}]},
    ),
    ("a member gives some score", "score-bid", {"bidder": "A", "member": LEAD, "scores": []}),
    ("an interest has a nature", "declare-interest", {"bidder": "A", "member": LEAD}),
    ("a person is an id", "take-off-individual", {"bidder": "A", "person": "Jo Bloggs"}),
)


@pytest.mark.parametrize(("command", "body"), [case[1:] for case in FITS_NOT], ids=[case[0] for case in FITS_NOT])
def test_a_body_that_does_not_fit_is_never_a_command(command: str, body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        COMMANDS[command].model_validate(sealed_body(COMMANDS[command], body))


def test_names_and_cvs_are_sealed() -> None:
    with pytest.raises(ValidationError, match="holds a commitment"):
        COMMANDS["receive-bid"].model_validate({"bidder": "KPMG", "people": [{"person": "jo-b", "name": "Jo Bloggs"}]})
    (bid,) = given("tender", INVITE).when(BID).only(BidReceived)
    assert (bid.people[0].name, bid.people[0].cv) == (seal("Jo Bloggs"), seal("Ten years."))


@pytest.mark.parametrize("via", ["case-file", "import"])
def test_history_leaves_out_the_framework(via: str) -> None:
    given("tender").when("invite-tenders", OFFICIAL, via=via, route="framework").accepted()


def test_an_event_of_before_reads_as_it_did() -> None:
    assert TendersInvited.read({"route": "framework", "reason": None, "closes": None}).criteria == ()
    assert BidReceived.read({"bidder": "KPMG", "content": None, "price": None}).people == ()
    assert PanelSat.read({"members": PANEL, "preferred": "KPMG", "quorate": True}).aside == ()


# How the bids stand


def test_bids_are_ranked_by_their_weighted_scores() -> None:
    scene = given(
        "tender",
        *TENDERED,
        *[scores(LEAD, 7, 5), scores(DIRECTOR, 6, 10)],
        *[scores(LEAD, 8, 5, "Deloitte"), scores(DIRECTOR, 7, 9, "Deloitte")],
    )
    first, second = ranking(scene.state.history)
    assert (first.bidder, first.total, first.members, first.left_out) == ("Deloitte", Decimal(59), (LEAD, DIRECTOR), ())
    assert (second.bidder, second.total, second.mean) == ("KPMG", Decimal(54), Fraction(27))
    assert isinstance(first.total, Decimal)


def test_criteria_without_a_weight_count_once() -> None:
    plain = Do("invite-tenders", OFFICIAL, "2002-07-09", {**TERMS, "criteria": [{"id": "quality"}, {"id": "team"}]})
    scene = given("tender", plain, BID, scores(LEAD, 7, 5))
    assert [found.total for found in ranking(scene.state.history)] == [Decimal(12)]


def test_a_bid_is_not_worse_for_being_judged_by_fewer() -> None:
    scene = given("tender", *TENDERED, scores(LEAD, 5, 5), scores(DIRECTOR, 5, 5), scores(OFFICIAL, 9, 9, "Deloitte"))
    assert [(found.bidder, found.total) for found in ranking(scene.state.history)] == [
        ("Deloitte", Decimal(36)),
        ("KPMG", Decimal(40)),
    ]


def test_an_interest_declared_after_scoring_is_recorded_and_the_score_does_not_count() -> None:
    scene = given("tender", *TENDERED, scores(LEAD, 5, 5), scores(DIRECTOR, 10, 10))
    scene.when(interest(DIRECTOR)).then("interest-declared")
    (found,) = ranking(scene.state.history)
    assert (found.total, found.members, found.left_out) == (Decimal(20), (LEAD,), (DIRECTOR,))
    assert list(panel.cautions(scene.state.history)) == [
        Caution("scored-with-interest", {"member": DIRECTOR, "bidder": "KPMG"})
    ]
    scene.when("withdraw-event", OFFICE, version=version_of(scene, "interest-declared"), reason="Sold.").accepted()
    assert [found.total for found in ranking(scene.state.history)] == [Decimal(60)]
    assert list(panel.cautions(scene.state.history)) == []


def test_a_bid_that_only_interested_members_scored_has_nothing_that_counts() -> None:
    scene = given("tender", *TENDERED, scores(LEAD, 5, 5), interest(LEAD), scores(LEAD, 1, 1, "Deloitte"))
    first, second = ranking(scene.state.history)
    assert (first.bidder, second.bidder, second.members, second.total) == ("Deloitte", "KPMG", (), Decimal())


def test_a_corrected_score_counts_as_corrected_and_those_of_a_withdrawn_bid_do_not() -> None:
    scene = given("tender", *TENDERED, scores(LEAD, 5, 5))
    right = [{"criterion": "quality", "score": 6}, {"criterion": "team", "score": 5}]
    scene.when(
        "correct-event", OFFICE, version=version_of(scene, "bid-scored"), changes={"scores": right}, reason="Slip."
    )
    assert [found.total for found in ranking(scene.accepted().state.history)] == [Decimal(23)]
    bid = received(scene.state.history)["KPMG"].version
    scene.when("withdraw-event", OFFICE, version=bid, reason="Of another tender.").accepted()
    assert ranking(scene.state.history) == ()
    assert [found.bidder for found in bids(scene.state.history)] == ["Deloitte"]


def test_who_invites_again_states_the_criteria_anew() -> None:
    scene = given("tender", *TENDERED, scores(LEAD, 5, 5))
    again = TERMS | {"closes": "2002-08-02", "criteria": [{"id": "value"}]}
    scene.when("invite-tenders", OFFICIAL, "2002-07-24", **again).accepted()
    assert ranking(scene.state.history) == ()
    scene.when("score-bid", LEAD, bidder="KPMG", member=LEAD, scores=[{"criterion": "value", "score": 4}]).accepted()
    assert [found.total for found in ranking(scene.state.history)] == [Decimal(4)]
    standing = invitation(scene.state.history)
    assert standing is not None and str(standing.event.closes) == "2002-08-02"


def test_bids_are_read_with_all_that_is_known_of_them() -> None:
    scene = given("tender", *TENDERED, TAKE_OFF, scores(LEAD, 5, 5), interest(DIRECTOR), interest(DIRECTOR))
    kpmg, deloitte = bids(scene.state.history)
    assert (kpmg.bidder, str(kpmg.occurred), [each.person for each in kpmg.people]) == (
        "KPMG",
        "2002-07-18",
        ["jo-b", "al-c"],
    )
    assert (kpmg.taken_off, kpmg.interests, [each.member for each in kpmg.scores]) == (("jo-b",), (DIRECTOR,), [LEAD])
    assert (deloitte.people, deloitte.taken_off, deloitte.interests, deloitte.scores) == ((), (), (), ())


def test_a_further_phase_has_a_tender_of_its_own() -> None:
    scene = given("tender", *TENDERED, TAKE_OFF, interest(DIRECTOR), scores(LEAD, 5, 5))
    scene.when("assume-stage", OFFICE, via="case-file", to="exit", because="A test.").accepted()
    scene.when("start-further-phase", OFFICIAL, reason="A second team.").accepted()
    scene.when("assume-stage", OFFICE, via="case-file", to="tender", because="A test.").accepted()
    assert (bids(scene.state.history), ranking(scene.state.history)) == ((), ())
    for command in (INVITE, BID, scores(DIRECTOR, 1, 1)):
        body = {**command.body, "closes": None} if "closes" in command.body else command.body
        scene.when(command.type, command.as_, on=str(scene.at.date()), **body).accepted()
    assert [(found.taken_off, found.interests) for found in bids(scene.state.history)] == [((), ())]


# Cautions


CAUTIONS: tuple[tuple[str, Sequence[Do], list[Caution]], ...] = (
    ("two bids and no scores", [*TENDERED, sits()], []),
    ("one bid so far", [INVITE, BID], []),
    ("one bid for the panel", [INVITE, BID, sits()], [Caution("no-real-choice", {"bidders": ["KPMG"]})]),
    (
        "one bid in a single tender",
        [Do("invite-tenders", OFFICIAL, "2002-07-09", {"route": "single", "reason": "One is left."}), BID, sits()],
        [],
    ),
    (
        "a bidder preferred although another scored better",
        [*TENDERED, scores(LEAD, 5, 5), scores(LEAD, 6, 6, "Deloitte"), sits("KPMG")],
        [Caution("preferred-not-best", {"preferred": "KPMG", "best": ["Deloitte"]})],
    ),
    ("the best preferred", [*TENDERED, scores(LEAD, 5, 5), scores(LEAD, 6, 6, "Deloitte"), sits("Deloitte")], []),
    (
        "one of two that are level preferred",
        [*TENDERED, scores(LEAD, 5, 5), scores(LEAD, 5, 5, "Deloitte"), sits()],
        [],
    ),
    (
        "an interest that came out after the panel sat",
        [*TENDERED, sits(), interest(DIRECTOR, "Deloitte")],
        [Caution("sat-with-interest", {"member": DIRECTOR, "bidder": "Deloitte"})],
    ),
    (
        "the panel sat again without them",
        [*TENDERED, sits(), interest(DIRECTOR), sits(members=[OFFICIAL, LEAD, CHIEF_EXECUTIVE])],
        [],
    ),
    ("an interest of one who stood aside", [*TENDERED, sits(aside=[DIRECTOR]), interest(DIRECTOR)], []),
)


@pytest.mark.parametrize(("commands", "expected"), [case[1:] for case in CAUTIONS], ids=[case[0] for case in CAUTIONS])
def test_cautions(commands: Sequence[Do], expected: list[Caution]) -> None:
    assert list(panel.cautions(given("tender", *commands).state.history)) == expected
