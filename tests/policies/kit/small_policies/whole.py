"""Small policies of the whole language, from a random number generator: fast enough for a million of them."""

from __future__ import annotations

from random import Random
from typing import Any

from oracle import Case, Overrides, Rule, Said, Sits
from oracle.rules import CHECKS, GUARDS

from small_policies.core import PEOPLE, ROLES, SHARES

SPECIAL = (
    "share",
    "quorum",
    "weight",
    "distinct",
    "present",
    "abstain",
    "recuse",
    "after",
    "check",
    "order",
    "each",
    "lift",
    "alias",
    "condition",
    "stale",
    "sits",
    "deadline",
    "close",
    "override",
    "since",
    "gate",
    "ceiling",
)
"""What a case may be about; a few of them each."""
LAST = 12
"""The hour of the last act; it is judged at one of those after it."""


def whole_case(chance: Random) -> Case:
    """One case about a few of the special words."""
    about = set(chance.sample(SPECIAL, chance.choice([0, 1, 2, 2, 3, 4, 5])))
    return _Maker(chance, about).case()


class _Maker:
    def __init__(self, chance: Random, about: set[str]) -> None:
        self.chance, self.about = chance, about
        self.is_gate = "gate" in about
        self.for_it = "go" if self.is_gate else "approve"
        self.against = "hold" if self.is_gate or "lift" in about else "reject"
        self.checked = 0

    def one_in(self, n: int) -> bool:
        return self.chance.randrange(n) == 0

    def has(self, word: str) -> bool:
        """Whether the case is about a word, and this is a place for it."""
        return word in self.about and self.chance.random() < 0.6

    # -- rules -----------------------------------------------------------------------------------

    def floor(self) -> dict[str, Any]:
        if self.has("share"):
            made: dict[str, Any] = {
                self.chance.choice(["at_least", "at_least", "more_than"]): self.chance.choice(SHARES)
            }
            if "more_than" in made and made["more_than"] in ("all", "majority"):
                made["more_than"] = "1/2"
            of = self.chance.choice([None, "cast", "present" if "present" in self.about else "cast"])
            return made | ({"of": of} if of else {})
        return self.chance.choice([{"at_least": 1}] * 6 + [{"at_least": 2}] * 3 + [{"more_than": 1}])

    def leaf(self, position: str, *, plain: bool = False) -> dict[str, Any]:
        chance = self.chance
        if not plain and self.one_in(6 if "ceiling" not in self.about else 3):
            made = {"from": self.bodies(), "position": self.against, "at_most": chance.choice([0, 0, 1, "1/2", "1/3"])}
            made |= {"of": "cast"} if made["at_most"] in ("1/2", "1/3") and self.one_in(2) else {}
        else:
            made = {"from": self.bodies(), "position": position, **self.floor()}
        if self.has("present") and "of" not in made:
            made["of"] = "present"
        if self.has("quorum"):
            made["quorum"] = chance.choice([1, 2, 2, "1/2", "majority", "all", {"more_than": 1}, {"more_than": "1/3"}])
        if self.has("weight"):
            made["weight"] = "shares"
            made |= {"at_least": chance.choice([2, 3, 4])} if made.get("at_least") in (1, 2, 3) else {}
        elif self.has("distinct"):
            made["distinct"] = chance.choice(["group", "group", "company"])
        if self.has("stale"):
            made["stale_on"] = chance.choice(["any_edit", "never", ["cost"], ["risk"]])
        self.sometimes(made, "when", 14, list(GUARDS))
        self.sometimes(made, "at", 8, ["item.site", "item.site", "Linz"])
        self.sometimes(made, "exclude", 12, [[], ["c"], ["author"]])
        self.sometimes(made, "except", 12, [["b"], ["author"]])
        return made

    def sometimes(self, made: dict[str, Any], word: str, n: int, values: list[Any]) -> None:
        if self.one_in(n):
            made[word] = self.chance.choice(values)

    def bodies(self) -> list[str]:
        words = [*ROLES * 5, "person:ana", "author"]
        found = [self.chance.choice(words)]
        if self.one_in(3) or ("distinct" in self.about and not self.one_in(3)):
            found = list(dict.fromkeys([*found, self.chance.choice(ROLES)]))
        return found

    def part(self, position: str) -> dict[str, Any]:
        """A leaf of any kind."""
        chance = self.chance
        if self.has("after") and self.one_in(2):
            since = chance.choice(["opened", "last_edit", "step_opened"])
            return {"after": f"{chance.choice([1, 3, 6, 12, 20])}h", "since": since}
        if self.has("check") and self.checked < 2:
            self.checked += 1
            return {"check": chance.choice(list(CHECKS))}
        if self.has("each") and self.one_in(2):
            asked = self.leaf(position, plain=True) | {"from": ["{each}"]}
            made = {"for_each": "functions", "rule": asked}
            return made | ({"one_seat": chance.choice([True, False])} if self.one_in(3) else {})
        return self.leaf(position)

    def tree(self, position: str, most: int) -> Rule:
        """A rule of at most so many leaves, two combinators deep."""
        made = [self.part(position) for _ in range(self.chance.randint(1, most))]
        if len(made) == 1 and self.one_in(2):
            return made[0]
        if len(made) > 1 and self.one_in(2):
            cut = self.chance.randint(1, len(made) - 1)
            made = [*made[:cut], self.joined(made[cut:])]
            self.chance.shuffle(made)
        return self.joined(made)

    def joined(self, parts: list[Any]) -> dict[str, Any]:
        chance = self.chance
        word = chance.choice(["all", "all", "all", "any", "n_of"])
        if "order" in self.about and not self.one_in(4):
            word = "in_order"
        made: dict[str, Any] = {word: parts}
        if word == "n_of":
            made = {"n_of": chance.randint(1, len(parts)), "of": parts}
        if word in ("all", "in_order") and self.one_in(3):
            made["one_seat"] = chance.choice([True, False])
        self.sometimes(made, "when", 15, list(GUARDS))
        return made

    def outcomes(self) -> tuple[Any, ...]:
        if self.is_gate:
            rule = self.tree("go", 3)
            hold = self.refusal("hold")
            return (
                ("hold", hold, True, ()),
                ("go", rule, False, ()),
                ("conditional_go", rule, False, ("go", "conditional_go")),
            )
        rule = self.tree("approve", 3)
        ask = "reject" in str(rule) or "deadline" in self.about or not self.one_in(3)
        return (*((("rejected", self.refusal("reject"), True, ()),) if ask else ()), ("approved", rule, False, ()))

    def refusal(self, position: str) -> Rule:
        if "order" in self.about or self.one_in(2):
            return {
                "from": [self.chance.choice(ROLES)],
                "position": position,
                "at_least": self.chance.choice([1, 1, 2]),
            }
        kept, self.about = self.about, self.about - {"each", "check", "order"} if not self.one_in(4) else self.about
        made = self.tree(position, 2)
        self.about = kept
        return made

    # -- words of the policy ---------------------------------------------------------------------

    def words(self, names: list[str]) -> dict[str, Any]:
        chance = self.chance
        made: dict[str, Any] = {}
        positions: dict[str, Any] = {}
        if "lift" in self.about:
            positions[self.against] = {"lifted_by": chance.choice([["b"], ["c"], ["c", "author"]])}
        if "alias" in self.about:
            positions[self.for_it] = {"aliases": ["+1"]}
        if "condition" in self.about:
            word = "conditional_go" if self.is_gate else "approve"
            positions[word] = positions.get(word, {}) | {"conditions": "required"}
        made |= {"positions": positions} if positions else {}
        if "deadline" in self.about:
            then = (
                chance.choice(["escalate", "approve", "reject"])
                if not self.is_gate
                else chance.choice(["escalate", *names])
            )
            made["deadline"] = {
                "in": f"{chance.choice([4, 8, 11, 14, 30])}h",
                "then": then,
                "silence": "No news is good",
            }
        if "close" in self.about:
            made["settle"] = "at_close"
            made |= {"chair": chance.choice(ROLES)} if not self.one_in(3) else {}
        if "override" in self.about:
            made["override"] = {"by": [chance.choice(ROLES)], "reason": chance.choice(["required", "optional"])}
        if "stale" in self.about and self.one_in(2):
            made["except_by"] = [chance.choice(ROLES)]
        return made

    # -- people and what they said ----------------------------------------------------------------

    def people(self) -> dict[str, Any]:
        chance = self.chance
        names = PEOPLE[: chance.choice([2, 3, 3, 3, 4] if "order" not in self.about else [2, 3, 3])]
        found: dict[str, Any] = {}
        for name in names:
            roles = chance.sample(ROLES, chance.choice([1, 2, 2, 2, 3]))
            held = [(role, chance.choice([None] * 6 + ["Lyon", "Linz"])) for role in roles]
            if "since" in self.about:
                held = [(*one, chance.randint(1, LAST)) if self.one_in(3) else one for one in held]
            found[name] = tuple(held)
        return found

    def stand_ins(self, names: list[str]) -> tuple[Sits, ...]:
        chance, found = self.chance, []
        for _ in range(chance.choice([1, 1, 2, 3]) if "sits" in self.about else 0):
            absent, person = chance.choice([*names, "zoe"]), chance.choice([*names, *names, "gus"])
            since = chance.choice([0, 0, 2, 4, 7])
            roles = frozenset(chance.sample(ROLES, 2)) if self.one_in(4) else None
            sites = chance.choice([None, None, None, None, frozenset({"Lyon"}), frozenset({"Linz"})])
            processes = chance.choice([None, None, None, None, frozenset({"small"}), frozenset({"other"})])
            if person != absent:
                until = since + chance.choice([3, 6, 12, 30])
                found.append(Sits(absent, person, since, until, roles, sites, processes, self.one_in(3)))
        return tuple(found)

    def said(self, names: list[str], edit: tuple[str, int] | None, words: dict[str, Any]) -> tuple[Said, ...]:
        chance = self.chance
        says = [self.for_it] * 4 + [self.against]
        says += ["conditional_go"] if self.is_gate else ["reject"]
        says += ["abstain"] * 2 if {"abstain", "quorum", "check"} & self.about else []
        says += ["recuse"] if "recuse" in self.about else []
        says += ["+1"] * 2 if "alias" in self.about else []
        found: list[Said] = []
        times = sorted(chance.randint(1, LAST) for _ in range(chance.choice([0, 1, 2, 2, 3, 3, 4, 4, 5])))
        for at in times:
            seen = 1 if edit is None or at <= edit[1] else chance.choice([2, 2, 1])
            person = chance.choice(names if not self.one_in(12) else [*names, "zoe", "gus"])
            holds = [n for n, one in enumerate(found) if one.position == self.against]
            if "lift" in self.about and holds and self.one_in(2):
                found.append(Said(person, "lift", seen, self.one_in(10), at, chance.choice(holds)))
            else:
                found.append(Said(person, chance.choice(says), seen, self.one_in(9), at, None, not self.one_in(3)))
        return tuple(found)

    def case(self) -> Case:
        chance = self.chance
        outcomes = self.outcomes()
        people = self.people()
        names, words = list(people), self.words([name for name, _, _, _ in outcomes])
        author = chance.choice(["zoe", "zoe", "zoe", "zoe", names[0]])
        people |= {"zoe": (("c", None),)} if author == "zoe" and len(names) < 4 and self.one_in(6) else {}
        edit = (
            (chance.choice([*names, "zoe"]), chance.randint(1, LAST))
            if self.one_in(3) or "stale" in self.about
            else None
        )
        editors = (edit[0],) if edit and self.one_in(2) else ()
        fields: dict[str, Any] = {"pieces": chance.choice([2, 2, 2, 2, 9, 9, 9, 9, 0] if self.one_in(4) else [2, 9])}
        fields |= {"urgent": chance.choice([True, False])} if not self.one_in(8) else {}
        fields |= (
            {"functions": chance.choice([("a",), ("a", "b"), ("b", "c"), ("c", "c"), ()])}
            if not self.one_in(12)
            else {}
        )
        at_close = "close" in self.about and self.one_in(2)
        return Case(
            outcomes=outcomes,
            people=people,
            positions=(),
            said=self.said(names, edit, words),
            exclude=chance.choice([("author", "editors")] * 6 + [(), (), ("c",), ("author",)]),
            one_seat=not self.one_in(4),
            stale_on=chance.choice(["any_edit", "any_edit", "never", ["cost"], ["risk"]]),
            none_required=self.one_in(8),
            author=author,
            editors=editors,
            fields=fields,
            attributes={name: self.attributes() for name in people},
            revision=1,
            edits=() if edit is None else (edit,),
            now=chance.choice([LAST, LAST, LAST + 1, LAST + 6, LAST + 12]),
            present=frozenset(chance.sample(names, chance.randint(1, len(names))))
            if "present" in self.about and not self.one_in(3)
            else None,
            closed_at=chance.randint(2, LAST) if at_close and "settle" in words else None,
            stand_ins=self.stand_ins(names),
            overrides=self.overrides(names, [name for name, _, _, _ in outcomes]),
            words=words,
        )

    def attributes(self) -> dict[str, Any]:
        made: dict[str, Any] = {"shares": self.chance.choice([0, 1, 1, 2, 3])}
        return made | ({"company": self.chance.choice(["acme", "acme", "bolt"])} if not self.one_in(5) else {})

    def overrides(self, names: list[str], outcomes: list[str]) -> tuple[Overrides, ...]:
        if "override" not in self.about or self.one_in(2):
            return ()
        reason = self.chance.choice(["late", "late", " "])
        return (Overrides(self.chance.choice(names), self.chance.choice([*outcomes, outcomes[-1]]), reason, LAST),)


__all__ = ["SPECIAL", "whole_case"]
