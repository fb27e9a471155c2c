"""(policy, facts) -> Verdict. The only place where a status is derived. Pure.

`decide` gives the verdict; `evaluate` adds who could change it with a single decision, which costs one more
judgement per person and position and is for pages and explanations.
"""

from policies.evaluate.compile import CompiledOutcome, CompiledPolicy, compile_policy
from policies.evaluate.judge import decide, evaluate

__all__ = ["CompiledOutcome", "CompiledPolicy", "compile_policy", "decide", "evaluate"]
