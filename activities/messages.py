"""What travels through Temporal: ids, digests, versions, stages and times. Never a name, free text or a command's body."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class Begin(_Message):
    """What a workflow of a stream starts with and carries when it continues as new.

    `clock_offset` is nothing in production. In a rehearsal it is how far the ledger's clock is from Temporal's.
    """

    id: str
    epoch: int
    version: int = 0
    clock_offset: timedelta = timedelta()


class Submission(_Message):
    """A stored command by its id and the digest of its bytes."""

    command_id: str
    digest: str


class Wake(_Message):
    """A stream whose workflow must be there, and the command it is to be given, if any."""

    target: str
    submission: Submission | None = None


class Outcome(_Message):
    """What became of a command. The refusal's details stay in the ledger; `rule` is enough to look for them."""

    accepted: bool
    version: int
    rule: str | None = None
    repeated: bool = False


class Standing(_Message):
    """Where a stream stands: all that its workflow acts on."""

    version: int
    council: str
    stage: str | None = None
    model: str | None = None
    next_due: datetime | None = None
    """When the clock next has something to do: a reminder, a deadline or an escalation."""
    deadline: datetime | None = None
    """When the next thing that is owed falls due."""
    owner: str | None = None
    closed: str | None = None
    idle: bool = False
    """History only, or over: nothing will ever fall due, so no workflow needs to wait."""
    notices: tuple[str, ...] = ()
    wakes: tuple[Wake, ...] = ()


class Task(_Message):
    """What `transact` is asked to do at a moment: a command, or, without one, whatever the clock owes."""

    target: str
    at: datetime
    epoch: int
    submission: Submission | None = None


class Done(_Message):
    """What `transact` did: the caller's outcome, and the stream's standing."""

    outcome: Outcome | None
    standing: Standing
    statutory: bool = False
    """Whether a step with legal force was recorded, after which a checkpoint is signed at once."""


class Stuck(_Message):
    """An engagement whose clock keeps failing, and the kind of failure."""

    engagement: str
    at: datetime
    epoch: int
    failure: str


class NoticeTask(_Message):
    """A notice to deliver, or to give up after so many attempts."""

    id: str
    at: datetime
    epoch: int
    attempts: int = 0


class Dawn(_Message):
    """What the digests of a morning are started with. `clock_offset` as with `Begin`."""

    clock_offset: timedelta = timedelta()


class DigestTask(_Message):
    """Digests to compile, at a moment by Temporal's clock."""

    at: datetime


class NoticeLeft(_Message):
    """What is left to do about a notice: the notice that tells the office of it, where there is one; whether letters came
    back and are to be sent again; and whether a carrier may still say what became of one.
    """

    office: str | None = None
    again: bool = False
    follow: bool = False

    @model_validator(mode="before")
    @classmethod
    def _of_older_histories(cls, value: Any) -> Any:
        return {"office": value} if isinstance(value, str) else value  # it was all that there was


class Round(_Message):
    """A round of ratings: its id, when it is to be done, and whether it is the round's withdrawal."""

    id: str
    epoch: int
    at: datetime | None = None
    clock_offset: timedelta = timedelta()


class RoundRow(_Message):
    """One command of a round, with the stream it is for."""

    target: str
    submission: Submission


class RoundProgress(_Message):
    """How far a round is."""

    total: int = 0
    done: int = 0
    accepted: int = 0
    refused: int = 0
    failed: int = 0


class NoticeStart(_Message):
    """Notices whose workflows are to be started."""

    ids: tuple[str, ...]
    epoch: int


class WakeAll(_Message):
    """Streams to wake."""

    wakes: tuple[Wake, ...]
    epoch: int


class RoundRows(_Message):
    """The commands of a round."""

    rows: tuple[RoundRow, ...]


class RoundSubmit(_Message):
    """One row of a round to submit."""

    row: RoundRow
    epoch: int
