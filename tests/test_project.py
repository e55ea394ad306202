"""Mobilisation and the PID: what it holds, what may be left out and when, and which version is in force."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from domain.engagement import COMMANDS
from domain.project import LeadNamed, MobilisationMeetingHeld, PidSubmitted, agreed, pids_standing
from tests.given import WAY, Do, Scene, given, seal, sealed_body

LEAD, PARTNER, CONSULTANT = "inspectorate.lead-inspector", "team.senior-partner", "team.lead-consultant"
DIRECTOR, OFFICE, OFFICIAL, BOARD = (
    "council.director",
    "department.programme-office",
    "department.official",
    "board.board",
)
PID: Mapping[str, Any] = WAY["mobilisation"][4].body
PLAN: Mapping[str, Any] = {"workstreams": [{"id": "practice"}]}


def pid(**changed: Any) -> dict[str, Any]:
    """The whole PID with some fields otherwise."""
    return {**PID, **changed}


def later_phase() -> Scene:
    """A scene at the mobilisation of a further phase."""
    scene = given("exit").when("start-further-phase", OFFICIAL, "2004-01-12", reason="A second team.").accepted()
    for stage in ("scoping", "tender"):
        for command in WAY[stage]:
            body = dict(command.body)
            body |= {"starts": "2004-03-01", "ends": "2005-02-28"} if "price" in body else {}
            scene.when(command.type, command.as_, at=scene.at, **body).accepted()
    assert scene.state.stage == "mobilisation"
    return scene


def test_the_meeting_says_which_roles_were_present() -> None:
    scene = given("mobilisation").when("hold-mobilisation-meeting", LEAD, present=[LEAD, DIRECTOR], note="In Haringey.")
    held = MobilisationMeetingHeld(present=(LEAD, DIRECTOR), note=seal("In Haringey."))
    assert scene.accepted().only(MobilisationMeetingHeld) == [held]


def test_a_meeting_of_an_older_release_says_nothing_of_it() -> None:
    assert MobilisationMeetingHeld.read({}) == MobilisationMeetingHeld()
    lead = LeadNamed.read({"party": "team", "person": "p3", "name": None})
    assert (lead.standing, lead.change) == (None, False)
    body = {"pid": 1, "workstreams": [{"id": "a", "title": None}], "deliverables": [{"id": "b", "title": None}]}
    old = PidSubmitted.read(body)
    assert (old.roles, old.abridged, old.deliverables[0].workstream) == ((), False, None)


def test_a_pid_holds_roles_and_says_to_which_workstream_its_promises_belong() -> None:
    (found,) = given("mobilisation").when("submit-pid", CONSULTANT, **PID).accepted().only(PidSubmitted)
    assert [(each.id, each.workstream) for each in found.deliverables] == [("thresholds", "practice")]
    assert [(each.id, each.workstream) for each in found.milestones] == [("thresholds-in-use", "practice")]
    assert [(each.role, each.person) for each in found.roles] == [(CONSULTANT, "p3")]
    assert (found.pid, found.abridged, found.information) == (1, False, seal(PID["information"]))


@pytest.mark.parametrize("role", [{"role": "the manager", "does": "Manages."}, {"does": "Manages."}, {"person": "p3"}])
def test_a_role_in_a_pid_is_somebodys_and_says_what_they_do(role: Mapping[str, str]) -> None:
    model = COMMANDS["submit-pid"]
    with pytest.raises(ValidationError):
        model.model_validate(sealed_body(model, pid(roles=[role])))


@pytest.mark.parametrize("left_out", ["deliverables", "milestones", "roles", "information"])
def test_the_first_pid_of_a_phase_is_whole(left_out: str) -> None:
    body = {name: value for name, value in PID.items() if name != left_out}
    given("mobilisation").when("submit-pid", CONSULTANT, **body).refused("pid-incomplete", missing=[left_out])


def test_everything_that_a_pid_lacks_is_named_at_once() -> None:
    scene = given("mobilisation").when("submit-pid", CONSULTANT, **PLAN)
    scene.refused("pid-incomplete", missing=["deliverables", "milestones", "roles", "information"])


@pytest.mark.parametrize("via", ["case-file", "import"])
def test_a_source_may_be_silent_on_what_a_pid_held(via: str) -> None:
    (found,) = given("mobilisation").when("submit-pid", CONSULTANT, via=via, **PLAN).accepted().only(PidSubmitted)
    assert (found.deliverables, found.milestones, found.roles, found.information) == ((), (), (), None)


def test_a_later_version_of_the_same_phase_says_only_what_is_planned_anew() -> None:
    scene = given("board-cycles").when("submit-pid", CONSULTANT, **PLAN).then("pid-submitted")
    assert scene.only(PidSubmitted)[0].pid == 2


@pytest.mark.parametrize("what", ["deliverables", "milestones"])
@pytest.mark.parametrize("via", ["command-line", "import"])
def test_what_a_pid_promises_belongs_to_one_of_its_workstreams(what: str, via: str) -> None:
    item = {**PID[what][0], "workstream": "finance"}
    scene = given("mobilisation").when("submit-pid", CONSULTANT, via=via, **pid(**{what: [item]}))
    scene.refused("no-such-workstream", workstream="finance", workstreams=["practice"])


def test_the_pid_of_a_further_phase_may_be_abridged_and_the_board_agrees_it() -> None:
    scene = later_phase().when("submit-pid", CONSULTANT, **PLAN).refused("pid-incomplete")
    (found,) = scene.when("submit-pid", CONSULTANT, **PLAN, abridged=True).accepted().only(PidSubmitted)
    assert (found.pid, found.abridged) == (1, True)
    scene.when("agree-pid", BOARD).then("pid-agreed")


@pytest.mark.parametrize("via", ["command-line", "import"])
def test_the_pid_of_the_first_phase_is_not_abridged(via: str) -> None:
    given("mobilisation").when("submit-pid", CONSULTANT, via=via, **PLAN, abridged=True).refused("abridged-too-soon")


# Leads


def test_the_first_lead_of_a_party_is_no_change_and_the_next_one_is() -> None:
    scene = given("mobilisation")
    for person, change in (("p3", False), ("p3", False), ("p8", True), ("p3", True)):
        scene.when("name-lead", PARTNER, party="team", person=person, standing="interim")
        scene.then(LeadNamed(party="team", person=person, standing="interim", change=change))


def test_leads_of_two_parties_do_not_follow_each_other() -> None:
    scene = given("mobilisation").when("name-lead", PARTNER, party="team", person="p3").accepted()
    scene.when("name-lead", DIRECTOR, party="council", person="p2").then(LeadNamed(party="council", person="p2"))


def test_a_lead_named_anew_in_a_further_phase_is_a_change_only_where_the_person_is_another() -> None:
    scene = later_phase()
    for party, person, change in (("inspectorate", "p1", False), ("council", "p9", True)):
        scene.when("name-lead", LEAD, party=party, person=person)
        scene.then(LeadNamed(party=party, person=person, change=change))


@pytest.mark.parametrize(
    ("party", "role"), [("team", DIRECTOR), ("council", PARTNER), ("inspectorate", PARTNER), ("inspectorate", DIRECTOR)]
)
@pytest.mark.parametrize("via", ["command-line", "case-file"])
def test_a_party_does_not_name_the_lead_of_another(party: str, role: str, via: str) -> None:
    scene = given("mobilisation").when("name-lead", role, via=via, party=party, person="p9")
    may = ["inspectorate"] if party == "inspectorate" else [party, "inspectorate"]
    scene.refused("names-another-partys-lead", command="name-lead", party=party, role=role, may=may)


@pytest.mark.parametrize("party", ["inspectorate", "team", "council"])
def test_the_inspectorate_chairs_and_may_name_any_lead(party: str) -> None:
    given("mobilisation").when("name-lead", LEAD, party=party, person="p9").then("lead-named")


def test_a_lead_who_was_recorded_late_and_came_before_all_others_took_over_from_nobody() -> None:
    scene = given("mobilisation").when("name-lead", PARTNER, "2002-08-05", party="team", person="p3").accepted()
    scene.when("name-lead", PARTNER, "2002-08-01", party="team", person="p8")
    scene.then(LeadNamed(party="team", person="p8"))


# The PID in force


def standing(scene: Scene) -> list[tuple[int, bool]]:
    history = scene.state.history
    return [(entry.event.pid, agreed(history, entry)) for entry in pids_standing(history)]


def test_the_pid_in_force_is_the_one_agreed_last_and_a_later_one_stands_beside_it_until_it_is_agreed() -> None:
    scene = given("mobilisation")
    assert standing(scene) == []
    scene.when("submit-pid", CONSULTANT, **PID).accepted()
    assert standing(scene) == [(1, False)]
    scene.when("agree-pid", BOARD).accepted()
    assert standing(scene) == [(1, True)]
    scene.when("submit-pid", CONSULTANT, **PLAN).when("submit-pid", CONSULTANT, **PLAN).accepted()
    assert standing(scene) == [(1, True), (3, False)]
    scene.when("agree-pid", BOARD).accepted()
    assert standing(scene) == [(3, True)]


def test_agreement_to_a_version_that_was_withdrawn_is_not_agreement_to_the_next_of_its_number() -> None:
    scene = given("mobilisation").when("submit-pid", CONSULTANT, **PID).when("agree-pid", BOARD).accepted()
    entry = scene.state.history.last(PidSubmitted)
    assert entry is not None
    scene.when("withdraw-event", OFFICE, version=entry.version, reason="Not ours.").accepted()
    scene.when("submit-pid", CONSULTANT, **PID).accepted()
    assert standing(scene) == [(1, False)]


def test_no_pid_stands_at_the_start_of_a_further_phase() -> None:
    assert standing(later_phase()) == []


def test_the_domain_reads_a_pid_back_from_its_body() -> None:
    scene = given("mobilisation", Do("submit-pid", CONSULTANT, None, PID))
    entry = scene.state.history.last(PidSubmitted)
    assert entry is not None
    assert PidSubmitted.read(entry.event.model_dump(mode="json")) == entry.event
