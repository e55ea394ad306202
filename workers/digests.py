"""Digests in plain words: what they list with the titles of the lifecycles, and the notices left to them by their subjects."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from activities import folding
from activities.delivery import THE_ROLE, Recipient, Text
from activities.library import Library
from domain import spoken
from domain.digest import STREAM, Digest, Item
from domain.lifecycle import Lifecycle
from domain.notices import NoticeAsked
from ledger import events, read_models
from ledger.read_models import EngagementRow
from ledger.store import Ledger
from workers.notices import Letters, Line, Templates, why_not


@dataclass(frozen=True)
class Lists:
    """What a digest lists, in words. `left` are the subjects of the notices that were left to it."""

    overdue: tuple[Line, ...]
    soon: tuple[Line, ...]
    escalated: tuple[Line, ...]
    left: tuple[str, ...]

    @property
    def summary(self) -> str:
        """`2 late, 1 due within a week`."""
        lists = (self.overdue, self.soon, self.escalated, self.left)
        said = zip(lists, ("late", "due within a week", "newly escalated", "told of"), strict=True)
        return ", ".join(f"{len(those)} {what}" for those, what in said if those)


class DigestLetters:
    """Puts notices in words: a digest, and that one did not reach somebody, itself; every other as `letters` does."""

    def __init__(self, ledger: Ledger, templates: Templates, letters: Letters) -> None:
        self._ledger, self._templates, self._letters = ledger, templates, letters
        self._library = Library()
        self._subject = lru_cache(maxsize=10_000)(self._subject_of)  # one notice is left to the digests of many

    def write(self, id: str, asked: NoticeAsked, recipient: Recipient) -> Text:
        """A notice for a recipient."""
        if asked.about != STREAM:
            return self._letters.write(id, asked, recipient)
        if asked.notice is not None:
            return self._undelivered(id, asked, asked.notice)
        assert asked.digest is not None and asked.person is not None, "such a notice is a digest"
        lists = self.lists(asked.digest)
        why = (
            "You get this as you asked for a digest each working morning. What is escalated comes at once all the same.\n"
            f"To be told of everything at once: turnaround people prefer {asked.person} --at-once"
        )
        return self._text(id, asked, asked.digest, lists, asked.person, {"why": why, "summary": lists.summary})

    def _undelivered(self, id: str, asked: NoticeAsked, of: str) -> Text:
        """That a digest did not reach somebody. What they were to be told goes to the office instead."""
        with self._ledger.reading() as conn:
            other = folding.fold_notice(events.read_stream(conn, f"notice/{of}"))
        assert other.asked.digest is not None, "it is about a digest"
        fields = {
            "why": "You get this as the Programme office.",
            "person": other.asked.person,
            "missed": tuple(why_not(one) for one in other.deliveries),
        }
        lists = self.lists(other.asked.digest)
        return self._text(id, asked, other.asked.digest, lists, "Programme office", fields)

    def _text(self, id: str, asked: NoticeAsked, digest: Digest, lists: Lists, to: str, fields: dict[str, Any]) -> Text:
        day = f"{digest.day:%A} {spoken.day(digest.day)}"
        subject, body = self._templates.render(asked.template, {"notice": id, "day": day, **vars(lists), **fields})
        return Text(subject, body, to)

    def lists(self, digest: Digest) -> Lists:
        """What a digest lists. The subject of a notice follows from the event it tells of, and never changes."""
        with self._ledger.reading() as conn:
            words = _Words(conn, self._library)
            lists = (
                tuple(words.line(item, f"{_days((digest.day - item.due_on).days)} late") for item in digest.late),
                tuple(words.line(item, _ahead(item, digest.day)) for item in digest.soon),
                tuple(words.line(one.item, words.told(one.item, one.to, one.on)) for one in digest.escalated),
            )
        return Lists(*lists, tuple(self._subject(id) for id in digest.left))

    def _subject_of(self, id: str) -> str:
        with self._ledger.reading() as conn:
            asked = folding.fold_notice(events.read_stream(conn, f"notice/{id}")).asked
        return self._letters.write(id, asked, THE_ROLE[0]).subject


class _Words:
    """Names of engagements and titles of their lifecycles, each read once."""

    def __init__(self, conn: Connection, library: Library) -> None:
        self._conn, self._library = conn, library
        self._rows: dict[str, EngagementRow] = {}

    def line(self, item: Item, said: str) -> Line:
        """Something owed, in words."""
        row = self._row(item)
        lifecycle = self._lifecycle(row)
        return Line(
            title=lifecycle.title_of_obligation(item.obligation),
            council=row.council_name,
            engagement=item.engagement,
            owner=lifecycle.title_of_role(item.owner),
            due=spoken.day(item.due_on),
            said=said,
        )

    def told(self, item: Item, to: str, on: date) -> str:
        """Who was told of something that was escalated, and when."""
        return f"the {self._lifecycle(self._row(item)).title_of_role(to)} was told on {spoken.day(on)}"

    def _row(self, item: Item) -> EngagementRow:
        if item.engagement not in self._rows:
            row = read_models.engagement(self._conn, item.engagement)
            assert row is not None, "a digest lists what the read models had"
            self._rows[item.engagement] = row
        return self._rows[item.engagement]

    def _lifecycle(self, row: EngagementRow) -> Lifecycle:
        return self._library.rules(row.model, events.reader(self._conn)).lifecycle


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"


def _ahead(item: Item, today: date) -> str:
    left = (item.due_on - today).days
    return f"in {_days(left)}" if left else "today"
