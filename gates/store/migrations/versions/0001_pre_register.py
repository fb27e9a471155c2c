"""The register, and the triggers that keep entries append-only.

File names say `pre` (run before the new program is deployed) or `post`.
"""

from alembic import op

from gates.store.tables import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# INSERT OR REPLACE fires no delete trigger on SQLite, so an insert over an existing row is refused too.
SQLITE = (
    """CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries
       BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END""",
    """CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries
       BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END""",
    """CREATE TRIGGER entries_no_replace BEFORE INSERT ON entries
       WHEN EXISTS (SELECT 1 FROM entries WHERE (chain = NEW.chain AND seq = NEW.seq) OR digest = NEW.digest)
       BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END""",
)
POSTGRES = (
    """CREATE FUNCTION entries_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'entries are append-only'; END $$""",
    """CREATE TRIGGER entries_no_change BEFORE UPDATE OR DELETE ON entries
       FOR EACH ROW EXECUTE FUNCTION entries_append_only()""",
    """CREATE TRIGGER entries_no_truncate BEFORE TRUNCATE ON entries
       FOR EACH STATEMENT EXECUTE FUNCTION entries_append_only()""",
    "ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_no_change",
    "ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_no_truncate",
)


def upgrade() -> None:
    """Create every table and the triggers."""
    connection = op.get_bind()
    metadata.create_all(connection)
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRES:
        op.execute(statement)
