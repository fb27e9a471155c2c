"""Drives a past log through a process, then follows it as it happened. Pure: rows come in, a report goes out.

Two questions, told apart by `judge` in the map:

- `moves`: does the machine allow each change of status, and which timers would have fired? Judging goes through
  `gates.moves`, the very code that moves items, and `policies.durations`.
- `attempts`: does each attempt to pass a gate pass its policy? Judging goes through `policies.evaluate`.
"""

from gates.replay.attempts import AttemptReplay, AttemptReport, AttemptsMap
from gates.replay.drive import new_replay
from gates.replay.engine import Replay
from gates.replay.mapping import ReplayMap
from gates.replay.report import Report
from gates.replay.rows import LogFault

__all__ = [
    "AttemptReplay",
    "AttemptReport",
    "AttemptsMap",
    "LogFault",
    "Replay",
    "ReplayMap",
    "Report",
    "new_replay",
]
