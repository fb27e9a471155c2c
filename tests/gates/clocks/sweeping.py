"""One worker of a crowd: fires every timer that is due, and says which it fired. Run as a script."""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime

from gates.service import Register
from gates.store import open_store


class Set:
    """A clock that stands."""

    def now(self) -> datetime:
        return datetime.fromisoformat(job["now"])


job = json.load(sys.stdin)
store = open_store(job["url"])
register = Register(store, Set(), bytes(range(32)), "http://127.0.0.1:8123")
while time.time() < job["start"]:
    time.sleep(0.001)
fired = []
for _ in range(3):
    fired += [timer.id for timer in register.due_timers() if register.fire_timer(timer.id) is not None]
store.close()
json.dump(fired, sys.stdout)
