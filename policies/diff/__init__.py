"""Two texts of a process, and in sentences what the second says that the first does not.

Compares meaning, not lines: shorthand is written out, named rules stand where they are used, and what a word left out
stands for is filled in before anything is compared. Pure.

>>> diff_processes(load_process(before, "a.yaml"), load_process(after, "b.yaml")).changes[0].sentence
'Finance now also signs above €50,000 in Fast-track release.'
"""

from policies.diff.changes import Change, Diff
from policies.diff.process import diff_processes

__all__ = ["Change", "Diff", "diff_processes"]
