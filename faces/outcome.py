"""What came of a command, or would come of it: why it is refused, or the events that follow and who is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from activities import folding
from activities.library import stream_of
from activities.messages import Wake
from domain import council, engagement
from domain.actors import Actor
from domain.council import Council
from domain.course import CorrectEvent
from domain.dates import When
from domain.disputes import DisputeFact
from domain.engagement import Engagement
from domain.items import as_stored
from domain.part import Command
from domain.records import Recorded
from faces import dates, telling
from faces.desk import Desk, Target
from faces.fields import with_placeholders
from faces.page import Answer, Cell, note, say, table
from faces.problems import Exit, Problem
from faces.prose import refused
from faces.reading import caution_data, caution_line, cautions_of
from faces.words import Words, all_of
from ledger import events, read_models
from ledger.commands import StoredOutcome

Standing = Engagement | Council

OFFICE_OF = {
    "office/people": "the directory of people",
    "office/documents": "the office's record",
    "office/erasures": "the record of erasures",
}
"""What the office keeps, by to whom a command about it is given."""


@dataclass(frozen=True)
class Given:
    """A command as it was typed, checked as far as this can be done without the engine."""

    id: str
    target: Target
    kind: type[Command]
    decided_by: Actor
    recorded_by: Actor
    occurred: When
    body: Mapping[str, Any]
    expected: int | None
    proposed_by: Actor | None = None
    confirmed_by: Actor | None = None

    @property
    def stored(self) -> tuple[type[Command], dict[str, Any]]:
        """The command and its body as the ledger keeps them: a record of the model's own by what stands in its fields."""
        return as_stored(self.kind, self.body)


def events_of(conn: Connection, target: Target, command_id: str) -> list[Recorded]:
    """The events that followed from a command, in its own stream and in those of engagements that it opened."""
    found = [event for event in events.read_stream(conn, stream_of(target.stream)) if event.command.id == command_id]
    for event in found[:]:
        if event.type == "intervention-opened":
            stream = f"engagement/{event.body['engagement']}"
            found += [other for other in events.read_stream(conn, stream) if other.command.id == command_id]
    return sorted(found, key=lambda event: event.position)


def _told(conn: Connection, found: Sequence[Recorded]) -> list[str]:
    """The roles that are told of some events."""
    roles: list[str] = []
    for stream in dict.fromkeys(event.stream for event in found):
        if not stream.startswith("engagement/"):
            continue
        id = stream.partition("/")[2]
        versions = {f"{id}.{event.version}." for event in found if event.stream == stream}
        for row in read_models.notices(conn, id):
            if any(row.id.startswith(version) for version in versions):
                roles.append(row.to_role)
    return list(dict.fromkeys(roles))


def _woken(outcome: StoredOutcome) -> list[str]:
    """The engagements under way that are told of what happened to their council, each by a command of its own."""
    wakes = [Wake.model_validate(wake) for wake in outcome.outcome.get("wakes", ())]
    return [wake.target.partition("/")[2] for wake in wakes if wake.submission is not None]


def _stirred(conn: Connection, target: Target, command_id: str) -> tuple[Standing, Standing] | None:
    """A target as it stood before a command and after it, whatever was done since; None where nothing came of it."""
    if target.family == "office":
        return None  # of the directory and of documents nothing is said that is worth a look
    recorded = list(events.read_stream(conn, target.stream))
    own = [event.version for event in recorded if event.command.id == command_id]
    if not own:
        return None
    earlier, then = recorded[: own[0] - 1], recorded[own[0] - 1 : own[-1]]
    if target.family == "council":
        council_before = folding.fold_council(Council.new(target.name), earlier)
        return council_before, folding.fold_council(council_before, then)
    before = folding.fold_engagement(Engagement(target.name), earlier)
    return before, folding.fold_engagement(before, then)


def _raised(before: Standing, after: Standing, words: Words) -> list[dict[str, Any]]:
    """What is newly worth a look."""
    known = cautions_of(before)
    return [caution_data(found, words) for found in cautions_of(after) if found not in known]


def _note_cautions(found: Sequence[dict[str, Any]]) -> None:
    for caution in found:
        note(f"worth a look: {caution_line(caution)}")


def report(
    conn: Connection,
    given: Given,
    outcome: StoredOutcome,
    words: Words,
    *,
    repeated: bool,
    receipt: str | None = None,
) -> Answer:
    """What came of a command, with its receipt. Of one that was refused, `tell` raises Problem."""
    found = events_of(conn, given.target, given.id) if outcome.accepted else []
    told = _told(conn, found)
    woken = _woken(outcome)
    stirred = _stirred(conn, given.target, given.id) if outcome.accepted else None
    cautions = _raised(*stirred, words) if stirred else []
    data: dict[str, Any] = {
        "command": given.id,
        "target": given.target.stream,
        "type": given.kind.type,
        "accepted": outcome.accepted,
        "repeated": repeated,
        "version": outcome.outcome["version"],
        "events": [_event_data(event, words) for event in found],
        "told": told,
        "woken": woken,
        "cautions": cautions,
        "receipt": receipt,
    }
    if not outcome.accepted:
        said = refused(outcome.outcome["rule"], outcome.outcome["details"], words)
        data |= {
            "rule": outcome.outcome["rule"],
            "details": outcome.outcome["details"],
            "reason": said.sentence,
            "hint": said.hint,
        }
        again = "it was given before with this id, and refused then: " if repeated else ""
        return Answer(data, _refusing(f"{again}{said.sentence}", said.hint))
    opened = next((event.body["model"] for event in found if event.type == "engagement-opened"), None)
    own = words.of(opened) if opened else words
    done = "Done before, and not again" if repeated else "Done"
    where = OFFICE_OF.get(given.target.stream, given.target.name)

    def tell() -> None:
        say(f"{done}: {given.kind.type}, {where} is at version {outcome.outcome['version']}.")
        _print_events([(e.stream, e.version, e.type, e.body, dates.when(e.occurred)) for e in found], own)
        if told:
            say(f"Told: {', '.join(own.title_of_role(role) for role in told)}.")
        if woken:
            say(f"{all_of(woken)} {'is' if len(woken) == 1 else 'are'} told.")
        _note_cautions(cautions)

    return Answer(data, tell)


def _refusing(sentence: str, hint: str | None) -> Callable[[], None]:
    def tell() -> None:
        raise Problem(Exit.REFUSED, sentence, hint)

    return tell


def _event_data(event: Recorded, words: Words) -> dict[str, Any]:
    return {
        "stream": event.stream,
        "version": event.version,
        "type": event.type,
        "title": telling.title(event.type, event.body, words),
        "occurred": event.occurred.model_dump(mode="json"),
        "recorded_at": event.recorded_at,
    }


def _print_events(found: Sequence[tuple[str, int, str, Mapping[str, Any], str]], words: Words) -> None:
    table(
        ("Where", "#", "When", "What"),
        (
            (stream.partition("/")[2], str(version), on, Cell(telling.title(kind, body, words)))
            for stream, version, kind, body, on in found
        ),
    )


# Without doing it


def foretell(desk: Desk, conn: Connection, given: Given, words: Words) -> Answer:
    """What would follow from a command: it is decided in this process, on a copy. Answers as `report` does."""
    from faces.trying import Trial

    trial = Trial(desk, conn, desk.now)
    before = trial.state(given.target)
    kind, body = as_stored(given.kind, with_placeholders(given.kind, given.body))
    if given.kind in (CorrectEvent, DisputeFact):
        body["changes"] = _changes_seen(conn, given)
    refusal = trial.command(
        given.target, kind.type, given.decided_by, given.recorded_by, given.occurred, body, given.expected
    )
    found = [] if refusal else trial.drafted()
    data: dict[str, Any] = {
        "target": given.target.stream,
        "type": given.kind.type,
        "dry_run": True,
        "accepted": refusal is None,
        "events": [
            {
                "stream": s,
                "version": v,
                "type": e.type,
                "title": telling.title(e.type, e.model_dump(mode="json"), words),
            }
            for s, v, e in found
        ],
        "told": trial.told() if refusal is None else [],
        "woken": trial.woken() if refusal is None else [],
        "cautions": _raised(before, trial.state(given.target), words) if refusal is None else [],
    }
    if refusal is not None:
        said = refused(refusal.rule, refusal.details, words)
        data |= {"rule": refusal.rule, "details": dict(refusal.details), "reason": said.sentence, "hint": said.hint}
        return Answer(data, _refusing(f"it would be refused. {said.sentence}", said.hint))
    on = dates.when(given.occurred)

    def tell() -> None:
        say(f"It would be accepted: {given.kind.type}. Nothing has been stored.")
        _print_events([(s, v, e.type, e.model_dump(mode="json"), on) for s, v, e in found], words)
        if data["told"]:
            say(f"Would be told: {', '.join(words.title_of_role(role) for role in data['told'])}.")
        if data["woken"]:
            say(f"{all_of(data['woken'])} would be told.")
        _note_cautions(data["cautions"])

    return Answer(data, tell)


def _changes_seen(conn: Connection, given: Given) -> dict[str, Any]:
    """The values of a correction or a dispute as the domain would see them: what the event keeps sealed, as commitments."""
    kinds = engagement.EVENTS if given.target.family == "engagement" else council.EVENTS
    changes, version, name = given.body.get("changes") or {}, given.body.get("version"), given.body.get("event")
    if version is not None:
        event = next(iter(events.read_stream(conn, given.target.stream, version - 1)), None)
        name = event.type if event is not None and event.version == version else None
    kind = kinds.get(name or "")
    return with_placeholders(kind, changes) if kind is not None else dict(changes)
