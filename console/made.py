"""What was made of a state of the ledger, kept for whoever asks the same again: a page over every engagement, or over a whole
history, costs what it reads, and is looked at more often than anything is recorded.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from fastapi.responses import Response
from sqlalchemy import Connection

from domain.reads import ACCESS
from faces.desk import Desk
from faces.page import Answer, Block, collected
from ledger import events
from ledger.newest import Newest

T = TypeVar("T")


class Made:
    """What was made for whom, the newest `most` answers. Nobody is told what was made for somebody who sees more or less."""

    def __init__(self, most: int = 100) -> None:
        self._kept = Newest[Hashable, Any](most)

    def once(self, desk: Desk, conn: Connection, question: Hashable, make: Callable[[], T]) -> T:
        """What a question comes to, made only where nothing was recorded since but reads. Raises what `make` raises."""
        recorded = events.last_position(conn) - events.head(conn, ACCESS).version
        key = (question, desk.reader, desk.scope, desk.opened, desk.today, desk.about.clock, recorded)
        kept: T | None = self._kept.get(key)
        if kept is not None:
            return kept
        made = make()
        self._kept.put(key, made)
        return made

    def sent(self, desk: Desk, conn: Connection, question: Hashable, make: Callable[[], Response]) -> Response:
        """What a question is answered with, as it was sent before; a response of its own each time."""
        first = self.once(desk, conn, question, make)
        return Response(first.body, first.status_code, dict(first.headers))

    def told(self, desk: Desk, conn: Connection, question: Hashable, ask: Callable[[], Answer]) -> tuple[Block, ...]:
        """What a question is answered with, as blocks."""

        def make() -> tuple[Block, ...]:
            with collected() as blocks:
                ask().tell()
            return tuple(blocks)

        return self.once(desk, conn, question, make)
