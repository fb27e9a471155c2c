"""Gate attempts of a past log, judged by a policy as of their time.

Says how many pass, what refuses the others, what is exempt, and on which roles the passes rest. Pure: rows come
in, a report goes out.
"""

from gates.replay.attempts.engine import AttemptReplay
from gates.replay.attempts.mapping import AttemptsMap
from gates.replay.attempts.report import AttemptReport

__all__ = ["AttemptReplay", "AttemptReport", "AttemptsMap"]
