"""Drives a past log through a process: each change is judged by the machine, then followed as it happened.

Says what the process allows, what it refuses, what an administrator did outside of it, which timers would have
fired and what followed. Pure: rows come in, a report goes out. Judging goes through `gates.moves`, the very code
that moves items, and `policies.durations`.
"""

from gates.replay.engine import Replay
from gates.replay.mapping import ReplayMap
from gates.replay.report import Report

__all__ = ["Replay", "ReplayMap", "Report"]
