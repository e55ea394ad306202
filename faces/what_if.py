"""`turnaround what-if`: what an engagement would have been under another lifecycle, beside what it was. It writes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection

from activities import folding, recorded
from activities.library import submitted
from domain.engagement import Engagement
from domain.items import given_as
from domain.part import Refusal
from domain.respond import DoesNotSettle
from domain.what_if import (
    Documents,
    Due,
    Given,
    Moment,
    Published,
    Side,
    Stay,
    decided_again,
    refusals_recorded,
    retold_side,
    side,
)
from faces import dates
from faces.desk import Desk
from faces.lifecycles import Source
from faces.page import Answer, note, say, table
from faces.problems import Exit, Problem, usage
from faces.prose import refused
from faces.words import Words
from ledger import events
from ledger.events import reader


@dataclass(frozen=True)
class _Both:
    """What was recorded, what would have been, and the commands in their order."""

    then: Side
    now: Side
    commands: Sequence[Given]


def what_would_have_been(desk: Desk, conn: Connection, id: str, other: Source) -> Answer:
    """What an engagement would have been under another lifecycle, beside what it was. Raises Problem, DocumentError."""
    target = desk.resolve(conn, id)
    if target.family != "engagement":
        raise usage(f"{id} is a council: what if is asked of an engagement.", "name one, such as haringey-1")
    state, rules = desk.engagement(conn, target.name)
    words = desk.words(conn, rules)
    published = _document(desk, other)
    both = _both_of(desk, conn, state, published)
    data = _data_of(state.id, both, words, replace(words, lifecycles=(published.lifecycle, *words.lifecycles)))
    return Answer(data, lambda: _show(data))


def _document(desk: Desk, source: Source) -> Published:
    held = submitted(source.document, desk.library.calendars())
    if held.lifecycle is None:
        wrong = next(finding for finding in held.found if finding.error)
        raise Problem(Exit.REFUSED, f"{wrong.name}:{wrong.line}: {wrong.problem}.", "see `turnaround lifecycle check`")
    return Published(held.lifecycle, held.sha256)


def _both_of(desk: Desk, conn: Connection, state: Engagement, other: Published) -> _Both:
    moments = recorded.moments(conn, state.id)
    assert state.opening is not None
    same = other.lifecycle.ref == state.opening.model and other.sha256 == state.opening.lifecycle_sha256
    try:
        told = decided_again(
            state.id,
            moments,
            _documents(desk, conn, other),
            instead=None if same else other.lifecycle.ref,
            until=desk.now,
        )
    except DoesNotSettle:
        raise Problem(
            Exit.REFUSED, f"under {other.lifecycle.ref} the consequences of one command have no end.", "mend its gates"
        ) from None
    entries = folding.entries_of(events.read_stream(conn, f"engagement/{state.id}"))
    then = side(state.model, ((entry.event, entry.occurred) for entry in entries), dict(refusals_recorded(moments)))
    return _Both(then, retold_side(told), list(_commands(moments)))


def _commands(moments: Sequence[Moment]) -> Iterator[Given]:
    return (moment.what for moment in moments if isinstance(moment.what, Given))


def _documents(desk: Desk, conn: Connection, other: Published) -> Documents:
    """The published documents, and the one that is asked about in place of one of its name."""
    published = {each.ref for each in desk.library.every()}

    def find(ref: str) -> Published | None:
        if ref == other.lifecycle.ref:
            return other
        if ref not in published:
            return None
        return Published(desk.library.rules(ref, reader(conn)).lifecycle, desk.library.sha256(ref))

    return find


# As data


def _data_of(id: str, both: _Both, words: Words, other: Words) -> dict[str, Any]:
    return {
        "id": id,
        "recorded": _side_data(both.then, words),
        "what_if": _side_data(both.now, other),
        "commands": [
            {
                "id": given.id,
                "command": given_as(given.asked.command),
                "on": str(given.asked.occurred),
                "recorded": _refusal(both.then.refused.get(given.id), words),
                "what_if": _refusal(both.now.refused.get(given.id), other),
            }
            for given in both.commands
            if given.id in both.then.refused or given.id in both.now.refused
        ],
        "same": replace(both.then, model="") == replace(both.now, model=""),
    }


def _side_data(of: Side, words: Words) -> dict[str, Any]:
    return {
        "model": of.model,
        "stages": [_stay(stay, words) for stay in of.stages],
        "end": {"end": of.end, "title": words.stage(of.end), "on": str(of.ended)} if of.end else None,
        "owed": [_due(due, words) for due in of.owed],
        "missed": len(of.missed),
        "refused": len(of.refused),
    }


def _stay(stay: Stay, words: Words) -> dict[str, Any]:
    return {
        "stage": stay.stage,
        "title": words.stage(stay.stage),
        "since": str(stay.since),
        "assumed": stay.assumed,
    }


def _due(due: Due, words: Words) -> dict[str, Any]:
    return {
        "obligation": due.obligation,
        "number": due.number,
        "title": words.owed(due.obligation),
        "owner": due.owner,
        "due_on": due.due_on,
        "missed": due.missed,
    }


def _refusal(refusal: Refusal | None, words: Words) -> dict[str, Any] | None:
    if refusal is None:
        return None
    said = refused(refusal.rule, refusal.details, words)
    return {"rule": refusal.rule, "sentence": said.sentence, "hint": said.hint}


# On the page


def _show(data: Mapping[str, Any]) -> None:
    then, now = data["recorded"], data["what_if"]
    say("Stages", style="bold")
    table((f"As recorded ({then['model']})", "Since", f"Under {now['model']}", "Since"), _stages(then, now))
    say()
    say("What was owed", style="bold")
    rows = list(_owed(then, now))
    table(("What", "Due", "Missed", f"Due under {now['model']}", "Missed"), rows) if rows else note("Nothing.")
    if data["commands"]:
        say()
        say("Commands refused", style="bold")
        table(("Command", "On", "As recorded", f"Under {now['model']}"), (_command(each) for each in data["commands"]))
    say()
    if data["same"]:
        note("It comes out as it was recorded.")
    else:
        missed = f"{then['missed']} dates were missed, {now['missed']} would have been"
        note(
            f"{missed}; {then['refused']} commands were refused, {now['refused']} would have been. Nothing was written."
        )


def _stages(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for left, right in zip_longest([*_passed(then)], [*_passed(now)], fillvalue=("", "")):
        yield (*left, *right)


def _passed(of: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for stay in of["stages"]:
        yield stay["title"] + (" (assumed)" if stay["assumed"] else ""), dates.printed(stay["since"])
    if of["end"]:
        yield f"Over: {of['end']['title']}", dates.printed(of["end"]["on"])


def _owed(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str, str]]:
    """What was owed on either side, beside each other by name and number."""
    keyed = [{(due["obligation"], due["number"]): due for due in of["owed"]} for of in (then, now)]
    for key in dict.fromkeys((*keyed[0], *keyed[1])):
        was, is_ = keyed[0].get(key), keyed[1].get(key)
        title = (was or is_ or {})["title"] + (f" ({key[1]})" if key[1] > 1 else "")
        yield (title, *_by(was), *_by(is_))


def _by(due: Mapping[str, Any] | None) -> tuple[str, str]:
    return ("-", "") if due is None else (dates.printed(due["due_on"]), "missed" if due["missed"] else "")


def _command(each: Mapping[str, Any]) -> tuple[str, str, str, str]:
    def said(refusal: Mapping[str, Any] | None) -> str:
        return refusal["sentence"] if refusal else "done"

    return each["command"], dates.printed(each["on"]), said(each["recorded"]), said(each["what_if"])
