"""A long list page by page: which page is asked for, what it shows, and the ways to the others."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from fastapi import Request

from faces.page import Block, Table

SIZE = 50
"""Rows on a page."""
ENTRIES = 25
"""Entries of a history on a page."""


@dataclass(frozen=True)
class Slice:
    """A page of a list of `total` things."""

    page: int
    total: int
    size: int = SIZE

    @classmethod
    def asked(cls, request: Request, total: int, size: int = SIZE) -> "Slice":
        """The page that `?page=` asks for: the first where it says none, the last where there are not so many."""
        text = request.query_params.get("page", "1")
        page = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1
        return cls(min(max(page, 1), max(1, -(-total // size))), total, size)

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // self.size))

    @property
    def offset(self) -> int:
        """How many things come before the page."""
        return (self.page - 1) * self.size

    @property
    def first(self) -> int:
        """The number of its first thing."""
        return self.offset + 1

    @property
    def last(self) -> int:
        """The number of its last thing."""
        return min(self.offset + self.size, self.total)

    def told(self, request: Request) -> tuple[int, int | None]:
        """From where to where a page tells; a file everything, but for that of one table of several, which is the page's."""
        whole = "as" in request.query_params and "page" not in request.query_params
        return (0, None) if whole else (self.offset, self.last)

    @property
    def near(self) -> Iterator[int | None]:
        """The pages that are linked to: the first, the last and those near, with None where some are left out."""
        before = 0
        for number in sorted({1, *range(max(1, self.page - 1), min(self.pages, self.page + 1) + 1), self.pages}):
            if number > before + 1:
                yield None
            yield number
            before = number


def page_of(blocks: Iterable[Block], slice: Slice) -> list[Block]:
    """Blocks with the rows of a page alone in their tables."""
    return [replace(b, rows=b.rows[slice.offset : slice.last]) if isinstance(b, Table) else b for b in blocks]
