"""Numbers of things that are counted from 1 in an engagement, and never given twice: one that was withdrawn keeps its own."""

from domain.course import EventWithdrawn
from domain.part import Event, History


def next_number(history: History, kind: type[Event]) -> int:
    """The number of the next event of a kind that is counted."""
    withdrawn = sum(entry.event.withdraws == kind.type for entry in history.all(EventWithdrawn))
    return len(history.all(kind)) + withdrawn + 1
