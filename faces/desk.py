"""What every reading command needs: the settings, the ledger, the published lifecycles, and what an id means.

Reads use the ledger alone and never Temporal.
"""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import ArgumentError

from activities import folding
from activities.insiders import Insiders
from activities.library import PEOPLE, Library, facts_of, read_register
from domain.access import may_see
from domain.actors import OFFICE_ROLE
from domain.council import Council, CouncilFacts, InterventionClosed, InterventionOpened
from domain.dates import When, london_day
from domain.directory import Directory
from domain.engagement import Engagement, Rules
from domain.permissions import Scope
from domain.records import Recorded
from domain.refusals import CommandRefused
from faces.kept import Kept
from faces.problems import not_found, usage
from faces.words import Words
from ledger import events, read_models
from ledger.connect import parse_url
from ledger.read_models import EngagementRow, Filters, Within
from ledger.store import About, Ledger
from ledger.verify_stream import Known
from workers.settings import Settings

if TYPE_CHECKING:
    from activities.work import Folded

READER = OFFICE_ROLE
"""As whom the command line of this machine reads, where --as names nobody else. It is a claim: whoever runs it is trusted."""


EVERYWHERE = Scope()

S = TypeVar("S", Engagement, Directory)


@dataclass(frozen=True)
class Target:
    """What a command is about: an engagement by its id, a council by its GSS code, or the office's directory of people."""

    family: Literal["engagement", "council", "office"]
    name: str

    @property
    def stream(self) -> str:
        """`engagement/haringey-1`."""
        return f"{self.family}/{self.name}"


@dataclass
class Desk:
    """An open ledger with what is needed to read it in words."""

    settings: Settings
    ledger: Ledger
    library: Library = field(default_factory=Library)
    at: datetime | None = None
    """The moment as of which things are told, where that is not now."""
    reader: str = READER
    """The role as which it is read: a confidential engagement is there only for whoever is in it."""
    scope: Scope = EVERYWHERE
    """Where the reader reaches: what is not within is not there either, by whatever way one comes."""
    opened: frozenset[str] = frozenset()
    """Engagements that are there for the reader in an emergency, although they are not within reach."""
    kept_from: Callable[[str], None] | None = None
    """Who is told the id of an engagement, or a council's code, that is there and was kept from the reader."""
    folded: "Folded | None" = None
    """Streams folded before, where a process keeps them from one reader to the next."""
    insiders: Insiders = field(default_factory=Insiders)
    checked: Known = field(default_factory=Known)
    """What is known of streams that were verified before."""
    kept: Kept = field(default_factory=Kept)
    """What was drawn before, where a process keeps it from one reader to the next."""
    _absent: tuple[Connection, frozenset[str]] | None = None

    @cached_property
    def register(self) -> Mapping[str, CouncilFacts]:
        """The councils of the register."""
        return read_register()

    @cached_property
    def about(self) -> About:
        """What the ledger is."""
        return self.ledger.about

    @property
    def now(self) -> datetime:
        """The ledger's time: the machine's, or that of a rehearsal; or the moment as of which things are told."""
        return self.at or self.about.clock or datetime.now(UTC)

    @property
    def today(self) -> date:
        """The day in London."""
        return london_day(self.now)

    # Streams

    def refresh(self, conn: Connection) -> None:
        """Read the lifecycles and calendars published so far."""
        self.library.refresh(events.reader(conn))

    def engagement(self, conn: Connection, id: str) -> tuple[Engagement, Rules]:
        """An engagement as it stands, with what it is held to. Raises Problem when there is none of that id."""
        state = self._folded(conn, id)
        if state.opening is None:
            raise self.nothing(conn, id)
        rules = self.library.rules(state.model, events.reader(conn))
        seen = self.scope.has(state.opening.council, id) and may_see(rules.lifecycle, state.history, self.reader)
        if not seen and id not in self.opened:
            self._keep_from(id)
            raise self.nothing(conn, id)
        return state, rules

    def _folded(self, conn: Connection, id: str) -> Engagement:
        return self._followed(conn, f"engagement/{id}", Engagement(id), folding.fold_engagement)

    def _followed(self, conn: Connection, stream: str, nothing: S, fold: Callable[[S, Iterable[Recorded]], S]) -> S:
        """A stream folded, from where it was folded to before."""
        known = self.folded.get(stream) if self.folded is not None else None
        start = known if isinstance(known, type(nothing)) else nothing
        if start.version > events.head(conn, stream).version:
            start = nothing  # it was kept by somebody who reads a later state of the ledger
        state = fold(start, events.read_stream(conn, stream, start.version))
        if self.folded is not None and state.version > 0:
            self.folded.put(stream, state)
        return state

    def council(self, conn: Connection, gss: str) -> Council:
        """A council as it stands, without the engagements that are not there for the reader."""
        return folding.fold_council(Council.new(gss), self.stream(conn, f"council/{gss}"))

    def directory(self, conn: Connection) -> Directory:
        """The directory of people as it stands."""
        return self._followed(conn, PEOPLE, Directory(), folding.fold_directory)

    def stream(self, conn: Connection, name: str) -> list[Recorded]:
        """The events of a stream; of a council's, without those about engagements that are not there for the reader."""
        found = list(events.read_stream(conn, name))
        about = {InterventionOpened.type, InterventionClosed.type, CommandRefused.type}
        if "council/" in name:
            self._reached(conn, name.rpartition("/")[2])
        if "council/" not in name or not any(event.type in about for event in found):
            return found
        absent = self.hidden(conn)
        return [event for event in found if event.type not in about or _engagement_in(event) not in absent]

    def hidden(self, conn: Connection) -> frozenset[str]:
        """The ids of the engagements that are not there for the reader."""
        absent = self._confidential(conn)
        if self.scope.everywhere:
            return absent
        return frozenset(read_models.versions(conn, Filters())) - frozenset(read_models.versions(conn, self.seen(conn)))

    def _confidential(self, conn: Connection) -> frozenset[str]:
        """The ids of those that are confidential and not there for the reader."""
        if self._absent is None or self._absent[0] is not conn:  # a connection sees one state of the ledger throughout
            self._absent = (conn, self.insiders.hidden(conn, self.library, self.reader) - self.opened)
        return self._absent[1]

    def seen(self, conn: Connection, filters: Filters | None = None) -> Filters:
        """What matches, of what is there for the reader: for whoever lists it page by page."""
        within = None if self.scope.everywhere else Within(self.scope.councils, self.scope.engagements | self.opened)
        return replace(filters or Filters(), within=within, without=self._confidential(conn))

    def councils(self, conn: Connection) -> list[str]:
        """The codes of the councils of which something is on record and that are there for the reader."""
        inside = None if self.scope.everywhere else {row.council for row in self.portfolio(conn)} | self.scope.councils
        return [gss for gss in read_models.councils(conn) if inside is None or gss in inside]

    def _reached(self, conn: Connection, gss: str) -> None:
        """Refuse a council in which nothing is within reach. Raises Problem."""
        if self.scope.has(gss) or self.portfolio(conn, Filters(council=gss)):
            return
        self._keep_from(gss)
        raise self.nothing(conn, gss)

    def _keep_from(self, what: str) -> None:
        if self.kept_from is not None:
            self.kept_from(what)

    def portfolio(self, conn: Connection, filters: Filters | None = None) -> list[EngagementRow]:
        """The engagements that match and are there for the reader."""
        return read_models.portfolio(conn, self.seen(conn, filters))

    def facts(self, gss: str) -> CouncilFacts:
        """What the register knows of a council. Raises Problem for a code it does not know."""
        facts = facts_of(self.register, gss)
        if facts is None:
            raise not_found(f"there is no council {gss}.", "give a GSS code such as E09000014, or a council's name")
        return facts

    def words(self, conn: Connection, first: Rules | None = None) -> Words:
        """The titles of the published lifecycles, those of one of them first."""
        self.refresh(conn)
        newest = self.library.newest()
        return Words((first.lifecycle, *newest) if first else newest)

    # Names

    def resolve(self, conn: Connection, text: str) -> Target:
        """What a user means, of what is there for them: an engagement's id, a council's GSS code or name. Raises Problem."""
        family, slash, name = text.strip().partition("/")
        if slash and family == "engagement":
            return self._engagement_named(conn, name)
        if slash and family == "council":
            return self._council_named(conn, name)
        wanted = text.strip()
        if self._there(conn, wanted):
            return Target("engagement", wanted)
        if facts_of(self.register, wanted.upper()) is not None or self.councils_called(wanted):
            return self._council_named(conn, wanted)
        raise self.nothing(conn, wanted)

    def _engagement_named(self, conn: Connection, name: str) -> Target:
        if not self._there(conn, name):
            raise self.nothing(conn, name)
        return Target("engagement", name)

    def _there(self, conn: Connection, id: str) -> bool:
        row = read_models.engagement(conn, id)
        if row is None:
            return False
        if id in self.opened or (self.scope.has(row.council, id) and id not in self._confidential(conn)):
            return True
        self._keep_from(id)
        return False

    def _council_named(self, conn: Connection, name: str) -> Target:
        gss = self._council_code(name)
        self._reached(conn, gss)
        return Target("council", gss)

    def _council_code(self, name: str) -> str:
        if facts_of(self.register, name.upper()) is not None:
            return name.upper()
        found = self.councils_called(name)
        if not found:
            raise self._no_council(name)
        there = [facts for facts in found if facts.existed(When.day(self.today))] or found
        if len(there) > 1:
            codes = " or ".join(facts.gss for facts in there)
            raise usage(f"'{name}' is the name of several councils.", f"say which by its code: {codes}")
        return there[0].gss

    def councils_called(self, name: str) -> list[CouncilFacts]:
        """The councils of a short or full name, in capitals or not. Several existed at different times under one name."""
        return called(self.register, name)

    def nothing(self, conn: Connection, name: str) -> Exception:
        """That there is nothing of that name. What is there for others alone is told in the same words, and never hinted."""
        ids = [row.id for row in self.portfolio(conn)]
        known = [*ids, *(facts.short for facts in self.register.values())]
        return not_found(
            f"there is no engagement and no council '{name}'.",
            close(name, known) or "`turnaround portfolio --all` lists the engagements there are",
        )

    def _no_council(self, name: str) -> Exception:
        names = [facts.short for facts in self.register.values()]
        return not_found(
            f"there is no council '{name}'.", close(name, names) or "give a GSS code such as E09000014, or its name"
        )


def _engagement_in(event: Recorded) -> str | None:
    """The engagement that an event of a council is about, if it names one; a refusal names it among its details."""
    found = event.body.get("engagement") or event.body.get("details", {}).get("engagement")
    return str(found) if found else None


def called(register: Mapping[str, CouncilFacts], name: str) -> list[CouncilFacts]:
    """The councils of a short or full name, in capitals or not."""
    wanted = " ".join(name.lower().split())
    return [facts for facts in register.values() if wanted in (facts.short.lower(), facts.name.lower())]


def close(wanted: str, known: Iterable[str]) -> str | None:
    """`did you mean haringey-1?`, or None where nothing is near."""
    by_lower = {name.lower(): name for name in known}
    found = difflib.get_close_matches(wanted.lower(), by_lower, n=3, cutoff=0.6)
    return f"did you mean {' or '.join(by_lower[name] for name in found)}?" if found else None


@contextmanager
def open_desk(settings: Settings | None = None, *, reader: str | None = None) -> Iterator[Desk]:
    """The ledger of the settings, open for reading by a role. Raises DatabaseUnavailable, NeedsMigration."""
    settings = settings or Settings()
    try:
        parse_url(settings.url)
    except (ValueError, ArgumentError) as error:
        raise usage(
            f"TURNAROUND_DATABASE_URL can't be used: {str(error).splitlines()[0][:200]}.",
            "write sqlite:////absolute/path/to/ledger.db or postgresql://HOST/NAME",
        ) from None
    ledger = Ledger.open(settings.url, synchronous=settings.synchronous)
    try:
        yield Desk(settings, ledger, reader=reader or READER)
    finally:
        ledger.close()
