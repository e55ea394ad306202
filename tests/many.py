"""A ledger with many engagements of many events each: `python -m tests.many HOME --engagements 500 --events 300`.

Histories that were really decided are copied, council by council: the same commands and events under other ids, sealed and
signed anew, cut off at different places so that the engagements stand in different stages, and filled up with notes. The
ledger is as good as any other: it verifies, and its read models are rebuilt from it.
"""

import argparse
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle, groupby, islice
from pathlib import Path
from typing import Any, Self

import orjson
from sqlalchemy import insert, select

from activities.library import read_register
from domain.actors import ENGINE, Actor
from domain.council import CouncilFacts
from domain.course import NoteAdded
from domain.dates import When
from domain.notices import NoticeSent
from domain.records import CommandRecord, CommandRef, Draft, Recorded
from domain.respond import draft
from ledger import events, read_models
from ledger.canonical import canonical_text, commitment
from ledger.canonical import digest as digest_of
from ledger.commands import SignedCommand, StoredCommand, StoredOutcome, commands_of, outcome_of
from ledger.store import Ledger, Transaction
from ledger.tables import sealed as sealed_values
from tests import dossiers
from tests.given import shipped_case
from tests.ledgers import Filled
from workers import logs
from workers.composition import RELEASE, make_checkpointing
from workers.face import Face, Unsealed
from workers.rebuild import rebuild_read_models
from workers.settings import Settings

OFFICE = Actor.parse(dossiers.OFFICE)

OTHERS = ("swindon-kent", "walsall-education-direction", "midthorpe", "today-slough")
"""A case of each of the other models: every fifth engagement is one of them."""

WHOLE = 4
"""Of so many copies of a team's history one goes to its end. Those of other models all do."""

TOGETHER = 10
"""Engagements that are written in one transaction."""

BETWEEN_NOTES = timedelta(hours=8)

Names = Mapping[str, str]
"""What stands for what in a copy: ids in quotes, councils, commitments, digests."""


@dataclass(frozen=True)
class Text:
    """A text of a history, taken apart at the names that are others in a copy."""

    parts: tuple[str, ...]

    def under(self, names: Names) -> str:
        """The text with other names."""
        return "".join([names.get(part, part) for part in self.parts])


Apart = Callable[[str], Text]


@dataclass(frozen=True)
class Given:
    """A command, the values sealed under it, and what became of it."""

    stored: StoredCommand
    record: Text
    sealed: Sequence[Mapping[str, Any]]
    outcome: tuple[StoredOutcome, Text] | None


@dataclass(frozen=True)
class Group:
    """Events that one command appended to one stream together. `version` is that of the engagement after them, where it is
    the engagement's stream.
    """

    stream: Text
    command: Text
    digest: str
    at: datetime
    drafts: Sequence[tuple[Draft, Text]]
    position: int
    version: int | None

    @classmethod
    def read(cls, found: Sequence[Recorded], apart: Apart, own: str) -> Self:
        """The events as they are copied."""
        last = found[-1]
        drafts = [(_without_body(event), apart(canonical_text(event.body))) for event in found]
        command = apart(f'"{last.command.id}"')
        version = last.version if last.stream == own else None
        return cls(apart(last.stream), command, last.command.digest, last.recorded_at, drafts, last.position, version)


def _without_body(event: Recorded) -> Draft:
    return Draft(
        type=event.type,
        schema=event.schema_version,
        occurred=event.occurred,
        decided_by=event.decided_by,
        recorded_by=event.recorded_by,
        body={},
    )


@dataclass(frozen=True)
class Story:
    """The history of one engagement, with its council's and its notices', in the ledger's order. `ends` are where it may be
    cut off: how many of its groups there are after each command since the opening, and the engagement's version then.
    """

    id: str
    council: str
    commands: Sequence[Given]
    groups: Sequence[Group]
    ends: Sequence[tuple[int, int]]

    @classmethod
    def read(cls, ledger: Ledger, id: str) -> Self:
        """Take a history out of a ledger."""
        own = f"engagement/{id}"
        with ledger.reading() as conn:
            row = read_models.engagement(conn, id)
            assert row is not None, id
            council = f"council/{row.council}"
            stored = [*commands_of(conn, council), *commands_of(conn, own)]
            stored.sort(key=lambda one: one.received_at)
            values = [dict(row) for row in conn.execute(select(sealed_values)).mappings()]
            outcomes = {one.record.id: outcome_of(conn, one.record.id) for one in stored}
            streams = [council, own, f"refusal/{own}", *events.streams(conn, f"notice/{id}.")]
            found = list(events.read_streams(conn, streams))
        names = {id, row.council}.union(*({f'"{one.record.id}"', one.digest} for one in stored))
        names |= {value["commitment"] for value in values}
        longest_first = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
        split = re.compile(f"({longest_first})").split

        def apart(text: str) -> Text:
            return Text(tuple(split(text)))

        commands = []
        for one in stored:
            outcome = outcomes[one.record.id]
            came = (outcome, apart(canonical_text(outcome.outcome))) if outcome is not None else None
            own_values = [value for value in values if value["command_id"] == one.record.id]
            commands.append(Given(one, apart(one.bytes.decode()), own_values, came))
        runs = groupby(found, lambda event: (event.stream, event.command.id, event.recorded_at))
        groups = [Group.read(list(run), apart, own) for _, run in runs]
        return cls(id, row.council, commands, groups, list(_ends(groups)))

    def end(self, number: int, most: int) -> int:
        """Of how many groups the `number`-th copy is, with so many events of the engagement at most."""
        fitting = [end for end, version in self.ends if version <= most]
        return fitting[-1] if number % WHOLE == 0 else fitting[number * 7 % len(fitting)]

    def note(self) -> tuple[Given, Group]:
        """A note of it, with its command."""
        group = next(g for g in self.groups if [event.type for event, _ in g.drafts] == [NoteAdded.type])
        return next(one for one in self.commands if one.stored.digest == group.digest), group


def _ends(groups: Sequence[Group]) -> Iterator[tuple[int, int]]:
    version = 0
    for number, group in enumerate(groups, start=1):
        version = group.version or version
        if version and (number == len(groups) or groups[number].command != group.command):
            yield number, version


# What is copied


def stories(folder: Path) -> list[Story]:
    """The histories that are copied, decided in a ledger of their own."""
    filled = Filled.make(folder, dossiers.NOON)
    dossiers.accept(filled, "council/E09000014", "publish-rating", dossiers.CHIEF, **dossiers.RATED)
    dossiers.accept(filled, dossiers.ONE, "add-note", dossiers.OFFICE, text="The director has been told.")
    for part in (
        dossiers.before_the_decision,
        dossiers.to_the_award,
        dossiers.disputed,
        dossiers.mobilised,
        dossiers.governed,
        dossiers.worked,
        dossiers.ended,
    ):
        _tell(filled)
        part(filled)
    filled.at = datetime.now(UTC)
    ids = ["haringey-1", *(id for name in OTHERS for id in _taken_over(filled, name))]
    found = [Story.read(filled.ledger, id) for id in ids]
    filled.ledger.close()
    return found


def _tell(filled: Filled) -> None:
    """Note that whatever was to be told has gone out."""
    sent = draft(NoticeSent(channel="file", attempt=1), When.day(filled.at.date()), ENGINE, ENGINE)
    with filled.ledger.writing() as tx:
        for row in read_models.unsettled_notices(tx.connection):
            read_models.follow_notice(tx.connection, row.id, "sent", True, 1)
            stream = f"notice/{row.id}"
            tx.append(
                stream, tx.head(stream).version, [sent], CommandRef(id=f"{stream}/1", digest=""), filled.at, RELEASE
            )


def _taken_over(filled: Filled, name: str) -> list[str]:
    """Take a case over as history that goes on; the engagements it opened."""
    case = shipped_case(name)
    slug = read_register()[case.council].slug
    numbers = sorted({step.engagement for step in case.steps if step.target == "engagement"})
    council = f"council/{case.council}"
    drafts = [
        Unsealed(
            id=f"{name}/{step.number:04}",
            target=council if step.target == "council" else f"engagement/{slug}-{step.engagement}",
            type=step.command_type,
            decided_by=step.decided_by,
            recorded_by=step.recorded_by,
            occurred=step.occurred,
            body=step.body,
            via="import",
            claim={"source": step.source} if step.source else None,
        )
        for step in case.steps
    ]
    refs = [signed.ref.model_dump() for signed in filled.face.store(drafts)]
    steps = [{"command": ref, "line": step.line} for ref, step in zip(refs, case.steps, strict=True)]
    imported = {"live": True, "source": case.source, "steps": steps}
    dossiers.accept(filled, council, "import-case", str(OFFICE), id=f"{name}/import", via="import", **imported)
    return [f"{slug}-{number}" for number in numbers]


# Copying


@dataclass
class Copy:
    """A copy of a story, for another council, that is being written."""

    tx: Transaction
    face: Face
    story: Story
    facts: CouncilFacts

    def __post_init__(self) -> None:
        self.id = f"{self.facts.slug}-1"
        self.names = {self.story.id: self.id, self.story.council: self.facts.gss}
        self.positions: dict[int, int] = {}
        self.sealed: list[dict[str, Any]] = []
        self.at = dossiers.NOON

    def write(self, number: int, note: tuple[Given, Group], most: int) -> None:
        """Write it as far as the `number`-th copy goes, and then as many notes as are missing to so many events."""
        groups = self.story.groups[: self.story.end(number, most)]
        used = {group.digest for group in groups}
        last = max(i for i, given in enumerate(self.story.commands) if given.stored.digest in used)
        commands = self.story.commands[: last + 1]
        for given in commands:
            self._store(given, f"{self.id}.{given.stored.record.id.replace('/', '.')}", self.names)
        for group in groups:
            self._append(group, self.names)
        for given in commands:
            self._record_outcome(given, self.names)
        for n in range(1, most - self.tx.head(f"engagement/{self.id}").version + 1):
            self._note(n, *note)
        self.tx.connection.execute(insert(sealed_values), self.sealed)

    def _note(self, number: int, given: Given, group: Group) -> None:
        """A note of the day that has come."""
        self.at += BETWEEN_NOTES
        ((event, body),) = group.drafts
        said, day = event.occurred, When.day(self.at.date())
        record = Text(tuple(part.replace(said.printed, day.printed) for part in given.record.parts))
        # Its names are those of the history that the note is from.
        names = {HARINGEY[0]: self.id, HARINGEY[1]: self.facts.gss}
        self._store(replace(given, record=record), f"{self.id}.note-{number}", names)
        dated = event.model_copy(update={"occurred": day})
        self._append(replace(group, drafts=[(dated, body)], at=self.at), names)
        self._record_outcome(given, names)

    def _store(self, given: Given, id: str, names: dict[str, str]) -> None:
        names[f'"{given.stored.record.id}"'] = f'"{id}"'
        for value in given.sealed:
            salt = digest_of(id.encode() + value["salt"]).encode()[:16]
            fresh = commitment(salt, value["value"])
            names[value["commitment"]] = fresh
            self.sealed.append({**value, "command_id": id, "salt": salt, "commitment": fresh})
        data = given.record.under(names).encode()
        record = CommandRecord.model_validate_json(data)
        signed = SignedCommand(record, data, digest_of(data), self.face.key.id, self.face.key.sign(data))
        names[given.stored.digest] = signed.digest
        self.tx.store(signed, self.at)

    def _append(self, group: Group, names: Names) -> None:
        drafts = [event.model_copy(update={"body": orjson.loads(body.under(names))}) for event, body in group.drafts]
        ref = CommandRef(id=group.command.under(names)[1:-1], digest=names.get(group.digest, ""))
        stream = group.stream.under(names)
        appended = self.tx.append(stream, self.tx.head(stream).version, drafts, ref, group.at, RELEASE)
        self.positions[group.position] = appended[-1].position
        self.at = max(self.at, group.at)

    def _record_outcome(self, given: Given, names: Names) -> None:
        if given.outcome is None:
            return
        was, said = given.outcome
        position = self.positions.get(was.position) if was.position is not None else None
        if position is None and was.position is not None:
            return  # it was cut off before that
        ref = CommandRef(id=names[f'"{given.stored.record.id}"'][1:-1], digest=names[given.stored.digest])
        self.tx.record_outcome(ref, was.accepted, orjson.loads(said.under(names)), position, self.at)


HARINGEY = ("haringey-1", "E09000014")


def councils(number: int) -> Iterator[CouncilFacts]:
    """So many councils: those of the register that still exist, then ones that sources do not name."""
    existing = [facts for facts in read_register().values() if facts.end is None]
    named = list({facts.slug: facts for facts in existing}.values())
    nameless = (
        CouncilFacts(
            gss=f"X{n:07}", short=f"council X{n:07}", name=f"Council X{n:07}", kind="unnamed", region="not named"
        )
        for n in range(1, number + 1)
    )
    yield from islice((*named, *nameless), number)


def make(home: Path, engagements: int, most: int, told: Sequence[Story] = ()) -> None:
    """A ledger under `home` with so many engagements of so many events each, each with a director in the directory of people,
    and with a checkpoint. `told` are the histories that are copied, where there are some already.
    """
    filled = Filled.make(home)
    with tempfile.TemporaryDirectory(prefix="turnaround-many-") as folder, closing(filled.ledger) as ledger:
        team, *others = told or stories(Path(folder))
        note, other = team.note(), cycle(others)
        chosen = [next(other) if number % 5 == 4 else team for number in range(engagements)]
        facts = list(councils(engagements))
        for first in range(0, engagements, TOGETHER):
            with ledger.writing() as tx:
                for number in range(first, min(first + TOGETHER, engagements)):
                    story = chosen[number]
                    Copy(tx, filled.face, story, facts[number]).write(number if story is team else 0, note, most)
        rebuild_read_models(ledger, lambda done, total: None)
        _register(filled, facts)
        make_checkpointing(filled.settings, ledger).make()


def _register(filled: Filled, facts: Sequence[CouncilFacts]) -> None:
    """The directory of people: the director of every council."""
    for one in facts:
        person = f"director-of-{one.slug}"
        body = {"person": person, "name": f"The director of {one.short}"}
        dossiers.accept(filled, "office/people", "register-person", dossiers.OFFICE, fields=body)
        held = {"person": person, "role": dossiers.DIRECTOR, "council": one.gss, "starts": "2003-09-01"}
        dossiers.accept(filled, "office/people", "give-role", dossiers.OFFICE, fields=held)


def main() -> None:
    """Read the arguments and make it."""
    parser = argparse.ArgumentParser(prog="python -m tests.many", description=__doc__)
    parser.add_argument("home", type=Path, help="a folder that has no ledger yet")
    parser.add_argument("--engagements", type=int, default=500)
    parser.add_argument("--events", type=int, default=300)
    given = parser.parse_args()
    logs.configure(Settings(), least="warning")
    make(given.home, given.engagements, given.events)


if __name__ == "__main__":
    main()
