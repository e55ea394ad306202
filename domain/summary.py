"""What a state comes to in a few dozen named values, so that two states can be told apart: what a step has changed.

A value is named by what it is and of which it is, such as ("owed", "submit-pip 1"); where there is only one, the second
name is empty. Values are plain data: text, numbers, days as they are printed. No value is sealed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain import exit as exit_
from domain.account import account, award_of
from domain.assessments import AssessmentRecorded
from domain.authority import authorities
from domain.best_value_notice import notices
from domain.board import boards
from domain.chair_report import chair_report
from domain.change import changes, stalled
from domain.commissioners import ReservedPowerUsed, appointments
from domain.council import Council, InterventionClosed, InterventionOpened
from domain.decision import standing as decision
from domain.directions import FunctionsReturned, all_directions
from domain.disputes import disputes
from domain.engagement import Engagement
from domain.exit import FurtherPhaseStarted
from domain.handover import tapering
from domain.indicators import table
from domain.items import ItemRecorded
from domain.members import members
from domain.minded_to import proposals
from domain.minutes import actions
from domain.part import History
from domain.partner_contract import contracts, invoices
from domain.people import turnover
from domain.plan import plan_standing
from domain.population import population
from domain.progress_reports import reports
from domain.project import DeliverableAccepted, DeliverableSubmitted
from domain.rating_notes import in_special_measures
from domain.ratings import RatingPublished, RatingWithdrawn, answers_to, in_force, newest_rating
from domain.scope import scope_standing
from domain.statutory_direction import statutory_directions
from domain.targets import targets
from domain.work import milestones

Name = tuple[str, str]
"""What a value is, and of which thing."""

Summary = Mapping[Name, Any]


@dataclass(frozen=True)
class Difference:
    """A value that is another in the later of two states. None where there is none."""

    what: str
    of: str
    before: Any
    after: Any


def differences(before: Summary, after: Summary) -> tuple[Difference, ...]:
    """What differs between two states, in the order of the later one; what has gone comes last."""
    names = [*after, *(name for name in before if name not in after)]
    return tuple(
        Difference(*name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    )


def _said(values: Iterator[tuple[str, str, Any]]) -> Summary:
    return {(what, of): value for what, of, value in values if value not in (None, "", False, 0, ())}


# An engagement


def engagement_summary(state: Engagement) -> Summary:
    """What an engagement comes to. Of what is counted in phases, the current one."""
    return _said(_of_engagement(state))


def _of_engagement(state: Engagement) -> Iterator[tuple[str, str, Any]]:
    if state.opening is None:
        return
    history = state.history
    yield "stage", "", state.stage
    yield "stage-since", "", str(state.stage_since) if state.stage_since else None
    yield "closed", "", state.closed
    yield "model", "", state.model
    yield "phase", "", len(history.all(FurtherPhaseStarted)) + 1
    yield "special-measures", "", in_special_measures(history)
    yield "assumed", "", state.assumed
    yield "history", "", not state.live
    yield from _owed(state)
    yield from _agreed(history)
    yield from _account(history)
    yield from _people(history)
    yield from _work(history)
    yield from _ending(history)
    yield from _intervening(history)
    yield from _partnering(history)
    for record in dict.fromkeys(entry.event.record for entry in history.all(ItemRecorded)):
        yield "records", record, sum(entry.event.record == record for entry in history.all(ItemRecorded))
    yield from _disputes(history)


def _owed(state: Engagement) -> Iterator[tuple[str, str, Any]]:
    for (name, number), held in state.obligations.items():
        one = f"{name} {number}"
        yield "owed", one, held.opened.due_on.isoformat()
        yield "late", one, held.passed
        yield "paused", one, held.pause.on.isoformat() if held.pause else None
        yield "reminders", one, held.reminded
        yield "escalations", one, held.escalated


def _agreed(history: History) -> Iterator[tuple[str, str, Any]]:
    plan, decided, scope, award = (
        plan_standing(history),
        decision(history),
        scope_standing(history),
        award_of(history),
    )
    yield "plan", "", plan.plan
    yield "plan-judged", "", plan.verdict
    for target in targets(history):
        yield "target", str(target.number), target.followed_up.event.verdict if target.followed_up else "open"
    yield "recommended", "", decided.recommended.event.outcome if decided.recommended else None
    yield "decided", "", decided.decided.event.outcome if decided.decided else None
    for held in authorities(history):
        yield "authority", str(held.number), "ended" if held.ended else held.kind
    if scope is not None:
        yield "scope", "", scope.drafted.event.draft
        yield "scope-agreed", "", scope.agreed
    if award is not None:
        yield "team", "", award.team
        yield "price", "", _number(award.price)
        yield "starts", "", str(award.starts) if award.starts else None
        yield "ends", "", str(award.ends) if award.ends else None


def _account(history: History) -> Iterator[tuple[str, str, Any]]:
    now = account(history)
    yield "days-contracted", "", _number(now.contracted)
    yield "days-used", "", _number(now.used)
    yield "days-signed-off", "", _number(now.signed_off)
    yield "days-with-the-council", "", _number(now.left)
    yield "paid", "", _number(now.paid)


def _number(value: Decimal | None) -> str | None:
    return str(value) if value else None


def _people(history: History) -> Iterator[tuple[str, str, Any]]:
    for post in turnover(history).values():
        if post.holder is not None:
            yield "post", post.post, post.holder.person
    for of_party in members(history).values():
        for member in of_party:
            yield "member", member.label, "chair" if member.chair else "observer" if member.observer else "member"


def _work(history: History) -> Iterator[tuple[str, str, Any]]:
    for meeting in boards(history):
        one = str(meeting.board)
        yield "board", one, str(meeting.date)
        yield "board-held", one, str(meeting.held) if meeting.held else None
        yield "board-cancelled", one, str(meeting.cancelled) if meeting.cancelled else None
    for action in actions(history):
        yield "action", action.id, "closed" if action.closed else "open"
    for change in changes(history):
        yield "change", str(change.number), change.state
    for milestone in milestones(history):
        yield "milestone", milestone.id, str(milestone.now)
        yield "milestone-reached", milestone.id, str(milestone.reached) if milestone.reached else None
    for handed_in in history.in_phase(DeliverableSubmitted):
        yield "deliverable", handed_in.event.deliverable, "handed-in"
    for accepted in history.in_phase(DeliverableAccepted):
        yield "deliverable", accepted.event.deliverable, "accepted"
    stall = stalled(history)
    yield "stalled-since", "", str(stall.entry.occurred) if stall else None


def _ending(history: History) -> Iterator[tuple[str, str, Any]]:
    ends, now = tapering(history), exit_.standing(history)
    yield "main-work-ended", "", str(ends.ended.occurred) if ends else None
    for task in ends.tasks if ends else ():
        yield "task", task.task.id, "ended" if task.ended else "open"
    yield "signed-off", "", str(now.signed_off.occurred) if now.signed_off else None
    yield "next-step", "", now.next_step.event.next if now.next_step else None
    yield "reviewed", "", str(now.review.occurred) if now.review else None
    yield "review-waived", "", str(now.waived.occurred) if now.waived else None


def _intervening(history: History) -> Iterator[tuple[str, str, Any]]:
    for notice in notices(history):
        one = str(notice.number)
        yield "notice", one, notice.concluded.event.outcome if notice.concluded else str(notice.until)
    for proposal in proposals(history):
        done = proposal.dropped or proposal.considered or proposal.announced
        yield "proposal", str(proposal.number), done.event.type
    for each in all_directions(history):
        yield "directions", str(each.number), "revoked" if each.revoked else str(each.until or "no last day")
    for returned in history.all(FunctionsReturned):
        for name in returned.event.functions:
            yield "function", name, "returned"
    for appointed in appointments(history):
        yield "appointment", str(appointed.number), "ended" if appointed.ended else appointed.appointed.event.person
    yield "powers-used", "", len(history.all(ReservedPowerUsed))
    for report in reports(history):
        last = (
            report.decided or (report.published[-1] if report.published else None) or report.replied or report.received
        )
        yield "report", str(report.number), last.event.type.removeprefix("progress-report-")


def _partnering(history: History) -> Iterator[tuple[str, str, Any]]:
    for direction in statutory_directions(history):
        yield "direction", str(direction.number), direction.ended.event.how if direction.ended else "in force"
    for contract in contracts(history):
        one = f"{contract.number} {contract.signed.event.partner}"
        yield "contract-with", one, contract.ended.event.how if contract.ended else "running"
        yield "contract-ends", one, str(contract.ends) if contract.ends else None
    for name, invoice in invoices(history).items():
        yield "invoice", name, invoice.standing
    measured = table(history)
    for row in measured.rows:
        values = [(period, row.values[period]) for period in measured.periods if period in row.values]
        yield "indicator", row.indicator.id, f"{values[-1][1]} ({values[-1][0]})" if values else "no value"
    answered = chair_report(history)
    yield "chair-report", "", None if answered is None else "handed in" if answered.report else "asked for"


def _disputes(history: History) -> Iterator[tuple[str, str, Any]]:
    for dispute in disputes(history):
        yield "dispute", str(dispute.number), f"{dispute.used}" if dispute.used else "withdrawn"


# A council


def council_summary(state: Council) -> Summary:
    """What a council comes to: its ratings by version and the newest of each service, and its engagements."""
    return _said(_of_council(state))


def _of_council(state: Council) -> Iterator[tuple[str, str, Any]]:
    history = state.history
    published = history.all(RatingPublished)
    for service in dict.fromkeys(entry.event.service for entry in published):
        newest = newest_rating(history, service)
        yield "stars", service, f"{newest.event.stars}" if newest else None
        yield "rated-on", service, str(newest.occurred) if newest else None
    withdrawn = {entry.event.rating for entry in history.all(RatingWithdrawn)}
    for entry in published:
        answers = answers_to(history, entry.version)
        yield "answer", str(entry.version), ("accepted" if answers[-1].event.accepted else "refused") if answers else ""
        yield "withdrawn", str(entry.version), entry.version in withdrawn
    ended = {entry.event.engagement: entry.event.end for entry in history.all(InterventionClosed)}
    for opened in history.all(InterventionOpened):
        yield "engagement", opened.event.engagement, ended.get(opened.event.engagement, "open")
    yield "assessments", "", len(history.all(AssessmentRecorded))
    known = population(history)
    yield "population", "", known.event.population if known else None
    yield from _disputes(in_force(history))
