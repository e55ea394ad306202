"""What is stored: the command as a face signed it, and the event as the ledger keeps it.

Both are a storage format. Their RFC 8785 bytes are hashed and kept for ever: fields are never renamed or reused; what
changes is upcast on read. Sealed values stand in both only as commitments.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

from domain.actors import Actor
from domain.dates import PrintedWhen, When
from domain.sealed import Sealed


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time needs its zone")
    return value


def instant_text(value: datetime) -> str:
    """A moment as stored: UTC, microseconds, `Z`."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


Instant = Annotated[datetime, AfterValidator(_utc), PlainSerializer(instant_text, return_type=str, when_used="json")]
"""A moment, stored in UTC to the microsecond."""


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Claim(_Stored):
    """Where a fact comes from: its source, what contradicts it, and when it was claimed, if not when it was recorded."""

    source: Sealed | None = None
    disputed: Sealed | None = None
    reported_on: PrintedWhen | None = None


def _nobody(actor: Actor | None) -> bool:
    return actor is None


class CommandRecord(_Stored):
    """A command as a face checked, sealed and signed it.

    `id` is the face's own or derived from a file or a round; the same id with other content is refused.
    `occurred` says when what is recorded happened. `via` says how it came in; `cause` names the command from which a
    derived one follows. `proposed_by` and `confirmed_by` are there where two people gave it, one after the other.
    """

    id: str = Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@/-]*$")
    target: str
    type: str
    schema_version: int = Field(default=1, alias="schema")
    decided_by: Actor
    recorded_by: Actor
    signed_in: str
    via: Literal["command-line", "http", "page", "rating-round", "case-file", "import", "derived"]
    cause: str | None = None
    occurred: PrintedWhen
    expected_version: int | None = None
    # Left out where there was no second person: commands of one person keep the bytes, and so the digest, they always had.
    proposed_by: Actor | None = Field(default=None, exclude_if=_nobody)
    confirmed_by: Actor | None = Field(default=None, exclude_if=_nobody)
    claim: Claim | None = None
    body: dict[str, Any]


class CommandRef(_Stored):
    """The command an event came from: its id and the SHA-256 of its stored bytes, in hexadecimal."""

    id: str
    digest: str


class Draft(_Stored):
    """An event that is decided but not yet stored."""

    type: str
    schema_version: int = Field(default=1, alias="schema")
    occurred: When
    decided_by: Actor
    recorded_by: Actor
    body: dict[str, Any]


class Recorded(NamedTuple):
    """An event as stored. Its RFC 8785 bytes are its leaf in the ledger's tree.

    `position` counts over the whole ledger without a gap, from 1; `version` counts in the stream, from 1; `previous` is
    the leaf hash of the stream's event before it, in hexadecimal, or empty for the first. `release` is the release of
    turnaround that decided it.
    """

    position: int
    stream: str
    version: int
    previous: str
    type: str
    schema_version: int
    occurred: When
    recorded_at: datetime
    command: CommandRef
    decided_by: Actor
    recorded_by: Actor
    release: str
    body: dict[str, Any]
