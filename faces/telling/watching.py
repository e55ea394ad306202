"""One event as it happens, for whoever watches."""

from functools import lru_cache

from rich.text import Text

from activities.library import Library
from domain.records import Recorded
from faces import dates
from faces.page import clean
from faces.telling import title
from faces.words import Words
from ledger import events
from ledger.events import reader
from ledger.store import Ledger


@lru_cache(maxsize=4)
def _library(ledger: Ledger) -> Library:
    return Library()


@lru_cache(maxsize=10_000)
def _model_of(ledger: Ledger, stream: str) -> str | None:
    with ledger.reading() as conn:
        first = next(iter(events.read_stream(conn, stream)), None)
    return first.body.get("model") if first else None


def words_for(ledger: Ledger, stream: str) -> Words:
    """The titles of the lifecycle that a stream is held to, then those of the others."""
    library, family = _library(ledger), stream.partition("/")[0]
    model = _model_of(ledger, stream) if family == "engagement" else None
    with ledger.reading() as conn:
        library.refresh(reader(conn))
        newest = library.newest()
        return Words((library.rules(model, reader(conn)).lifecycle, *newest) if model else newest)


def one_line(ledger: Ledger, event: Recorded) -> Text:
    """An event on one line, for whoever watches: when it happened, where, and what."""
    said = title(event.type, event.body, words_for(ledger, event.stream))
    name = event.stream.partition("/")[2]
    return Text(clean(f"{dates.when(event.occurred):<27} {name:<25} {said}"))
