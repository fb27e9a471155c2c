"""Static checks: what a process of the right shape may still get wrong. One function per kind of sense.

Every check has a code with one meaning for ever (`policies.codes`), a place in the file, what is wrong with
the choices, and a remedy. Errors keep a process from loading; warnings are said and let it pass.
"""

from policies.conditions import TypeEnv
from policies.lint.clocks import check_clocks
from policies.lint.conduct import check_conduct
from policies.lint.following import check_following
from policies.lint.graph import check_graph, edges
from policies.lint.guards import check_guards
from policies.lint.meetings import check_meetings
from policies.lint.names import check_fields, check_names, check_rounds, targets_of
from policies.lint.remark import Remark
from policies.lint.rules import check_compiled, check_policies, check_rules
from policies.lint.windows import check_windows
from policies.model import Process


def lint(process: Process, env: TypeEnv, *, conditions_read: bool = True) -> list[Remark]:
    """Every remark on `process`, in no order. Where its conditions do not read, what looks at them is left out."""
    found = [
        *check_names(process),
        *check_fields(process),
        *check_rounds(process),
        *check_rules(process),
        *check_policies(process),
        *check_conduct(process),
        *check_following(process),
        *check_clocks(process),
        *check_windows(process),
        *check_meetings(process),
    ]
    if conditions_read and not any(remark.is_error for remark in found):
        found += [*check_graph(process), *check_compiled(process, env), *check_guards(process, env)]
    return found


__all__ = ["Remark", "edges", "lint", "targets_of"]
