"""What the parts of a dossier have in common: what they are drawn from, and how they are put on the page.

The data of a part hold sealed values as their commitments; whoever puts them out opens those that are still there.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from domain.exit import FurtherPhaseStarted
from domain.part import Entry, Event, History
from domain.sealed import is_commitment
from faces import dates, telling, words
from faces.page import Cell, pairs, say, table
from faces.words import Words

Data = dict[str, Any]
Values = Cell | str | None

_FOR_THE_PANEL = ("content", "price", "cv")


@dataclass(frozen=True)
class OnRecord:
    """What a dossier is drawn from: the history, the day, and the (sealed) sources that events were recorded from.

    `followed_by` is the start of the next phase, where the history is that of an earlier one.
    """

    history: History
    today: date
    sources: Mapping[int, str] = field(default_factory=dict)
    followed_by: Entry[FurtherPhaseStarted] | None = None


@dataclass(frozen=True)
class Part:
    """A part of a dossier: its title, its data, None where nothing is on record, and how they are shown.

    What is `by_phase` is drawn once for each phase of the engagement, from what was recorded by the phase's end.
    """

    title: str
    data: Callable[[OnRecord], Any]
    show: Callable[[Any, Words], None]
    by_phase: bool = False


def phases(record: OnRecord) -> Iterator[tuple[int, OnRecord]]:
    """The phases of an engagement by number, each with what was on record when the next one began."""
    history = record.history
    further = history.all(FurtherPhaseStarted)
    starts = [1, *(entry.version for entry in further)]
    for number, (start, following) in enumerate(zip(starts, [*further, None], strict=True), start=1):
        end = following.version if following else None
        yield number, replace(record, history=_until(history, start, end), followed_by=following)


def _until(history: History, start: int, end: int | None) -> History:
    def kept(entries: tuple[Entry[Any], ...]) -> tuple[Entry[Any], ...]:
        return tuple(entry for entry in entries if end is None or entry.version < end)

    by_type = {kind: kept(entries) for kind, entries in history.by_type.items()}
    return replace(history, entries=kept(history.entries), by_type=by_type, phase=start)


# Data


def told(entry: Entry[Any]) -> Data:
    """An event as data: its fields, when it happened and who decided it."""
    return {
        **with_printed_dates(entry.event.model_dump(mode="json")),
        "version": entry.version,
        "on": str(entry.occurred),
        "said_by": who(entry),
    }


def all_told(entries: Iterable[Entry[Any]]) -> list[Data]:
    """Events as data, in order."""
    return [told(entry) for entry in entries]


def told_if(entry: Entry[Any] | None) -> Data | None:
    """An event as data, if there is one."""
    return told(entry) if entry is not None else None


def who(entry: Entry[Any]) -> str:
    """Who decided something: `council.director/jo-b`."""
    by = entry.decided_by
    return f"{by}/{by.person}" if by.person else str(by)


def with_printed_dates(value: Any) -> Any:
    """Data in which every date stands as printed: `2002-10`."""
    if isinstance(value, Mapping):
        if value.keys() == {"earliest", "latest", "printed"}:
            return value["printed"]
        return {name: with_printed_dates(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [with_printed_dates(inner) for inner in value]
    return value


def covered(value: Any) -> Any:
    """What a bid says, without what is for bidder and panel: of content, price and CVs only that they are there."""
    if isinstance(value, Mapping):
        return {name: "sealed" if name in _FOR_THE_PANEL and inner else covered(inner) for name, inner in value.items()}
    return [covered(inner) for inner in value] if isinstance(value, list) else value


def in_phase_any(history: History, kinds: Iterable[type[Event]]) -> bool:
    """Whether any event of some types is on record in the phase."""
    return any(history.in_phase(kind) for kind in kinds)


def recorded_any(history: History, kinds: Iterable[type[Event]]) -> bool:
    """Whether any event of some types is on record."""
    return any(history.has(kind) for kind in kinds)


# On the page


def heading(text: str) -> None:
    """The title of a part."""
    say()
    say(text, style="bold underline")


def listed(caption: str, headers: Sequence[str], rows: Iterable[Sequence[Values]]) -> None:
    """A table under its caption; nothing at all without rows."""
    found = list(rows)
    if found:
        say()
        say(caption, style="bold")
        table(headers, found)


def facts(rows: Iterable[tuple[str, Values]], caption: str = "") -> None:
    """What is said of one thing, without what is not known of it; under a caption, if there is one."""
    known = [(name, value) for name, value in rows if value]
    if known and caption:
        say()
        say(caption, style="bold")
    pairs(known)


def day(text: str | None) -> Values:
    """A date of any precision."""
    return Cell(dates.printed(text), text) if text else None


def done(fact: Data, said: str = "") -> Cell:
    """What was done and when: `not acceptable, 5 September 2026`."""
    before = f"{said}, " if said else ""
    return Cell(f"{before}{dates.printed(fact['on'])}", f"{before}{fact['on']}")


def role(name: str | None, words: Words) -> Values:
    """A role by its title, and the person's id where it has one."""
    if not name:
        return None
    title, _, person = name.partition("/")
    return Cell(words.title_of_role(title) + (f" ({person})" if person else ""), name)


def roles(names: Iterable[str], words: Words) -> Values:
    """Several roles."""
    found = [cell for name in names if isinstance(cell := role(name, words), Cell)]
    return Cell("; ".join(cell.shown for cell in found), " ".join(cell.bare for cell in found))


def named(item: str, among: Mapping[str, str]) -> Values:
    """One word of a list by what it says."""
    return Cell(among.get(item, item.replace("-", " ")), item)


def number(value: Any) -> str | None:
    """A number, or nothing."""
    return None if value is None else str(value)


def pounds(amount: Any) -> Values:
    """An amount of money, or nothing."""
    return None if amount is None else Cell(words.pounds(amount), str(amount))


def days_of(texts: Sequence[str]) -> Values:
    """Several dates of any precision."""
    return Cell("; ".join(map(dates.printed, texts)), " ".join(texts)) if texts else None


def all_named(items: Sequence[str], among: Mapping[str, str]) -> Values:
    """Several words of a list by what they say."""
    return Cell("; ".join(among.get(item, item) for item in items), " ".join(items)) if items else None


def yes_or_no(value: bool | None) -> str | None:
    """Yes, no, or nothing where it is not known."""
    return None if value is None else "yes" if value else "no"


def in_words(value: Any) -> str:
    """Whatever a field may hold, on a page."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and not any(isinstance(item, Mapping | list) for item in value):
        return ", ".join(map(str, value)) or "nothing"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping | list) else str(value)


def opened(value: Any, values: Mapping[str, Any]) -> Any:
    """Data with the sealed values that are still there in place of their commitments."""
    if isinstance(value, Mapping):
        return {name: opened(inner, values) for name, inner in value.items()}
    if isinstance(value, list):
        return [opened(inner, values) for inner in value]
    return values.get(value, telling.ERASED) if is_commitment(value) else value
