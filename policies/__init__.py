"""The rule book: what a process says, and what its policies decide about given facts.

Refuses all input and output: nothing in this package reads a clock, a file, a database, the
network or the environment. Text comes in as text, the time comes in as an argument.

>>> from policies.load import load_process            # YAML text -> checked Process
>>> from policies.evaluate import evaluate            # (policy, facts) -> Verdict
"""
