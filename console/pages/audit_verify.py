"""Verifying the whole ledger from a page: one at a time, beside the requests, with what was found kept."""

import json
import logging
import secrets
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, Text, insert, select, update

from console.site import Site
from console.store import METADATA
from faces.desk import Desk
from faces.page import Line, Note, collected
from faces.problems import explain
from faces.verifying import Against, whether_it_verifies
from ledger.tables import InstantText

VERIFICATION = Table(
    "verification",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("asked", InstantText, nullable=False),
    Column("ended", InstantText),
    Column("role", Text, nullable=False),
    Column("found", Text),
)

LAST = 10
"""How many are listed."""

PROVED = {
    "self-consistent": "The ledger agrees with itself",
    "extends-given-checkpoint": "It extends the checkpoint that you gave",
    "cosigned-by-witnesses": "Witnesses that you named saw it",
}
"""What a verification may prove, in words."""


@dataclass(frozen=True)
class Verification:
    """A verification of the whole ledger. `found` is None while it goes on; `done` of `total` events are checked."""

    id: str
    asked: datetime
    ended: datetime | None
    role: str
    found: Mapping[str, Any] | None
    done: int = 0
    total: int = 0

    @property
    def proved(self) -> list[tuple[str, bool]]:
        """Each of the three things that may be proved, and whether it was."""
        proved = self.found["proved"] if self.found else ()
        return [(words, name in proved) for name, words in PROVED.items()]


@dataclass
class Verifications:
    """The verifications that were asked for. What was found outlasts the process; one that was cut off is begun again."""

    site: Site
    _work: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "verify"))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _under_way: str | None = None
    _progress: tuple[int, int] = (0, 0)

    def start(self, role: str, against: Against, *, contents: bool) -> str:
        """Begin one; its id. While one is under way, that is the one."""
        with self._lock:
            if self._under_way is not None:
                return self._under_way
            id = self._under_way = secrets.token_hex(8)
            self._progress = (0, 0)
        with self.site.store.writing() as conn:
            conn.execute(insert(VERIFICATION).values(id=id, asked=self.site.store.now(), role=role))
        self._work.submit(self._run, id, against, contents)
        return id

    def find(self, id: str) -> Verification | None:
        """One by its id."""
        under_way = self._under_way
        with self.site.store.reading() as conn:
            row = conn.execute(select(VERIFICATION).where(VERIFICATION.c.id == id)).one_or_none()
        return self._read(row, under_way) if row is not None else None

    def last(self) -> list[Verification]:
        """The last ones, the latest first."""
        under_way = self._under_way
        query = select(VERIFICATION).order_by(VERIFICATION.c.asked.desc()).limit(LAST)
        with self.site.store.reading() as conn:
            return [self._read(row, under_way) for row in conn.execute(query)]

    def _read(self, row: Any, under_way: str | None) -> Verification:
        """A row as it stands. `under_way` is what was going on before it was read: what ended since was not cut off."""
        found = json.loads(row.found) if row.found is not None else None
        if found is None and row.id != under_way:
            found = {
                "proved": [],
                "lines": [],
                "problem": "It was cut off when the console stopped.",
                "hint": "Start another.",
            }
        return Verification(row.id, row.asked, row.ended, row.role, found, *self._progress)

    def _run(self, id: str, against: Against, contents: bool) -> None:
        try:
            found = self._found(against, contents)
            values = {"found": json.dumps(found), "ended": self.site.store.now()}
            with self.site.store.writing() as conn:
                conn.execute(update(VERIFICATION).where(VERIFICATION.c.id == id).values(**values))
        except Exception:
            logging.getLogger(__name__).exception("a verification could not be finished")
        finally:
            self._under_way = None

    def _found(self, against: Against, contents: bool) -> dict[str, Any]:
        desk = Desk(self.site.settings, self.site.ledger, self.site.library)
        try:
            verified = whether_it_verifies(desk, None, against, contents=contents, show=self._show)
        except Exception as error:
            problem = explain(error)
            if problem is None:
                raise
            return {"proved": [], "lines": [], "problem": problem.message, "hint": problem.hint}
        data = verified.answer.data
        if verified.problem is not None:
            said, position = verified.problem, (data["first_bad"] or {}).get("position")
            found = {"problem": said.message, "hint": said.hint, "position": position}
            return {"ok": data["ok"], "proved": data["proved"], "lines": [], **found}
        return {"ok": True, "proved": data["proved"], "lines": told(verified.answer.tell), "problem": None}

    def _show(self, done: int, total: int) -> None:
        self._progress = (done, total)


def told(tell: Any) -> Sequence[str]:
    """What an answer says, a line each."""
    with collected() as blocks:
        tell()
    return [block.text.strip() for block in blocks if isinstance(block, Line | Note) and block.text.strip()]
