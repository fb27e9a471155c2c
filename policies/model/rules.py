"""The rule language: policies, outcomes, and the nodes of an approval tree.

Semantics: see docs/reference/policy-language.md. A rule is a mapping known by its one telling key
(`from`, `all`, `any`, `n_of`) or the name of an entry under `rules:`.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Tag, field_validator
from pydantic import Field as Key

from policies.model.base import Condition, Model, Name, Text, Title

Bound = (
    Annotated[int, Key(ge=0, le=1000)]
    | Annotated[str, Key(pattern=r"^(?:all|majority|[1-9][0-9]?%|100%|[1-9][0-9]{0,2}/[1-9][0-9]{0,2})$")]
)
"""A number of people, `all`, `majority`, a percentage or an exact fraction of the body."""


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


class Votes(Model):
    """How many of whom hold which position."""

    from_: Name | tuple[Name, ...] = Key(alias="from")
    """A role, a relation to the item (author, owner, …), or a list of them: the body asked."""
    at: str | None = None
    """`item.site`, or the name of one site. Left out: the role at any site."""
    except_: tuple[Name, ...] = Key(default=(), alias="except")
    """Roles or relations whose people are left out of the body."""
    position: Name = "approve"
    at_least: Bound | None = None
    more_than: Bound | None = None
    at_most: Bound | None = None
    of: Literal["roster", "cast"] = "roster"
    """What a share is a share of: everybody in the body, or those who have taken a position."""
    when: Condition | None = None
    exclude: tuple[Name, ...] | None = None
    """Separation of duties for this leaf, in place of the policy's."""
    title: Title | None = None

    @field_validator("at_least", "more_than", "at_most")
    @classmethod
    def _share_is_proper(cls, value: int | str | None) -> int | str | None:
        share = None if value is None else fraction_of(value)
        if share is not None and not 0 < share <= 1:
            raise ValueError(f"{value} is more than the whole body")
        return value

    @property
    def bodies(self) -> tuple[str, ...]:
        return (self.from_,) if isinstance(self.from_, str) else self.from_


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


class Named(Model):
    """A rule by the name it has under `rules:`, with a guard of its own."""

    rule: Name
    when: Condition | None = None


def _telling_key(value: Any) -> str | None:
    if isinstance(value, str):
        return "name"
    keys = value if isinstance(value, dict) else getattr(type(value), "model_fields", {})
    for key, tag in (("from", "votes"), ("from_", "votes"), ("all", "all"), ("any", "any")):
        if key in keys:
            return tag
    if "n_of" in keys:
        return "n_of"
    return "named" if "rule" in keys else None


Rule = Annotated[
    Annotated[Name, Tag("name")]
    | Annotated[Votes, Tag("votes")]
    | Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[NOf, Tag("n_of")]
    | Annotated[Named, Tag("named")],
    Discriminator(
        _telling_key,
        custom_error_type="rule_shape",
        custom_error_message="a rule is a name, or a mapping with one of: from, all, any, n_of, rule",
    ),
]


class Outcome(Model):
    """One thing the policy can say. The first outcome whose rule is met is the verdict."""

    rule: Rule
    counts: tuple[Name, ...] | None = None
    """Positions that support this outcome, in place of each leaf's own; for instance a plain `go`
    also supports `conditional_go`."""
    cap: Annotated[str, Key(pattern=r"^(?:100|[1-9]?[0-9])%$")] | None = None
    """The share of the amount this outcome may release."""
    refusal: bool | None = None
    """Whether this outcome is a refusal. Left out: `rejected`, `kill`, `hold`, `recycle` are."""
    title: Title | None = None


class PositionWord(Model):
    """How one position is offered to an approver."""

    title: Title | None = None
    reason: Literal["required", "optional"] | None = None
    """Left out: required unless the position is `approve` or `go`."""


class Signature(Model):
    """What a signature in this policy means, and the proof it takes."""

    meaning: Title = "Approved"
    """The meaning stated with the signature (21 CFR 11.50)."""
    proof: Literal["link", "secret"] = "secret"
    """`link`: typed full name, an acknowledgement. `secret`: the signer's own password."""


class Policy(Model):
    """A named set of outcomes that a round of approval is judged by."""

    title: Title | None = None
    description: Text | None = None
    """Approvers read this text."""
    question: Title | None = None
    """What the approver decides, in one sentence."""
    exclude: tuple[Name, ...] = ("author", "editors")
    """Separation of duties: these people do not count, in any rule below."""
    one_seat: bool = True
    stale_on: Literal["any_edit", "never"] | tuple[str, ...] = "any_edit"
    """Which edits ask again: of anything, of nothing, or of these fields and criteria.
    Rejections and holds survive an edit."""
    none_required: Text | None = None
    """The reason why nobody at all may be asked, when no rule applies."""
    signature: Signature = Signature()
    positions: dict[Name, PositionWord] = {}
    approve: Rule | None = None
    """Shorthand for the outcome `approved`."""
    reject: Rule | None = None
    """Shorthand for the outcome `rejected`, judged before `approved`."""
    outcomes: dict[Name, Outcome] = {}

    def ordered_outcomes(self) -> dict[str, Outcome]:
        """The outcomes in the order they are judged, shorthand written out."""
        if self.outcomes:
            return dict(self.outcomes)
        short = {"rejected": self.reject, "approved": self.approve}
        return {name: Outcome(rule=rule) for name, rule in short.items() if rule is not None}


REFUSALS = frozenset({"rejected", "kill", "hold", "recycle"})


def is_refusal(name: str, outcome: Outcome) -> bool:
    """Whether an outcome counts as a refusal, which a deadlock may still reach."""
    return name in REFUSALS if outcome.refusal is None else outcome.refusal


for _model in (AllOf, AnyOf, NOf, Outcome, Policy):
    _model.model_rebuild()
