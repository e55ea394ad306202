"""The reports of commissioners, envoys or panels: received, answered by the minister, both published, and what follows.

Each time it is decided whether to go on, to change the directions, to give functions back, or to leave. Nothing says how soon
a minister replies: reports were published 5 weeks to 6 months after they came ([GOV], 2021 to 2026). When the next is due is
data of the report. Reports count from 1; letters between them are no reports.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field

from domain.checks import silent, too_early
from domain.dates import When
from domain.directions import DirectionsIssued
from domain.numbering import next_number
from domain.part import Asked, Command, Entry, Event, History, Kinds, Refusal
from domain.sealed import Sealed

Outcome = Literal["go-on", "change", "return", "exit"]
Paper = Literal["report", "reply"]


class ProgressReportReceived(Event):
    """A report came: what it covers, what it advises where that is said, and when the next is due."""

    type: ClassVar[str] = "progress-report-received"
    report: int
    covers_to: When | None = None
    advises: Outcome | None = None
    next: When | None = None
    document: Sealed | None = None


class ProgressReportRepliedTo(Event):
    """The minister replied to a report."""

    type: ClassVar[str] = "progress-report-replied-to"
    report: int
    document: Sealed | None = None


class ProgressReportPublished(Event):
    """A report was published, the reply with it or not."""

    type: ClassVar[str] = "progress-report-published"
    report: int
    papers: tuple[Paper, ...]


class ProgressReportDecided(Event):
    """After a report it was decided what follows."""

    type: ClassVar[str] = "progress-report-decided"
    report: int
    outcome: Outcome
    reasons: Sealed | None = None


class ReceiveProgressReport(Command):
    """Record that a report of commissioners, envoys or the panel came."""

    type: ClassVar[str] = "receive-progress-report"
    gives: ClassVar[Kinds] = (ProgressReportReceived,)
    needs: ClassVar[Kinds] = (DirectionsIssued,)
    covers_to: When | None = None
    advises: Outcome | None = None
    next: When | None = None
    document: Sealed | None = None


class ReplyToProgressReport(Command):
    """Record the minister's reply to a report."""

    type: ClassVar[str] = "reply-to-progress-report"
    gives: ClassVar[Kinds] = (ProgressReportRepliedTo,)
    report: int = Field(ge=1)
    document: Sealed | None = None


class PublishProgressReport(Command):
    """Record that a report was published, with the minister's reply."""

    type: ClassVar[str] = "publish-progress-report"
    gives: ClassVar[Kinds] = (ProgressReportPublished,)
    report: int = Field(ge=1)
    papers: tuple[Paper, ...] = Field(min_length=1)


class DecideOnProgressReport(Command):
    """Record what follows from a report: go on, change, return functions, or exit."""

    type: ClassVar[str] = "decide-on-progress-report"
    gives: ClassVar[Kinds] = (ProgressReportDecided,)
    report: int = Field(ge=1)
    outcome: Outcome
    reasons: Sealed | None = None


COMMANDS = (ReceiveProgressReport, ReplyToProgressReport, PublishProgressReport, DecideOnProgressReport)
EVENTS = (ProgressReportReceived, ProgressReportRepliedTo, ProgressReportPublished, ProgressReportDecided)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about a report."""
    match command:
        case ReceiveProgressReport():
            return _receive(command, history, asked)
        case ReplyToProgressReport() | PublishProgressReport() | DecideOnProgressReport():
            return _on(command, history, asked)
    raise TypeError(command)


def _receive(command: ReceiveProgressReport, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    if command.document is None and not silent(asked):
        return Refusal("document-needed", {"command": command.type})
    if command.next is not None and command.next.certainly_before(asked.occurred):
        return Refusal("next-report-before", {"next": str(command.next), "occurred": str(asked.occurred)})
    return [ProgressReportReceived(report=next_number(history, ProgressReportReceived), **dict(command))]


def _on(
    command: ReplyToProgressReport | PublishProgressReport | DecideOnProgressReport, history: History, asked: Asked
) -> Sequence[Event] | Refusal:
    found = {report.number: report for report in reports(history)}
    report = found.get(command.report)
    if report is None:
        return Refusal("no-such-report", {"report": command.report, "reports": list(found)})
    refusal = too_early(asked.occurred, report.received)
    if refusal is not None:
        return refusal
    unanswered = None
    if report.replied is None and not silent(asked):
        unanswered = Refusal("report-not-replied-to", {"report": report.number, "command": command.type})
    match command:
        case ReplyToProgressReport(document=document):
            if document is None and not silent(asked):
                return Refusal("document-needed", {"command": command.type})
            if report.replied is not None:
                details = {"report": report.number, "on": str(report.replied.occurred)}
                return Refusal("report-replied-to-already", details)
            return [ProgressReportRepliedTo(**dict(command))]
        case PublishProgressReport():
            refusal = unanswered if "reply" in command.papers else None
            return refusal or [ProgressReportPublished(**dict(command))]
        case DecideOnProgressReport():
            if report.decided is not None:
                details = {"report": report.number, "on": str(report.decided.occurred)}
                return Refusal("report-decided-already", details)
            return unanswered or [ProgressReportDecided(**dict(command))]


# How they stand


@dataclass(frozen=True)
class Report:
    """A report as it stands: what came, the reply, each publication and what was decided."""

    number: int
    received: Entry[ProgressReportReceived]
    replied: Entry[ProgressReportRepliedTo] | None
    published: tuple[Entry[ProgressReportPublished], ...]
    decided: Entry[ProgressReportDecided] | None


def reports(history: History) -> tuple[Report, ...]:
    """Every report of the engagement, in order."""
    replied = {entry.event.report: entry for entry in history.all(ProgressReportRepliedTo)}
    decided = {entry.event.report: entry for entry in history.all(ProgressReportDecided)}
    return tuple(
        Report(
            number=(number := entry.event.report),
            received=entry,
            replied=replied.get(number),
            published=tuple(e for e in history.all(ProgressReportPublished) if e.event.report == number),
            decided=decided.get(number),
        )
        for entry in history.all(ProgressReportReceived)
    )
