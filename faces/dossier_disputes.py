"""Of a dossier: what two sources say otherwise, which of them is used, who chose and why."""

from typing import Any

from sqlalchemy import Connection

from domain.disputes import Dispute
from domain.disputes import disputes as all_disputes
from domain.part import History
from domain.tender import BidReceived
from faces import dates
from faces.dossier_record import Data, OnRecord, covered, day, done, in_words, listed, role, who, with_printed_dates
from faces.page import Cell
from faces.words import Words, plain
from ledger import commands, events

USED = {"recorded": "what was recorded", "other": "what the other source has", "neither": "neither"}
OCCURRED = "occurred"
"""The name under which the date of an event stands beside its fields."""


def sources(conn: Connection, stream: str, history: History) -> dict[int, str]:
    """By version, the source that whoever recorded a disputed event named, sealed as it stands."""
    wanted = {dispute.version for dispute in all_disputes(history)}
    about = {event.version: event.command for event in events.read_versions(conn, stream, wanted)} if wanted else {}
    given = commands.stored_commands(conn, [command.id for command in about.values() if command.digest])
    claims = {stored.record.id: stored.record.claim for stored in given}
    found = {}
    for version, command in about.items():
        claim = claims.get(command.id)
        if claim is not None and claim.source:
            found[version] = str(claim.source)
    return found


def disputes(record: OnRecord) -> list[Data] | None:
    """Every disputed fact: both values, both sources, which is used, who chose and why."""
    found = [_dispute(dispute, record) for dispute in all_disputes(record.history)]
    return found or None


def _dispute(dispute: Dispute, record: OnRecord) -> Data:
    recorded, other = (_side(dispute, use) for use in ("recorded", "other"))
    return {
        "dispute": dispute.number,
        "event": dispute.event,
        "version": dispute.version,
        "on": str(dispute.raised.occurred),
        "said_by": who(dispute.raised),
        "fields": [{"field": name, "recorded": recorded[name], "other": other[name]} for name in dispute.fields],
        "recorded_source": record.sources.get(dispute.version),
        "other_source": dispute.source,
        "note": dispute.note,
        "used": dispute.used,
        "settled": dispute.settled,
        "choice": {
            "dispute": choice.event.dispute,
            "use": choice.event.use,
            "reason": choice.event.reason,
            "on": str(choice.occurred),
            "said_by": who(choice),
        }
        if (choice := dispute.choice)
        else None,
    }


def _side(dispute: Dispute, use: Any) -> Data:
    values, occurred = dispute.side(use)
    side: Data = with_printed_dates(dict(values))
    if dispute.event == BidReceived.type:
        side = covered(side)
    return {**side, OCCURRED: str(occurred) if occurred else None} if dispute.other_occurred else side


def show_disputes(found: list[Data], words: Words) -> None:
    """Disputes on the page."""
    listed(
        "What is said",
        ("#", "About", "Field", "What was recorded", "What the other source has"),
        (
            (
                str(each["dispute"]),
                Cell(f"{plain(each['event'])} ({each['version']})", f"{each['event']} {each['version']}"),
                "its date" if side["field"] == OCCURRED else side["field"],
                _value(side, "recorded"),
                _value(side, "other"),
            )
            for each in found
            for side in each["fields"]
        ),
    )
    listed(
        "Sources and choices",
        ("#", "Raised", "Who", "Source of what was recorded", "The other source", "Used", "Chosen", "Who", "Why"),
        (
            (
                str(each["dispute"]),
                day(each["on"]),
                role(each["said_by"], words),
                each["recorded_source"] or "not named",
                each["other_source"] + (f" ({each['note']})" if each["note"] else ""),
                Cell(USED.get(each["used"], "nothing: it was withdrawn"), each["used"]),
                done(choice) if (choice := each["choice"]) else "settled" if each["settled"] else "nobody has chosen",
                role(choice["said_by"], words) if choice else None,
                choice["reason"] if choice else None,
            )
            for each in found
        ),
    )


def _value(side: Data, name: str) -> Cell:
    value = side[name]
    if side["field"] == OCCURRED and value:
        return Cell(dates.printed(value), value)
    return Cell(in_words(value))
