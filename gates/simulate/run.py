"""One run: one item goes through its process on a virtual clock, by the same moves as in the register."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush
from random import Random

from gates.dues import due_of, step_applies
from gates.moves import Cause, Move, Refusal, propose_dependency, propose_timer
from gates.simulate.acts import plan_act
from gates.simulate.clock import DAY, moment, seconds
from gates.simulate.course import Course, Offer
from gates.simulate.item import shifted
from gates.simulate.plan import Plan
from gates.simulate.rounds import Round
from gates.simulate.stays import Answer, Result, Stay
from policies.durations import parse_duration
from policies.model import Conditions, State

MOST_STAYS = 300
"""States passed before a run is said to go round in circles."""


class Run:
    """One item under way."""

    def __init__(self, plan: Plan, course: Course, chance: Random) -> None:
        self.plan, self.course, self.chance = plan, course, chance
        self.now = plan.start
        self.item = plan.item
        self.previous: str | None = None
        self.end: str | None = None
        self.why = ""
        """Why it is not further, as things stand."""
        self.is_idle = False
        """Nobody could act when it was asked last."""
        self.is_stuck = False
        self.stays: list[Stay] = []
        self.story: list[tuple[int, str]] = []
        self._queue: list[tuple[int, int, int, bool, Callable[[], None]]] = []
        self._order = 0
        self._hope = 0
        self._filled_at = plan.start
        self._round: Round | None = None
        self._touched = 0

    @property
    def state(self) -> str:
        return self.stays[-1].state

    def go(self) -> Result:
        """Run to an end, to the horizon, or until nothing more can happen."""
        self._enter(self.plan.origin)
        self._look()
        while self._queue and self.end is None:
            at, _, stay, is_hope, do = heappop(self._queue)
            if stay != len(self.stays):
                continue
            if at > self.plan.until:
                break
            self.now = at
            self._hope -= is_hope
            do()
            self._look()
        return Result(tuple(self.stays), self.end, self.is_stuck, self.why, tuple(self.story))

    # -- what rounds and acts use --------------------------------------------------------------------

    def later(self, at: int, do: Callable[[], None], *, is_hope: bool = True) -> None:
        """`do` this at `at`, if the item is still in this stay then. `is_hope`: it may move the item."""
        self._order += 1
        self._hope += is_hope
        heappush(self._queue, (at, self._order, len(self.stays), is_hope, do))

    def follow(self, proposal: Move | Refusal) -> None:
        """Carry out a move; a refusal leaves the item where it is and says why."""
        if isinstance(proposal, Refusal):
            self.why = proposal.sentence
            return
        self.previous = self.state
        self._enter(proposal.to)

    def note_answer(self, person: str, capacity: str, asked: int) -> None:
        """This person's answer ends the stay."""
        self.stays[-1].last = Answer(person, capacity, asked)

    def still_open(self, offer: Offer) -> bool:
        """Whether the round, where the act waits for one, still says what opens it."""
        return self._round is None or self._round.opens(offer)

    @property
    def verdict(self) -> str | None:
        """What the open round says now."""
        return self._round.says if self._round is not None else None

    def say(self, text: str) -> None:
        """One line of the story."""
        self.story.append((self.now, text))

    def name(self, person: str) -> str:
        return self.plan.company.roster(self.now).name(person)

    # -- states --------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Nothing that may still come could move it: it is stuck, and only its ladder goes on."""
        if self.end is None and self._hope == 0 and not self.is_stuck:
            self.is_stuck = True
            self.say(f"Stuck: {self.why}")

    def _enter(self, name: str) -> None:
        if self.stays:
            self.stays[-1].until = self.now
        state = self.plan.loaded.process.states[name]
        self.stays.append(Stay(name, self.now))
        self.say(f"→ {self.plan.title(name)}")
        self._hope, self._round, self.why = 0, None, ""
        if state.end is not None:
            self.end = name
            return
        if len(self.stays) > MOST_STAYS:
            self.why = f"It goes round in circles: {MOST_STAYS} changes of state and no end."
            return
        if state.clears:
            self.item = shifted(self.item, state.clears, (self.now - self._filled_at) // DAY)
            self._filled_at = self.now
        self._set_clocks(state)
        self._begin(state)

    def _begin(self, state: State) -> None:
        for edge in self.plan.company.edges:
            if self.now < edge <= self.plan.until:
                self.later(edge, self._roster_changed)
        if state.round is not None:
            self._round = Round(self, state.round)
            self._round.judge()
            return
        if state.depends_on is not None:
            wait = self.plan.waits.get(self.state)
            self.why = "Waits for the items it depends on."
            self.later(self.plan.time.after(self.now, wait.draw(self.chance)) if wait else self.now, self._depend)
            if self.state not in self.plan.acts:
                return
        if state.conditions is not None:
            self._promise(state.conditions)
            return
        self._next_act()

    def _promise(self, conditions: Conditions) -> None:
        """The conditions are met when they are due, or after the wait that is given; they lapse where that is later."""
        wait, due = self.plan.waits.get(self.state), self._after(conditions.due)
        met = self.plan.time.after(self.now, wait.draw(self.chance)) if wait else due
        self.why = "Waits for its conditions to be met."
        if met > due and conditions.lapse.to is not None:
            self.later(due, partial(self._fire, "lapse"), is_hope=True)
        else:
            self.later(met, self._keep)

    def _keep(self) -> None:
        to = self.plan.machine.target(self.state, "dependency:conditions")
        assert to is not None
        self.follow(Move(self.state, to, Cause("dependency", "conditions")))

    def _depend(self) -> None:
        self.follow(propose_dependency(self.plan.loaded, self.plan.machine, state=self.state, states={}))

    def _roster_changed(self) -> None:
        if self._round is not None:
            self._round.judge()
        elif self.is_idle:
            self._next_act()

    def _next_act(self) -> None:
        self.is_idle = not plan_act(self)

    # -- clocks --------------------------------------------------------------------------------------

    def _after(self, duration: str) -> int:
        return seconds(parse_duration(duration).after(moment(self.now), self.plan.calendar))

    def _set_clocks(self, state: State) -> None:
        due = due_of(self.plan.loaded, self.state, self.item)
        if due is not None:
            self.stays[-1].due = self._after(due.within)
        for place, step in enumerate(state.ladder):
            self.later(self._after(step.after), partial(self._climb, place), is_hope=step.to is not None)
        if state.expires is not None and state.expires.after is not None:
            self.later(self._after(state.expires.after), partial(self._fire, "expires"), is_hope=True)
        self.touch()

    def touch(self) -> None:
        """Start the inactivity timer, or start it anew."""
        state = self.plan.loaded.process.states[self.state]
        if state.inactive is not None:
            self._touched += 1
            self.later(self._after(state.inactive.after), partial(self._sleep, self._touched))

    def _climb(self, place: int) -> None:
        if not step_applies(self.plan.loaded, self.state, place, self.item):
            return
        self.stays[-1].fired.append(place)
        if self.plan.loaded.process.states[self.state].ladder[place].to is not None:
            self._fire(str(place))

    def _sleep(self, touched: int) -> None:
        if touched == self._touched:
            self._fire("inactive")

    def _fire(self, name: str) -> None:
        self.say("The timer moves it")
        self.follow(propose_timer(self.plan.loaded, self.plan.machine, state=self.state, name=name))
