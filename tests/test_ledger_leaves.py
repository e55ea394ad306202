"""Leaves are made and read in a faster way than by models and general JSON, and come out the same."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from domain.actors import Actor
from domain.dates import When
from domain.records import CommandRef, Draft, Recorded
from ledger.canonical import canonical, canonical_text
from ledger.errors import NotStorable
from ledger.leaves import maker, read_leaf
from tests.databases import bytes_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e15, 1e15)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
BODIES = st.dictionaries(TEXT, VALUES, max_size=5)
ROLES = st.sampled_from(["council.director", "inspectorate.lead-inspector", "turnaround.engine"])
PEOPLE = st.none() | TEXT
DAYS = st.sampled_from(["2002-05-29", "2002-10", "2002", "1999-03/1999-04", "by 2002-07"])
AT = st.datetimes(min_value=datetime(1999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants it so


@given(BODIES, ROLES, PEOPLE, DAYS, AT, TEXT, TEXT)
def test_a_leaf_is_the_canonical_bytes_of_its_fields_and_reads_as_them(
    body: dict[str, Any], role: str, person: str | None, day: str, at: datetime, name: str, release: str
) -> None:
    by = Actor.parse(role).model_copy(update={"person": person})
    ref, when = CommandRef(id=name, digest="ab" * 32), When.parse(day)
    draft = Draft(type=name, schema=3, occurred=when, decided_by=by, recorded_by=by, body=body)
    leaf = maker("office", ref, at, release)(7, 2, "cd" * 32, draft)
    event = Recorded(7, "office", 2, "cd" * 32, name, 3, when, at, ref, by, by, release, body)
    assert leaf == bytes_of(event)
    read, text = read_leaf(leaf)
    assert read == event and f'"{text}"'.encode() in leaf


@given(VALUES)
def test_text_is_what_the_standards_library_makes_of_it(value: Any) -> None:
    assert canonical_text(value).encode() == rfc8785.dumps(value)
    assert json.loads(canonical(value)) == value


@pytest.mark.parametrize(
    "body",
    [
        {"a": float("nan")},
        {"a": [1, float("inf")]},
        {"a": 2**53},
        {"a": -(2**53)},
        {"a": "\ud800"},
        {"\ud800": 1},
        {1: "a number for a name"},
        {"a": {True: 1}},
        {"a": complex(1)},
        {"a": b"bytes"},
        {"a": datetime(2002, 5, 29, tzinfo=UTC)},
    ],
    ids=str,
)
def test_what_json_cannot_hold_is_refused(body: dict[Any, Any]) -> None:
    by = Actor.parse("council.director")
    draft = Draft.model_construct(
        type="x", schema_version=1, occurred=When.parse("2002"), decided_by=by, recorded_by=by, body=body
    )
    with pytest.raises(NotStorable):
        maker("office", CommandRef(id="a", digest=""), datetime(2002, 5, 29, tzinfo=UTC), "r")(1, 1, "", draft)


@pytest.mark.parametrize(
    "change",
    [
        {"extra": 1},
        {"recorded_at": "2002-05-29T00:00:00Z"},
        {"recorded_at": 5},
        {"occurred": "2002"},
        {"occurred": {"earliest": None, "latest": "2002-05-28", "printed": "2002"}},
        {"decided_by": {"party": "a", "role": "b"}},
        {"command": {"id": "a", "digest": "b", "more": 1}},
        {"body": []},
    ],
    ids=str,
)
def test_bytes_that_are_no_event_are_not_read(change: dict[str, Any]) -> None:
    by = Actor.parse("council.director")
    draft = Draft(type="x", occurred=When.parse("2002"), decided_by=by, recorded_by=by, body={})
    leaf = maker("office", CommandRef(id="a", digest=""), datetime(2002, 5, 29, tzinfo=UTC), "r")(1, 1, "", draft)
    assert read_leaf(leaf)[0].type == "x"
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_leaf(canonical({**json.loads(leaf), **change}))
    without = json.loads(leaf)
    without.pop(next(iter(change)), None) or without.pop("stream", None)
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_leaf(canonical(without))
