"""What reports are made of: the councils with an engagement as folded, and what the record says against a value."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection

from activities import folding
from activities.library import OFFICE
from domain.actors import ENGINE
from domain.assessments import AssessmentRecorded
from domain.council import Council, InterventionOpened
from domain.dates import When
from domain.disputes import Dispute, disputes
from domain.engagement import Engagement
from domain.part import Entry, History
from domain.programme import Subject
from domain.records import Recorded
from domain.reporting import Aspect, Fact, Otherwise, Rated, otherwise
from domain.sealed import is_commitment
from faces import telling
from faces.desk import Desk
from faces.words import Words
from ledger import commands, events, read_models

T = TypeVar("T")

LABELS = {
    "no-stars-yet": "No stars yet",
    "still-no-stars": "Still no stars",
    "improved-still-no-stars": "Improved still no stars",
    "no-star": "No star",
    "one-star": "1 star",
}
"""The cells of star ratings as [PAT] prints them, in Table 1 and in ch.5."""


@dataclass(frozen=True)
class Material:
    """The councils and engagements of a report, the events they were folded from by stream, and words for them."""

    subjects: tuple[Subject, ...]
    streams: Mapping[str, tuple[Recorded, ...]]
    words: Words


class Folded(Mapping[str, History]):
    """The engagements of a council, each read when it is asked for: Table 1 is drawn from councils alone."""

    def __init__(self, ids: Sequence[str], fold: Callable[[str], History]) -> None:
        self._ids, self._fold = dict.fromkeys(ids), cache(fold)

    def __getitem__(self, id: str) -> History:
        if id not in self._ids:
            raise KeyError(id)
        return self._fold(id)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


def gather(desk: Desk, conn: Connection, gss: str, words: Words) -> Material:
    """Fold a council and its engagements."""
    streams: dict[str, tuple[Recorded, ...]] = {}

    def read(stream: str) -> tuple[Recorded, ...]:
        streams[stream] = tuple(desk.stream(conn, stream))
        return streams[stream]

    council = folding.fold_council(Council.new(gss), read(f"council/{gss}")).history
    ids = [entry.event.engagement for entry in council.all(InterventionOpened)]
    folded = Folded(ids, lambda id: folding.fold_engagement(Engagement(id), read(f"engagement/{id}")).history)
    return Material((Subject(desk.facts(gss), council, folded),), streams, words)


def drawn(desk: Desk, conn: Connection, report: Hashable, draw: Callable[[Material], T]) -> dict[str, T]:
    """What a report draws of each council that had an engagement, by their codes; drawn again only of those that went on."""
    read, words = events.versions(conn, "council"), desk.words(conn)
    found = read_models.versions_by_council(conn, desk.seen(conn))
    published = events.head(conn, OFFICE).version
    standing = {gss: (read[gss], engagements, published) for gss, engagements in found.items()}
    return desk.kept.each(
        (report, desk.reader, desk.scope, desk.opened),
        standing,
        lambda codes: ((gss, draw(gather(desk, conn, gss, words))) for gss in codes),
    )


def unsealed(conn: Connection, data: Any) -> Any:
    """Data with the values behind its commitments, in one look."""
    values = telling.values_of(conn, [data])

    def opened(value: Any) -> Any:
        if is_commitment(value):
            return values.get(value, telling.ERASED)
        if isinstance(value, Mapping):
            return {name: opened(inner) for name, inner in value.items()}
        return [opened(inner) for inner in value] if isinstance(value, list | tuple) else value

    return opened(data)


# What is said against a value


def claimed(conn: Connection, material: Material, stream: str, version: int) -> Any:
    """What the source of an event is said to be contradicted by, sealed; None where nothing is said."""
    event = material.streams[stream][version - 1]
    if event.decided_by == ENGINE:  # what followed by itself is not what the source says
        return None
    stored = commands.stored_command(conn, event.command.id)
    claim = stored.record.claim if stored is not None else None
    return claim.disputed if claim else None


def date_text(value: Any) -> str:
    """A date as printed, from a `When` or from its stored form."""
    return str(value if isinstance(value, When) else When.model_validate(value))


@dataclass
class Doubts:
    """What a row rests on without a source, and what sources contradict in it, each with the name of its cell."""

    conn: Connection
    material: Material
    stream: str
    history: History
    assumed: list[dict[str, Any]]
    disputed: list[dict[str, Any]]

    @classmethod
    def of(cls, conn: Connection, material: Material, stream: str, history: History) -> "Doubts":
        """None yet."""
        return cls(conn, material, stream, history, [], [])

    def date(self, what: str, fact: Fact | None) -> dict[str, Any] | None:
        """A date as data; whatever is said against it is noted."""
        if fact is None:
            return None
        if fact.assumed:
            entry = self.history.at(fact.version)
            self.assumed.append({"what": what, "because": getattr(entry.event, "because", None) if entry else None})
        for other in fact.others:
            self.dispute(what, str(fact.on), date_text(other.said), other.dispute)
        claim = claimed(self.conn, self.material, self.stream, fact.version)
        if claim is not None and not fact.others:
            self.claim(what, claim)
        return {
            "on": str(fact.on),
            "assumed": fact.assumed,
            "contested": bool(fact.others or claim),
            "disputed": [date_text(other.said) for other in fact.others],
        }

    def team(self, fact: Fact | None, name: str | None) -> dict[str, Any] | None:
        """The team as data."""
        if fact is None or name is None:
            return None
        for other in fact.others:
            self.dispute("team", name, str(other.said), other.dispute)
        return {"name": name, "disputed": [other.said for other in fact.others]}

    def dispute(self, what: str, used: str, other: str, dispute: Dispute) -> None:
        """Note a dispute over a cell."""
        chosen = dispute.choice.event.reason if dispute.choice else None
        noted = {"what": what, "used": used, "other": other, "source": dispute.source, "note": dispute.note}
        self.disputed.append(noted | {"chosen_because": chosen, "claim": None})

    def claim(self, what: str, claim: Any) -> None:
        """Note what a source is said to be contradicted by, where nobody made a dispute of it."""
        nothing = dict.fromkeys(("used", "other", "source", "note", "chosen_because"))
        self.disputed.append({"what": what, **nothing, "claim": claim})

    def assessment(self, what: str, entry: Entry[AssessmentRecorded]) -> bool:
        """Note what is said against an assessment, its date or anything else of it, and say whether anything is."""
        about = [found for found in disputes(self.history) if found.version == entry.version]
        for name in dict.fromkeys(name for found in about for name in found.fields):
            now = entry.occurred if name == "occurred" else getattr(entry.event, name)
            for other in otherwise(self.history, entry.version, name):
                self.dispute(what, str(now or "nothing"), str(other.said or "nothing"), other.dispute)
        claim = claimed(self.conn, self.material, self.stream, entry.version)
        if claim is not None and not about:
            self.claim(what, claim)
        return bool(about or claim)

    def take(self, row: dict[str, Any], cells: Sequence[str]) -> None:
        """Take over what was noted of some cells of another row."""
        self.assumed += [noted for noted in row["assumed"] if noted["what"] in cells]
        self.disputed += [noted for noted in row["disputed"] if noted["what"] in cells]

    def data(self) -> dict[str, Any]:
        """Both lists. What two cells share is said once."""
        said: list[Any] = []
        for noted in self.disputed:
            alike = [one for one in said if noted["claim"] is not None and one["claim"] == noted["claim"]]
            if not alike:
                said.append(noted)
        return {"assumed": self.assumed, "disputed": said}


# Ratings


def rating_data(rating: Rated | None) -> dict[str, Any] | None:
    """A rating as data, its judgements by group and aspect."""
    if rating is None:
        return None
    event = rating.entry.event
    return {
        "on": str(rating.entry.occurred),
        "stars": event.stars,
        "label": event.label,
        "label_text": LABELS.get(event.label or ""),
        "refresh": event.refresh,
        "inferred": event.inferred,
        "moved_since": str(event.moved_since) if event.moved_since else None,
        **{
            group: {name: _aspect(found) for name, found in aspects.items()}
            for group, aspects in rating.judgements.items()
        },
    }


def _aspect(found: Aspect | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "value": found.value,
        "moved": found.moved,
        "derived": found.derived,
        "said": found.said,
        "disputed": list(found.others),
    }


def rating_doubts(doubts: Doubts, what: str, rating: Rated | None) -> None:
    """Note what is disputed in a rating, of the council's own stream."""
    if rating is None:
        return
    claim = claimed(doubts.conn, doubts.material, doubts.stream, rating.entry.version)
    if claim is not None and not rating.disputes:
        doubts.claim(what, claim)
    for group, aspects in rating.judgements.items():
        for name, found in aspects.items():
            for other in found.others if found else ():
                about = [dispute for dispute in rating.disputes if group in dispute.fields]
                assert found is not None
                doubts.dispute(f"{what}, {group}: {NAMES[name]}", found.said, other, about[-1])


NAMES = {"serving": "serving people well", "capacity": "capacity for improvement"}


def others_of(found: tuple[Otherwise, ...]) -> Iterator[str]:
    """Other dates as printed."""
    return (date_text(other.said) for other in found)
