"""The courses of engagements: which stage from which day on, read once and then only onwards."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import Connection

from activities import folding
from domain import engagement
from domain.course import EngagementClosed, EngagementOpened, StageEntered
from ledger import events

_KINDS = (EngagementOpened.type, StageEntered.type, EngagementClosed.type)
_STREAMS = "engagement/"


@dataclass(frozen=True)
class Visit:
    """A stage from a day on, until the next is entered. A date that is not known to the day counts from its last day."""

    stage: str
    since: date
    assumed: bool = False


@dataclass(frozen=True)
class Course:
    """The stages that an engagement passed through, in order, and when and how it was over."""

    visits: tuple[Visit, ...] = ()
    closed: date | None = None
    end: str | None = None

    def entered(self, stage: str, on: date, *, assumed: bool = False) -> "Course":
        """This with a stage more, entered no earlier than the one in front of it."""
        since = max(on, self.visits[-1].since) if self.visits else on
        return replace(self, visits=(*self.visits, Visit(stage, since, assumed)))

    def over(self, on: date, end: str) -> "Course":
        """This at its end."""
        return replace(self, closed=max(on, self.visits[-1].since) if self.visits else on, end=end)

    def until(self, number: int) -> date | None:
        """When the visit of this number, from 0, ended; None while it lasts."""
        return self.visits[number + 1].since if number + 1 < len(self.visits) else self.closed


@dataclass
class Courses:
    """The courses of a ledger as far as they were read. No correction moves a stage, so that nothing is read again."""

    _found: dict[str, Course] = field(default_factory=dict)
    _position: int = 0
    _reading: threading.Lock = field(default_factory=threading.Lock)

    def read(self, conn: Connection) -> Mapping[str, Course]:
        """The courses by engagement, in one query for what was recorded since the last time."""
        with self._reading:
            for event in events.read_types(conn, _KINDS, self._position):
                name = event.stream.removeprefix(_STREAMS)
                before = self._found.get(name, Course())
                said, on = folding.read_event(event, engagement.EVENTS).event, event.occurred.latest
                match said:
                    case EngagementOpened():
                        self._found[name] = before
                    case StageEntered():
                        self._found[name] = before.entered(said.stage, on, assumed=said.assumed)
                    case EngagementClosed():
                        self._found[name] = before.over(on, said.end)
                self._position = event.position
            return dict(self._found)
