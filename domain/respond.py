"""What an engagement answers: to a command, to the clock, and what follows from either by itself.

The answer is drafts, in order, each already folded into the state that is returned with them. Nothing is stored here.
"""

from dataclasses import dataclass, field
from datetime import datetime

from domain import engagement as an_engagement
from domain import following, switching
from domain.actors import CLOCK, ENGINE, Actor
from domain.dates import When, london_day
from domain.engagement import Engagement, Rules
from domain.part import Asked, Entry, Event, Refusal
from domain.records import Draft
from domain.switching import Destination

MOST_CONSEQUENCES = 500
"""More than any real lifecycle brings from one command; a document whose gates chase each other ends here, not never."""


class DoesNotSettle(Exception):
    """The gates and obligations of a lifecycle follow from each other without end."""


@dataclass
class Answer:
    """An engagement and the events drafted so far. Each `add` folds one more event into both."""

    state: Engagement
    at: datetime
    drafts: list[Draft] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def add(self, event: Event, occurred: When, decided_by: Actor, recorded_by: Actor) -> None:
        """Draft an event and fold it."""
        drafted = draft(event, occurred, decided_by, recorded_by)
        self.drafts.append(drafted)
        self.events.append(event)
        entry = Entry(self.state.version + 1, drafted.occurred, self.at, decided_by, event)
        self.state = an_engagement.evolve(self.state, entry)

    def settle(self, rules: Rules, occurred: When) -> None:
        """Add whatever follows by itself, until nothing more does. Raises DoesNotSettle when that never comes."""
        for _ in range(MOST_CONSEQUENCES):
            event = following.consequence(self.state, rules, self.at)
            if event is None:
                return
            self.add(event, occurred, ENGINE, ENGINE)
        raise DoesNotSettle(self.state.id, rules.lifecycle.ref)

    def recalculate(self, rules: Rules) -> None:
        """Move what a newer version of the calendar moves, so that the clock never strikes by an older one."""
        if following.recalculation(self.state, rules, self.at) is not None:
            self.settle(rules, When.day(london_day(self.at)))

    def strike_one(self, rules: Rules) -> datetime | None:
        """Do the earliest thing the clock owes, with what follows from it; returns when it was due, None when nothing is."""
        due = an_engagement.strike(self.state, self.at)
        if due is None:
            return None
        when, event = due
        occurred = When.day(london_day(when))
        self.add(event, occurred, CLOCK, CLOCK)
        self.settle(rules, occurred)
        return when

    def respond(self, rules: Rules, asked: Asked) -> Refusal | None:
        """Carry out a command with what follows from it, or say why not."""
        decided = an_engagement.decide(self.state, rules, asked)
        if isinstance(decided, Refusal):
            return decided
        for event in decided:
            self.add(event, asked.occurred, asked.decided_by, asked.recorded_by)
        self.settle(rules, asked.occurred)
        return None

    def move(self, rules: Rules, asked: Asked, to: Destination | None) -> Refusal | None:
        """Move it to another document, None where that is not published, with what follows there; or say why not."""
        decided = switching.decide(self.state, rules, asked, to)
        if isinstance(decided, Refusal):
            return decided
        assert to is not None
        moved, *carried = decided
        self.add(moved, asked.occurred, asked.decided_by, asked.recorded_by)
        for event in carried:
            self.add(event, asked.occurred, ENGINE, ENGINE)
        self.settle(to.rules, asked.occurred)
        return None


def draft(event: Event, occurred: When, decided_by: Actor, recorded_by: Actor) -> Draft:
    """An event as it goes to the ledger."""
    return Draft(
        type=event.type,
        schema=event.schema_version,
        occurred=occurred if type(occurred) is When else When.parse(occurred.printed),
        decided_by=decided_by,
        recorded_by=recorded_by,
        body=event.model_dump(mode="json"),
    )
