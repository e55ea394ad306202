"""`turnaround privacy`: what is kept of somebody, what must be kept, what need be no longer, and what is erased."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from activities import folding
from activities.library import ERASURES
from cli.completing import complete_id
from cli.doing import carry_out
from cli.output import confirm, emit_json
from cli.readers import ReadAs, ReadBy
from domain.course import EngagementClosed
from domain.erasure import (
    EraseValues,
    Erasures,
    LegalHoldPlaced,
    LiftHold,
    PlaceHold,
    due_classes,
)
from domain.notices import OFFICE_ROLE
from domain.part import Command
from domain.reads import ACCESS
from faces import dates
from faces.desk import Desk, Target, open_desk
from faces.fields import check_body
from faces.giving import actor, command_id, date_given, occurred
from faces.outcome import Given
from faces.page import Cell, note, say, table
from faces.problems import not_found, usage
from faces.readers import desk_of, note_read
from faces.telling import title
from ledger import events, read_models, sealing
from ledger.sealing import StillKept

RECORD = Target("office", "erasures")

Person = Annotated[str, typer.Argument(metavar="PERSON", help="A person's id, or a bidder's.")]
MaybePerson = Annotated[str | None, typer.Argument(metavar="[PERSON]", help="A person's id, or a bidder's.")]
EngagementId = Annotated[
    str | None, typer.Option("--engagement", metavar="ID", help="An engagement.", autocompletion=complete_id)
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is sealed.")]
By = Annotated[str | None, typer.Option("--by", metavar="PERSON-ID", help="Who decided it.")]
Id = Annotated[str | None, typer.Option("--id", metavar="COMMAND-ID", help="An id, to ask again safely.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


def make(app: typer.Typer) -> typer.Typer:
    """The commands about what is kept, as an app of their own."""
    app.callback()(privacy)
    for name, command in (
        ("export", export),
        ("find", find),
        ("erase", erase),
        ("due", due),
        ("hold", hold),
        ("lift", lift),
        ("holds", holds),
    ):
        app.command(name)(command)
    return app


def privacy() -> None:
    """What is kept of people, what must be kept, and what is erased. What is erased can't be brought back."""


# What is kept


def export(
    person: Person,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write it.")] = None,
    role: ReadAs = None,
    auditor: ReadBy = None,
) -> None:
    """Write all that is kept of somebody as JSON: their values, where each came from, roles, acts and notices to them.

    Example: turnaround privacy export jo-b -o jo-b.json
    """
    with desk_of(role) as (desk, conn):
        data = dict(_all_of(desk, conn, person))
        note_read(desk, person, "privacy-export", auditor)
    if output is None:
        emit_json(data)
        return
    if output.exists():
        raise usage(f"{output} is there already.", "choose another name")
    output.write_text(json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8")
    say(f"Wrote {output}: {dates.plural(len(data['values']), 'value')}, {dates.plural(len(data['acts']), 'act')}.")


def _all_of(desk: Desk, conn: Connection, person: str) -> Iterator[tuple[str, Any]]:
    kept = sealing.still_kept(conn, subject=person)
    directory = desk.directory(conn)
    words = desk.words(conn)
    # What auditors read is for their office alone, whoever asks.
    found = [event for event in events.read_all(conn) if event.stream != ACCESS and person in _people_in(event)]
    if not kept and not found and person not in directory.people:
        raise not_found(
            f"nothing is kept of '{person[:60]}'.", "`turnaround privacy find WORDS` looks through what is sealed"
        )
    values = sealing.unseal(conn, [each.commitment for each in kept])
    yield "person", person
    yield "values", [_value_row(each, values.get(each.commitment)) for each in kept]
    yield (
        "roles",
        [
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
    )
    yield (
        "acts",
        [
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
    )
    yield "notices", sorted({event.stream.partition("/")[2] for event in found if event.stream.startswith("notice/")})


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


def find(
    words: Annotated[str, typer.Argument(metavar="WORDS", help="What to look for, in capitals or not.")],
    as_json: AsJson = False,
) -> None:
    """Find sealed values that hold some words, such as a name in a note, to erase them one by one.

    Example: turnaround privacy find "Jo Bloggs"
    """
    with open_desk() as desk, desk.ledger.reading() as conn:
        kept = sealing.still_kept(conn)
        values = sealing.unseal(conn, [each.commitment for each in kept])
    wanted = words.casefold()
    found = [
        _value_row(each, values[each.commitment])
        for each in kept
        if wanted in str(values.get(each.commitment, "")).casefold()
    ]
    if as_json:
        emit_json(found)
        return
    table(
        ("Value", "Class", "Of", "Where", "What it says"),
        [(row["commitment"], row["class"], row["of"], row["where"], str(row["value"])) for row in found],
    )
    if not found:
        note("No sealed value holds these words.")


# Erasing


@dataclass(frozen=True)
class _Ways:
    """What an erasure may be of: exactly one of them."""

    person: str | None
    engagement: str | None
    values: tuple[str, ...]

    def body(self, desk: Desk, conn: Connection) -> dict[str, Any]:
        """The fields that say so. Raises Problem."""
        if sum(bool(way) for way in (self.person, self.engagement, self.values)) != 1:
            raise usage("it is not said whose values are erased.", "name a person, or --engagement, or --value")
        if self.engagement is not None:
            target = desk.resolve(conn, f"engagement/{self.engagement}")
            closed = _closed(desk, conn, target.name)
            classes = due_classes(closed, desk.today) if closed else ()
            return {"engagement": target.name, "classes": list(classes or ("contact",)), "because": "retention"}
        return {"subject": self.person} if self.person else {"commitments": list(self.values)}


def erase(
    person: MaybePerson = None,
    engagement: EngagementId = None,
    value: Annotated[
        list[str] | None,
        typer.Option("--value", metavar="SEALED", help="One value, as `find` names it; may be repeated."),
    ] = None,
    because: Annotated[
        str, typer.Option("--because", metavar="WHY", help="request, or error where it should not have been written.")
    ] = "request",
    asked_on: Annotated[str | None, typer.Option("--asked-on", metavar="DATE", help="When it was asked for.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="More on why; it is sealed.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    by: By = None,
    id: Id = None,
    as_json: AsJson = False,
) -> None:
    """Erase for good what is sealed: all of a person, single values, or of a closed engagement what its time is over for.

    The ledger keeps that it was done, and verifies as before. Packs and backups made earlier are beyond its reach.

    Examples: turnaround privacy erase jo-b --asked-on 2026-11-02; turnaround privacy erase --engagement haringey-1
    """
    with open_desk() as desk:
        with desk.ledger.reading() as conn:
            body = {"because": because, **_Ways(person, engagement, tuple(value or ())).body(desk, conn)}
            subject = person or engagement or dates.plural(len(value or ()), "value")
        body |= {"asked_on": str(date_given("--asked-on", asked_on)) if asked_on else None, "reason": reason}
        confirm(f"Erase for good what is sealed of {subject}?", yes=yes, as_json=as_json)
        _give(desk, EraseValues, body, by, id, as_json)
        desk.ledger.scrub()


def _give(
    desk: Desk, kind: type[Command], body: Mapping[str, Any], by: str | None, id: str | None, as_json: bool
) -> None:
    given = {name: value for name, value in body.items() if value}
    check_body(kind, given)
    who = actor(OFFICE_ROLE, by)
    with desk.ledger.reading() as conn:
        words = desk.words(conn)
    command = Given(command_id(id), RECORD, kind, who, who, occurred(None, desk), given, None)
    carry_out(desk, command, words, again=id is not None, as_json=as_json)


def due(as_json: AsJson = False) -> None:
    """List closed engagements that hold values whose time is over.

    Example: turnaround privacy due
    """
    with open_desk() as desk, desk.ledger.reading() as conn:
        rows = list(_due(desk, conn))
    if as_json:
        emit_json(rows)
        return
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


def _due(desk: Desk, conn: Connection) -> Iterator[dict[str, Any]]:
    held = {hold.engagement for hold in _state(conn).holds}
    for row in read_models.portfolio(conn):
        closed = _closed(desk, conn, row.id)
        classes = due_classes(closed, desk.today) if closed else ()
        if closed is None or not classes or row.id in held:
            continue
        kept = sealing.still_kept(conn, target=f"engagement/{row.id}", classes=classes)
        if kept:
            named = sorted({each.class_ for each in kept})
            yield {"engagement": row.id, "closed": closed.isoformat(), "classes": named, "values": len(kept)}


def _closed(desk: Desk, conn: Connection, engagement: str) -> date | None:
    state, _ = desk.engagement(conn, engagement)
    last = state.history.last(EngagementClosed)
    return last.occurred.latest if last is not None and state.closed else None


# Legal holds


def hold(
    reason: Reason,
    person: MaybePerson = None,
    engagement: EngagementId = None,
    by: By = None,
    id: Id = None,
    as_json: AsJson = False,
) -> None:
    """Place a legal hold: nothing of a person, or of an engagement, is erased until it is lifted.

    Example: turnaround privacy hold --engagement haringey-1 --reason "A public inquiry"
    """
    with open_desk() as desk:
        _give(desk, PlaceHold, {"subject": person, "engagement": engagement, "reason": reason}, by, id, as_json)


def lift(
    number: Annotated[int, typer.Argument(metavar="HOLD", help="The hold's number.")],
    reason: Reason,
    by: By = None,
    id: Id = None,
    as_json: AsJson = False,
) -> None:
    """Lift a legal hold.

    Example: turnaround privacy lift 1 --reason "The inquiry reported"
    """
    with open_desk() as desk:
        _give(desk, LiftHold, {"hold": number, "reason": reason}, by, id, as_json)


def holds(as_json: AsJson = False) -> None:
    """List the legal holds that stand.

    Example: turnaround privacy holds
    """
    with open_desk() as desk, desk.ledger.reading() as conn:
        state = _state(conn)
        values = sealing.unseal(conn, [each.reason for each in state.holds])
    rows = [_hold_row(each, values.get(each.reason)) for each in state.holds]
    if as_json:
        emit_json(rows)
        return
    table(("Hold", "On", "Why"), [(str(row["hold"]), row["on"], row["reason"]) for row in rows])
    if not rows:
        note("There is no legal hold.")


def _hold_row(placed: LegalHoldPlaced, reason: str | None) -> dict[str, Any]:
    return {"hold": placed.hold, "on": placed.subject or placed.engagement, "reason": reason}


def _state(conn: Connection) -> Erasures:
    return folding.fold_erasures(Erasures(), events.read_stream(conn, ERASURES))
