"""The Best Value Notice: what is expected of a council and until when. It is not statutory, and lapses by itself.

Practice of 2023 to 2026, as councils' own pages and Local Government Lawyer tell it: issued by an official for ministers,
published, for 12 months or 6. It may be ended or escalated early. Reissued by its last day it goes on under its number; once
it has lapsed, what is issued is a new one. Its last day is data of the letter: no law sets one. Notices count from 1.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.checks import named_twice, silent, too_early
from domain.dates import When
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Slug
from domain.sealed import Sealed

Theme = Literal[
    "continuous-improvement",
    "leadership",
    "governance",
    "culture",
    "use-of-resources",
    "service-delivery",
    "partnerships-and-community-engagement",
]
"""The seven themes of the best value duty (statutory guidance of May 2024)."""

Outcome = Literal["not-reissued", "ended-early", "escalated"]
Following = Literal["engagement", "sector-support"]
"""What follows a notice that is not escalated: officials stay engaged, or the sector's own help is enough."""


class Expectation(BaseModel):
    """Something that the notice asks of the council."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Slug
    text: Sealed | None = None


class BestValueNoticeIssued(Event):
    """A notice was issued, or reissued before it lapsed (`renews`). `until` is its last day, `months` its length as printed."""

    type: ClassVar[str] = "best-value-notice-issued"
    notice: int
    renews: bool = False
    until: When
    months: int | None = None
    themes: tuple[Theme, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    published: bool = False
    document: Sealed | None = None


class ExpectationEvidenced(Event):
    """The council gave evidence on something that a notice asks of it."""

    type: ClassVar[str] = "expectation-evidenced"
    notice: int
    expectation: str | None = None
    evidence: Sealed


class BestValueNoticeConcluded(Event):
    """A letter said what becomes of a notice. `lapsed` when its last day had passed by then."""

    type: ClassVar[str] = "best-value-notice-concluded"
    notice: int
    outcome: Outcome
    following: Following | None = None
    next_talk: When | None = None
    lapsed: bool = False
    document: Sealed | None = None
    reasons: Sealed | None = None


class IssueBestValueNotice(Command):
    """Issue a Best Value Notice, or reissue the one in force."""

    type: ClassVar[str] = "issue-best-value-notice"
    gives: ClassVar[Kinds] = (BestValueNoticeIssued,)
    until: When
    months: int | None = Field(default=None, ge=1, le=60)
    themes: tuple[Theme, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    published: bool = False
    document: Sealed | None = None


class EvidenceExpectation(Command):
    """Record the council's evidence on something that the latest notice asks of it, or on the notice as a whole."""

    type: ClassVar[str] = "evidence-expectation"
    gives: ClassVar[Kinds] = (ExpectationEvidenced,)
    needs: ClassVar[Kinds] = (BestValueNoticeIssued,)
    expectation: str | None = None
    evidence: Sealed


class ConcludeBestValueNotice(Command):
    """Record the letter that says what becomes of the latest notice: not reissued, ended early or escalated."""

    type: ClassVar[str] = "conclude-best-value-notice"
    gives: ClassVar[Kinds] = (BestValueNoticeConcluded,)
    needs: ClassVar[Kinds] = (BestValueNoticeIssued,)
    outcome: Outcome
    following: Following | None = None
    next_talk: When | None = None
    document: Sealed | None = None
    reasons: Sealed | None = None


COMMANDS = (IssueBestValueNotice, EvidenceExpectation, ConcludeBestValueNotice)
EVENTS = (BestValueNoticeIssued, ExpectationEvidenced, BestValueNoticeConcluded)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about a notice."""
    match command:
        case IssueBestValueNotice():
            return _issue(command, history, asked)
        case EvidenceExpectation(expectation=name):
            notice = notices(history)[-1]
            if name is not None and name not in notice.expectations:
                return Refusal("no-such-expectation", {"expectation": name, "expectations": list(notice.expectations)})
            return [ExpectationEvidenced(notice=notice.number, **dict(command))]
        case ConcludeBestValueNotice():
            return _conclude(command, history, asked)
    raise TypeError(command)


def _issue(command: IssueBestValueNotice, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    if command.document is None and not silent(asked):
        return Refusal("document-needed", {"command": command.type})
    if command.until.certainly_before(asked.occurred):
        return Refusal("ends-before-it-starts", {"starts": str(asked.occurred), "ends": str(command.until)})
    found = notices(history)
    renews = bool(found) and found[-1].runs_on(asked.occurred)
    if renews:
        last = found[-1]
        if not last.until.certainly_before(command.until) and not silent(asked):
            details = {"notice": last.number, "until": str(last.until), "given": str(command.until)}
            return Refusal("reissue-not-longer", details)
        refusal = too_early(asked.occurred, last.issued[-1])
        if refusal is not None:
            return refusal
    number = found[-1].number if renews else max((each.number for each in found), default=0) + 1
    return named_twice("expectations", [each.id for each in command.expectations]) or [
        BestValueNoticeIssued(notice=number, renews=renews, **dict(command))
    ]


def _conclude(command: ConcludeBestValueNotice, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    notice = notices(history)[-1]
    if notice.concluded is not None:
        return Refusal("notice-concluded-already", {"notice": notice.number, "on": str(notice.concluded.occurred)})
    lapsed = notice.until.certainly_before(asked.occurred)
    if lapsed and command.outcome == "ended-early":
        return Refusal("notice-lapsed", {"notice": notice.number, "until": str(notice.until)})
    return too_early(asked.occurred, notice.issued[-1]) or [
        BestValueNoticeConcluded(notice=notice.number, lapsed=lapsed, **dict(command))
    ]


# How they stand


@dataclass(frozen=True)
class Notice:
    """A notice as it stands: each time it was issued, the evidence given on it, and the letter that concluded it."""

    number: int
    issued: tuple[Entry[BestValueNoticeIssued], ...]
    evidence: tuple[Entry[ExpectationEvidenced], ...]
    concluded: Entry[BestValueNoticeConcluded] | None

    @property
    def until(self) -> When:
        """Its last day, as last issued."""
        return self.issued[-1].event.until

    @property
    def expectations(self) -> tuple[str, ...]:
        """What it asks of the council, as last issued."""
        return tuple(each.id for each in self.issued[-1].event.expectations)

    @property
    def without_evidence(self) -> tuple[str, ...]:
        """What it asks and no evidence was given on."""
        given = {entry.event.expectation for entry in self.evidence}
        return tuple(name for name in self.expectations if name not in given)

    def runs_on(self, on: When) -> bool:
        """Whether it can still run on a day."""
        if self.until.certainly_before(on):
            return False
        ended = self.concluded.occurred if self.concluded else None
        return ended is None or (on.earliest is not None and on.earliest < ended.latest)


def notices(history: History) -> tuple[Notice, ...]:
    """Every notice of the engagement, in order."""
    issued = history.all(BestValueNoticeIssued)
    concluded = {entry.event.notice: entry for entry in history.all(BestValueNoticeConcluded)}
    return tuple(
        Notice(
            number=number,
            issued=tuple(entry for entry in issued if entry.event.notice == number),
            evidence=tuple(e for e in history.all(ExpectationEvidenced) if e.event.notice == number),
            concluded=concluded.get(number),
        )
        for number in dict.fromkeys(entry.event.notice for entry in issued)
    )


def cautions(history: History) -> Iterator[Caution]:
    """A notice that was let go without evidence on what it asks."""
    for notice in notices(history):
        if notice.concluded and notice.concluded.event.outcome != "escalated" and notice.without_evidence:
            yield Caution(
                "expectations-without-evidence",
                {"notice": notice.number, "expectations": list(notice.without_evidence)},
            )
