"""The dossier of an engagement, part by part, and what is newly worth a look after a command."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest

from cli import dossier, words
from domain import vocabulary
from ledger.sealing import erase
from tests.command_line import Engine, Run
from tests.given import WAY
from tests.ledgers import Filled

NOON = datetime(2003, 9, 1, 11, tzinfo=UTC)
ONE, OTHER = "engagement/haringey-1", "engagement/swindon-1"

CHIEF, LEAD, OFFICIAL = "inspectorate.chief-inspector", "inspectorate.lead-inspector", "department.official"
DIRECTOR, OFFICE = "council.director", "department.programme-office"


def accept(filled: Filled, *given: Any, **body: Any) -> None:
    """Give a command, which must be carried out."""
    done = filled.give(*given, **body)
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
    accept(filled, ONE, "assess-ingredients", LEAD, present=["pressure", "vision", "people", "rewards"], evidence="Talks.")
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
    accept(filled, ONE, "award-contract", OFFICIAL, **body)


def disputed(filled: Filled) -> None:
    """Two sources on the day of the award."""
    changes = {"starts": "2003-11"}
    accept(filled, ONE, "dispute-fact", OFFICE, event="contract-awarded", changes=changes, source="Annexe 4", note="Table")
    accept(filled, ONE, "choose-fact", OFFICE, dispute=1, use="other", reason="The table is older.")
    noted = {"source": "Letters", "changes": {"text": "Every child has two workers."}}
    accept(filled, ONE, "dispute-fact", OFFICE, event="target-set", **noted)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of an engagement with something in every part, and of one just opened."""
    folder = tmp_path_factory.mktemp("dossier")
    filled = Filled.make(folder, NOON)
    for council in ("council/E09000014", "council/E06000030"):
        accept(filled, council, "publish-rating", CHIEF, service="social-services", stars=0)
    before_the_decision(filled)
    to_the_award(filled)
    disputed(filled)
    with filled.ledger.writing() as tx:
        awarded = next(e for e in _events(filled) if e.type == "contract-awarded")
        assert erase(tx, filled.at, commitments=[awarded.body["exit_strategy"]]) == 1
    filled.ledger.close()
    return folder


def _events(filled: Filled) -> list[Any]:
    from ledger import events

    with filled.ledger.reading() as conn:
        return list(events.read_stream(conn, ONE))


def test_the_dossier_has_every_part_in_order(run: Run, full: Path) -> None:
    drawn = run(full, "dossier", "haringey-1", "--json").json
    assert list(drawn) == list(dossier.PARTS)
    text = run(full, "dossier", "haringey-1")
    assert (text.code, text.err) == (0, "")
    assert [line for line in text.out.splitlines() if line in {part.title for part in dossier.PARTS.values()}] == [
        part.title for part in dossier.PARTS.values()
    ]


def test_x(run: Run, full: Path) -> None:
    import sys
    r = run(full, "dossier", "haringey-1")
    sys.stderr.write(r.out)
    sys.stderr.write(run(full, "dossier", "haringey-1", "--json").out)
    assert 0
