"""The tables of the ledger. The read models' are in `ledger.read_models`; both are created by `ledger.migrations`.

What `APPEND_ONLY` lists is append-only: triggers refuse anything else on both databases.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from domain.records import instant_text

METADATA = MetaData()

Key = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is compared byte by byte on both databases, so that both list in the same order."""

Position = BigInteger().with_variant(Integer(), "sqlite")


class InstantText(TypeDecorator[datetime]):
    """A moment, kept as the ledger prints it: UTC to the microsecond. Its text sorts as the moments do."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else instant_text(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


ledger = Table(
    "ledger",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("origin", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("authentication", Text, nullable=False),
    Column("created_at", InstantText, nullable=False),
    CheckConstraint("id = 1", name="ledger_is_one_row"),
    CheckConstraint("kind IN ('production', 'rehearsal')", name="ledger_kind"),
)

ledger_state = Table(
    "ledger_state",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("epoch", Integer, nullable=False),
    Column("clock", InstantText),
    CheckConstraint("id = 1", name="ledger_state_is_one_row"),
)

command = Table(
    "command",
    METADATA,
    Column("id", Key, primary_key=True),
    Column("target", Key, nullable=False),
    Column("type", Key, nullable=False),
    Column("via", Key, nullable=False),
    Column("digest", Text, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("face", Key, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("received_at", InstantText, nullable=False),
    Index("command_target", "target"),
    Index("command_via", "via"),
)

outcome = Table(
    "outcome",
    METADATA,
    Column("command_id", Key, ForeignKey("command.id"), primary_key=True),
    Column("digest", Text, nullable=False),
    Column("accepted", Boolean, nullable=False),
    Column("outcome", LargeBinary, nullable=False),
    Column("position", Position),
    Column("recorded_at", InstantText, nullable=False),
)

event = Table(
    "event",
    METADATA,
    Column("position", Position, primary_key=True, autoincrement=False),
    Column("stream", Key, nullable=False),
    Column("version", Integer, nullable=False),
    Column("type", Key, nullable=False),
    Column("recorded_at", InstantText, nullable=False),
    Column("command_id", Key, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False),
    UniqueConstraint("stream", "version", name="event_stream_version"),
    CheckConstraint("position >= 1 AND version >= 1", name="event_counts_from_one"),
    CheckConstraint("length(leaf_hash) = 32", name="event_leaf_hash_is_sha256"),
)

sealed = Table(
    "sealed",
    METADATA,
    # Deferred, because values are sealed before the command that holds their commitments can be stored.
    Column("command_id", Key, ForeignKey("command.id", deferrable=True, initially="DEFERRED"), primary_key=True),
    Column("path", Key, primary_key=True),
    Column("commitment", Text, nullable=False),
    Column("salt", LargeBinary),
    Column("value", LargeBinary),
    Column("class", Key, nullable=False),
    Column("subject", Key),
    Column("erased_at", InstantText),
    Index("sealed_commitment", "commitment"),
    Index("sealed_subject", "subject"),
)

tree_node = Table(
    "tree_node",
    METADATA,
    # The root over a complete block of 256 ** level leaves; `number` counts the blocks of a level from 0.
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", Position, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    CheckConstraint("level >= 1 AND number >= 0", name="tree_node_counts"),
    CheckConstraint("length(hash) = 32", name="tree_node_hash_is_sha256"),
)

checkpoint = Table(
    "checkpoint",
    METADATA,
    Column("origin", Key, primary_key=True),
    Column("size", Position, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("at", InstantText, nullable=False),
    CheckConstraint("length(root) = 32", name="checkpoint_root_is_sha256"),
)

cosignature = Table(
    "cosignature",
    METADATA,
    Column("origin", Key, primary_key=True),
    Column("size", Position, primary_key=True, autoincrement=False),
    Column("witness", Key, primary_key=True),
    Column("key_id", Key, primary_key=True),
    Column("line", Text, nullable=False),
    Column("at", InstantText, nullable=False),
    ForeignKeyConstraint(["origin", "size"], ["checkpoint.origin", "checkpoint.size"], name="cosignature_checkpoint"),
)

APPEND_ONLY = (ledger, command, outcome, event, tree_node, checkpoint, cosignature)
"""The tables that triggers keep from being changed."""
