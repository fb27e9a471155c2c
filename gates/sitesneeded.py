"""Whether an item has to say its site: where a policy asks roles at it, nobody could be asked without. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policies.conditions import Condition
from policies.errors import EvaluationError
from policies.evaluate.compile import PERSON
from policies.evaluate.nodes import CheckNode, Combined, RuleNode, VotesNode
from policies.facts import RELATIONS, ItemFacts, Roster
from policies.load import LoadedProcess
from policies.phrases import both

AT = "item.site"


def missing_site(loaded: LoadedProcess, item: ItemFacts, roster: Roster, known: Sequence[str]) -> str:
    """That the site is missing, who is asked there, and which sites there are; '' where it is not missing.

    Not where the roster has no sites, nor where everybody who is asked holds the role everywhere: then no site would
    change who is asked.
    """
    roles = [] if item.site is not None or not known else roles_at_site(loaded, item, roster)
    if not roles:
        return ""
    titles = both([roster.title(role) for role in roles])
    return (
        f"Site is empty, and {titles} {'is' if len(roles) == 1 else 'are'} asked there (there is: {', '.join(known)})"
    )


def roles_at_site(loaded: LoadedProcess, item: ItemFacts | None, roster: Roster) -> list[str]:
    """The roles a policy asks at the item's site and that somebody holds at one site, in the order they are asked.

    Rules whose condition is false for the item are passed over; with no item, none are.
    """
    at_one_site = {held.role for held in roster.holdings if held.site is not None}
    found = [
        role
        for policy in loaded.policies.values()
        for outcome in policy.outcomes
        for leaf in _leaves(outcome.rule, item)
        if leaf.at == AT
        for role in leaf.bodies
        if role in at_one_site and role not in RELATIONS and not role.startswith(PERSON)
    ]
    return list(dict.fromkeys(found))


def _leaves(node: RuleNode, item: ItemFacts | None) -> Iterator[VotesNode]:
    if item is not None and node.when is not None and _is_false(node.when, item):
        return
    if isinstance(node, VotesNode):
        yield node
    elif isinstance(node, CheckNode):
        yield from node.counted
    elif isinstance(node, Combined):
        for part in node.parts:
            yield from _leaves(part, item)


def _is_false(condition: Condition, item: ItemFacts) -> bool:
    try:
        return condition.evaluate(item) is False
    except EvaluationError:
        return False
