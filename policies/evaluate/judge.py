"""Judging one outcome: findings from the leaves up, and what is missing.

The order of the questions is always the same: is it broken, does it apply, is it met.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from policies.errors import EvaluationError
from policies.evaluate.compile import CompiledOutcome
from policies.evaluate.counting import View, as_it_stands, asked, measure, quorum, supporters, uncounted
from policies.evaluate.nodes import AllNode, Combined, PlainNode, RuleNode, SomeNode, VotesNode
from policies.evaluate.scene import Scene
from policies.evaluate.seats import Seating, is_skipped, seat
from policies.evaluate.words import combinator_because, label_of, leaf_because
from policies.phrases import joined, phrase
from policies.verdict import Finding, Missing, Seat, SetAside, Status


@dataclass(frozen=True, slots=True)
class Judged:
    """One outcome judged."""

    outcome: CompiledOutcome
    finding: Finding
    missing: tuple[Missing, ...]
    seats: tuple[Seat, ...]
    aside: tuple[SetAside, ...]


def judge_outcome(outcome: CompiledOutcome, scene: Scene) -> Judged:
    """One outcome's finding, seats, and what it lacks."""
    judge = _Judge(scene)
    finding = judge.find(outcome.rule, None)
    return Judged(
        outcome,
        finding,
        tuple(judge.missing(outcome.rule, finding)),
        tuple(judge.seats),
        tuple(dict.fromkeys(judge.aside)),
    )


class _Judge:
    """Judges one outcome's tree. A seating, where there is one, says who counts for which leaf."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.seats: list[Seat] = []
        self.aside: list[SetAside] = []
        self.view: View = as_it_stands(scene)

    def find(self, node: RuleNode, seating: Seating | None) -> Finding:
        label = label_of(node, self.scene.facts.roster, self.scene.facts.item.site)
        if node.when is not None:
            status, sentence = self.scene.guard(node.when)
            if status is not Status.MET:
                return Finding(node.path, label, status, sentence)
        if isinstance(node, VotesNode):
            try:
                return self.leaf(node, label, seating)
            except EvaluationError as error:
                return Finding(node.path, label, Status.BROKEN, str(error))
        if not isinstance(node, Combined):
            return self.plain(node, label)
        if isinstance(node, AllNode) and node.one_seat and seating is None:
            # Where no way of meeting it is open, the rest is still shown as it sits.
            seating = seat(node, self.view) or seat(node, replace(self.view, lenient=True)) or Seating()
            self.note_seats(seating)
        inner = None if isinstance(node, AllNode) and not node.one_seat else seating
        parts = tuple(self.find(part, inner) for part in node.parts)
        if isinstance(node, AllNode) and node.ordered:
            parts = _opened(parts)
        return self.combined(node, label, parts, seating)

    def plain(self, node: PlainNode, label: str) -> Finding:
        status, because = self.scene.plain(node)
        return Finding(node.path, label, status, joined([node.title or "", because], ": "))

    def leaf(self, leaf: VotesNode, label: str, seating: Seating | None) -> Finding:
        scene, body = self.scene, self.scene.body(leaf)
        self.aside += uncounted(scene, leaf)
        people, wanted = self.counted(leaf, seating), asked(scene, leaf)
        counted = tuple(scene.standing[person] for person in people)
        amount = measure(scene, leaf, people)
        there, needed_there = quorum(scene, leaf)
        because = leaf_because(leaf, label, scene, amount, wanted, there, needed_there)
        if there < needed_there:
            silent = tuple(p for p in body if p not in scene.standing)
            return Finding(leaf.path, label, Status.UNMET, because, counted, needed_there - there, silent)
        if leaf.bound.is_ceiling:
            status = Status.MET if amount <= wanted else Status.UNMET
            return Finding(leaf.path, label, status, because, counted)
        if amount >= wanted:
            return Finding(leaf.path, label, Status.MET, because, counted)
        seated = seating.seated if seating and leaf.takes_seats else frozenset(people)
        free = tuple([p for p in body if p not in seated and p not in people])
        return Finding(leaf.path, label, Status.UNMET, because, counted, max(wanted - amount, 1), free)

    def counted(self, leaf: VotesNode, seating: Seating | None) -> list[str]:
        found = supporters(self.scene, leaf)
        if seating is None or not leaf.takes_seats:
            return found
        if leaf.path in seating.taken:
            return seating.taken[leaf.path]
        return [person for person in found if person not in seating.seated]

    def note_seats(self, seating: Seating) -> None:
        """Who sits where, and whose decision counts elsewhere."""
        at = {person: path for path, people in seating.taken.items() for person in people}
        by_path = {leaf.path: leaf for leaf, _ in seating.demands}
        for person, path in at.items():
            leaf = by_path[path]
            behalf = self.scene.behalf(leaf).get(person)
            self.seats.append(Seat(person, path, self.scene.body(leaf)[person], behalf))
        for leaf, wanted in seating.demands:
            for person in supporters(self.scene, leaf) if len(seating.taken[leaf.path]) < wanted else ():
                if at.get(person, leaf.path) != leaf.path:
                    label = label_of(by_path[at[person]], self.scene.facts.roster, self.scene.facts.item.site)
                    decision = self.scene.standing[person]
                    self.aside.append(SetAside(decision, phrase("already counted as %(label)s", label=label)))

    def combined(
        self, node: AllNode | SomeNode, label: str, parts: tuple[Finding, ...], seating: Seating | None
    ) -> Finding:
        applying = [part for part in parts if part.status is not Status.SKIPPED]
        met = sum(1 for part in applying if part.status is Status.MET)
        status = _status(node, applying, met)
        clash = ""
        if isinstance(node, AllNode) and seating is not None and seating.missing:
            double = [one for one in self.aside if one.reason.startswith("already counted")]
            names = sorted({self.scene.facts.roster.name(one.decision.person) for one in double})
            clash = phrase("One person fills one seat (%(names)s).", names=", ".join(names)) if names else ""
        because: str
        if not parts:
            because = phrase("Nothing is listed.")
        elif status is Status.BROKEN:
            because = next(part.because for part in applying if part.status is Status.BROKEN)
        elif status is Status.SKIPPED:
            because = phrase("None of its parts applies.")
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
            word = node.weight or ""
            return [Missing(finding.needed, node.path, finding.label, node.position, finding.candidates, word)]
        if not isinstance(node, Combined):
            return []
        pairs = [
            (part, found)
            for part, found in zip(node.parts, finding.parts, strict=False)
            if not is_skipped(part, self.scene)
        ]
        each = [self.missing(part, found) for part, found in pairs]
        if isinstance(node, AllNode):
            if node.ordered:  # only the step that is open asks anybody
                return next((m for m, (_, f) in zip(each, pairs, strict=True) if f.status is not Status.MET), [])
            return [one for found in each for one in found]
        open_ones = [m for m, (_, found) in zip(each, pairs, strict=True) if found.status is not Status.MET]
        left = node.n - (len(pairs) - len(open_ones))
        open_ones.sort(key=lambda ones: sum(m.count + 1000 * (m.count > len(m.candidates)) for m in ones) or 10**6)
        return [one for found in open_ones[:left] for one in found]


def _opened(parts: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Steps after the first that is not met say that they wait."""
    found: list[Finding] = []
    waits = False
    for part in parts:
        if waits and part.status is not Status.SKIPPED:
            status = part.status if part.status is Status.BROKEN else Status.UNMET
            found.append(
                replace(
                    part, status=status, because=joined([phrase("Opens when the step before is met."), part.because])
                )
            )
        else:
            found.append(part)
        waits = waits or part.status not in (Status.MET, Status.SKIPPED)
    return tuple(found)


def _status(node: AllNode | SomeNode, applying: list[Finding], met: int) -> Status:
    statuses = {part.status for part in applying}
    if Status.BROKEN in statuses:
        return Status.BROKEN
    if not applying:
        return Status.SKIPPED
    wanted = len(applying) if isinstance(node, AllNode) else node.n
    if met >= wanted:
        return Status.MET
    unknown = sum(1 for part in applying if part.status is Status.UNKNOWN)
    return Status.UNKNOWN if met + unknown >= wanted else Status.UNMET
