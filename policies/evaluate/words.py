"""The sentences of an evaluation. Names and titles come from the roster."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from policies.evaluate.compile import PERSON, CompiledOutcome
from policies.evaluate.counting import whole
from policies.evaluate.nodes import AfterNode, AllNode, CheckNode, RuleNode, SomeNode, UnknownNode, VotesNode
from policies.evaluate.scene import Scene
from policies.facts import RELATIONS, Roster
from policies.verdict import Missing, SetAside

MOST_NAMES = 5
_POSITIONS = {"approve": "approval", "reject": "rejection", "hold": "hold"}


def label_of(node: RuleNode, roster: Roster, site: str | None) -> str:
    """A rule in a few words: its title, or the people it asks."""
    if node.title:
        return node.title
    if isinstance(node, VotesNode):
        return body_words(node, roster, site)
    if isinstance(node, AfterNode):
        return f"after {node.duration.words}"
    if isinstance(node, CheckNode):
        return "check"
    if isinstance(node, UnknownNode):
        return f"each of {node.field}"
    if isinstance(node, AllNode):
        return "one after the other" if node.ordered else "all of these"
    return "any of these" if node.n == 1 else f"{node.n} of these"


def body_words(leaf: VotesNode, roster: Roster, site: str | None) -> str:
    """`Quality lead, Lyon` or `Engineering or Finance`."""
    titles = [_title(word, roster) for word in leaf.bodies]
    where = site if leaf.at == "item.site" else leaf.at
    words = either(titles)
    return f"{words}, {where}" if where else words


def _title(word: str, roster: Roster) -> str:
    if word.startswith(PERSON):
        return roster.name(word.removeprefix(PERSON))
    plain = word.replace("_", " ") if word in RELATIONS else roster.title(word)
    return plain[:1].upper() + plain[1:]


def positions_words(leaf: VotesNode, count: int) -> str:
    """`1 approval`, `2 approvals`, `1 “go”`."""
    known = _POSITIONS.get(leaf.position)
    if known is not None and leaf.positions == {leaf.position}:
        return f"{count} {known}{'' if count == 1 else 's'}"
    words = either([f"“{position.replace('_', ' ')}”" for position in sorted(leaf.positions)])
    return f"{count} {words}"


def leaf_because(
    leaf: VotesNode, who: str, scene: Scene, count: int, wanted: int, there: int, needed_there: int
) -> str:
    """One sentence on a leaf labelled `who`: `count` of `wanted`; `there` of `needed_there` for its quorum."""
    if not scene.body(leaf):
        return f"Nobody who may sign is {body_words(leaf, scene.facts.roster, scene.facts.item.site)}."
    share = _share_words(leaf, scene, wanted) if leaf.bound.share is not None else ""
    quorum = f" Quorum: {there} of the {needed_there} needed take part." if needed_there else ""
    of = _counted_words(leaf)
    if leaf.bound.is_ceiling:
        return f"{positions_words(leaf, count)}{of} from {who}; at most {wanted}{share} allowed.{quorum}"
    return f"{count} of {positions_words(leaf, wanted)}{of} from {who}{share}.{quorum}"


def _counted_words(leaf: VotesNode) -> str:
    if leaf.weight is not None:
        return f" by {leaf.weight}"
    if leaf.distinct == "group":
        return ", each from another group"
    return "" if leaf.distinct == "person" else f", each from another {leaf.distinct}"


def _share_words(leaf: VotesNode, scene: Scene, wanted: int) -> str:
    size = whole(scene, leaf, leaf.bound.of)
    word = "more than " if leaf.bound.kind == "more_than" else ""
    if leaf.bound.of == "roster":
        return f" ({word}{leaf.bound.text} of {size} is {wanted})"
    if leaf.bound.of == "present":
        if scene.facts.present is None:
            return f" ({word}{leaf.bound.text} of those present; attendance is not recorded)"
        return f" ({word}{leaf.bound.text} of the {size} present is {wanted})"
    if size == 0:
        return f" ({word}{leaf.bound.text} of those who speak; nobody has)"
    return f" ({word}{leaf.bound.text} of the {size} who have spoken is {wanted})"


def pending_sentence(missing: Sequence[Missing], holders: Iterable[str], unknown: Iterable[str], roster: Roster) -> str:
    """What is still needed and from whom, who holds it up (person ids), and what nobody has filled in."""
    names = both(dict.fromkeys(roster.name(person) for person in holders))
    said = [_needs(missing, roster), f"Held by {names}." if names else "", *dict.fromkeys(unknown)]
    return " ".join(filter(None, said)) or "Not decided yet."


def _needs(missing: Sequence[Missing], roster: Roster) -> str:
    if not missing:
        return ""
    parts = [
        f"{one.count} more{f' {one.weight}' if one.weight else ''} of {one.label}{_names(one.candidates, roster)}"
        if one.weight or one.count > 1 or len(one.candidates) != 1
        else f"{one.label}{_names(one.candidates, roster)}"
        for one in missing
    ]
    return f"Needs {both(parts)}."


def deadlock_sentence(missing: Sequence[Missing], aside: Sequence[SetAside], roster: Roster, broken: str | None) -> str:
    """Why nothing can be decided, and what to do about it."""
    if broken is not None:
        return f"Deadlock: a rule cannot be worked out. {broken} Mend the process or the item's fields."
    empty = [one for one in missing if one.count > len(one.candidates)]
    lacking = both([f"{one.count} more of {one.label}" for one in (empty or missing)])
    why = f"nobody left on the roster can give {lacking}" if lacking else "no outcome can be met any more"
    names = both(sorted({f"{roster.name(a.decision.person)} ({a.reason})" for a in aside}))
    return f"Deadlock: {why}.{f' Set aside: {names}.' if names else ''} Give somebody the role, or hand the item over."


def overridden_sentence(title: str, name: str, reason: str) -> str:
    """Who decided over the heads of all, and why."""
    return f"{title}, overridden by {name}{f': {reason.rstrip(chr(46))}' if reason else ''}."


def deadline_sentence(title: str, said: str, silence: str | None) -> str:
    """What the deadline decided."""
    why = f" Nobody had to speak up: {silence.rstrip('.')}." if silence else ""
    return f"{title}: the deadline {said} passed.{why}"


def decided_sentence(outcome: CompiledOutcome, because: str) -> str:
    """The verdict and what met it."""
    return f"{outcome.title}: {because[:1].lower() + because[1:]}" if because else f"{outcome.title}."


def _names(candidates: Sequence[str], roster: Roster) -> str:
    if not candidates:
        return ""
    names = [roster.name(person) for person in candidates]
    if len(names) > MOST_NAMES:
        names = [*names[:MOST_NAMES], f"{len(candidates) - MOST_NAMES} others"]
    return f" ({either(names)})"


def either(words: Iterable[str]) -> str:
    """`a, b or c`."""
    return _joined(list(words), "or")


def both(words: Iterable[str]) -> str:
    """`a, b and c`."""
    return _joined(list(words), "and")


def _joined(words: list[str], last: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def combinator_because(node: AllNode | SomeNode, met: int, applying: int, clash: str) -> str:
    """One sentence on a combinator."""
    if isinstance(node, AllNode):
        return f"{met} of {applying} parts are met.{clash}"
    if node.n == 1:
        return "One of the ways is met." if met else "None of the ways is met yet."
    short = f" Only {applying} apply." if applying < node.n else ""
    return f"{met} of the {node.n} needed are met.{short}"
