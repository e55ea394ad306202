"""What is owed and what was told, in the orders in which they are listed: a page costs no more where there is more of it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    owed = sa.text("state IN ('open', 'late', 'paused')")
    columns = ["due", "engagement", "obligation", "number"]
    op.create_index("obligation_row_owed", "obligation_row", columns, sqlite_where=owed, postgresql_where=owed)
    op.create_index("notice_row_asked", "notice_row", ["asked_at", "id"])


def downgrade() -> None:
    raise NotImplementedError("a ledger is never taken back to an older schema")
