"""Small policies of the core words with people and decisions, as Hypothesis generates them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from oracle import Case, Rule, Said

ROLES = ("a", "b", "c")
PEOPLE = ("ana", "ben", "eva", "tom")

SHARES = ("all", "majority", "1/3", "2/3", "50%")
floors = st.sampled_from(
    [
        *[{"at_least": 1}] * 3,
        *({"at_least": bound} for bound in (2, *SHARES)),
        *({"more_than": bound} for bound in (1, "1/2")),
    ]
)
ceilings = st.sampled_from([{"at_most": 0}, {"at_most": 0}, {"at_most": 1}, {"at_most": "1/2"}])
guards = st.sampled_from([*[None] * 9, "item.urgent", "!item.urgent", "6 / item.pieces > 1"])
sites = st.sampled_from([None, None, None, "item.site", "Linz"])


@st.composite
def leaf(draw: st.DrawFn, position: str, against: str | None, cast: bool) -> dict[str, Any]:
    """One `votes`: mostly a floor on `position`, sometimes a ceiling on `against`."""
    is_ceiling = against is not None and draw(st.integers(0, 5)) == 0
    made: dict[str, Any] = {"from": draw(st.lists(st.sampled_from(ROLES), min_size=1, max_size=2, unique=True))}
    made |= draw(ceilings if is_ceiling else floors)
    made["position"] = against if is_ceiling else position
    extras = {
        "when": draw(guards),
        "at": draw(sites),
        "of": draw(st.sampled_from([None, "cast"])) if cast else None,
        "exclude": draw(st.sampled_from([None, None, None, None, None, [], ["c"]])),
        "except": draw(st.sampled_from([None, None, None, None, None, ["b"]])),
    }
    return made | {word: value for word, value in extras.items() if value is not None}


@st.composite
def tree(draw: st.DrawFn, position: str, against: str | None, *, cast: bool = True, most: int = 3) -> Rule:
    """A rule of at most three leaves, two combinators deep.

    At most one leaf counts a share of those who have spoken: where two of them under one `all` ask the same
    person, saying more can take away (each decision raises what both ask, and fills one seat).
    """
    spoken = draw(st.integers(0, most - 1)) if cast else -1
    made = [draw(leaf(position, against, number == spoken)) for number in range(draw(st.integers(1, most)))]
    if len(made) == 1 and draw(st.booleans()):
        return made[0]
    if len(made) > 1 and draw(st.booleans()):
        cut = draw(st.integers(1, len(made) - 1))
        inner = draw(joined(made[cut:]))
        made = [*made[:cut], inner]
    return draw(joined(made))


@st.composite
def joined(draw: st.DrawFn, parts: list[Any]) -> dict[str, Any]:
    word = draw(st.sampled_from(["all", "all", "all", "any", "n_of"]))
    made: dict[str, Any] = {"n_of": draw(st.integers(1, len(parts))), "of": parts} if word == "n_of" else {word: parts}
    if word == "all":
        one_seat = draw(st.sampled_from([None, None, None, True, False]))
        made |= {} if one_seat is None else {"one_seat": one_seat}
    guard = draw(guards)
    return made if guard is None else made | {"when": guard}


@st.composite
def cases(
    draw: st.DrawFn, *, ceilings: bool = True, gates: bool = True, cast: bool = True, agreeable: bool = False
) -> Case:
    """A small policy, up to four people, and what they said so far (`agreeable`: mostly yes)."""
    is_gate = gates and draw(st.integers(0, 3)) == 0
    if is_gate:
        positions: tuple[str, ...] = ("go", "conditional_go", "hold")
        rule = draw(tree("go", "hold" if ceilings else None, cast=cast))
        outcomes = (
            ("hold", draw(tree("hold", None, cast=False, most=1)), True, ()),
            ("go", rule, False, ()),
            ("conditional_go", rule, False, ("go", "conditional_go")),
        )
    else:
        positions = ("approve", "reject")
        veto = draw(tree("reject", None, cast=False, most=2)) if draw(st.integers(0, 3)) else None
        rule = draw(tree("approve", "reject" if ceilings else None, cast=cast))
        outcomes = (*((("rejected", veto, True, ()),) if veto else ()), ("approved", rule, False, ()))
    people = draw(
        st.dictionaries(
            st.sampled_from(PEOPLE),
            st.lists(
                st.tuples(st.sampled_from(ROLES), st.sampled_from([None, None, None, "Lyon", "Linz"])),
                min_size=1,
                max_size=3,
                unique_by=lambda held: held[0],
            ).map(tuple),
            min_size=draw(st.sampled_from([1, 2, 3])),
            max_size=4,
        )
    )
    said = st.tuples(
        st.sampled_from(sorted(people)),
        st.sampled_from([*[positions[0]] * (4 if agreeable else 0), *positions]),
        st.sampled_from([2, 2, 2, 1]),
        st.integers(0, 5).map(lambda number: number == 0),
    ).map(lambda parts: Said(*parts))
    fields: dict[str, Any] = {"pieces": draw(st.sampled_from([2, 2, 2, 9, 9, 9, 0]))}
    urgent = draw(st.sampled_from([True, False, None]))
    return Case(
        outcomes=outcomes,
        people=people,
        positions=positions,
        said=tuple(draw(st.lists(said, min_size=2 if agreeable else 0, max_size=5))),
        exclude=draw(st.sampled_from([*[("author", "editors")] * 4, (), ("c",)])),
        one_seat=draw(st.sampled_from([True, True, True, False])),
        stale_on=draw(st.sampled_from(["any_edit", "never", ("cost",), ("risk",)])),
        none_required=draw(st.integers(0, 5)) == 0,
        author=draw(st.sampled_from(["zoe", "zoe", "zoe", "ana", "tom"])),
        editors=draw(st.sampled_from([(), (), (), ("ben",)])),
        fields=fields if urgent is None else fields | {"urgent": urgent},
    )
