"""The published lifecycles and calendars, read from the office's stream, and the register of councils.

Published documents never change, so what was read once stays read.
"""

import csv
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import Any, TypeVar

from domain import engagement, office
from domain.actors import ENGINE
from domain.calendar import Calendar
from domain.council import CouncilFacts, newest_of
from domain.dates import When, london_day
from domain.documents import Document, parse
from domain.engagement import Rules
from domain.lifecycle import Lifecycle, read_lifecycle
from domain.publishing import Shelved, Submitted
from domain.records import CommandRef, Recorded
from domain.respond import draft
from domain.soundness import findings
from ledger.canonical import canonical, digest
from ledger.store import Transaction

OFFICE = "office"

DOCUMENTS = "office/documents"
"""To whom a command to publish is given. What comes of it stands on the office's own stream, with what start-up published."""

PEOPLE = "office/people"
"""The directory of people. It is no part of the office's own stream: there whoever reads people would read every lifecycle
too, and a command's expected version would move when a lifecycle is published or a clock gets stuck.
"""


ERASURES = "office/erasures"
"""What was erased of the sealed values, and what must not be: a stream of its own."""


def stream_of(target: str) -> str:
    """The stream to which a command to a target leads."""
    return OFFICE if target == DOCUMENTS else target


@cache
def read_register() -> Mapping[str, CouncilFacts]:
    """The councils of the register, by GSS code."""
    text = (files("domain") / "registers" / "councils.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(StringIO(text))
    found = (
        CouncilFacts.model_validate(
            {
                **{name: row[name] for name in ("gss", "short", "name", "kind", "region")},
                "start": row["from"],
                "end": row["to"],
            }
        )
        for row in rows
    )
    return {facts.gss: facts for facts in found}


def facts_of(register: Mapping[str, CouncilFacts], gss: str) -> CouncilFacts | None:
    """A council of the register, or one that sources do not name (X0000001 and up); None for any other code."""
    if gss in register:
        return register[gss]
    if len(gss) == 8 and gss[0] == "X" and gss[1:].isdigit():
        return CouncilFacts(gss=gss, short=f"council {gss}", name=f"Council {gss}", kind="unnamed", region="not named")
    return None


def read_questions() -> Mapping[str, str]:
    """What each question of participation asks, by its id: `users.reward.payment`."""
    text = (files("domain") / "questions.yaml").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for name, one in parse("questions.yaml", text).value["sets"].items():
        found |= {f"{name}.{id}": asked for id, asked in one.get("questions", {}).items()}
        for group, asked_of in one.get("groups", {}).items():
            found |= {f"{name}.{group}.{id}": asked for id, asked in asked_of.items()}
    return found


@cache
def shipped_documents() -> Sequence[tuple[str, Document]]:
    """The lifecycles and calendars that come with this release, each with its kind."""
    found = []
    for kind, folder in (("calendar", "calendars"), ("lifecycle", "lifecycles")):
        for path in sorted((files("domain") / folder).iterdir(), key=lambda path: path.name):
            if path.name.endswith(".yaml"):
                found.append((kind, parse(path.name, path.read_text(encoding="utf-8"))))
    return found


def shipped_lifecycles(model: str) -> list[Lifecycle]:
    """The versions of a lifecycle that come with this release, the newest last; none for an id that is not known."""
    documents = [document for kind, document in shipped_documents() if kind == "lifecycle"]
    found = [document for document in documents if document.value["id"] == model]
    read = [read_lifecycle(document, engagement.COMMANDS, engagement.EVENTS) for document in found]
    return sorted(read, key=lambda lifecycle: lifecycle.version)


@cache
def _founding() -> Sequence[office.LifecyclePublished | office.CalendarPublished]:
    """The shipped documents as events, each checked."""
    found: list[office.LifecyclePublished | office.CalendarPublished] = []
    for kind, document in shipped_documents():
        id, version, sha256 = document.value["id"], document.value["version"], digest(canonical(document.value))
        if kind == "lifecycle":
            read_lifecycle(document, engagement.COMMANDS, engagement.EVENTS)
            found.append(office.LifecyclePublished(id=id, version=version, sha256=sha256, document=document.value))
        else:
            Calendar.model_validate(document.value)
            found.append(office.CalendarPublished(id=id, version=version, sha256=sha256, document=document.value))
    return found


def publish_shipped(tx: Transaction, at: datetime, release: str) -> int:
    """Publish whatever of the shipped documents the ledger does not hold yet; returns how many were."""
    held = {(event.type, event.body["id"], event.body["version"]) for event in tx.events(OFFICE)}
    missing = [event for event in _founding() if (event.type, event.id, event.version) not in held]
    for event in missing:
        stored = draft(event, When.day(london_day(at)), ENGINE, ENGINE)
        ref = CommandRef(id=f"founding/{event.id}@{event.version}", digest="")
        tx.append(OFFICE, tx.head(OFFICE).version, [stored], ref, at, release)
    return len(missing)


def submitted(document: Document, calendars: Collection[str]) -> Submitted:
    """A document that is to be published, with what is found in it. `calendars` are those that are known."""
    found = findings(document, engagement.COMMANDS, engagement.EVENTS, calendars)
    sound = not any(finding.error for finding in found)
    lifecycle = read_lifecycle(document, engagement.COMMANDS, engagement.EVENTS) if sound else None
    return Submitted(lifecycle, digest(canonical(document.value)), found)


class UnknownLifecycle(Exception):
    """An engagement is pinned to a lifecycle that the ledger does not hold."""


M = TypeVar("M", Lifecycle, Calendar)

_known: dict[str, tuple[Any, Lifecycle | Calendar]] = {}
"""The documents that this process has read, by their hash, each with what it says. A command alone has them read thrice."""


def _once(model: type[M], body: Mapping[str, Any]) -> M:
    """A published document, read if this very one was not before. Raises DocumentError.

    It was checked when it was published, and by the rules of that day. That its hash is right was not, so it counts for
    nothing but where to look.
    """
    document, known = _known.get(body["sha256"], (None, None))
    if isinstance(known, model) and document == body["document"]:
        return known
    read = Document(body["id"], body["document"], {}).read_as(model)
    _known[body["sha256"]] = body["document"], read
    return read


class Library:
    """What has been published so far. `refresh` reads what came since."""

    def __init__(self) -> None:
        self._read = 0
        self._lifecycles: dict[str, Lifecycle] = {}
        self._hashes: dict[str, str] = {}
        self._calendars: dict[str, Calendar] = {}

    def refresh(self, read: Callable[[str, int], Iterable[Recorded]]) -> None:
        """Read the office's events since the last time; `read` takes a stream and a version to read after."""
        for event in read(OFFICE, self._read):
            if event.type == office.LifecyclePublished.type:
                lifecycle = _once(Lifecycle, event.body)
                self._lifecycles[lifecycle.ref] = lifecycle
                self._hashes[lifecycle.ref] = event.body["sha256"]
            elif event.type == office.CalendarPublished.type:
                calendar = _once(Calendar, event.body)
                known = self._calendars.get(calendar.id)
                if known is None or calendar.newer_than(known.ref):
                    self._calendars[calendar.id] = calendar
            # Last of all: whoever comes meanwhile, in another thread, reads it as well.
            self._read = event.version

    def every(self) -> list[Lifecycle]:
        """Every version of each lifecycle, in the order in which they were published."""
        return list(self._lifecycles.values())

    def newest(self) -> list[Lifecycle]:
        """The newest version of each lifecycle."""
        return newest_of(self.every())

    def shelved(self) -> Shelved:
        """What is published so far, for whoever publishes more."""
        return Shelved(self.every(), dict(self._hashes))

    def calendars(self) -> list[str]:
        """The calendars that are published, by their ids."""
        return list(self._calendars)

    def roles(self) -> list[str]:
        """The roles of every version that was published: an engagement may be pinned to an old one."""
        return sorted({role for lifecycle in self._lifecycles.values() for role in lifecycle.roles})

    def rules(self, ref: str, read: Callable[[str, int], Iterable[Recorded]]) -> Rules:
        """What an engagement pinned to `ref` is held to. Raises UnknownLifecycle."""
        if ref not in self._lifecycles:
            self.refresh(read)
        if ref not in self._lifecycles:
            raise UnknownLifecycle(ref)
        lifecycle = self._lifecycles[ref]
        return Rules(lifecycle, self._calendars[lifecycle.calendar])

    def calendar(self, id: str, read: Callable[[str, int], Iterable[Recorded]]) -> Calendar:
        """The newest published version of a calendar."""
        self.refresh(read)
        return self._calendars[id]

    def sha256(self, ref: str) -> str:
        """The hash under which a lifecycle was published."""
        return self._hashes[ref]
