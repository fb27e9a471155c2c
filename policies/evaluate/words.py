"""The sentences of an evaluation. Names and titles come from the roster."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from policies.evaluate.compile import PERSON, CompiledOutcome
from policies.evaluate.counting import whole
from policies.evaluate.nodes import AfterNode, AllNode, CheckNode, RuleNode, SomeNode, UnknownNode, VotesNode
from policies.evaluate.scene import Scene
from policies.facts import RELATIONS, Roster
from policies.phrases import both, either, joined, lowered, phrase, phrases
from policies.verdict import Missing, SetAside

MOST_NAMES = 5
_RELATIONS = {
    "author": phrase("Author"),
    "owner": phrase("Owner"),
    "editors": phrase("Editors"),
    "last_editor": phrase("Last editor"),
    "submitter": phrase("Submitter"),
    "performed_by": phrase("Performed by"),
}


def label_of(node: RuleNode, roster: Roster, site: str | None) -> str:
    """A rule in a few words: its title, or the people it asks."""
    if node.title:
        return node.title
    if isinstance(node, VotesNode):
        return body_words(node, roster, site)
    if isinstance(node, AfterNode):
        return phrase("after %(time)s", time=node.duration.words)
    if isinstance(node, CheckNode):
        return phrase("check")
    if isinstance(node, UnknownNode):
        return phrase("each of %(field)s", field=node.field)
    if isinstance(node, AllNode):
        return phrase("one after the other") if node.ordered else phrase("all of these")
    return phrase("any of these") if node.n == 1 else phrase("%(count)s of these", count=node.n)


def body_words(leaf: VotesNode, roster: Roster, site: str | None) -> str:
    """`Quality lead, Lyon` or `Engineering or Finance`."""
    titles = [_title(word, roster) for word in leaf.bodies]
    where = site if leaf.at == "item.site" else leaf.at
    return joined([either(titles), where or ""], ", ")


def _title(word: str, roster: Roster) -> str:
    if word.startswith(PERSON):
        return roster.name(word.removeprefix(PERSON))
    if word in RELATIONS:
        return _RELATIONS[word]
    plain = roster.title(word)
    return plain[:1].upper() + plain[1:]


def positions_words(leaf: VotesNode, count: int) -> str:
    """`1 approval`, `2 approvals`, `1 “go”`."""
    if leaf.position in ("approve", "reject", "hold") and leaf.positions == {leaf.position}:
        return _plain_words(leaf.position, count)
    words = either([f"“{position.replace('_', ' ')}”" for position in sorted(leaf.positions)])
    return joined([str(count), words])


@lru_cache(maxsize=500)
def _plain_words(position: str, count: int) -> str:
    if position == "approve":
        return phrases("%(num)s approval", "%(num)s approvals", count)
    if position == "reject":
        return phrases("%(num)s rejection", "%(num)s rejections", count)
    return phrases("%(num)s hold", "%(num)s holds", count)


def leaf_because(
    leaf: VotesNode, who: str, scene: Scene, count: int, wanted: int, there: int, needed_there: int
) -> str:
    """One sentence on a leaf labelled `who`: `count` of `wanted`; `there` of `needed_there` for its quorum."""
    if not scene.body(leaf):
        asked = body_words(leaf, scene.facts.roster, scene.facts.item.site)
        return phrase("Nobody who may sign is %(who)s.", who=asked)
    share = _share_words(leaf, scene, wanted) if leaf.bound.share is not None else ""
    how, tail = _counted_words(leaf), ""
    if needed_there:
        tail = phrase("Quorum: %(there)s of the %(needed)s needed take part.", there=there, needed=needed_there)
    if leaf.bound.is_ceiling:
        said = joined([positions_words(leaf, count), how], "")
        said = phrase(
            "%(given)s from %(who)s; at most %(most)s allowed.", given=said, who=who, most=_with(wanted, share)
        )
    else:
        asked = joined([positions_words(leaf, wanted), how], "")
        said = phrase("%(count)s of %(wanted)s from %(who)s.", count=count, wanted=asked, who=_with(who, share))
    return joined([said, tail])


def _with(words: str | int, share: str) -> str:
    return joined([str(words) if isinstance(words, int) else words, share])


def _counted_words(leaf: VotesNode) -> str:
    if leaf.weight is not None:
        return phrase(" by %(weight)s", weight=leaf.weight)
    if leaf.distinct == "group":
        return phrase(", each from another group")
    return "" if leaf.distinct == "person" else phrase(", each from another %(kind)s", kind=leaf.distinct)


def _share_words(leaf: VotesNode, scene: Scene, wanted: int) -> str:
    size, text = whole(scene, leaf, leaf.bound.of), leaf.bound.text
    share = phrase("more than %(share)s", share=text) if leaf.bound.kind == "more_than" else text
    if leaf.bound.of == "roster":
        return phrase("(%(share)s of %(size)s is %(wanted)s)", share=share, size=size, wanted=wanted)
    if leaf.bound.of == "present":
        if scene.facts.present is None:
            return phrase("(%(share)s of those present; attendance is not recorded)", share=share)
        return phrase("(%(share)s of the %(size)s present is %(wanted)s)", share=share, size=size, wanted=wanted)
    if size == 0:
        return phrase("(%(share)s of those who speak; nobody has)", share=share)
    return phrase("(%(share)s of the %(size)s who have spoken is %(wanted)s)", share=share, size=size, wanted=wanted)


def pending_sentence(missing: Sequence[Missing], holders: Iterable[str], unknown: Iterable[str], roster: Roster) -> str:
    """What is still needed and from whom, who holds it up (person ids), and what nobody has filled in."""
    names = both(dict.fromkeys(roster.name(person) for person in holders))
    held = phrase("Held by %(names)s.", names=names) if names else ""
    return joined([_needs(missing, roster), held, *dict.fromkeys(unknown)]) or phrase("Not decided yet.")


def _needs(missing: Sequence[Missing], roster: Roster) -> str:
    if not missing:
        return ""
    parts = [
        joined([_more(one) if one.weight or one.count > 1 or len(one.candidates) != 1 else one.label, names])
        for one in missing
        for names in (_names(one, roster),)
    ]
    return phrase("Needs %(parts)s.", parts=both(parts))


def _more(one: Missing) -> str:
    if one.weight:
        return phrase("%(count)s more %(weight)s of %(who)s", count=one.count, weight=one.weight, who=one.label)
    return phrase("%(count)s more of %(who)s", count=one.count, who=one.label)


def deadlock_sentence(missing: Sequence[Missing], aside: Sequence[SetAside], roster: Roster, broken: str | None) -> str:
    """Why nothing can be decided, and what to do about it."""
    if broken is not None:
        return phrase(
            "Deadlock: a rule cannot be worked out. %(why)s Mend the process or the item's fields.", why=broken
        )
    empty = [one for one in missing if one.count > len(one.candidates)]
    lacking = both([phrase("%(count)s more of %(who)s", count=m.count, who=m.label) for m in (empty or missing)])
    given = {(roster.name(a.decision.person), a.reason) for a in aside}
    names = both([phrase("%(name)s (%(reason)s)", name=name, reason=reason) for name, reason in sorted(given)])
    return joined(
        [
            phrase("Deadlock: nobody left on the roster can give %(lacking)s.", lacking=lacking)
            if lacking
            else phrase("Deadlock: no outcome can be met any more."),
            phrase("Set aside: %(names)s.", names=names) if names else "",
            phrase("Give somebody the role, or hand the item over."),
        ]
    )


def overridden_sentence(title: str, name: str, reason: str) -> str:
    """Who decided over the heads of all, and why."""
    if not reason:
        return phrase("%(outcome)s, overridden by %(name)s.", outcome=title, name=name)
    why = reason.rstrip(".")
    return phrase("%(outcome)s, overridden by %(name)s: %(reason)s.", outcome=title, name=name, reason=why)


def deadline_sentence(title: str, at: str, silence: str | None) -> str:
    """What the deadline decided."""
    said = phrase("%(outcome)s: the deadline of %(at)s passed.", outcome=title, at=at)
    if not silence:
        return said
    return joined([said, phrase("Nobody had to speak up: %(why)s.", why=silence.rstrip("."))])


def decided_sentence(outcome: CompiledOutcome, because: str) -> str:
    """The verdict and what met it."""
    if not because:
        return phrase("%(outcome)s.", outcome=outcome.title)
    return phrase("%(outcome)s: %(because)s", outcome=outcome.title, because=lowered(because))


def _names(one: Missing, roster: Roster) -> str:
    """Who may give it; `a and b` where all of them have to."""
    candidates = one.candidates
    if not candidates:
        return ""
    names = [roster.name(person) for person in candidates]
    if len(names) > MOST_NAMES:
        others = phrase("%(count)s others", count=len(candidates) - MOST_NAMES)
        names = [*names[:MOST_NAMES], others]
    all_of_them = not one.weight and one.count >= len(candidates)
    return phrase("(%(names)s)", names=both(names) if all_of_them else either(names))


def combinator_because(node: AllNode | SomeNode, met: int, applying: int, clash: str) -> str:
    """One sentence on a combinator."""
    if isinstance(node, AllNode):
        return joined([phrase("%(met)s of %(all)s parts are met.", met=met, all=applying), clash])
    if node.n == 1:
        return phrase("One of the ways is met.") if met else phrase("None of the ways is met yet.")
    said = phrase("%(met)s of the %(needed)s needed are met.", met=met, needed=node.n)
    return joined([said, phrase("Only %(count)s apply.", count=applying) if applying < node.n else ""])
