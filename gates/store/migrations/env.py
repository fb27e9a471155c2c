"""Alembic's entry: uses the connection it is handed and logs nothing of its own."""

from alembic import context

import gates.store.log_tables
import gates.store.search_tables  # noqa: F401  (both put their tables beside the others)
from gates.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
