"""The first schema: the ledger's tables, the read models, and what keeps the ledger append-only.

The types are written out: a revision must go on making what it made, whatever the tables become.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

WRITER = "turnaround_writer"
APPEND_ONLY = ("ledger", "command", "outcome", "event")
CHANGEABLE = ("ledger_state", "sealed", "engagement_row", "obligation_row", "notice_row")

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_ledger()
    _create_read_models()
    if op.get_bind().dialect.name == "postgresql":
        _refuse_changes_postgresql()
        _grant_postgresql()
    else:
        _refuse_changes_sqlite()


def _create_ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("authentication", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.CheckConstraint("id = 1", name="ledger_is_one_row"),
        sa.CheckConstraint("kind IN ('production', 'rehearsal')", name="ledger_kind"),
    )
    op.create_table(
        "ledger_state",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("clock", sa.Text),
        sa.CheckConstraint("id = 1", name="ledger_state_is_one_row"),
    )
    op.create_table(
        "command",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("target", KEY, nullable=False),
        sa.Column("type", KEY, nullable=False),
        sa.Column("via", KEY, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.Column("face", KEY, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("received_at", sa.Text, nullable=False),
    )
    op.create_index("command_target", "command", ["target"])
    op.create_index("command_via", "command", ["via"])
    op.create_table(
        "outcome",
        sa.Column("command_id", KEY, sa.ForeignKey("command.id"), primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("accepted", sa.Boolean, nullable=False),
        sa.Column("outcome", sa.LargeBinary, nullable=False),
        sa.Column("position", POSITION),
        sa.Column("recorded_at", sa.Text, nullable=False),
    )
    op.create_table(
        "event",
        sa.Column("position", POSITION, primary_key=True, autoincrement=False),
        sa.Column("stream", KEY, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("type", KEY, nullable=False),
        sa.Column("recorded_at", sa.Text, nullable=False),
        sa.Column("command_id", KEY, nullable=False),
        sa.Column("leaf", sa.LargeBinary, nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("stream", "version", name="event_stream_version"),
        sa.CheckConstraint("position >= 1 AND version >= 1", name="event_counts_from_one"),
        sa.CheckConstraint("length(leaf_hash) = 32", name="event_leaf_hash_is_sha256"),
    )
    op.create_table(
        "sealed",
        sa.Column(
            "command_id",
            KEY,
            sa.ForeignKey("command.id", deferrable=True, initially="DEFERRED"),
            primary_key=True,
        ),
        sa.Column("path", KEY, primary_key=True),
        sa.Column("commitment", sa.Text, nullable=False),
        sa.Column("salt", sa.LargeBinary),
        sa.Column("value", sa.LargeBinary),
        sa.Column("class", KEY, nullable=False),
        sa.Column("subject", KEY),
        sa.Column("erased_at", sa.Text),
    )
    op.create_index("sealed_commitment", "sealed", ["commitment"])
    op.create_index("sealed_subject", "sealed", ["subject"])


def _create_read_models() -> None:
    op.create_table(
        "engagement_row",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("council", KEY, nullable=False),
        sa.Column("council_name", KEY, nullable=False),
        sa.Column("region", KEY),
        sa.Column("service", KEY, nullable=False),
        sa.Column("model", KEY, nullable=False),
        sa.Column("stage", KEY, nullable=False),
        sa.Column("stage_since", sa.Text, nullable=False),
        sa.Column("opened_on", sa.Text, nullable=False),
        sa.Column("next_due", sa.Text),
        sa.Column("next_due_what", sa.Text),
        sa.Column("owner", KEY),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("closed", KEY),
        sa.Column("status", KEY, nullable=False),
        sa.Column("stuck", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("assumed", sa.Boolean, nullable=False),
    )
    one_open = sa.text("closed IS NULL AND status = 'live'")
    op.create_index(
        "engagement_row_one_open",
        "engagement_row",
        ["council", "service"],
        unique=True,
        sqlite_where=one_open,
        postgresql_where=one_open,
    )
    op.create_index("engagement_row_council", "engagement_row", ["council"])
    op.create_table(
        "obligation_row",
        sa.Column("engagement", KEY, primary_key=True),
        sa.Column("obligation", KEY, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("owner", KEY, nullable=False),
        sa.Column("due", sa.Text),
        sa.Column("due_on", sa.Date),
        sa.Column("state", KEY, nullable=False),
        sa.Column("derivation", sa.JSON, nullable=False),
    )
    op.create_table(
        "notice_row",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("engagement", KEY, nullable=False),
        sa.Column("to_role", KEY, nullable=False),
        sa.Column("template", KEY, nullable=False),
        sa.Column("asked_at", sa.Text, nullable=False),
        sa.Column("state", KEY, nullable=False),
        sa.Column("settled", sa.Boolean, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
    )
    op.create_index("notice_row_engagement", "notice_row", ["engagement"])
    unsettled = sa.text("NOT settled")
    op.create_index("notice_row_unsettled", "notice_row", ["id"], sqlite_where=unsettled, postgresql_where=unsettled)


def _refuse_changes_sqlite() -> None:
    for table in APPEND_ONLY:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    # INSERT OR REPLACE deletes the row in its way without firing a DELETE trigger.
    in_the_way = {
        "ledger": "id = NEW.id",
        "command": "id = NEW.id",
        "outcome": "command_id = NEW.command_id",
        "event": "position = NEW.position OR (stream = NEW.stream AND version = NEW.version)",
    }
    for table, same in in_the_way.items():
        op.execute(
            f"CREATE TRIGGER {table}_refuses_replace BEFORE INSERT ON {table}"
            f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"
            f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _refuse_changes_postgresql() -> None:
    op.execute(
        """
        CREATE FUNCTION turnaround_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
        END $$
        """
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION turnaround_append_only()"
        )
        # ALWAYS: a session that calls itself a replica does not pass either.
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only")


def _grant_postgresql() -> None:
    """Give `turnaround_writer` what faces and workers need and no more.

    Roles belong to the whole server. Who migrates may not be allowed to make one: then an administrator makes it
    before, and otherwise the tables stay their owner's alone.
    """
    bind = op.get_bind()
    exists = sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role")
    if bind.execute(exists, {"role": WRITER}).scalar() is None:
        may = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
        if not bind.execute(sa.text(may)).scalar():
            return
        # Another database's migration may make the role at the same moment.
        op.execute(
            f"DO $$ BEGIN CREATE ROLE {WRITER} NOLOGIN;"
            " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
    op.execute(f"GRANT SELECT, INSERT ON {', '.join(APPEND_ONLY)} TO {WRITER}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(CHANGEABLE)} TO {WRITER}")
    op.execute(f"GRANT SELECT ON alembic_version TO {WRITER}")


def downgrade() -> None:
    raise NotImplementedError("a ledger is never taken back to an older schema")
