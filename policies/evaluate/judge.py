"""Judging: findings from the leaves up, then the first outcome met, then what is missing.

The order of the questions is always the same: is it broken, does it apply, is it met.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from policies.evaluate.compile import CompiledOutcome, CompiledPolicy
from policies.evaluate.nodes import AllNode, RuleNode, SomeNode, VotesNode
from policies.evaluate.seats import Seating, View, is_skipped, seat, stands
from policies.evaluate.standing import Scene, set_scene
from policies.evaluate.words import (
    combinator_because,
    deadlock_sentence,
    decided_sentence,
    label_of,
    leaf_because,
    pending_sentence,
)
from policies.facts import Decision, Facts
from policies.verdict import Finding, Missing, Seat, SetAside, Standing, Status, Unblock, Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """One outcome judged."""

    outcome: CompiledOutcome
    finding: Finding
    missing: tuple[Missing, ...]
    seats: tuple[Seat, ...]
    aside: tuple[SetAside, ...]


def evaluate(policy: CompiledPolicy, facts: Facts) -> Verdict:
    """The whole answer: the verdict, and who could change it with a single decision."""
    verdict = decide(policy, facts)
    if verdict.is_decided:
        return verdict
    return replace(verdict, who_can_unblock=_who_can_unblock(policy, facts, verdict))


def decide(policy: CompiledPolicy, facts: Facts) -> Verdict:
    """The verdict without the what-if of `who_can_unblock`; the same standing, outcome and sentences."""
    scene = set_scene(policy, facts)
    judged = [_judge_outcome(outcome, scene) for outcome in policy.outcomes]
    broken = next((one.finding.because for one in judged if one.finding.status is Status.BROKEN), None)
    if broken is not None:
        return _verdict(scene, judged, Standing.DEADLOCK, None, broken=broken)
    for one in judged:
        status = one.finding.status
        if status is Status.MET:
            return _verdict(scene, judged, Standing.DECIDED, one)
        reason = policy.policy.none_required
        if status is Status.SKIPPED and reason is not None and not one.outcome.is_refusal:
            return _verdict(scene, judged, Standing.DECIDED, one, none_required=reason)
    is_possible = any(_possible(one.outcome, scene) for one in judged if not one.outcome.is_refusal)
    return _verdict(scene, judged, Standing.PENDING if is_possible else Standing.DEADLOCK, None)


def _verdict(
    scene: Scene,
    judged: Sequence[Judged],
    standing: Standing,
    met: Judged | None,
    *,
    broken: str | None = None,
    none_required: str | None = None,
) -> Verdict:
    roster = scene.facts.roster
    nearest = met or _nearest(judged)
    missing = nearest.missing if nearest and met is None else ()
    aside = (*scene.aside, *(nearest.aside if nearest else ()))
    blocked_by = tuple(_blocked_by(judged)) if met is None else ()
    if met is not None:
        because = f"nobody had to be asked: {none_required.rstrip('.')}." if none_required else met.finding.because
        sentence = decided_sentence(met.outcome, because)
    elif standing is Standing.DEADLOCK:
        sentence = deadlock_sentence(missing, aside, roster, broken)
    else:
        unknown = _unknown(nearest.finding) if nearest else ()
        sentence = pending_sentence(missing, [d.person for d in blocked_by], unknown, roster)
    return Verdict(
        policy=scene.policy.name,
        standing=standing,
        sentence=sentence,
        outcome=met.outcome.name if met else None,
        findings={one.outcome.name: one.finding for one in judged},
        seats=nearest.seats if nearest else (),
        set_aside=aside,
        missing=missing,
        blocked_by=blocked_by,
        eligible=_eligible(scene),
    )


def _nearest(judged: Sequence[Judged]) -> Judged | None:
    """The outcome other than a refusal that lacks the fewest people; the first of equals."""
    hopeful = [one for one in judged if not one.outcome.is_refusal and one.finding.status is not Status.SKIPPED]
    return min(hopeful, key=lambda one: sum(m.count for m in one.missing) or 10**6, default=None)


def _eligible(scene: Scene) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for outcome in scene.policy.outcomes:
        for leaf in _asked(outcome.rule, scene):
            for person, word in scene.body(leaf).items():
                found.setdefault(person, {}).setdefault(word)
    return {person: tuple(words) for person, words in found.items()}


def _asked(node: RuleNode, scene: Scene) -> Iterable[VotesNode]:
    """The leaves that apply, which those under a guard that is false do not."""
    if is_skipped(node, scene):
        return
    if isinstance(node, VotesNode):
        yield node
        return
    for part in node.parts:
        yield from _asked(part, scene)


def _unknown(finding: Finding) -> Iterable[str]:
    if finding.status is Status.UNKNOWN and not finding.parts:
        yield finding.because
    for part in finding.parts:
        yield from _unknown(part)


def _blocked_by(judged: Sequence[Judged]) -> Iterable[Decision]:
    for one in judged:
        if not one.outcome.is_refusal:
            yield from _over_ceiling(one.finding)


def _over_ceiling(finding: Finding) -> Iterable[Decision]:
    if not finding.parts and finding.status is Status.UNMET and finding.needed == 0:
        yield from finding.counted
    for part in finding.parts:
        yield from _over_ceiling(part)


# -- one outcome -----------------------------------------------------------------------------------


def _judge_outcome(outcome: CompiledOutcome, scene: Scene) -> Judged:
    judge = _Judge(scene)
    finding = judge.find(outcome.rule, None)
    return Judged(
        outcome,
        finding,
        tuple(judge.missing(outcome.rule, finding)),
        tuple(judge.seats),
        tuple(judge.aside),
    )


class _Judge:
    """Judges one outcome's tree. A seating, where there is one, says who counts for which leaf."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.seats: list[Seat] = []
        self.aside: list[SetAside] = []
        self.view = View(scene, self.supporters, self.asks, hopeful=False)

    def supporters(self, leaf: VotesNode) -> list[str]:
        """The members of a leaf's body whose standing position supports it, earliest first."""
        body, standing = self.scene.body(leaf), self.scene.standing
        return [p for p, d in standing.items() if d.position in leaf.positions and p in body]

    def asks(self, leaf: VotesNode) -> int:
        """How many people a leaf's bound means now."""
        # A share of nobody is met by nothing: an empty body never approves.
        return max(leaf.bound.people(self.size(leaf)), 0 if leaf.bound.is_ceiling else 1)

    def size(self, leaf: VotesNode) -> int:
        body = self.scene.body(leaf)
        if leaf.bound.of == "cast":
            return sum(1 for person in self.scene.standing if person in body)
        return len(body)

    def find(self, node: RuleNode, seating: Seating | None) -> Finding:
        status, sentence = self.scene.guard(node.when)
        site, roster = self.scene.facts.item.site, self.scene.facts.roster
        label = label_of(node, roster, site)
        if status is not Status.MET:
            return Finding(node.path, label, status, sentence)
        if isinstance(node, VotesNode):
            return self.leaf(node, label, seating)
        if isinstance(node, AllNode) and node.one_seat and seating is None:
            # Where no way of meeting it is open, the rest is still shown as it sits.
            seating = seat(node, self.view) or seat(node, replace(self.view, lenient=True)) or Seating()
            self.note_seats(seating)
        inner = None if isinstance(node, AllNode) and not node.one_seat else seating
        parts = tuple(self.find(part, inner) for part in node.parts)
        return self.combined(node, label, parts, seating)

    def leaf(self, leaf: VotesNode, label: str, seating: Seating | None) -> Finding:
        body, asked, standing = self.scene.body(leaf), self.asks(leaf), self.scene.standing
        people = self.counted(leaf, seating)
        counted = tuple(standing[person] for person in people)
        because = leaf_because(leaf, self.scene, len(people), asked, self.size(leaf))
        if leaf.bound.is_ceiling:
            status = Status.MET if len(people) <= asked else Status.UNMET
            return Finding(leaf.path, label, status, because, counted)
        if len(people) >= asked:
            return Finding(leaf.path, label, Status.MET, because, counted)
        seated = seating.seated if seating else set(people)
        free = tuple(p for p in body if p not in seated and p not in people)
        needed = max(asked - len(people), 1)
        return Finding(leaf.path, label, Status.UNMET, because, counted, needed, free)

    def counted(self, leaf: VotesNode, seating: Seating | None) -> list[str]:
        supporters = self.supporters(leaf)
        if seating is None or leaf.bound.is_ceiling:
            return supporters
        if leaf.path in seating.taken:
            return seating.taken[leaf.path]
        return [person for person in supporters if person not in seating.seated]

    def note_seats(self, seating: Seating) -> None:
        """Who sits where, and whose decision counts elsewhere."""
        at = {person: path for path, people in seating.taken.items() for person in people}
        by_path = {leaf.path: leaf for leaf, _ in seating.demands}
        for person, path in at.items():
            self.seats.append(Seat(person, path, self.scene.body(by_path[path])[person]))
        for leaf, asked in seating.demands:
            for person in self.supporters(leaf) if len(seating.taken[leaf.path]) < asked else ():
                if at.get(person, leaf.path) != leaf.path:
                    label = label_of(by_path[at[person]], self.scene.facts.roster, self.scene.facts.item.site)
                    decision = self.scene.standing[person]
                    self.aside.append(SetAside(decision, f"already counted as {label}"))

    def combined(
        self, node: AllNode | SomeNode, label: str, parts: tuple[Finding, ...], seating: Seating | None
    ) -> Finding:
        applying = [part for part in parts if part.status is not Status.SKIPPED]
        met = sum(1 for part in applying if part.status is Status.MET)
        status = _status(node, applying, met)
        clash = ""
        if isinstance(node, AllNode) and seating is not None and seating.missing and self.aside:
            names = sorted({self.scene.facts.roster.name(a.decision.person) for a in self.aside})
            clash = f" One person fills one seat ({', '.join(names)})."
        if not parts:
            because = "The rule has no parts."
        elif status is Status.BROKEN:
            because = next(part.because for part in applying if part.status is Status.BROKEN)
        elif status is Status.SKIPPED:
            because = "None of its parts applies."
        else:
            because = combinator_because(node, met, len(applying), clash)
        return Finding(node.path, label, status, because, parts=parts)

    def missing(self, node: RuleNode, finding: Finding) -> list[Missing]:
        """The fewest people still needed for `node`, leaf by leaf."""
        if finding.status in (Status.MET, Status.SKIPPED):
            return []
        if isinstance(node, VotesNode):
            if not finding.needed:
                return []
            return [Missing(finding.needed, node.path, finding.label, node.position, finding.candidates)]
        pairs = [
            (part, found)
            for part, found in zip(node.parts, finding.parts, strict=False)
            if not is_skipped(part, self.scene)
        ]
        each = [self.missing(part, found) for part, found in pairs]
        if isinstance(node, AllNode):
            return [one for found in each for one in found]
        open_ones = [m for m, (_, found) in zip(each, pairs, strict=True) if found.status is not Status.MET]
        left = node.n - (len(pairs) - len(open_ones))
        open_ones.sort(key=lambda ones: sum(m.count + 1000 * (m.count > len(m.candidates)) for m in ones) or 10**6)
        return [one for found in open_ones[:left] for one in found]


def _status(node: AllNode | SomeNode, applying: list[Finding], met: int) -> Status:
    statuses = {part.status for part in applying}
    if not node.parts or Status.BROKEN in statuses:
        return Status.BROKEN
    if not applying:
        return Status.SKIPPED
    wanted = len(applying) if isinstance(node, AllNode) else node.n
    if met >= wanted:
        return Status.MET
    unknown = sum(1 for part in applying if part.status is Status.UNKNOWN)
    return Status.UNKNOWN if met + unknown >= wanted else Status.UNMET


# -- what could still be -----------------------------------------------------------------------------


def _possible(outcome: CompiledOutcome, scene: Scene) -> bool:
    """Whether the present roster could meet this outcome: everybody is free to say what it takes."""

    def everybody(leaf: VotesNode) -> list[str]:
        return list(scene.body(leaf))

    def asks(leaf: VotesNode) -> int:
        # An empty body can give nothing, whatever share of it is asked.
        return max(leaf.bound.people(len(scene.body(leaf))), 0 if leaf.bound.is_ceiling else 1)

    if is_skipped(outcome.rule, scene):
        # It may yet apply to nobody for good, which only `none_required` lets pass.
        return scene.policy.policy.none_required is not None
    return stands(outcome.rule, View(scene, everybody, asks, hopeful=True))


def _who_can_unblock(policy: CompiledPolicy, facts: Facts, verdict: Verdict) -> tuple[Unblock, ...]:
    """Everybody whose single decision would decide it, by trying: the same evaluator over overlaid facts."""
    said = {d.person: d.position for d in facts.decisions if not d.withdrawn}
    found = []
    for person in verdict.eligible or {}:
        for position in policy.positions:
            if said.get(person) == position and not _fell(verdict, person):
                continue
            extra = Decision("what-if", person, position, facts.now, facts.item.revision)
            after = decide(policy, replace(facts, decisions=(*facts.decisions, extra)))
            if after.is_decided:
                found.append(Unblock(person, position, str(after.outcome)))
    return tuple(found)


def _fell(verdict: Verdict, person: str) -> bool:
    return any(aside.decision.person == person for aside in verdict.set_aside)
