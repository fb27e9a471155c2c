"""What the program's role may do on PostgreSQL: work with the tables, add to the record, and never change it.

The role that owns the tables runs migrations and nothing else; servers and workers sign in as another. Triggers stop
whoever is granted too much by mistake; grants stop whoever would drop the triggers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gates.errors import StoreError
from gates.store.log_tables import INSERT_ONLY
from gates.store.tables import metadata

if TYPE_CHECKING:
    from gates.store.engine import Store

OWNED = ("alembic_version",)


def grant(store: Store, role: str) -> None:
    """Grant `role` exactly what it needs, and take back what it had beside. Raises StoreError."""
    if store.is_sqlite:
        raise StoreError("SQLite knows no roles: whoever can open the file can change it. Use PostgreSQL for that.")
    from gates.store.engine import SCHEMA

    quoted = store.engine.dialect.identifier_preparer.quote_identifier(role)
    changing = [table.name for table in metadata.sorted_tables if table.name not in INSERT_ONLY]
    statements = [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {SCHEMA} FROM {quoted}",
        f"REVOKE CREATE ON SCHEMA {SCHEMA} FROM {quoted}",
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {quoted}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {SCHEMA} TO {quoted}",
        f"GRANT SELECT ON {', '.join((*OWNED, *INSERT_ONLY))} TO {quoted}",
        f"GRANT INSERT ON {', '.join(INSERT_ONLY)} TO {quoted}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(changing)} TO {quoted}",
    ]
    try:
        with store.writing() as connection:
            for statement in statements:
                connection.execute(text(statement))
    except DBAPIError as error:
        raise StoreError(
            f"Nothing was granted: {str(error.orig).splitlines()[0]}. Make the role first (CREATE ROLE … LOGIN), and "
            "run this as the role that owns the tables."
        ) from error
