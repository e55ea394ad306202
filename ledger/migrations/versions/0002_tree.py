"""The tree kept as it grows, checkpoints and cosignatures; what an existing ledger has of the tree is filled in."""

import sqlalchemy as sa
from alembic import op

from ledger.merkle import complete_root

revision = "0002"
down_revision = "0001"

WRITER = "turnaround_writer"
APPEND_ONLY = ("tree_node", "checkpoint", "cosignature")
KEYS = {
    "tree_node": ("level", "number"),
    "checkpoint": ("origin", "size"),
    "cosignature": ("origin", "size", "witness", "key_id"),
}
BLOCK = 256

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create()
    _fill()
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def _create() -> None:
    op.create_table(
        "tree_node",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", POSITION, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("level >= 1 AND number >= 0", name="tree_node_counts"),
        sa.CheckConstraint("length(hash) = 32", name="tree_node_hash_is_sha256"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("origin", KEY, primary_key=True),
        sa.Column("size", POSITION, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.CheckConstraint("length(root) = 32", name="checkpoint_root_is_sha256"),
    )
    op.create_table(
        "cosignature",
        sa.Column("origin", KEY, primary_key=True),
        sa.Column("size", POSITION, primary_key=True, autoincrement=False),
        sa.Column("witness", KEY, primary_key=True),
        sa.Column("key_id", KEY, primary_key=True),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["origin", "size"], ["checkpoint.origin", "checkpoint.size"], name="cosignature_checkpoint"
        ),
    )


def _fill() -> None:
    """The blocks that are complete, level by level, one block in memory at a time."""
    bind = op.get_bind()
    leaves = sa.text("SELECT leaf_hash FROM event WHERE position > :first AND position <= :last ORDER BY position")
    nodes = sa.text(
        "SELECT hash FROM tree_node WHERE level = :level AND number >= :first AND number < :last ORDER BY number"
    )
    add = sa.text("INSERT INTO tree_node (level, number, hash) VALUES (:level, :number, :hash)")
    level, count = 1, (bind.execute(sa.text("SELECT max(position) FROM event")).scalar() or 0) // BLOCK
    while count:
        for number in range(count):
            stretch = {"first": number * BLOCK, "last": (number + 1) * BLOCK}
            below = (
                bind.execute(leaves, stretch) if level == 1 else bind.execute(nodes, {"level": level - 1, **stretch})
            )
            hashed = complete_root([bytes(row[0]) for row in below])
            bind.execute(add, {"level": level, "number": number, "hash": hashed})
        level, count = level + 1, count // BLOCK


def _guard_sqlite() -> None:
    for table in APPEND_ONLY:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        # INSERT OR REPLACE deletes the row in its way without firing a DELETE trigger.
        same = " AND ".join(f"{column} = NEW.{column}" for column in KEYS[table])
        op.execute(
            f"CREATE TRIGGER {table}_refuses_replace BEFORE INSERT ON {table}"
            f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"
            f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _guard_postgresql() -> None:
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION turnaround_append_only()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only")
    exists = sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role")
    if op.get_bind().execute(exists, {"role": WRITER}).scalar() is not None:
        op.execute(f"GRANT SELECT, INSERT ON {', '.join(APPEND_ONLY)} TO {WRITER}")


def downgrade() -> None:
    raise NotImplementedError("a ledger is never taken back to an older schema")
