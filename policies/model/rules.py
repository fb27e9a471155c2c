"""The nodes of an approval tree: three kinds of leaf, five combinators, and rules by name.

Semantics: see docs/reference/policy-language.md. A rule is a mapping known by its one telling key
(`from`, `after`, `check`, `all`, `any`, `n_of`, `in_order`, `for_each`) or the name of an entry under `rules:`.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Discriminator, StringConstraints, Tag, field_validator
from pydantic import Field as Key

from policies.model.base import NAME, Condition, Duration, Model, Name, Title

_WORD = NAME[1:-1]
Party = Annotated[str, StringConstraints(pattern=rf"^(?:person:)?(?:{_WORD}|\{{{_WORD}\}})$", max_length=80)]
"""A role, a relation to the item (author, owner, editors…), or `person:<id>`; inside `for_each`, `{each}` too."""

StaleOn = Literal["any_edit", "never"] | tuple[str, ...]

Bound = (
    Annotated[int, Key(ge=0, le=1_000_000)]
    | Annotated[str, Key(pattern=r"^(?:all|majority|[1-9][0-9]?%|100%|[1-9][0-9]{0,2}/[1-9][0-9]{0,2})$")]
)
"""A number of people (or of weight), `all`, `majority`, a percentage or an exact fraction of the body."""


def fraction_of(bound: int | str) -> Fraction | None:
    """The exact share a bound stands for (`2/3`, `60%`, `majority`, `all`), None for a plain number."""
    if isinstance(bound, int):
        return None
    if bound == "all":
        return Fraction(1)
    if bound == "majority":
        return Fraction(1, 2)
    if bound.endswith("%"):
        return Fraction(int(bound[:-1]), 100)
    over, under = re.split("/", bound)
    return Fraction(int(over), int(under))


class Selector(Model):
    """People by role, by person id, or by what they did to the item (author, owner, editors…)."""

    role: Name | None = None
    person: Name | None = None
    at: str | None = None
    """`item.site`, or the name of one site. Left out: the role at any site."""


Who = Name | Selector | tuple[Name | Selector, ...]
"""`author`, `owner`, `anyone`, `{role: …, at: …}`, or a list of them."""


def _share_is_proper(value: int | str | None) -> int | str | None:
    share = None if value is None else fraction_of(value)
    if share is not None and not 0 < share <= 1:
        raise ValueError(f"{value} is more than the whole body")
    return value


class Quorum(Model):
    """How many of the body have to take part, whatever they say (abstaining counts, recusing does not)."""

    at_least: Bound | None = None
    more_than: Bound | None = None

    _proper = field_validator("at_least", "more_than")(_share_is_proper)


class Votes(Model):
    """How many of whom hold which position."""

    from_: Party | tuple[Party, ...] = Key(alias="from")
    """The body asked: a role, a relation (author, owner, …), `person:<id>`, or a list of them."""
    at: str | None = None
    """`item.site`, or the name of one site. Left out: the role at any site."""
    except_: tuple[Party, ...] = Key(default=(), alias="except")
    """Roles or relations whose people are left out of the body."""
    position: Name = "approve"
    """The position counted."""
    at_least: Bound | None = None
    """So many, or more: a number, `all`, `majority`, `60%`, `2/3`."""
    more_than: Bound | None = None
    """More than so many."""
    at_most: Bound | None = None
    """No more than so many; `at_most: 0` of a position lets nobody hold it."""
    of: Literal["roster", "cast", "present"] = "roster"
    """What a share is a share of: everybody in the body, those who voted (abstentions apart), or those recorded
    as present."""
    quorum: Bound | Quorum | None = None
    """How many of the body have to take part before the leaf can be met; a plain bound means `at_least`."""
    weight: Name | None = None
    """Count this attribute of each person in place of heads, for instance `shares`."""
    distinct: Name = "person"
    """`person` (one head, one vote), `group` (at most one for each word of `from`), or an attribute of people
    (at most one for each of its values)."""
    stale_on: StaleOn | None = None
    """Which edits ask again for this leaf, in place of the policy's."""
    when: Condition | None = None
    """The leaf applies only while this holds."""
    exclude: tuple[Party, ...] | None = None
    """Separation of duties for this leaf, in place of the policy's."""
    title: Title | None = None
    """What people read in place of the names of the roles."""

    _proper = field_validator("at_least", "more_than", "at_most")(_share_is_proper)

    @property
    def bodies(self) -> tuple[str, ...]:
        return (self.from_,) if isinstance(self.from_, str) else self.from_


class After(Model):
    """Time has passed. Silence for so long, with `at_most: 0` of reject beside it, is lazy consensus."""

    after: Duration
    """How long: 72h, 5wd, 2w."""
    since: Literal["opened", "last_edit", "step_opened"] = "opened"
    """Since the round opened, since the last edit (or the opening), or since this step of `in_order` opened."""
    when: Condition | None = None
    title: Title | None = None


class Check(Model):
    """Something holds of the item, its criteria, or the tallies so far: `yes('council') > no('council')`."""

    check: Condition
    when: Condition | None = None
    title: Title | None = None


class AllOf(Model):
    """Every part is met, and (one_seat) no person fills two seats."""

    all: tuple[Rule, ...]
    one_seat: bool | None = None
    """One person fills one seat (the policy's setting when left out)."""
    when: Condition | None = None
    title: Title | None = None


class AnyOf(Model):
    """At least one part is met."""

    any: tuple[Rule, ...]
    when: Condition | None = None
    title: Title | None = None


class NOf(Model):
    """At least `n_of` of the parts in `of` are met."""

    n_of: Annotated[int, Key(ge=1, le=50)]
    of: tuple[Rule, ...]
    when: Condition | None = None
    title: Title | None = None


class InOrder(Model):
    """One part after the other: what is said before its step is open is recorded and set aside."""

    in_order: tuple[Rule, ...]
    one_seat: bool | None = None
    """One person fills one seat over all steps (the policy's setting when left out)."""
    when: Condition | None = None
    title: Title | None = None


class ForEach(Model):
    """The rule once for each entry of a list field: each function concerned, each named approver. All are met."""

    for_each: Name
    """The list field."""
    as_: Name = Key(default="each", alias="as")
    """The word that stands for the entry: `{each}` in `from`, `except`, `at` and `title` below."""
    rule: Rule
    one_seat: bool | None = None
    when: Condition | None = None
    title: Title | None = None


class Named(Model):
    """A rule by the name it has under `rules:`, with a guard of its own."""

    rule: Name
    when: Condition | None = None


_TELLING = (
    ("from", "votes"),
    ("from_", "votes"),
    ("after", "after"),
    ("check", "check"),
    ("all", "all"),
    ("any", "any"),
    ("n_of", "n_of"),
    ("in_order", "in_order"),
    ("for_each", "for_each"),
    ("rule", "named"),
)


def _telling_key(value: Any) -> str | None:
    if isinstance(value, str):
        return "name"
    keys = value if isinstance(value, dict) else getattr(type(value), "model_fields", {})
    return next((tag for key, tag in _TELLING if key in keys), None)


Rule = Annotated[
    Annotated[Name, Tag("name")]
    | Annotated[Votes, Tag("votes")]
    | Annotated[After, Tag("after")]
    | Annotated[Check, Tag("check")]
    | Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[NOf, Tag("n_of")]
    | Annotated[InOrder, Tag("in_order")]
    | Annotated[ForEach, Tag("for_each")]
    | Annotated[Named, Tag("named")],
    Discriminator(
        _telling_key,
        custom_error_type="rule_shape",
        custom_error_message="a rule is a name, or a mapping with one of: "
        "from, after, check, all, any, n_of, in_order, for_each, rule",
    ),
]

Combinator = AllOf | AnyOf | NOf | InOrder | ForEach

for _model in (AllOf, AnyOf, NOf, InOrder, ForEach):
    _model.model_rebuild()
