"""A step of a history as the auditor's page has it: what it says by what it is about, what it changed, the state after it."""

from console.render import Captioned, tables_of
from faces.differing import name_of, said
from faces.page import Cell, Table
from faces.replay_steps import Step
from faces.words import Words

LABELS = {
    "happened": "Happened",
    "recorded": "Recorded",
    "known": "Known",
    "by": "Decided by",
    "command": "Command",
    "rules": "Rules",
    "decided": "What decided it",
    "gate": "Gate",
    "says": "Says",
    "corrects": "Corrects",
    "stands": "Stands after it",
    "refused": "Refused",
    "hint": "What would be right",
    "asked": "Asked for",
}
"""What the lines of a step are called; what changed has a table of its own."""


def lines_of(step: Step, words: Words) -> list[tuple[str, list[str]]]:
    """What a step tells, by what it is about."""
    found: dict[str, list[str]] = {}
    for label, text in step.lines(words):
        if label in LABELS:
            found.setdefault(LABELS[label], []).append(text)
    return list(found.items())


def changed_by(step: Step, words: Words) -> Captioned:
    """Every value that is another after it, as a table."""
    rows = [
        [Cell(name_of(d.what, d.of, words)), Cell(said(d.what, d.before, words)), Cell(said(d.what, d.after, words))]
        for d in step.changed
    ]
    return tables_of([Table(("What", "Before", "After"), rows)], "What it changed")[0]


def state_after(step: Step, words: Words) -> Captioned:
    """Every value of the state after it, as a table."""
    rows = [
        [Cell(name_of(what, of, words)), Cell(said(what, value, words))] for (what, of), value in step.state.items()
    ]
    return tables_of([Table(("What", "Value"), rows)], "The state after it")[0]
