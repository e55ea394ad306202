"""Sealed values: committed to, submitted again, read and erased."""

import secrets
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select, text

from domain.sealed import Sealed, is_commitment
from ledger import tables
from ledger.errors import CommandIdReused, NotStorable, Tampered
from ledger.sealing import erase, seal, seal_body, sealed_values, unseal
from ledger.store import Ledger
from tests.databases import AT, signed


class Contact(BaseModel):
    model_config = ConfigDict(extra="forbid")
    role: str
    name: Sealed
    phone: Sealed | None = None


class Bid(BaseModel):
    model_config = ConfigDict(extra="forbid")
    firm: str
    price: Sealed
    contacts: list[Contact] = []
    remarks: list[Sealed] = []


BODY: dict[str, Any] = {
    "firm": "firm-7",
    "price": {"pounds": 120_000, "per": "year"},
    "contacts": [{"role": "lead", "name": "Ann Example", "phone": None}, {"role": "deputy", "name": "Bo Example"}],
    "remarks": ["cheap", "quick"],
}


def classes(path: tuple[str | int, ...]) -> tuple[str, str | None]:
    return ("personal", "person-1") if "contacts" in path else ("commercial", None)


def submit(ledger: Ledger, id: str, body: dict[str, Any]) -> dict[str, Any]:
    """What a face does: seal, then store, at once."""
    with ledger.writing() as tx:
        sealed = seal_body(tx, id, Bid, body, classes)
        tx.store(signed(id, **sealed), AT)
    return sealed


def rows(ledger: Ledger) -> int:
    with ledger.reading() as conn:
        return conn.execute(select(func.count()).select_from(tables.sealed)).scalar_one()


def commitments(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [found for item in value.values() for found in commitments(item)]
    if isinstance(value, list):
        return [found for item in value for found in commitments(item)]
    return [value] if is_commitment(value) else []


def test_a_body_holds_commitments_and_the_table_holds_values(ledger: Ledger) -> None:
    sealed = submit(ledger, "bid", BODY)
    Bid.model_validate(sealed)
    assert sealed["firm"] == "firm-7" and sealed["contacts"][0]["phone"] is None
    with ledger.reading() as conn:
        values = unseal(conn, commitments(sealed))
        kept = sealed_values(conn, commitments(sealed))
    assert values[sealed["price"]] == BODY["price"]
    assert values[sealed["contacts"][1]["name"]] == "Bo Example"
    assert [values[item] for item in sealed["remarks"]] == ["cheap", "quick"]
    name = kept[sealed["contacts"][0]["name"]]
    assert (name.command_id, name.path, name.class_, name.subject) == (
        "bid",
        "/contacts/0/name",
        "personal",
        "person-1",
    )
    assert BODY["contacts"][0]["name"] == "Ann Example"


def test_the_same_command_again_has_the_same_commitments(ledger: Ledger) -> None:
    first = submit(ledger, "bid", BODY)
    assert submit(ledger, "bid", BODY) == first
    assert rows(ledger) == 5


def test_the_same_value_elsewhere_has_another_commitment(ledger: Ledger) -> None:
    assert set(commitments(submit(ledger, "bid", BODY))).isdisjoint(commitments(submit(ledger, "bid-2", BODY)))


@pytest.mark.parametrize(
    "other",
    [
        {**BODY, "price": {"pounds": 1, "per": "year"}},
        {**BODY, "remarks": ["cheap", "quick", "new"]},
        {**BODY, "remarks": ["cheap"]},
        {**BODY, "firm": "firm-8"},
    ],
    ids=["another value", "one value more", "one value less", "another open field"],
)
def test_the_same_id_with_other_content_is_refused_and_leaves_nothing(ledger: Ledger, other: dict[str, Any]) -> None:
    first = submit(ledger, "bid", BODY)
    with pytest.raises(CommandIdReused):
        submit(ledger, "bid", other)
    assert rows(ledger) == 5
    assert submit(ledger, "bid", BODY) == first


def test_a_value_without_its_command_is_not_kept(ledger: Ledger) -> None:
    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)), ledger.writing() as tx:
        seal(tx, "never-stored", "/name", "Ann", "personal", None)
    assert rows(ledger) == 0


def test_text_that_looks_like_a_commitment_is_sealed_like_any_other(ledger: Ledger) -> None:
    theirs = submit(ledger, "bid", BODY)["price"]
    mine = submit(ledger, "claim", {"firm": "firm-8", "price": theirs})["price"]
    with ledger.reading() as conn:
        assert mine != theirs and unseal(conn, [mine])[mine] == theirs


def test_a_value_that_json_cannot_hold_is_refused_with_its_place(ledger: Ledger) -> None:
    with pytest.raises(NotStorable):
        submit(ledger, "bid", {"firm": "f", "price": float("nan")})
    assert rows(ledger) == 0


def test_erasing_a_subject_leaves_the_command_whole_and_its_id_taken(ledger: Ledger) -> None:
    sealed = submit(ledger, "bid", BODY)
    later = AT + timedelta(days=1)
    with ledger.writing() as tx:
        assert erase(tx, later, subject="person-1") == 2
        assert erase(tx, later, subject="person-1") == 0
    with ledger.reading() as conn:
        assert set(unseal(conn, commitments(sealed))) == {sealed["price"], *sealed["remarks"]}
        name = sealed_values(conn, commitments(sealed))[sealed["contacts"][0]["name"]]
        assert (name.value, name.erased_at) == (None, later)
    assert submit(ledger, "bid", BODY) == sealed, "sent again, it still is the command that was stored"
    with pytest.raises(CommandIdReused):
        submit(ledger, "bid", {**BODY, "firm": "firm-8"})
    assert rows(ledger) == 5
    with ledger.reading() as conn:
        assert sealed["contacts"][0]["name"] not in unseal(conn, commitments(sealed))


def test_erasing_by_commitment(ledger: Ledger) -> None:
    sealed = submit(ledger, "bid", BODY)
    with ledger.writing() as tx:
        assert erase(tx, AT, commitments=[sealed["price"], "sealed:" + "0" * 64]) == 1
    with ledger.reading() as conn:
        assert sealed["price"] not in unseal(conn, [sealed["price"]])


def test_many_commitments_are_looked_up_at_once(ledger: Ledger) -> None:
    sealed = submit(ledger, "bid", {"firm": "f", "price": 1, "remarks": [f"remark {n}" for n in range(1200)]})
    with ledger.reading() as conn:
        assert len(unseal(conn, commitments(sealed))) == 1201
    with ledger.writing() as tx:
        assert erase(tx, AT, commitments=commitments(sealed)) == 1201


def test_a_changed_value_is_not_shown(ledger: Ledger) -> None:
    sealed = submit(ledger, "bid", BODY)
    with ledger.writing() as tx:
        tx.connection.execute(text("UPDATE sealed SET value = :v WHERE path = '/price'"), {"v": b"1"})
    with pytest.raises(Tampered), ledger.reading() as conn:
        unseal(conn, [sealed["price"]])


@pytest.mark.parametrize("length", [0, 20_000])
def test_what_was_erased_is_not_in_the_files(ledger: Ledger, ledger_url: str, length: int) -> None:
    name = "Confidential Name" + secrets.token_urlsafe(length)
    submit(ledger, "bid", {"firm": "f", "price": 1, "contacts": [{"role": "lead", "name": name}]})
    if ledger_url.startswith("sqlite"):
        folder = Path(ledger_url.removeprefix("sqlite:///")).parent
    else:
        with ledger.reading() as conn:
            oid = conn.exec_driver_sql("SELECT oid FROM pg_database WHERE datname = current_database()").scalar_one()
            folder = Path(conn.exec_driver_sql("SHOW data_directory").scalar_one()) / "base" / str(oid)

    def found() -> bool:
        return any(b"Confidential Name" in file.read_bytes() for file in folder.rglob("*") if file.is_file())

    ledger.scrub()
    assert found()
    with ledger.writing() as tx:
        erase(tx, AT, subject="person-1")
    ledger.scrub()
    assert not found()
