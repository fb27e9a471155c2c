"""Acts in a run: one is chosen, and the first of those who may take it, to come to it, takes it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import partial
from typing import TYPE_CHECKING

from gates.moves import Refusal, propose_act, title_of
from gates.simulate.clock import moment, seconds
from gates.simulate.course import Offer
from gates.simulate.plan import Plan

if TYPE_CHECKING:
    from gates.simulate.run import Run


def plan_act(run: Run) -> bool:
    """Choose the next act and when somebody takes it; when there is none, False, and `run` says why."""
    offers, why = run.course.choices(run.state, run.previous, run.item, run.now)
    if not offers:
        run.why = why
        return False
    weights = [run.course.weight(run.state, offer) for offer in offers]
    take(run, run.chance.choices(offers, weights)[0])
    return True


def take(run: Run, offer: Offer) -> None:
    """Somebody takes this act, when the first of them comes to it."""
    run.why = f"Waits for somebody to do “{title_of(offer.name, offer.act)}”."
    workers = run.plan.workers
    at, person = min((workers[one].answers_at(run.now, run.chance), one) for one in offer.people)
    run.later(at, partial(_act, run, offer, person, run.now))


def _act(run: Run, offer: Offer, person: str, asked: int) -> None:
    if not run.still_open(offer):
        return
    proposal = propose_act(
        run.plan.loaded,
        run.plan.machine,
        state=run.state,
        act=offer.name,
        person=person,
        item=run.item,
        roster=run.plan.company.roster(run.now),
        now=moment(run.now),
        previous=run.previous,
        around=None,
        reason="simulated",
        verdict=run.verdict,
    )
    if isinstance(proposal, Refusal):
        _refused(run, proposal, offer, person, asked)
        return
    run.say(f"{run.name(person)}: {title_of(offer.name, offer.act)}")
    if offer.act.to is None:
        run.touch()
        run.is_idle = not plan_act(run)
        return
    run.note_answer(person, _capacity(run.plan, offer, person, run.now), asked)
    run.follow(proposal)


def _refused(run: Run, refusal: Refusal, offer: Offer, person: str, asked: int) -> None:
    """Too early waits for the day; whoever lost the role leaves it to somebody else."""
    day = run.item.fields.get(offer.act.not_before or "")
    if refusal.code == "too-early" and isinstance(day, date):
        opens = seconds(datetime.combine(day, time(), UTC))
        run.later(run.plan.workers[person].time.after(opens, 1), partial(_act, run, offer, person, asked))
        return
    run.is_idle = not plan_act(run)


def _capacity(plan: Plan, offer: Offer, person: str, now: int) -> str:
    """The role or relation `person` takes the act by."""
    words = offer.act.by if isinstance(offer.act.by, tuple) else (offer.act.by,)
    held = {holding.role for holding in plan.company.roster(now).holdings if holding.person == person}
    roles = [word if isinstance(word, str) else word.role or "" for word in words]
    return next((role for role in roles if role in held), roles[0])
