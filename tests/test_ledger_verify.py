"""Whatever is changed behind the ledger's back, verify finds it and says where."""

import json
import random
from typing import Any

import pytest
from sqlalchemy import bindparam, text

from ledger import events
from ledger.canonical import canonical, digest, leaf_hash
from ledger.merkle import root
from ledger.sealing import seal
from ledger.store import Ledger
from ledger.tables import APPEND_ONLY
from ledger.verify import verify
from tests.databases import ACTOR, AT, NO_COMMAND, RELEASE, STREAM, bytes_of, carry_out, draft, signed

SQL = str | tuple[str, dict[str, Any]]


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    """Twelve events on two streams: odd positions the engagement's, even ones the office's, a command to each pair."""
    for number in range(3):
        carry_out(ledger, f"a-{number}", 1)
        carry_out(ledger, f"b-{number}", 1, stream="office")
    with ledger.writing() as tx:
        for version in range(3, 6):
            tx.append(STREAM, version, [draft()], NO_COMMAND, AT, RELEASE)
            tx.append("office", version, [draft()], NO_COMMAND, AT, RELEASE)
        seal(tx, "a-0", "/name", "Ann", "personal", None)
    return ledger


def tamper(ledger: Ledger, *statements: SQL) -> None:
    """What who owns the database can do."""
    with ledger.writing() as tx:
        conn = tx.connection
        if conn.dialect.name == "sqlite":
            for name in conn.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all():
                conn.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            for table in APPEND_ONLY:
                conn.exec_driver_sql(f"ALTER TABLE {table.name} DISABLE TRIGGER ALL")
        for statement in statements:
            sql, values = statement if isinstance(statement, tuple) else (statement, {})
            conn.execute(text(sql).bindparams(*(bindparam(name) for name in values)), values)


def leaf_of(ledger: Ledger, position: int) -> dict[str, Any]:
    with ledger.reading() as conn:
        row = conn.execute(text("SELECT leaf FROM event WHERE position = :p"), {"p": position}).one()
    leaf: dict[str, Any] = json.loads(row.leaf)
    return leaf


def forge(position: int, leaf: bytes) -> SQL:
    """Replace an event and its hash."""
    values = {"leaf": leaf, "hash": leaf_hash(leaf), "position": position}
    return "UPDATE event SET leaf = :leaf, leaf_hash = :hash WHERE position = :position", values


def test_an_untouched_ledger_is_well(filled: Ledger) -> None:
    seen: list[tuple[int, int]] = []
    report = verify(filled, progress=lambda done, total: seen.append((done, total)))
    with filled.reading() as conn:
        leaves = [leaf_hash(bytes_of(event)) for event in events.read_all(conn)]
    assert report.ok and report.first_bad is None
    assert (report.events, report.streams, report.commands, report.outcomes) == (12, 2, 6, 6)
    assert report.root_hex == root(leaves).hex()
    assert seen[-1] == (25, 25)


def test_an_empty_ledger_is_well(ledger: Ledger) -> None:
    report = verify(ledger)
    assert report.ok and report.root_hex == digest(b"")


def test_one_stream_can_be_checked_alone(filled: Ledger) -> None:
    tamper(filled, ("UPDATE event SET leaf = :leaf WHERE position = 4", {"leaf": b"{}"}))
    report = verify(filled, STREAM)
    assert (report.ok, report.events, report.streams, report.root_hex) == (True, 6, 1, None)
    assert verify(filled, "office").first_bad == (4, "the stored bytes do not match their hash")
    assert verify(filled, "engagement/none").events == 0


def test_a_ledger_of_many_pages_is_well(ledger: Ledger) -> None:
    count = 2 * events.PAGE + 3
    with ledger.writing() as tx:
        tx.append(STREAM, 0, [draft(n=n) for n in range(count)], NO_COMMAND, AT, RELEASE)
        commands = [signed(f"c-{n}", n=n) for n in range(events.PAGE + 1)]
        for command in commands:
            tx.store(command, AT)
            tx.record_outcome(command.ref, False, {"rule": "x"}, None, AT)
        for n in range(events.PAGE + 1):
            seal(tx, "c-1", f"/{n}", n, "personal", None)
    report = verify(ledger)
    assert report.ok
    assert (report.events, report.commands, report.outcomes) == (count, events.PAGE + 1, events.PAGE + 1)


COLUMNS: list[tuple[SQL, int]] = [
    ("UPDATE event SET type = 'plan-refused' WHERE position = 5", 5),
    ("UPDATE event SET stream = 'engagement/other-1' WHERE position = 5", 5),
    ("UPDATE event SET command_id = 'b-1' WHERE position = 5", 5),
    ("UPDATE event SET recorded_at = '2001-01-01T00:00:00.000000Z' WHERE position = 5", 5),
    ("UPDATE event SET recorded_at = 'yesterday' WHERE position = 5", 5),
    ("UPDATE event SET version = 99 WHERE position = 5", 5),
    ("UPDATE event SET position = 99 WHERE position = 12", 12),
    ("UPDATE event SET leaf_hash = (SELECT leaf_hash FROM event WHERE position = 6) WHERE position = 5", 5),
    (("UPDATE event SET leaf = :leaf WHERE position = 5", {"leaf": b"not json"}), 5),
    ("DELETE FROM event WHERE position = 1", 1),
    ("DELETE FROM event WHERE position = 6", 6),
    ("DELETE FROM event WHERE position IN (5, 6, 7)", 5),
]


@pytest.mark.parametrize(("statement", "position"), COLUMNS, ids=str)
def test_changed_and_missing_rows_are_found(filled: Ledger, statement: SQL, position: int) -> None:
    tamper(filled, statement)
    report = verify(filled)
    assert report.first_bad is not None and report.first_bad[0] == position, report.first_bad


@pytest.mark.parametrize(
    ("change", "position"),
    [
        ({"body": {"number": 7}}, 7),  # hashed anew, so it shows where the stream's next event names it
        ({"previous": "0" * 64}, 5),
        ({"recorded_at": "2002-11-20T10:30:00.000000Z"}, 7),
        ({"recorded_at": "2002-11-19T09:30:00.000000Z"}, 5),
        ({"command": {"id": "a-2", "digest": "0" * 64}}, 5),
        ({"command": {"id": "a-2"}}, 5),
        ({"command": 3}, 5),
        ({"position": "5"}, 5),
    ],
    ids=str,
)
def test_forged_and_hashed_anew_it_is_found_all_the_same(filled: Ledger, change: dict[str, Any], position: int) -> None:
    statements = [forge(5, canonical({**leaf_of(filled, 5), **change}))]
    if isinstance(change.get("recorded_at"), str):
        statements.append(f"UPDATE event SET recorded_at = '{change['recorded_at']}' WHERE position = 5")
    tamper(filled, *statements)
    report = verify(filled)
    assert report.first_bad is not None and report.first_bad[0] == position, report.first_bad


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda leaf: json.dumps(leaf).encode(),
        lambda leaf: canonical(leaf).replace(b'"stream"', b'"position":5,"stream"'),
        lambda leaf: canonical(leaf) + b"\n",
        lambda leaf: canonical(leaf).replace(b"plan-accepted", b"plan-\\u0061ccepted"),
        lambda leaf: b"[]",
        lambda leaf: b"\xff",
        lambda leaf: b"[" * 100_000,
        lambda leaf: canonical(leaf).replace(b'"body":{}', b'"body":{"n":NaN}'),
    ],
    ids=["spaces", "a name twice", "a line end", "an escape", "a list", "not UTF-8", "deep", "NaN"],
)
def test_bytes_that_are_not_canonical_are_found(filled: Ledger, rewrite: Any) -> None:
    tamper(filled, forge(11, rewrite(leaf_of(filled, 11))))  # the stream's last: no event after it would tell
    report = verify(filled)
    assert report.first_bad is not None and report.first_bad[0] == 11


OTHER_RECORD = canonical(signed("a-1", forged=True).record)


@pytest.mark.parametrize(
    ("statements", "position", "why"),
    [
        ([("UPDATE command SET record = :r WHERE id = 'a-1'", {"r": OTHER_RECORD})], None, "does not match its digest"),
        (
            [
                (
                    "UPDATE command SET record = :r, digest = :d WHERE id = 'a-1'",
                    {"r": OTHER_RECORD, "d": digest(OTHER_RECORD)},
                )
            ],
            3,
            "its command is not the stored one",
        ),
        (["DELETE FROM outcome WHERE command_id = 'a-1'", "DELETE FROM command WHERE id = 'a-1'"], 3, "is missing"),
        (["UPDATE command SET target = 'office' WHERE id = 'a-1'"], None, "columns of command a-1"),
        (["UPDATE outcome SET digest = 'x' WHERE command_id = 'a-1'"], None, "answers other content"),
        ([("UPDATE outcome SET outcome = :o", {"o": b'{ "events":1}'})], None, "is not canonical"),
        (["UPDATE outcome SET position = 77 WHERE command_id = 'a-1'"], None, "event 77"),
        ([("UPDATE sealed SET value = :v", {"v": b'"Bo"'})], None, "does not match its commitment"),
        (["UPDATE sealed SET salt = NULL"], None, "does not match its commitment"),
    ],
)
def test_commands_outcomes_and_sealed_values_are_checked(
    filled: Ledger, statements: list[SQL], position: int | None, why: str
) -> None:
    tamper(filled, *statements)
    report = verify(filled)
    assert report.first_bad is not None
    assert report.first_bad[0] == position and why in report.first_bad[1], report.first_bad


def test_an_erased_value_is_well(filled: Ledger) -> None:
    tamper(filled, "UPDATE sealed SET salt = NULL, value = NULL")
    assert verify(filled).ok
    tamper(filled, "DELETE FROM sealed")
    assert verify(filled).ok


def test_any_flipped_bit_of_any_event_is_found(filled: Ledger) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    tamper(filled)
    for _ in range(60):
        position, column = rng.randint(1, 12), rng.choice(["leaf", "leaf_hash"])
        read = text(f"SELECT {column} FROM event WHERE position = :p")
        write = text(f"UPDATE event SET {column} = :v WHERE position = :p")
        with filled.writing() as tx:
            before = tx.connection.execute(read, {"p": position}).scalar_one()
            after = bytearray(before)
            after[rng.randrange(len(after))] ^= 1 << rng.randrange(8)
            tx.connection.execute(write, {"p": position, "v": bytes(after)})
        report = verify(filled)
        assert report.first_bad is not None and report.first_bad[0] == position
        with filled.writing() as tx:
            tx.connection.execute(write, {"p": position, "v": before})
    assert verify(filled).ok


def test_two_events_that_change_places_are_found(filled: Ledger) -> None:
    first, second = leaf_of(filled, 9), leaf_of(filled, 11)
    tamper(filled, forge(9, canonical(second)), forge(11, canonical(first)))
    assert verify(filled).first_bad == (9, "column position differs from the leaf")


def test_an_event_that_somebody_decided_without_a_command_is_found(filled: Ledger) -> None:
    forged = draft("decision-recorded").model_copy(update={"decided_by": ACTOR})
    with filled.writing() as tx:
        (event,) = tx.append(STREAM, 6, [forged], NO_COMMAND, AT, RELEASE)
    assert verify(filled).first_bad == (event.position, "somebody decided it, and it names no command")


def test_a_command_that_no_trusted_face_signed_is_found(filled: Ledger) -> None:
    assert verify(filled, trusted=lambda face, signature, data: face == "face-1").ok
    report = verify(filled, trusted=lambda face, signature, data: False)
    assert report.first_bad == (None, "command a-0 was signed by no trusted face")


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("statement", "position"),
    [
        ("UPDATE event SET leaf = CAST(leaf AS TEXT) WHERE position = 3", 3),
        ("UPDATE command SET record = CAST(record AS TEXT) WHERE id = 'a-1'", None),
        ("UPDATE outcome SET outcome = 7 WHERE command_id = 'b-1'", None),
    ],
)
def test_values_of_another_kind_are_found_not_stumbled_over(
    filled: Ledger, statement: str, position: int | None
) -> None:
    tamper(filled, statement)
    report = verify(filled)
    assert report.first_bad is not None
    assert report.first_bad[0] == position
