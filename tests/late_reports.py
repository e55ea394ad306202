"""A history told late and put right twice, by hand: the commands, and what must be so and known of it on which days."""

from dataclasses import dataclass
from datetime import date
from typing import Any

CHIEF, LEAD, DIRECTOR = "inspectorate.chief-inspector", "inspectorate.lead-inspector", "council.director"
OFFICE = "department.programme-office"


@dataclass(frozen=True)
class Told:
    """A command: the day on which it was recorded, the day on which what it tells happened, and what it is."""

    recorded: str
    happened: str
    command: str
    role: str
    body: dict[str, Any]
    about: str | None = None
    """The type of event that it corrects or withdraws."""


# The improvement plan is owed by 26 July 2002, as the rating of 29 May 2002 opened the engagement.
HISTORY = (
    Told("2002-06-03", "2002-06-03", "meet-council", CHIEF, {}),
    Told("2002-06-10", "2002-06-10", "record-monitoring-visit", LEAD, {"progress": "worse"}),
    Told("2002-08-01", "2002-07-20", "receive-pip", DIRECTOR, {"plan": 1}),  # the late report
    Told("2002-08-12", "2002-08-12", "correct-event", OFFICE, {"occurred": "2002-06-05"}, "council-met"),
    Told("2002-08-20", "2002-08-20", "withdraw-event", OFFICE, {}, "monitoring-visited"),
    Told("2002-09-02", "2002-09-02", "judge-pip", LEAD, {"verdict": "acceptable"}),
)


@dataclass(frozen=True)
class Cell:
    """How things stand: the stage, the day of the meeting, whether there was a visit, the plan's day, and the debt of it."""

    stage: str
    met: str | None = None
    visited: bool = False
    plan: str | None = None
    owed: str = "open"
    """`open`, `late` or `no`: whether the plan is owed."""


SM, DECISION = "special-measures", "decision"
OPENED = Cell(SM)

# (true on, known on): what stands then. None is now, or by all that is known.
TABLE: dict[tuple[str | None, str | None], Cell | None] = {
    # neither
    (None, None): Cell(DECISION, met="2002-06-05", plan="2002-07-20", owed="no"),
    # known alone: what the record said, right or wrong
    (None, "2002-05-28"): None,
    (None, "2002-05-29"): OPENED,
    (None, "2002-06-03"): Cell(SM, met="2002-06-03"),
    (None, "2002-06-15"): Cell(SM, met="2002-06-03", visited=True),
    (None, "2002-07-26"): Cell(SM, met="2002-06-03", visited=True),
    (None, "2002-07-30"): Cell(SM, met="2002-06-03", visited=True, owed="late"),
    (None, "2002-08-01"): Cell(SM, met="2002-06-03", visited=True, plan="2002-07-20", owed="no"),
    (None, "2002-08-15"): Cell(SM, met="2002-06-05", visited=True, plan="2002-07-20", owed="no"),
    (None, "2002-08-25"): Cell(SM, met="2002-06-05", plan="2002-07-20", owed="no"),
    (None, "2002-09-02"): Cell(DECISION, met="2002-06-05", plan="2002-07-20", owed="no"),
    # true alone: corrections and withdrawals applied, though they came later
    ("2002-05-28", None): None,
    ("2002-05-29", None): OPENED,
    ("2002-06-04", None): OPENED,
    ("2002-06-05", None): Cell(SM, met="2002-06-05"),
    ("2002-06-15", None): Cell(SM, met="2002-06-05"),
    ("2002-07-19", None): Cell(SM, met="2002-06-05"),
    ("2002-07-20", None): Cell(SM, met="2002-06-05", plan="2002-07-20", owed="no"),
    ("2002-07-30", None): Cell(SM, met="2002-06-05", plan="2002-07-20", owed="no"),
    ("2002-09-02", None): Cell(DECISION, met="2002-06-05", plan="2002-07-20", owed="no"),
    # both: what was known by the one day of the other
    ("2002-06-04", "2002-06-10"): Cell(SM, met="2002-06-03"),
    ("2002-06-04", "2002-08-11"): Cell(SM, met="2002-06-03"),
    ("2002-06-04", "2002-08-12"): OPENED,
    ("2002-06-15", "2002-06-15"): Cell(SM, met="2002-06-03", visited=True),
    ("2002-06-15", "2002-08-15"): Cell(SM, met="2002-06-05", visited=True),
    ("2002-06-15", "2002-08-20"): Cell(SM, met="2002-06-05"),
    ("2002-07-22", "2002-07-30"): Cell(SM, met="2002-06-03", visited=True),
    ("2002-07-22", "2002-08-01"): Cell(SM, met="2002-06-03", visited=True, plan="2002-07-20", owed="no"),
    ("2002-07-30", "2002-07-30"): Cell(SM, met="2002-06-03", visited=True, owed="late"),
    ("2002-07-30", "2002-08-25"): Cell(SM, met="2002-06-05", plan="2002-07-20", owed="no"),
    ("2002-09-02", "2002-08-25"): Cell(SM, met="2002-06-05", plan="2002-07-20", owed="no"),
    ("2002-06-15", "2002-06-04"): Cell(SM, met="2002-06-03"),
}


def day(text: str | None) -> date | None:
    """A day of the table."""
    return date.fromisoformat(text) if text else None
