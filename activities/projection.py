"""Read models from state: the row of an engagement, its obligations and notices, as lists and pages show them."""

from collections.abc import Sequence

from sqlalchemy import Connection

from domain.clock import ClockPaused, ClockResumed
from domain.council import CouncilFacts
from domain.engagement import Engagement, Rules
from domain.notices import NoticeAsked
from domain.obligations import (
    CarriedOver,
    Obligation,
    ObligationClosed,
    ObligationMet,
    ObligationOpened,
    ObligationPassed,
    ObligationRescheduled,
    moved_to,
)
from domain.part import Event
from domain.records import Recorded
from ledger import read_models
from ledger.read_models import engagement_row, notice_row, obligation_row


def project_engagement(conn: Connection, state: Engagement, rules: Rules, facts: CouncilFacts) -> None:
    """Write the row of an engagement."""
    assert state.opening is not None and state.stage is not None
    deadline = state.next_deadline()
    stage = rules.lifecycle.stage(state.stage)
    read_models.upsert(
        conn,
        engagement_row,
        {"id": state.id},
        {
            "council": facts.gss,
            "council_name": facts.name,
            "region": facts.region,
            "service": state.opening.service,
            "model": state.model,
            "stage": state.stage,
            "stage_since": str(state.stage_since),
            "opened_on": str(state.opened),
            "next_due": deadline.opened.due_at if deadline else None,
            "next_due_what": _title(rules, state.stage, deadline) if deadline else None,
            "owner": None if state.closed else deadline.opened.owner if deadline else stage.owner,
            "late": state.late(),
            "closed": state.closed,
            "status": "live" if state.live else "history",
            "stuck": False,
            "version": state.version,
            "assumed": state.assumed,
        },
    )


def _title(rules: Rules, stage: str, owed: Obligation) -> str | None:
    """What an obligation is called in a stage; None where it is none of that stage."""
    for rule in rules.lifecycle.owed_in(stage):
        if rule.id == owed.opened.obligation:
            return rule.title
    return None


def project_obligations(conn: Connection, state: Engagement, events: Sequence[Event]) -> None:
    """Write the rows of the obligations that these events of the engagement touched.

    One whose clock stands has no date: its derivation says since when it stands, and what is left.
    """
    touched: dict[tuple[str, int], str] = {}
    for event in events:
        match event:
            case ObligationOpened(carried=CarriedOver(passed=True)):
                touched[event.obligation, event.number] = "late"
            case ObligationOpened() | ClockResumed() | ObligationRescheduled():
                touched[event.obligation, event.number] = "open"
            case ClockPaused():
                touched[event.obligation, event.number] = "paused"
            case ObligationPassed():
                touched[event.obligation, event.number] = "late"
            case ObligationMet():
                touched[event.obligation, event.number] = "met late" if event.late else "met"
            case ObligationClosed():
                touched[event.obligation, event.number] = "released"
    if not touched:
        return
    opened = {(e.event.obligation, e.event.number): e.event for e in state.history.all(ObligationOpened)}
    for moved in (entry.event for entry in state.history.all(ObligationRescheduled)):
        key = (moved.obligation, moved.number)
        opened[key] = moved_to(opened[key], moved)
    for (name, number), how in touched.items():
        event, held = opened[name, number], state.obligations.get((name, number))
        derivation, pause = event.derivation.model_dump(mode="json"), held.pause if held else None
        if pause is not None:
            derivation |= {"paused_on": pause.on.isoformat(), "left": pause.left}
        read_models.upsert(
            conn,
            obligation_row,
            {"engagement": state.id, "obligation": name, "number": number},
            {
                "owner": event.owner,
                "due": event.due_at if pause is None else None,
                "due_on": event.due_on if pause is None else None,
                "state": how,
                "derivation": derivation,
            },
        )


def project_notice(conn: Connection, id: str, asked: NoticeAsked, recorded: Recorded) -> None:
    """Write the row of a notice that was just asked for."""
    read_models.upsert(
        conn,
        notice_row,
        {"id": id},
        {
            "engagement": asked.about.removeprefix("engagement/"),
            "to_role": asked.to,
            "template": asked.template,
            "asked_at": recorded.recorded_at,
            "state": "asked",
            "settled": False,
            "attempts": 0,
        },
    )
