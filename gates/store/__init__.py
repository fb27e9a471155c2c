"""The store: tables, the engine with the settings that make it honest, and one unit of work.

Only `gates.service` and the wiring open it.
"""

from gates.store import (  # noqa: F401  (they put their tables into the metadata)
    calendar_tables,
    clock_tables,
    following_tables,
    hook_tables,
    meeting_tables,
    proof_tables,
    roster_tables,
    token_tables,
    window_tables,
    work_tables,
)
from gates.store.engine import Store, look, open_for_upgrade, open_store
from gates.store.unit import Unit

__all__ = ["Store", "Unit", "look", "open_for_upgrade", "open_store"]
