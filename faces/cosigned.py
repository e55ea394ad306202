"""Which witnesses cosigned a checkpoint and when: as data, and in words."""

from typing import Any

from faces import dates
from faces.words import all_of
from ledger.witnessed import Cosigned


def witnesses_data(seen: Cosigned) -> list[dict[str, Any]]:
    """Each witness's key, and when it cosigned."""
    return [{"key": str(key), "at": at} for key, at in seen.seen.items()]


def witnesses_in_words(seen: Cosigned) -> str:
    """`witness.example.org/1 (10 November 2026, 9:00am) and …`."""
    return all_of([f"{key.name} ({dates.moment(at)})" for key, at in seen.seen.items()])
