"""Run by Alembic, which `ledger.schema` starts with a connection already in its transaction."""

from alembic import context

from ledger import read_models
from ledger.tables import METADATA

assert read_models.READ_MODELS  # imported for its tables

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
