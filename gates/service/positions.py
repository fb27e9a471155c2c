"""The positions a policy offers, as buttons: what they are called, whether they need a reason, what follows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from gates.items import PositionOffer
from gates.service.desk import Bound
from gates.service.moving import title_of_state
from policies.facts import ABSTAIN, RECUSE
from policies.model import Demand, Policy, PositionWord, is_refusal, meaning_of
from policies.phrases import joined, phrase, titled

FREE_OF_REASON = frozenset({"approve", "go"})
SHORTHAND = {"approve": "approved", "reject": "rejected"}
MOST_SHOWN = 3
ASIDE = {ABSTAIN: phrase("Abstain"), RECUSE: phrase("Recuse myself")}
"""Positions that need no declaration."""


def position_title(bound: Bound, policy: str, position: str) -> str:
    """What a position is called: `conditional_go` -> `Conditional go` unless the policy says otherwise."""
    word = bound.loaded.process.policies[policy].positions.get(position)
    return titled(word.title if word else None, position)


def position_offer(bound: Bound, round_row: Row[Any], position: str) -> PositionOffer | None:
    """One position (or an alias of it) as offered in a round; None when its policy has no such position."""
    position = bound.policy(round_row.policy).aliases.get(position, position)
    return next((offer for offer in position_offers(bound, round_row) if offer.name == position), None)


def position_offers(bound: Bound, round_row: Row[Any]) -> tuple[PositionOffer, ...]:
    """Every position of the round's policy, supporting ones first."""
    policy = bound.loaded.process.policies[round_row.policy]
    known = bound.policy(round_row.policy).positions
    offers = [_offer(bound, round_row, position) for position in known]
    offers.sort(key=lambda offer: (offer.refusal, not _is_plain(offer.name)))
    folded = len(offers) > MOST_SHOWN
    return tuple(
        PositionOffer(
            offer.name,
            offer.title,
            offer.reason_required,
            offer.refusal,
            offer.next,
            folded and place > 0 and offer.name not in policy.positions,
            offer.conditions,
            offer.meaning,
        )
        for place, offer in enumerate(offers)
    ) + tuple(_aside(policy, word, title) for word, title in ASIDE.items() if word not in known)


def _aside(policy: Policy, word: str, title: str) -> PositionOffer:
    """A way out for whoever should not vote; behind "More", with no weight of its own."""
    return PositionOffer(word, title, word == RECUSE, False, "", folded=True, meaning=meaning_of(policy, word))


def _is_plain(position: str) -> bool:
    return position in FREE_OF_REASON


def _offer(bound: Bound, round_row: Row[Any], position: str) -> PositionOffer:
    policy = bound.loaded.process.policies[round_row.policy]
    word = policy.positions.get(position)
    outcome = SHORTHAND.get(position, position)
    outcomes = policy.ordered_outcomes()
    refusal = is_refusal(outcome, outcomes[outcome]) if outcome in outcomes else not _is_plain(position)
    needs = word.reason == "required" if word and word.reason else not _is_plain(position)
    needs = needs or (word is not None and word.conditions is not None)
    state = bound.loaded.process.states.get(round_row.state)
    target = state.when.get(outcome) if state else None
    follows: str = phrase("If so decided, it goes to %(state)s.", state=title_of_state(bound, target)) if target else ""
    if word is not None and word.conditions is not None:
        write = phrase("Write each condition on a line of its own in the comment, or below it.")
        follows = joined([follows, write])
    title = position_title(bound, round_row.policy, position)
    means = meaning_of(policy, position)
    return PositionOffer(position, title, needs, refusal, follows, conditions=_demanded(word), meaning=means)


def _demanded(word: PositionWord | None) -> str:
    if word is None or word.conditions is None:
        return ""
    demand = word.conditions if isinstance(word.conditions, Demand) else Demand()
    asked = [name for name in ("owner", "due") if getattr(demand, name) == "required"]
    return " ".join(asked) or "words"
