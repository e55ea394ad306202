"""Reads by auditors: each is on record, on a stream of its own that only the head of the auditor's office is shown.

Nobody else may learn what an audit looks at. No source speaks of it: the design's.
"""

from typing import ClassVar, Literal

from domain.part import Event
from domain.quantities import Slug

ACCESS = "access"
"""The stream on which reads stand."""

AUDITOR = "auditor.auditor"
HEAD = "auditor.head"
AUDITORS = (AUDITOR, HEAD)
"""The roles whose reads are recorded."""

Face = Literal["show", "timeline", "replay", "pack", "dossier", "duties", "privacy-export", "reads", "what-if"]


class RecordRead(Event):
    """An auditor read something: `what` (an id, a person's id, `programme`), by which command, and who, where it was said."""

    type: ClassVar[str] = "record-read"
    beyond_correction: ClassVar[bool] = True
    what: str
    command: Face
    role: str
    person: Slug | None = None
