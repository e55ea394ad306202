"""Sealed values: where they stand in an event's body, and what they are as far as they are still there."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

from domain.sealed import is_commitment
from ledger import sealing

ERASED = "(erased)"

FOR_THE_PANEL = "(for the bidder and the panel)"

LEFT_OUT = "(left out)"


def sealed_in(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """The commitments in a body, each with its place: `deliverables 1 title`."""
    if is_commitment(value):
        # The texts of a record of the model's own are its fields.
        yield " ".join(path[1:] if path[:1] == ("texts",) else path), value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from sealed_in(inner, (*path, str(name)))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value, start=1):
            yield from sealed_in(inner, (*path, str(number)))


def values_of(
    conn: Connection, bodies: Iterable[Any], *, bids: bool = False, without: Collection[str] = ()
) -> dict[str, Any]:
    """The values behind the commitments of some bodies, those that are still there.

    What a bid holds, its price and the CVs in it, are told only where `bids` says that whoever reads is of the panel; what is
    of a class in `without` is told to nobody.
    """
    wanted = [commitment for body in bodies for _, commitment in sealed_in(body)]
    kept = (value for value in sealing.sealed_values(conn, wanted).values() if value.erased_at is None)
    hidden = () if bids else ("bid", "cv")
    said = dict.fromkeys(hidden, FOR_THE_PANEL) | dict.fromkeys(without, LEFT_OUT)
    return {each.commitment: said.get(each.class_, each.value) for each in kept}
