"""Policies: ordered outcomes around approval trees, and everything said once for all of their rules."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as Key

from policies.model.base import Duration, Model, Name, Text, Title
from policies.model.following import Demand
from policies.model.rules import Party, Rule, StaleOn


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
    meaning: Title | None = None
    """What a signature given with it means, in place of the policy's own. Left out: `reject` means Rejected, `abstain`
    Abstained, `recuse` Recused; every other the meaning of the policy."""
    reason: Literal["required", "optional"] | None = None
    """Left out: required unless the position is `approve` or `go`."""
    aliases: tuple[Annotated[str, Key(min_length=1, max_length=40)], ...] = ()
    """Other words for it in logs and on the command line, for instance `+1`."""
    lifted_by: tuple[Party, ...] = ()
    """Who may lift somebody else's; its holder always may."""
    conditions: Literal["required"] | Demand | None = None
    """Such a position names what still has to be done; without that it is set aside. `required`: in words.
    `{owner: required, due: required}`: each condition names its owner and its day, and is signed with both."""


class Deadline(Model):
    """What happens when nothing is decided in time. What is said later is recorded and set aside."""

    in_: Duration = Key(alias="in")
    """How long after the round opened."""
    then: Name
    """`reject`, `escalate`, or an outcome of the policy. `approve` only with `silence`."""
    silence: Text | None = None
    """Why nobody's objection may count as everybody's consent."""


class Override(Model):
    """Somebody may decide over the heads of all; the record says so, and never that the rule was met."""

    by: Party | tuple[Party, ...]
    """Roles or relations."""
    reason: Literal["required", "optional"] = "required"


class Signature(Model):
    """What a signature in this policy means, and the proof it takes."""

    meaning: Title = "Approved"
    """The meaning stated with the signature (21 CFR 11.50)."""
    proof: Literal["link", "secret", "sso", "passkey"] = "secret"
    """The least proof that is taken, the weakest first. `link`: typed full name, an acknowledgement. `secret`: the
    signer's own password or one-time code. `sso`: a fresh single sign-on. `passkey`: bound to what is signed."""


class Policy(Model):
    """A named set of outcomes that a round of approval is judged by."""

    title: Title | None = None
    description: Text | None = None
    """Approvers read this text."""
    question: Title | None = None
    """What the approver decides, in one sentence."""
    exclude: tuple[Party, ...] = ("author", "editors")
    """Separation of duties: these people, and who stands in for them, do not count in any rule below."""
    one_seat: bool = True
    stale_on: StaleOn = "any_edit"
    """Which edits ask again: of anything, of nothing, or of these fields and criteria.
    Rejections and holds survive an edit."""
    except_by: tuple[Party, ...] = ()
    """Edits by these people ask nobody again."""
    settle: Literal["first", "live", "at_close"] = "first"
    """`first`: final once met. `live`: as things stand, until an act moves the item on. `at_close`: judged when
    the round closes, by time, by its chair, or when all have spoken."""
    chair: Party | None = None
    """Who may close the round and records who is present."""
    deadline: Deadline | None = None
    """By when it is decided, and what is decided otherwise."""
    override: Override | None = None
    """Who may decide over the heads of all."""
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


MEANINGS = {"reject": "Rejected", "abstain": "Abstained", "recuse": "Recused"}
"""What a signature means that approves nothing, whatever the policy is about."""


def meaning_of(policy: Policy, position: str) -> str:
    """What a signature with this position means (21 CFR 11.50(a)(3): review, approval, responsibility…)."""
    word = policy.positions.get(position)
    if word is not None and word.meaning is not None:
        return word.meaning
    return MEANINGS.get(position, policy.signature.meaning)


REFUSALS = frozenset({"rejected", "kill", "hold", "recycle"})


def is_refusal(name: str, outcome: Outcome) -> bool:
    """Whether an outcome counts as a refusal, which a deadlock may still reach."""
    return name in REFUSALS if outcome.refusal is None else outcome.refusal
