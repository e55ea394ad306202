"""Lifecycle documents by their names: those that are published, those of this release, and files."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from activities.library import OFFICE, shipped_documents
from domain import engagement
from domain.calendar import Calendar
from domain.documents import Document, parse
from domain.lifecycle import Lifecycle, read_lifecycle
from faces.desk import Desk, close
from faces.fields import read_text
from faces.problems import not_found
from ledger import events

LARGEST = 400 * 1024
"""Bytes of a document: no model comes near, and a command must hold it."""


@dataclass(frozen=True)
class Source:
    """A lifecycle document, where it came from, and its text where it has one."""

    document: Document
    origin: str
    text: str | None = None

    def read(self) -> Lifecycle:
        """The lifecycle. Raises DocumentError."""
        return self._read

    @cached_property
    def _read(self) -> Lifecycle:
        return read_lifecycle(self.document, engagement.COMMANDS, engagement.EVENTS)


def published(conn: Connection | None) -> dict[str, tuple[Source, Any]]:
    """The published documents by their names, each with its event."""
    found = {}
    for event in events.read_stream(conn, OFFICE) if conn is not None else ():
        if event.type == "lifecycle-published":
            ref = f"{event.body['id']}@{event.body['version']}"
            found[ref] = Source(Document(ref, event.body["document"], {}), "published"), event
    return found


@cache  # they are files of the release
def shipped() -> Mapping[str, Source]:
    """The documents that come with this release, by their names."""
    found = {}
    for kind, document in shipped_documents():
        if kind == "lifecycle":
            text = (files("domain") / "lifecycles" / document.name).read_text(encoding="utf-8")
            found[f"{document.value['id']}@{document.value['version']}"] = Source(document, "shipped", text)
    return found


def source_of(which: str, conn: Connection | None) -> Source:
    """A document by its file or its name. Raises Problem, DocumentError."""
    path = Path(which)
    if path.suffix.lower() in (".yaml", ".yml") or "/" in which or path.is_file():
        return from_file(path)
    return named(which, conn)


def named(which: str, conn: Connection | None) -> Source:
    """A document by its name, as published or shipped: ID@VERSION, or ID for the newest. Raises Problem."""
    known = {**shipped(), **{ref: source for ref, (source, _) in published(conn).items()}}
    if "@" not in which:
        versions = [ref for ref in known if ref.partition("@")[0] == which]
        which = max(versions, key=lambda ref: int(ref.partition("@")[2]), default=which)
    if which not in known:
        raise not_found(
            f"there is no lifecycle '{which[:80]}'.", close(which, known) or "see `turnaround lifecycle list`"
        )
    return known[which]


def from_file(path: Path) -> Source:
    """A document in a file. Raises Problem, DocumentError."""
    text = read_text(path, LARGEST)
    return Source(parse(path.name, text), str(path), text)


def calendars(desk: Desk | None) -> set[str]:
    """The calendars by which a lifecycle may count: those of this release, and those that are published."""
    ours = {Calendar.model_validate(d.value).id for kind, d in shipped_documents() if kind == "calendar"}
    return ours | set(desk.library.calendars() if desk else ())
