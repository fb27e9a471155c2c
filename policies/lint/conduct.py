"""How a policy is conducted: deadlines, closing, vetoes, positions, and rules that silence meets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policies.lint.names import rule_named
from policies.lint.remark import Path, Remark, choose
from policies.model import After, AllOf, Policy, Process, Votes, is_refusal
from policies.model.rules import fraction_of
from policies.model.walk import nodes, rules_of_policy

SHORT = {"reject": "rejected", "approve": "approved"}


def check_conduct(process: Process) -> Iterator[Remark]:
    """Everything said once for all rules of a policy."""
    for name, policy in process.policies.items():
        path: Path = ("policies", name)
        yield from _deadline(path, policy)
        yield from _closing(path, policy)
        yield from _words(path, policy)
        for where, rule in all_rules(process, policy, path):
            yield from _silence(where, rule)
            if isinstance(rule, Votes):
                yield from _veto(where, rule, policy)
    yield from _live(process)


def all_rules(process: Process, policy: Policy, path: Path) -> Iterator[tuple[Path, Any]]:
    """The rules of a policy with those it uses by name, each once, at the place they are written."""
    seen: set[str] = set()
    waiting = list(rules_of_policy(policy, path))
    while waiting:
        where, rule = waiting.pop(0)
        used = rule_named(rule)
        if used is None:
            yield where, rule
        elif used in process.rules and used not in seen:
            seen.add(used)
            waiting += list(nodes(process.rules[used], ("rules", used)))


def _deadline(path: Path, policy: Policy) -> Iterator[Remark]:
    if policy.deadline is None:
        return
    deadline, where = policy.deadline, (*path, "deadline")
    outcomes = policy.ordered_outcomes()
    then = SHORT.get(deadline.then, deadline.then)
    if deadline.then != "escalate" and then not in outcomes:
        said = f"there is no outcome `{deadline.then}`."
        yield Remark((*where, "then"), "TG126", said, choose(deadline.then, {"escalate", *outcomes}))
        return
    approves = deadline.then != "escalate" and not is_refusal(then, outcomes[then])
    if approves and deadline.silence is None:
        said = f"`then: {deadline.then}` decides for everybody who said nothing."
        yield Remark(
            (*where, "then"), "TG126", said, "Say why silence is consent: `silence: <why>`, or `then: escalate`."
        )
    elif approves:
        said = f"after {deadline.in_} silence decides `{then}`."
        yield Remark(where, "TG127", said, "Be sure that everybody asked knows.", is_error=False, at_key=True)
    elif deadline.silence is not None:
        said = "`silence` is the reason why silence approves, and this deadline does not approve."
        yield Remark((*where, "silence"), "TG126", said, "Take it out.", at_key=True)


def _closing(path: Path, policy: Policy) -> Iterator[Remark]:
    if policy.settle == "at_close" and policy.chair is None and policy.deadline is None:
        said = "nobody closes the round: it is judged when the last person has spoken."
        remedy = "Name a `chair`, or a `deadline`."
        yield Remark((*path, "settle"), "TG128", said, remedy, is_error=False, at_key=True)


def _words(path: Path, policy: Policy) -> Iterator[Remark]:
    seen = {name: name for name in policy.positions}
    for name, word in policy.positions.items():
        for place, alias in enumerate(word.aliases):
            if alias in seen:
                said = f"`{alias}` already means the position `{seen[alias]}`."
                yield Remark((*path, "positions", name, "aliases", place), "TG138", said, "Choose another word.")
            seen.setdefault(alias, name)


def _silence(path: Path, rule: Any) -> Iterator[Remark]:
    """Time that passes, and a limit on who may object: lazy consensus."""
    if isinstance(rule, AllOf) and any(isinstance(part, After) for part in rule.all):
        if all(isinstance(p, After) or (isinstance(p, Votes) and p.at_most is not None) for p in rule.all):
            said = "it is met by silence."
            yield Remark(path, "TG127", said, "Be sure that everybody asked knows.", is_error=False)
    elif isinstance(rule, After) and (len(path) < 2 or path[-2] not in ("all", "in_order")):
        yield Remark(path, "TG127", "it is met by silence.", "Be sure that everybody asked knows.", is_error=False)


def _veto(path: Path, rule: Votes, policy: Policy) -> Iterator[Remark]:
    if rule.at_most != 0 or rule.position == "reject":  # who objects is heard, and may be outvoted or come round
        return
    word = policy.positions.get(rule.position)
    helped = (word is not None and word.lifted_by) or policy.override is not None
    if not helped and (policy.deadline is None or policy.deadline.then == "escalate"):
        said = f"whoever says `{rule.position}` holds it up, and nobody else can lift it."
        remedy = f"Add `positions: {{{rule.position}: {{lifted_by: [<role>]}}}}`, or an `override`."
        yield Remark(path, "TG129", said, remedy, is_error=False)


def _live(process: Process) -> Iterator[Remark]:
    for name, state in process.states.items():
        policy = process.policies.get(state.round or "")
        outcomes = policy.ordered_outcomes() if policy is not None else {}
        acted: set[str] = set()
        for act_name, act in state.acts.items():
            wanted = (act.verdict,) if isinstance(act.verdict, str) else act.verdict or ()
            acted |= set(wanted)
            for word in wanted:
                if word not in outcomes:
                    said = f"no round here comes to `{word}`."
                    where = ("states", name, "acts", act_name, "verdict")
                    yield Remark(where, "TG103", said, choose(word, outcomes))
        if policy is not None and policy.settle == "live" and not acted:
            said = f"`{state.round}` is judged live, and no act here names a verdict."
            remedy = "Add an act with `verdict: approved`, or `settle: first`."
            yield Remark(("states", name), "TG137", said, remedy, at_key=True)


def check_bounds(path: Path, rule: Votes) -> Iterator[Remark]:
    """A bound that cannot be reached, whoever is on the roster; a site that is no site."""
    if rule.at is not None and rule.at.startswith("item.") and rule.at != "item.site":
        said = f"`{rule.at}` is no site; an item has one, `item.site`."
        yield Remark((*path, "at"), "TG116", said, "Did you mean `item.site`?")
    if rule.more_than is not None and fraction_of(rule.more_than) == 1:
        said = f"`more_than: {rule.more_than}` is more than everybody."
        yield Remark((*path, "more_than"), "TG123", said, "Write `at_least: all`.")
    most = _most(rule)
    least = rule.at_least if isinstance(rule.at_least, int) else None
    if isinstance(rule.more_than, int):
        least = rule.more_than + 1
    if most is not None and least is not None and least > most and rule.weight is None:
        word = "at_least" if rule.at_least is not None else "more_than"
        said = f"{least} of at most {most} can never be met."
        yield Remark((*path, word), "TG123", said, "Lower it.")
    if least is not None and least == len(rule.bodies) > 1 and rule.distinct == "person" and most is None:
        said = f"any {least} of {' or '.join(rule.bodies)} will do; both may be of one group."
        remedy = "For one of each write `distinct: group`, or one rule for each under `all`."
        yield Remark(path, "TG136", said, remedy, is_error=False)


def _most(rule: Votes) -> int | None:
    """The most that may ever count, where the words alone say it."""
    if rule.distinct == "group":
        return len(rule.bodies) or None
    alone = ("author", "owner", "last_editor", "submitter")
    if all(word in alone or (word.startswith("person:") and "{" not in word) for word in rule.bodies):
        return len(set(rule.bodies)) or None
    return None
