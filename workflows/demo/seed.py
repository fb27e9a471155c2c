"""Seeds the demo: one program, told through the same acts that people take, on a clock that runs up to now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from gates.items import Actor
from gates.preferences import Preferences
from gates.promises import Promise, write
from gates.roster import RosterFile
from gates.service import Register, SignRequest
from gates.service.absences import Absence
from gates.signoff import enrol_token
from notifications.addresses import normal_address
from policies.library import library_names, library_text
from policies.load import build, read_document
from workflows.steps import carry_step, deliver_step, plan_step, sweep_step
from workflows.wiring import Services

PASSWORD = "tollgate demo"  # noqa: S105  (shown on every page of the demo)
PROGRAM = "MES 2027"
DOCS = "https://docs.demo.example"


@dataclass
class StoryClock:
    """A clock that is set by the story."""

    at: datetime

    def now(self) -> datetime:
        """The story's present."""
        return self.at


def demo_roster() -> RosterFile:
    """The demo's people."""
    text = (files("workflows.demo") / "roster.yaml").read_text(encoding="utf-8")
    return build(RosterFile, read_document(text, "roster.yaml"))


def stock(register: Register) -> None:
    """The shipped processes, the demo's people and their passwords."""
    seeder = Actor(None, "import", rule="demo")
    for name in library_names():
        register.publish_process(library_text(name), f"{name}.yaml", seeder)
    roster = demo_roster()
    register.import_roster(roster, {p: normal_address(line.email) for p, line in roster.people.items()}, seeder)
    first, second, *more = (one.id for one in register.officers())
    others = [person for person in roster.people if person not in (first, second, *more)]
    # Two officers last: once they can act nobody sets a password alone, and the third gets one from those two.
    for person in (*others, first, second):
        register.set_secret(person, PASSWORD, seeder, is_told=False)
    for person in more:
        request = register.request_proof(person, "password", "known in person", Actor(first, "web"))
        register.confirm_proof(request, Actor(second, "web"))
        register.enrol_password(enrol_token(request, register.link_key), PASSWORD)


def seed(services: Services) -> None:
    """Tell the story so far: a week of it, ending now."""
    present = services.clock.now()
    clock = StoryClock(present - timedelta(days=6))
    register = Register(services.store, clock, services.register.link_key, services.settings.address, services.faults)
    told = Story(replace(services, register=register, clock=clock), clock, present)
    stock(register)
    told.wishes()
    told.gates()
    told.plant_changes()
    told.changes()
    told.escalation()
    told.meetings()
    told.further_up()
    told.leave()


@dataclass
class Story:
    """The acts of the story, in words. It ends at `present`."""

    services: Services
    clock: StoryClock
    present: datetime

    @property
    def register(self) -> Register:
        return self.services.register

    def wait(self, **by: float) -> None:
        """Let time go by; what is due on the way happens at its minute."""
        goal = self.clock.at + timedelta(**by)
        while (due := self.register.next_timer()) is not None and self.clock.at < due < goal:
            self.clock.at = due
            self.carry()
        self.clock.at = goal

    def carry(self) -> None:
        """What the worker would do: fire what is due, carry what is owed, send the mails."""
        sweep_step(self.services)
        for owed in self.register.claim("carry", "story"):
            carry_step(self.services, owed.item_key)
            self.register.done(owed.id, receipt={"did": "carried while seeding"})
        deliver_step(self.services, self.register.claim("mail", "story"))

    def sign(self, person: str, key: str, position: str, comment: str = "") -> None:
        """Sign the way people do: through one's own link."""
        ask = next(one for one in self.register.inbox(person) if one.item.key == key)
        view = self.register.sign_view(ask.token)
        self.register.decide(
            SignRequest(
                ask.token,
                position,
                view.revision_digest,
                secret=PASSWORD,
                typed_name=view.person.name,
                comment=comment,
            )
        )
        self.wait(minutes=37)
        self.carry()

    def gate(self, gate: str, site: str, by: str, tranche: str, summary: str, needs: tuple[str, ...] = ()) -> str:
        """A gate with all its criteria met and submitted."""
        criteria = self._met("mes-site-rollout", gate)
        fields = {"gate": gate, "tranche": tranche, "summary": summary}
        title = f"{GATES[gate]}, MES {site}"
        actor = Actor(by, "web")
        key = self.register.create_item(
            "mes-site-rollout",
            title,
            actor,
            fields=fields,
            criteria=criteria,
            site=site,
            program=PROGRAM,
            project=f"MES {site}",
            owner="pia",
            depends_on=needs,
        )
        self.wait(hours=1)
        self.register.submit(key, actor)
        self.wait(minutes=20)
        self.carry()
        return key

    def _met(self, process: str, gate: str) -> dict[str, dict[str, Any]]:
        criteria = self.register.process(process).process.criteria
        return {
            name: {"met": True, "evidence": f"{DOCS}/{gate.lower()}/{name}" if one.evidence != "none" else ""}
            for name, one in criteria.items()
            if one.when is not None and f'"{gate}"' in one.when
        }

    def change(self, title: str, fields: Mapping[str, str], site: str) -> str:
        """A change request of Léa's colleagues, submitted and accepted for the fast track."""
        author = Actor("tom", "web")
        key = self.register.create_item(
            "engineering-change",
            title,
            author,
            fields={"track": "fast", "risk": "low", **fields},
            criteria={"impact": {"met": True, "evidence": f"{DOCS}/impact"}},
            site=site,
            program=PROGRAM,
            owner="lea",
        )
        self.wait(minutes=10)
        self.register.submit(key, author)
        self.wait(hours=2)
        self.register.act(key, "accept-fast", Actor("lea", "web"))
        self.carry()
        return key

    def wishes(self) -> None:
        """Léa wants what asks nothing of her once a day, and nothing at night that can wait."""
        wish = Preferences("daily", 8, "19:00", "07:00", days_off=True)
        self.register.set_preferences("lea", wish, Actor("lea", "web"))

    def gates(self) -> None:
        """Gates of three plants: passed, passed with conditions, recycled, and one being decided."""
        first = self.gate("G2", "Lyon", "tom", "60000", "Functional design agreed with all lines.")
        for person in ("mei", "claire", "nina", "omar"):
            self.sign(person, first, "go")
        self.wait(hours=9)
        linz = self.gate("G3", "Linz", "tom", "90000", "Acceptance passed, two class-B defects open.")
        for person in ("otto", "hans", "nina"):
            self.sign(person, linz, "conditional_go", self.promise("Close both class-B defects", "tom", 4))
        self.sign("pia", linz, "go")
        recycled = self.gate("G2", "Monterrey", "tom", "55000", "Interfaces to the ERP are still moving.")
        for person in ("otto", "lucia"):
            self.sign(person, recycled, "recycle", "The interface list is not stable enough to build on.")
        self.wait(hours=20)
        lyon = self.gate(
            "G3",
            "Lyon",
            "tom",
            "120000",
            "Acceptance passed at the vendor; no class-A defect open.",
            (first,),
        )
        self.sign("nina", lyon, "go")
        self.register.create_item(
            "mes-site-rollout",
            "Site acceptance and IQ/OQ, MES Lyon",
            Actor("tom", "web"),
            fields={"gate": "G4", "tranche": "110000", "summary": "Planned for after factory acceptance."},
            site="Lyon",
            program=PROGRAM,
            project="MES Lyon",
            owner="pia",
            depends_on=(lyon,),
        )

    def promise(self, text: str, owner: str, days: int) -> str:
        """A condition with who answers for it, and by which day from now on."""
        return write(Promise(text, owner, (self.present + timedelta(days=days)).date()))

    def changes(self) -> None:
        """Change requests: one through, one waiting for Ana and Ravi, one signed by Mei alone."""
        done = self.change(
            "Torque limit for station 12",
            {"reason": "Two screws stripped in May.", "cost": "4000", "drawing": "PR-112 rev C"},
            "Lyon",
        )
        for person in ("mei", "ana", "ravi"):
            self.sign(person, done, "approve")
        self.wait(hours=16)
        waiting = self.change(
            "New seal for pump P-17",
            {"reason": "The old seal swells in the new coolant.", "cost": "12500", "drawing": "D-4711 rev B"},
            "Lyon",
        )
        self.sign("mei", waiting, "approve", "Seal data sheet checked.")
        falls = self.change(
            "Label printer, second ribbon",
            {"reason": "Faded labels on cold days.", "cost": "2900", "drawing": "L-208"},
            "Lyon",
        )
        self.sign("mei", falls, "approve")

    def plant_changes(self) -> None:
        """A model of a standard change, a change under it, two for the change advisory board of which one is not ready,
        and an emergency whose review is due."""
        lea, tom = Actor("lea", "web"), Actor("tom", "web")
        model = self.register.create_item(
            "standard-change-model",
            "Monthly patches of the MES servers",
            lea,
            fields={
                "scope": "Servers of the MES; never controllers.",
                "steps": f"{DOCS}/patching",
                "back-out": "Snapshot taken before.",
                "history": "Twelve in a year, none taken back.",
            },
            site="Lyon",
            program=PROGRAM,
            owner="lea",
        )
        self.register.submit(model, lea)
        self.carry()
        for person in ("nina", "omar", "mei"):
            self.sign(person, model, "approve")
        plain = {"system": "MES Lyon", "plant": "yes", "risk": "low", "back-out": "Restore the snapshot."}
        patch = self._plant_change(
            "Patches of the month", {**plain, "type": "standard", "what": "Security patches.", "model": model}
        )
        self.register.act(patch, "use-model", tom)
        stopped = {**plain, "type": "emergency", "what": "Restart the order interface of line 3.", "risk": "medium"}
        urgent = self._plant_change("Orders do not reach line 3", stopped)
        self.register.act(urgent, "declare", tom)
        self.carry()
        for person in ("ravi", "omar"):
            self.sign(person, urgent, "approve")
        self.register.act(urgent, "deployed", tom)
        self.carry()
        self._for_the_board({**plain, "type": "normal", "risk": "medium"})

    def _for_the_board(self, fields: Mapping[str, str]) -> None:
        """One change that the change advisory board can decide, and one with two criteria to go."""
        ready = {
            "rig": {"met": True, "evidence": f"{DOCS}/label-rig"},
            "conflict": {"met": True, "evidence": ""},
            "safety": {"met": True, "evidence": f"{DOCS}/label-safety"},
            "supplier": {"met": True, "evidence": f"{DOCS}/label-supplier"},
        }
        what = {"what": "A rule for the label printers of line 2.", "not-doing": "Labels are printed by hand at night."}
        firewall = self._plant_change("Firewall rule for the label printers", {**fields, **what}, ready)
        self.register.submit(firewall, Actor("tom", "web"))
        self.carry()
        what = {"what": "Release 4.2 on the gateways of line 3.", "not-doing": "No security patches after March."}
        half = {**ready, "rig": {"met": False, "evidence": ""}, "supplier": {"met": False, "evidence": ""}}
        self._plant_change("New release of the line gateways", {**fields, **what}, half)

    def _plant_change(
        self, title: str, fields: Mapping[str, str], criteria: Mapping[str, Mapping[str, Any]] | None = None
    ) -> str:
        return self.register.create_item(
            "it-ot-change",
            title,
            Actor("tom", "web"),
            fields=fields,
            criteria=criteria,
            site="Lyon",
            program=PROGRAM,
            owner="lea",
        )

    def escalation(self) -> None:
        """A red escalation about the recycled gate, taken on by its owner."""
        key = self.register.raise_escalation(
            "G2-MONTERREY",
            "escalation",
            Actor("otto", "web"),
            title="ERP interface list not frozen",
            fields={
                "colour": "red",
                "impact": "Every week of delay costs the plant one line trial.",
                "decision-needed": "Freeze the interface list, or move the gate by a month.",
                "latest-date": (self.clock.now() + timedelta(days=10)).date().isoformat(),
                "options": "Freeze now; freeze with two open points; move the gate.",
            },
        )
        self.wait(hours=1)
        self.register.act(key, "own", Actor("pia", "web"))
        self.carry()

    def further_up(self) -> None:
        """Two escalations that wait for their end: one about a gate whose clocks stand still, one about a gate on hold,
        with the sponsor."""
        self._until_hours_before(14)
        held = self.gate("G4", "Linz", "tom", "85000", "IQ and OQ are planned for the week the line is free.")
        for person in ("hans", "otto"):
            self.sign(person, held, "hold", "The line runs a customer's order and cannot be stopped.")
        still = self.gate("G2", "Suzhou", "tom", "52000", "Functional design agreed but for customs.")
        self.sign("nina", still, "go")
        waits = self.register.raise_escalation(
            still,
            "escalation",
            Actor("lucia", "web"),
            title="Nobody owns the interface to customs",
            fields=self._escalated(
                "amber", "The design cannot be signed as a whole.", "Name the owner of the interface."
            ),
        )
        asks = self.register.raise_escalation(
            held,
            "escalation",
            Actor("tom", "web"),
            title="When may the line in Linz be stopped?",
            fields=self._escalated(
                "red",
                "Every week on hold moves the go-live by one.",
                "Stop the line for two nights and take the gate up.",
            ),
        )
        self.wait(minutes=30)
        for key in (waits, asks):
            self.register.act(key, "own", Actor("pia", "web"))
        self.wait(minutes=30)
        self.register.act(asks, "ask-decision", Actor("pia", "web"))
        self.carry()

    def _escalated(self, colour: str, impact: str, decision: str) -> dict[str, str]:
        """What an escalation says before the sponsor can be asked."""
        latest = (self.present + timedelta(days=10)).date().isoformat()
        options = "As asked for; wait for the next shut-down."
        return {
            "colour": colour,
            "impact": impact,
            "decision-needed": decision,
            "latest-date": latest,
            "options": options,
        }

    def _until_hours_before(self, hours: float) -> None:
        """Let time go by until so long before the end of the story."""
        self.wait(hours=max(0.0, (self.present - self.clock.at) / timedelta(hours=1) - hours))

    def leave(self) -> None:
        """A change that finance signs too, and Eva of finance on leave from this evening, with Hans in her place; and
        one that Tom asks more time for."""
        self._until_hours_before(6)
        waiting = self.change(
            "Guard for conveyor 4",
            {"reason": "Hands reach the belt.", "cost": "62000", "drawing": "G-4402"},
            "Lyon",
        )
        self.sign("mei", waiting, "approve")
        longer = self.change(
            "Torque logs kept ten years",
            {"reason": "A customer asks for it.", "cost": "2500", "drawing": "Q-019"},
            "Linz",
        )
        due = self.register.clocks(longer).due_at or self.clock.at
        self.register.ask_for_time(
            longer, Actor("tom", "web"), (due + timedelta(days=3)).date(), "The archive is measured on Friday."
        )
        self.carry()
        since = self.present.replace(minute=0, second=0, microsecond=0) + timedelta(hours=6)
        away = Absence("eva", since, since + timedelta(days=3), stand_in="hans")
        self.register.set_absence(away, Actor("eva", "web"))
        self.wait(seconds=max(0.0, (self.present - self.clock.at).total_seconds()))

    def meetings(self) -> None:
        """The gate review of the week, with the gate of Lyon on its agenda, and the change advisory board."""
        plan_step(self.services)
        self.carry()
        review = next(line for line in self.register.meetings() if line.title == "Gate review")
        why = "The plant plans its shutdown around it."
        self.register.ask_for_item(review.key, "G4-LYON", Actor("claire", "web"), why)


GATES = {
    "G2": "Functional design",
    "G3": "Factory acceptance",
    "G4": "Site acceptance and IQ/OQ",
}
