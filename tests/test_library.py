"""What was published, read by many threads at once."""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from activities.library import Library
from domain.documents import Document
from domain.records import Recorded
from ledger import events
from workers.composition import make_ledger
from workers.settings import Settings


def test_a_document_is_read_once_a_process_and_never_taken_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = make_ledger(Settings(home=tmp_path, synchronous="OFF"), "production")
    with ledger.reading() as conn:
        office = list(events.read_stream(conn, "office"))
    ledger.close()
    first, second, *_ = [event for event in office if event.type == "lifecycle-published"]
    forged = second.body | {"sha256": first.body["sha256"]}

    def read(stream: str, after: int) -> Iterable[Recorded]:
        return [event._replace(body=forged) if event is second else event for event in office]

    library, again = Library(), Library()
    library.refresh(lambda stream, after: office)
    again.refresh(lambda stream, after: office)
    assert all(one is other for one, other in zip(library.every(), again.every(), strict=True))
    cheated = Library()
    cheated.refresh(read)
    assert cheated.every() == library.every(), "what a document says counts, not the hash it comes with"


def test_who_asks_while_another_reads_is_told_of_all_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = make_ledger(Settings(home=tmp_path, synchronous="OFF"), "production")
    with ledger.reading() as conn:
        office = list(events.read_stream(conn, "office"))
    last = [event.body for event in office if event.type == "lifecycle-published"][-1]
    begun, go_on, read_as = threading.Event(), threading.Event(), Document.read_as

    def slowly(document: Document, *rest: object) -> object:
        if document.value == last["document"]:
            begun.set()
            assert go_on.wait(60)
        return read_as(document, *rest)  # type: ignore[arg-type]

    def read(stream: str, after: int) -> Iterable[Recorded]:
        return [event for event in office if event.version > after]

    monkeypatch.setattr("activities.library._known", {})
    monkeypatch.setattr(Document, "read_as", slowly)
    library = Library()
    with ThreadPoolExecutor(2) as threads:
        reading = threads.submit(library.refresh, read)
        assert begun.wait(60)
        asking = threads.submit(library.rules, f"{last['id']}@{last['version']}", read)
        with suppress(TimeoutError):
            asking.exception(timeout=0.5)  # it may wait for the other
        go_on.set()
        assert asking.result().lifecycle.id == last["id"]
        reading.result()
    ledger.close()
