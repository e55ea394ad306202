"""Whether more diagnosis is needed before the work, from the quality and the age of what is known ([PAT] ch.2, 3).

Diagnosis repeated at length, most of all by interviews, left councils "inspected to death".
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from domain.checks import silent
from domain.dates import When
from domain.part import Asked, Caution, Command, Event, History, Kinds, Refusal
from domain.sealed import Sealed

Quality = Literal["good", "partial", "poor"]
Method = Literal["groups", "documents", "interviews"]


class DiagnosisDecided(Event):
    """Whether further diagnosis is needed, given how good and how old the knowledge is. `newest` dates its latest part."""

    type: ClassVar[str] = "diagnosis-decided"
    needed: bool
    quality: Quality | None = None
    newest: When | None = None
    method: Method | None = None
    reason: Sealed | None = None


class DecideDiagnosis(Command):
    """Decide whether further diagnosis is needed before the work, and how it is to be made."""

    type: ClassVar[str] = "decide-diagnosis"
    gives: ClassVar[Kinds] = (DiagnosisDecided,)
    wanted: ClassVar[tuple[str, ...]] = ("quality", "newest", "reason")
    needed: bool
    quality: Quality | None = None
    newest: When | None = None
    method: Method | None = None
    reason: Sealed | None = None


COMMANDS = (DecideDiagnosis,)
EVENTS = (DiagnosisDecided,)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about diagnosis."""
    match command:
        case DecideDiagnosis():
            return _decide(command, asked)
    raise TypeError(command)


def _decide(command: DecideDiagnosis, asked: Asked) -> Sequence[Event] | Refusal:
    if command.method is not None and not command.needed:
        return Refusal("method-without-diagnosis", {"method": command.method})
    if command.newest is not None and asked.occurred.certainly_before(command.newest):
        return Refusal("newer-than-the-decision", {"newest": str(command.newest), "occurred": str(asked.occurred)})
    wanted = (*command.wanted, *(["method"] if command.needed else []))
    missing = [name for name in wanted if getattr(command, name) is None]
    if missing and not silent(asked):
        return Refusal("diagnosis-incomplete", {"missing": missing})
    return [DiagnosisDecided(**dict(command))]


def diagnosis(history: History) -> DiagnosisDecided | None:
    """What was last decided about diagnosis in this phase."""
    decided = history.in_phase(DiagnosisDecided)
    return decided[-1].event if decided else None


def cautions(history: History) -> Iterator[Caution]:
    """Diagnosis repeated where enough is known, or left out where it is not."""
    decided = diagnosis(history)
    if decided is None:
        return
    if decided.needed and decided.method == "interviews" and decided.quality == "good":
        yield Caution("interviews-again", {"quality": decided.quality})
    if not decided.needed and decided.quality == "poor":
        yield Caution("diagnosis-left-out", {"quality": decided.quality})
