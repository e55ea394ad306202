"""What is kept of people, what need be kept no longer, and what an erasure is of: for whoever erases and whoever answers them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from activities import folding
from activities.library import ERASURES
from domain.course import EngagementClosed
from domain.erasure import Erasures, LegalHoldPlaced, due_classes
from domain.reads import ACCESS
from faces import dates
from faces.desk import Desk, Target
from faces.page import Answer, Cell, note, table
from faces.problems import not_found, usage
from faces.telling import title
from ledger import events, sealing
from ledger.sealing import StillKept

RECORD = Target("office", ERASURES.partition("/")[2])
"""To whom erasures and legal holds are commands."""


def kept_of(desk: Desk, conn: Connection, person: str) -> dict[str, Any]:
    """All that is kept of somebody: their values, where each came from, roles, acts and notices to them. Raises Problem."""
    hidden = desk.hidden(conn)
    kept = [each for each in sealing.still_kept(conn, subject=person) if _there(each.target, hidden)]
    directory = desk.directory(conn)
    words = desk.words(conn)
    # What auditors read is for their office alone, whoever asks.
    found = [
        event
        for event in events.read_all(conn)
        if event.stream != ACCESS and _there(event.stream, hidden) and person in _people_in(event)
    ]
    if not kept and not found and person not in directory.people:
        raise not_found(
            f"nothing is kept of '{person[:60]}'.", "`turnaround privacy find WORDS` looks through what is sealed"
        )
    values = sealing.unseal(conn, [each.commitment for each in kept])
    return {
        "person": person,
        "values": [_value_row(each, values.get(each.commitment)) for each in kept],
        "roles": [
            {
                "role": held.role,
                "council": held.council,
                "engagement": held.engagement,
                "from": str(held.span.starts),
                "to": str(held.span.ends) if held.span.ends else None,
            }
            for held in directory.holdings
            if held.person == person
        ],
        "acts": [
            {
                "on": str(event.occurred),
                "recorded_at": event.recorded_at,
                "stream": event.stream,
                "version": event.version,
                "what": title(event.type, event.body, words),
            }
            for event in found
            if event.stream.partition("/")[0] != "notice"
        ],
        "notices": sorted({event.stream.partition("/")[2] for event in found if event.stream.startswith("notice/")}),
    }


def _there(stream: str, hidden: frozenset[str]) -> bool:
    """Whether what stands in a stream is there for the reader: a notice is called after its engagement."""
    return stream.rpartition("/")[2].partition(".")[0] not in hidden


def _people_in(event: Any) -> set[str]:
    """The people an event names by their ids: who decided and recorded it, and whoever its body is about."""
    return {event.decided_by.person, event.recorded_by.person, *_ids(event.body)} - {None}


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if isinstance(inner, str) and name in ("person", "holder", "recipient", "cover", "in_place_of"):
                yield inner
            yield from _ids(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _ids(inner)


def _value_row(each: StillKept, value: Any) -> dict[str, Any]:
    return {
        "commitment": each.commitment,
        "class": each.class_,
        "of": each.subject,
        "where": each.target,
        "command": each.command_id,
        "place": each.path,
        "value": value,
    }


def values_with(desk: Desk, conn: Connection, words: str) -> Answer:
    """The sealed values that hold some words, in capitals or not."""
    hidden, wanted = desk.hidden(conn), words.casefold()
    kept = [each for each in sealing.still_kept(conn) if _there(each.target, hidden)]
    values = sealing.unseal(conn, [each.commitment for each in kept])
    found = [
        _value_row(each, values[each.commitment])
        for each in kept
        if wanted in str(values.get(each.commitment, "")).casefold()
    ]

    def tell() -> None:
        table(
            ("Value", "Class", "Of", "Where", "What it says"),
            [(row["commitment"], row["class"], row["of"], row["where"], str(row["value"])) for row in found],
        )
        if not found:
            note("No sealed value holds these words.")

    return Answer(found, tell)


# What is erased


def erasure_of(
    desk: Desk, conn: Connection, person: str | None, engagement: str | None, values: Sequence[str]
) -> dict[str, Any]:
    """The fields that say what an erasure is of: exactly one of somebody, a closed engagement and single values.

    Raises Problem.
    """
    one_way(person, engagement, values)
    if engagement is not None:
        found = retention(desk, conn, engagement).data
        # Where no time is over yet the rule says until when, of what is kept for the shortest time.
        return {"engagement": found["engagement"], "classes": found["classes"] or ["contact"], "because": "retention"}
    return {"subject": person} if person else {"commitments": list(values)}


def one_way(person: str | None, engagement: str | None, values: Sequence[str]) -> None:
    """Refuse what does not say in one way what is erased. Raises Problem."""
    if sum(bool(way) for way in (person, engagement, values)) != 1:
        raise usage("it is not said whose values are erased.", "name a person, or --engagement, or --value")


def retention(desk: Desk, conn: Connection, engagement: str) -> Answer:
    """When an engagement closed, and the classes of its values whose time is over. Raises Problem."""
    target = desk.resolve(conn, f"engagement/{engagement}")
    closed = _closed(desk, conn, target.name)
    classes = due_classes(closed, desk.today) if closed else ()
    data = {
        "engagement": target.name,
        "closed": closed.isoformat() if closed else None,
        "classes": list(classes),
    }
    return Answer(data, lambda: table(("Engagement", "Classes"), [(target.name, ", ".join(classes))]))


def time_is_over(desk: Desk, conn: Connection) -> Answer:
    """The closed engagements that hold values whose time is over and that no legal hold keeps."""
    rows = list(_over(desk, conn))

    def tell() -> None:
        table(
            ("Engagement", "Closed", "Classes", "Values"),
            [
                (
                    row["engagement"],
                    Cell(dates.day(date.fromisoformat(row["closed"])), row["closed"]),
                    ", ".join(row["classes"]),
                    str(row["values"]),
                )
                for row in rows
            ],
        )
        if not rows:
            note("Nothing is kept for longer than it need be.")

    return Answer(rows, tell)


def _over(desk: Desk, conn: Connection) -> Iterator[dict[str, Any]]:
    held = {hold.engagement for hold in _state(conn).holds}
    for row in desk.portfolio(conn):
        closed = _closed(desk, conn, row.id) if row.closed and row.id not in held else None
        classes = due_classes(closed, desk.today) if closed else ()
        kept = sealing.still_kept(conn, target=f"engagement/{row.id}", classes=classes) if classes else []
        if closed is not None and kept:
            named = sorted({each.class_ for each in kept})
            yield {"engagement": row.id, "closed": closed.isoformat(), "classes": named, "values": len(kept)}


def _closed(desk: Desk, conn: Connection, engagement: str) -> date | None:
    state, _ = desk.engagement(conn, engagement)
    last = state.history.last(EngagementClosed)
    return last.occurred.latest if last is not None and state.closed else None


# Legal holds


def standing_holds(conn: Connection) -> Answer:
    """The legal holds that stand."""
    state = _state(conn)
    values = sealing.unseal(conn, [each.reason for each in state.holds])
    rows = [_hold_row(each, values.get(each.reason)) for each in state.holds]

    def tell() -> None:
        table(("Hold", "On", "Why"), [(str(row["hold"]), row["on"], row["reason"]) for row in rows])
        if not rows:
            note("There is no legal hold.")

    return Answer(rows, tell)


def _hold_row(placed: LegalHoldPlaced, reason: str | None) -> dict[str, Any]:
    return {"hold": placed.hold, "on": placed.subject or placed.engagement, "reason": reason}


def _state(conn: Connection) -> Erasures:
    return folding.fold_erasures(Erasures(), events.read_stream(conn, ERASURES))
