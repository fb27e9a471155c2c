"""Whether the Prefect server can be reached, asked without Prefect (importing it takes seconds)."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import httpx

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 15.0
FRESH_S = 5.0
TIMEOUT_S = 2.0


@dataclass
class PrefectDoor:
    """Knocks at `{url}/health`, less often the longer nobody answers."""

    url: str
    is_open: bool = False
    was_open: bool = False
    closed_since: float = field(default_factory=time.monotonic)
    error: str = "not asked yet"
    _next: float = 0.0
    _delay: float = FIRST_DELAY_S

    def knock(self) -> bool:
        """Whether the server answers; asks it only when the last answer is old."""
        now = time.monotonic()
        if not self.url:
            self.error = "PREFECT_API_URL is not set"
            return False
        if now < self._next:
            return self.is_open
        try:
            answer = httpx.get(f"{self.url.rstrip('/')}/health", timeout=TIMEOUT_S)
            opened = answer.status_code == 200
            self.error = "" if opened else f"it answers {answer.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            opened, self.error = False, str(error) or type(error).__name__
        self._note(opened, time.monotonic())
        return opened

    def shut(self, error: str) -> None:
        """A run failed at the server: treat it as gone until it answers again."""
        self.error = error
        self._note(False, time.monotonic())

    def closed_for(self) -> float:
        """Seconds since the server was last seen, 0 while it is."""
        return 0.0 if self.is_open else time.monotonic() - self.closed_since

    def _note(self, opened: bool, now: float) -> None:
        if opened:
            self.was_open = True
            self._delay, self._next = FIRST_DELAY_S, now + FRESH_S
        else:
            if self.is_open:
                self.closed_since = now
            self._next = now + self._delay
            self._delay = min(self._delay * 1.6, LONGEST_DELAY_S)
        self.is_open = opened
