"""The office's own stream: the lifecycles and calendars it published, and engagements whose clock is stuck."""

from collections.abc import Mapping
from typing import Any, ClassVar

from domain.part import Event
from domain.sealed import Sealed


class LifecyclePublished(Event):
    """A version of a lifecycle, whole, as plain data, with the SHA-256 of its RFC 8785 bytes.

    `reason` is the programme office's; a document that comes with the release has none.
    """

    type: ClassVar[str] = "lifecycle-published"
    id: str
    version: int
    sha256: str
    document: dict[str, Any]
    reason: Sealed | None = None


class CalendarPublished(Event):
    """A version of a calendar of working days, whole, with the SHA-256 of its RFC 8785 bytes."""

    type: ClassVar[str] = "calendar-published"
    id: str
    version: int
    sha256: str
    document: dict[str, Any]


class EngagementStuck(Event):
    """The clock of an engagement keeps failing. `failure` is the kind of error, never its text."""

    type: ClassVar[str] = "engagement-stuck"
    engagement: str
    failure: str


EVENTS: Mapping[str, type[Event]] = {e.type: e for e in (LifecyclePublished, CalendarPublished, EngagementStuck)}
