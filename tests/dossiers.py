"""A ledger of an engagement with something in every part of its dossier, and how a test reads a part of it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ledger import events
from ledger.sealing import erase
from tests.command_line import Run
from tests.given import WAY
from tests.ledgers import Filled

NOON = datetime(2003, 9, 1, 11, tzinfo=UTC)
ONE, OTHER = "engagement/haringey-1", "engagement/swindon-1"

CHIEF, LEAD, OFFICIAL = "inspectorate.chief-inspector", "inspectorate.lead-inspector", "department.official"
DIRECTOR, OFFICE = "council.director", "department.programme-office"
PARTNER, CONSULTANT, BOARD = "team.senior-partner", "team.lead-consultant", "board.board"
RATED: dict[str, Any] = {"service": "social-services", "stars": 0}


def accept(filled: Filled, *command: Any, **body: Any) -> None:
    """Give a command, which must be carried out."""
    done = filled.give(*command, **body)
    assert done.outcome is not None and done.outcome.accepted, done.outcome


def before_the_decision(filled: Filled) -> None:
    """Special measures, the plan, the conditions and the decision."""
    filled.later(days=2)
    accept(filled, ONE, "meet-council", CHIEF)
    accept(filled, ONE, "set-target", CHIEF, by="2003-09-20", text="Every child has a worker.", expects=["improvement"])
    accept(filled, ONE, "set-target", CHIEF, by="2003-10-20", text="Managers in post.")
    accept(filled, ONE, "set-target", CHIEF, by="2199-09-20", text="Reviews in time.")
    accept(
        filled,
        ONE,
        "record-monitoring-visit",
        LEAD,
        progress="worse",
        focus=["practice.unallocated"],
        findings="Cases wait.\x1b[31m",
    )
    accept(filled, ONE, "hold-strategy-meeting", OFFICIAL, present=[DIRECTOR, OFFICIAL], next="2003-10")
    accept(filled, ONE, "record-own-body", DIRECTOR, body="cabinet-panel", title="Panel of the cabinet")
    accept(filled, ONE, "receive-pip", DIRECTOR, pages=90, owner=DIRECTOR, targets_counted=0, other_plans=4)
    accept(filled, ONE, "judge-pip", LEAD, verdict="not-acceptable", faults=["too-long"], reason="Ninety pages.")
    accept(filled, ONE, "ask-team-for-pip", LEAD, reason="Nobody there can write it.")
    assessed = [
        {"condition": "council.leadership", "holds": "no", "evidence": "Three directors in a year."},
        {"condition": "joint.momentum", "holds": "yes", "evidence": "Weekly meetings."},
    ]
    accept(filled, ONE, "assess-conditions", LEAD, assessments=assessed, note="The first look.")
    view = [{"condition": "council.leadership", "holds": "yes", "evidence": "A new director."}]
    accept(filled, ONE, "assess-conditions", DIRECTOR, assessments=view)
    accept(
        filled, ONE, "assess-ingredients", LEAD, present=["pressure", "vision", "people", "rewards"], evidence="Talks."
    )
    accept(filled, ONE, "record-intervention-activity", LEAD, phase="denial", activity="persuasion")
    accept(filled, ONE, "answer-missing-management", CHIEF, answer="wait", reason="Until a director is named.")
    filled.later(days=20)
    accept(filled, ONE, "follow-up-target", LEAD, verdict="partly", evidence="Half of them.", fields={"target": 1})
    again = [
        {"condition": "council.leadership", "holds": "partly", "evidence": "A director is named."},
        {"condition": "joint.momentum", "holds": "no", "evidence": "No meetings."},
    ]
    accept(filled, ONE, "assess-conditions", LEAD, assessments=again)
    accept(filled, ONE, "answer-missing-management", CHIEF, answer="go-ahead", reason="There is a director.")
    accept(filled, ONE, "receive-pip", DIRECTOR, plan=2, note="Shorter.", targets_counted=12, outcomes_counted=3)
    accept(filled, ONE, "judge-pip", LEAD, verdict="acceptable")
    accept(filled, ONE, "review-pip", LEAD, plan=2, progress="on-course", note="So far.")
    accept(filled, ONE, "request-team", "council.chief-executive", note="We want one.")
    accept(filled, ONE, "recommend", CHIEF, outcome="monitor-only", grounds="They may manage.")
    cover = {"kind": "cover", "holder": "other-minister", "starts": "2003-09", "ends": "2003-12", "document": "DH/C1"}
    accept(filled, ONE, "record-authority", OFFICIAL, **cover)
    decided = {"outcome": "engage", "reasons": "It is urgent.", "document": "DH/7", "authority": 1}
    accept(filled, ONE, "record-decision", "department.minister", OFFICIAL, **decided)


def to_the_award(filled: Filled) -> None:
    """Scope, tender and award."""
    outcome = "Seen in time."
    areas = [
        {"concern": "systems.finance", "action": "New ledgers.", "priority": 2, "outcome": outcome},
        {"concern": "practice.thresholds", "action": "Agree thresholds.", "priority": 1, "outcome": outcome},
    ]
    accept(filled, ONE, "draft-scope", LEAD, failure_location="services", services=["fostering"], areas=areas)
    known = {"quality": "partial", "newest": "2003-05", "method": "documents", "reason": "It is old."}
    accept(filled, ONE, "decide-diagnosis", LEAD, needed=True, **known)
    accept(filled, ONE, "comment-on-scope", DIRECTOR, text="Fostering is not the worst.")
    accept(filled, ONE, "answer-comment", LEAD, comment=1, taken=False, answer="It is where children are hurt.")
    accept(filled, ONE, "dispute-scope", DIRECTOR, reason="It was done to us.")
    accept(filled, ONE, "agree-scope", DIRECTOR)
    accept(filled, ONE, "agree-scope", LEAD)
    criteria = [{"id": "quality", "title": "Quality", "weight": 3}, {"id": "cost", "weight": 1}]
    accept(filled, ONE, "invite-tenders", OFFICIAL, route="framework", framework="OJEC 1", criteria=criteria)
    people = [{"person": "jo-b", "name": "Jo Bloggs", "cv": "A long CV."}, {"person": "al-c", "name": "Al Cole"}]
    accept(filled, ONE, "receive-bid", OFFICIAL, bidder="KPMG", content="Our secret.", price="99", people=people)
    accept(filled, ONE, "receive-bid", OFFICIAL, bidder="Deloitte")
    off = {"bidder": "KPMG", "person": "al-c", "reason": "Known here."}
    accept(filled, ONE, "take-off-individual", DIRECTOR, fields=off)
    accept(filled, ONE, "declare-interest", OFFICIAL, member=LEAD, bidder="Deloitte", nature="A former partner.")
    for bidder, quality in (("KPMG", 8), ("Deloitte", 5)):
        scores = [{"criterion": "quality", "score": quality}, {"criterion": "cost", "score": 4}]
        accept(filled, ONE, "score-bid", OFFICIAL, bidder=bidder, member=OFFICIAL, scores=scores)
    members = [OFFICIAL, LEAD, "inspectorate.regional-director", DIRECTOR]
    accept(filled, ONE, "sit-panel", OFFICIAL, members=members, aside=[LEAD], preferred="KPMG")
    (award,) = (do for do in WAY["tender"] if do.type == "award-contract")
    body = {**award.body, "starts": "2003-12-01", "ends": "2004-11-30"}
    accept(filled, ONE, "award-contract", OFFICIAL, claim={"source": "The contract"}, **body)


def disputed(filled: Filled) -> None:
    """Two sources on the day of the award."""
    changes = {"starts": "2003-11"}
    accept(
        filled, ONE, "dispute-fact", OFFICE, event="contract-awarded", changes=changes, source="Annexe 4", note="Table"
    )
    accept(filled, ONE, "choose-fact", OFFICE, dispute=1, use="other", reason="The table is older.")
    price = {"source": "A copy", "changes": {"price": "98", "people": [{"person": "jo-b", "cv": "A short CV."}]}}
    accept(filled, ONE, "dispute-fact", OFFICE, event="bid-received", **price)
    noted = {"source": "Letters", "changes": {"text": "Every child has two workers."}}
    accept(filled, ONE, "dispute-fact", OFFICE, event="target-set", **noted)


def mobilised(filled: Filled) -> None:
    """The meeting, the leads, the core team, some posts and a PID that the board agreed."""
    filled.later(days=60)
    accept(filled, ONE, "hold-mobilisation-meeting", LEAD, present=[LEAD, DIRECTOR], note="All of them came.")
    lead = {"party": "inspectorate", "person": "ann-i", "name": "Ann Ibbs", "standing": "substantive"}
    accept(filled, ONE, "name-lead", LEAD, fields=lead)
    accept(filled, ONE, "name-lead", DIRECTOR, fields={"party": "council", "person": "dan-c", "standing": "acting"})
    accept(filled, ONE, "name-lead", PARTNER, fields={"party": "team", "person": "p3", "name": "Pat Three"})
    core = [
        {"person": "sam-s", "name": "Sam Sills", "part": "senior-partner"},
        {"person": "p3", "part": "project-manager"},
        {"person": "p4", "name": "Kim Four", "part": "consultant"},
    ]
    accept(filled, ONE, "name-core-team", PARTNER, members=core[1:])
    accept(filled, ONE, "name-core-team", PARTNER, members=core)
    director = {"post": DIRECTOR, "person": "dee-d", "name": "Dee Dunn", "standing": "interim", "took_over": True}
    accept(filled, ONE, "record-post-holder", OFFICE, fields=director)
    accept(
        filled,
        ONE,
        "submit-pid",
        CONSULTANT,
        workstreams=[{"id": "practice", "title": "Practice"}, {"id": "finance"}],
        deliverables=[
            {"id": "thresholds", "title": "Agreed thresholds", "workstream": "practice"},
            {"id": "rota", "workstream": "practice"},
        ],
        milestones=[
            {"id": "thresholds-in-use", "by": "2199-01-31", "title": "In use", "workstream": "practice"},
            {"id": "ledgers-open", "by": "2004-01-31"},
            {"id": "rota-kept", "by": "2004-03"},
            {"id": "books-closed", "by": "2004-04-30"},
        ],
        roles=[{"role": CONSULTANT, "person": "p3", "does": "Manages the project."}],
        information="Files stay in the building.",
    )
    accept(filled, ONE, "agree-pid", BOARD, OFFICE)


def governed(filled: Filled) -> None:
    """Boards with members, reports, minutes and actions, contact between leads, and change control."""
    seats: list[dict[str, Any]] = [
        {"role": LEAD, "person": "ann-i", "standing": "substantive", "chair": True},
        {"role": DIRECTOR, "person": "dee-d", "name": "Dee Dunn", "standing": "interim"},
        {"role": "council.member", "person": "mel-m", "name": "Mel Moss", "standing": "substantive", "observer": True},
        {"role": CONSULTANT, "person": "p3", "standing": "substantive"},
        {"role": "council.chief-executive", "person": "cee-e", "standing": "acting"},
    ]
    for seat in seats:
        accept(filled, ONE, "appoint-member", OFFICE, fields=seat)
    accept(filled, ONE, "schedule-board", LEAD, board=1, date="2003-12-10", milestone="ledgers-open")
    accept(filled, ONE, "agree-contact-rhythm", LEAD, every="weekly")
    filled.later(days=17)
    accept(filled, ONE, "send-report", CONSULTANT, board=1, agreed_with_council=False)
    filled.later(days=1)
    everybody = [LEAD, DIRECTOR, CONSULTANT]
    accept(filled, ONE, "hold-board", LEAD, board=1, attended=everybody, present=9)
    accept(filled, ONE, "end-membership", OFFICE, fields={"role": "council.chief-executive", "person": "cee-e"})
    actions = [
        {"id": "write-rota", "text": "Write a rota.", "owner": DIRECTOR, "by": "2003-12-20"},
        {"id": "find-rooms", "text": "Find rooms.", "owner": DIRECTOR, "by": "2199-12-20"},
        {"id": "hire-two", "text": "Hire two managers.", "owner": DIRECTOR, "by": "2003-12-31"},
    ]
    accept(filled, ONE, "circulate-minutes", LEAD, board=1, actions=actions)
    accept(filled, ONE, "close-action", LEAD, action="hire-two", note="They start in May.")
    accept(filled, ONE, "record-contact", LEAD, between=[LEAD, DIRECTOR], note="By telephone.")
    moved = [{"id": "ledgers-open", "by": "2004-02-28"}]
    wanted = {"days": "10", "workstreams": [{"id": "fostering", "title": "Fostering"}], "milestones": moved}
    accept(filled, ONE, "request-change", DIRECTOR, grounds="More is wrong.", occasion="new-facts", **wanted)
    accept(filled, ONE, "decide-change", BOARD, OFFICE, change=1, approved=True)
    accept(filled, ONE, "request-change", CONSULTANT, grounds="No time.", occasion="other-priority", days="30")
    accept(filled, ONE, "decide-change", BOARD, OFFICE, change=2, approved=False, reason="No money.")
    accept(filled, ONE, "record-stall", LEAD, text="Nobody comes any more.", change=2)
    filled.later(days=20)
    accept(filled, ONE, "record-resumption", LEAD, note="They come again.")
    accept(filled, ONE, "record-stall", LEAD, text="It stands still again.")
    accept(
        filled,
        ONE,
        "submit-pid",
        CONSULTANT,
        workstreams=[{"id": "practice"}, {"id": "finance"}],
        deliverables=[{"id": "thresholds", "workstream": "practice"}],
        milestones=[
            {"id": "thresholds-in-use", "by": "2199-03-31", "workstream": "practice"},
            {"id": "ledgers-open", "by": "2004-02-28"},
            {"id": "books-closed", "by": "2004-04-30"},
        ],
    )
    accept(filled, ONE, "agree-pid", BOARD, OFFICE)
    accept(filled, ONE, "schedule-board", LEAD, board=2, date="2003-12-30", extraordinary=True)
    accept(filled, ONE, "hold-board", LEAD, board=2, attended=[LEAD, CONSULTANT])
    accept(filled, ONE, "schedule-board", LEAD, board=3, date="2004-02-10")


def worked(filled: Filled) -> None:
    """Days and money, the work and its results, and who left meanwhile."""
    spent = {"workstream": "practice", "consultant": "p3"}
    accept(filled, ONE, "record-days", CONSULTANT, days="12.5", **spent)
    accept(filled, ONE, "record-days", CONSULTANT, days="10", workstream="fostering", consultant="p4")
    accept(filled, ONE, "sign-off-days", LEAD, days="12.5", claims=[1])
    accept(filled, ONE, "record-payment", OFFICIAL, amount="30000.00", kind="variable", invoice="inv-1", days="10")
    accept(filled, ONE, "record-payment", OFFICIAL, amount="50000.00", kind="fixed", invoice="inv-2")
    accept(filled, ONE, "reach-milestone", LEAD, milestone="ledgers-open", note="A week early.")
    did = {"activity": "practice.training", "workstream": "practice", "style": "detective", "note": "Blame fell."}
    accept(filled, ONE, "record-activity", LEAD, **did)
    accept(filled, ONE, "record-product", LEAD, product="handbook", title="A handbook", workstream="practice")
    accept(filled, ONE, "judge-workstream", LEAD, workstream="practice", success="more")
    accept(filled, ONE, "judge-workstream", LEAD, workstream="fostering", success="less", reason="It came too late.")
    bought = {"firm": "Others Ltd", "text": "The same audit.", "workstream": "practice"}
    accept(filled, ONE, "record-parallel-work", LEAD, **bought)
    accept(filled, ONE, "name-lead", PARTNER, fields={"party": "team", "person": "p4"})
    accept(filled, ONE, "record-departure", OFFICE, fields={"post": DIRECTOR, "person": "dee-d", "reason": "Ill."})


def ended(filled: Filled) -> None:
    """The final days, the end of the main work, and exit with its review."""
    filled.later(days=40)
    accept(filled, ONE, "hold-board", LEAD, board=3, attended=[LEAD, DIRECTOR, CONSULTANT])
    accept(filled, ONE, "submit-deliverable", CONSULTANT, deliverable="thresholds")
    accept(filled, ONE, "accept-deliverable", BOARD, OFFICE, deliverable="thresholds")
    accept(filled, ONE, "pass-lead", BOARD, OFFICE, days="20")
    accept(filled, ONE, "commission-piece", DIRECTOR, title="A foster carers' guide", days="8")
    accept(filled, ONE, "commission-piece", DIRECTOR, title="A last audit", days="4", piece="audit")
    accept(filled, ONE, "use-final-days", DIRECTOR, days="5", piece="piece-1", consultant="p4")
    accept(filled, ONE, "finish-piece", DIRECTOR, piece="piece-1", note="Printed.")
    tasks = [{"id": "notes", "title": "Handover notes"}, {"id": "training"}]
    accept(filled, ONE, "end-main-work", LEAD, tasks=tasks, until="2199-06", note="Most are gone.")
    accept(filled, ONE, "end-task", LEAD, task="training")
    accept(filled, ONE, "release-final-days", DIRECTOR, days="15")
    evaluated = {"met": ["thresholds"], "unmet": ["seen-in-time"], "text": "Half of it."}
    accept(filled, ONE, "evaluate-deliverables", LEAD, **evaluated)
    accept(filled, ONE, "evaluate-contribution", LEAD, credited=["crisis", "ideas"], text="They calmed it.")
    accept(filled, ONE, "evaluate-impact", LEAD, impact=["people.morale", "systems.story"])
    signed = {"inspection_on": "2004-01", "unmet": "Still slow.", "unmet_outcomes": ["seen-in-time"]}
    accept(filled, ONE, "sign-off-exit", BOARD, OFFICE, **signed)
    accept(filled, ONE, "record-next-step", OFFICE, next="monitoring", reason="To be sure.")
    filled.later(days=360)
    accept(filled, ONE, "record-review", LEAD, finding="better", impact=["people.morale"], text="It lasts.")


def disputed_rating(filled: Filled) -> None:
    """Two sources on what was printed of a council's rating, one with a choice."""
    council = "council/E09000014"
    label = {"event": "rating-published", "changes": {"label": "serving-some"}, "source": "The printed list"}
    accept(filled, council, "dispute-fact", OFFICE, note="Page 2", **label)
    accept(filled, council, "choose-fact", OFFICE, dispute=1, use="other", reason="It is the older print.")
    accept(
        filled, council, "dispute-fact", OFFICE, event="rating-published", changes={"note": "No."}, source="A letter"
    )
    council = "council/E08000026"
    accept(filled, council, "publish-rating", CHIEF, **(RATED | {"stars": 1}))
    accept(filled, council, "dispute-fact", OFFICE, **label)
    accept(filled, council, "withdraw-rating", OFFICE, rating=1, reason="It was another council's.")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of an engagement with something in every part, and of one just opened."""
    folder = tmp_path_factory.mktemp("dossier")
    filled = Filled.make(folder, NOON)
    for council in ("council/E09000014", "council/E06000030"):
        accept(filled, council, "publish-rating", CHIEF, claim={"source": "The web"}, **RATED)
    before_the_decision(filled)
    to_the_award(filled)
    disputed(filled)
    mobilised(filled)
    governed(filled)
    worked(filled)
    ended(filled)
    disputed_rating(filled)
    with filled.ledger.writing() as tx:
        awarded = next(e for e in _events(filled) if e.type == "contract-awarded")
        director = next(e for e in _events(filled) if e.type == "post-holder-recorded")
        gone = [awarded.body["exit_strategy"], director.body["name"]]
        assert erase(tx, filled.at, commitments=gone) == 2
    filled.ledger.close()
    return folder


def _events(filled: Filled) -> list[Any]:
    with filled.ledger.reading() as conn:
        return list(events.read_stream(conn, ONE))


def part(run: Run, full: Path, name: str) -> Any:
    """One part as data."""
    return run(full, "dossier", "haringey-1", name, "--json").json[name]


def lines(run: Run, home: Path, name: str, id: str = "haringey-1") -> list[str]:
    """One part as a program reads it."""
    result = run(home, "dossier", id, name)
    assert (result.code, result.err) == (0, "")
    return result.out.splitlines()
