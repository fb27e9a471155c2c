"""(policy, facts) -> Verdict. The only place where a status is derived. Pure.

`decide` gives the verdict; `evaluate` adds who could change it with a single act and when the clock does, which
costs one more judgement per person and position and is for pages and explanations.
"""

from policies.evaluate.asked import deadline_at
from policies.evaluate.compile import CompiledOutcome, CompiledPolicy, compile_policy, override_by
from policies.evaluate.decide import deadline_outcome, decide, outcome_of
from policies.evaluate.settle import as_of, history, settled
from policies.evaluate.unblock import evaluate, next_change_at

__all__ = [
    "CompiledOutcome",
    "CompiledPolicy",
    "as_of",
    "compile_policy",
    "deadline_at",
    "deadline_outcome",
    "decide",
    "evaluate",
    "history",
    "next_change_at",
    "outcome_of",
    "override_by",
    "settled",
]
