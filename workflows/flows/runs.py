"""The Prefect flows: each a list of steps that reads like the procedure. Prefect carries; the database decides.

A run carries a list (a flow run costs the same whatever it does), leaves artifacts an operator can read, and
never waits for a person. What a run works with is not serialisable, so it is handed over in a context variable
within the worker's process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from prefect import flow, tags
from prefect.artifacts import create_markdown_artifact
from prefect.events import emit_event
from prefect.runtime import flow_run

from gates.items import Owed
from gates.service.sealing import Sealed
from notifications.outbox import DeliveryReport
from policies.diagram import diagram_mermaid
from policies.errors import POISON
from policies.explain import verdict_as_markdown
from policies.facts import Person, Roster
from workflows.steps import CarryReport, SweepReport, carry_step, deliver_step, fault_of, seal_step, sweep_step
from workflows.wiring import Services

MOST_SHOWN = 20


@dataclass(frozen=True)
class _Hand:
    services: Services
    mails: Sequence[Owed] = ()


_hand: ContextVar[_Hand] = ContextVar("tollgate_hand")


@contextmanager
def handing(services: Services, mails: Sequence[Owed] = ()) -> Iterator[None]:
    """Hand the flows below what they work with."""
    token = _hand.set(_Hand(services, mails))
    try:
        yield
    finally:
        _hand.reset(token)


@flow(name="carry", flow_run_name="{label}", validate_parameters=False, retries=0)
def carry(keys: list[str], label: str) -> tuple[str, list[CarryReport]]:
    """review → sign-off → notify, for each of `keys`. Returns the run's id and what was done."""
    services = _hand.get().services
    reports = [carry_step(services, key) for key in keys]
    _show_items(services, label, reports)
    for report in reports:
        for sentence in report.moved:
            _say("tollgate.item.moved", report.key, sentence)
    return str(flow_run.id), reports


@flow(name="deliver", flow_run_name="{label}", validate_parameters=False, retries=0)
def deliver(mails: int, label: str) -> DeliveryReport:
    """Outbox → mail server, with receipts. `mails` is how many; which ones the worker hands over."""
    hand = _hand.get()
    if len(hand.mails) != mails:
        raise RuntimeError("the worker handed over other mails than it named")
    report = deliver_step(hand.services, hand.mails, str(flow_run.id))
    lines = "\n".join(f"- {said}" for said in report.said[:200])
    create_markdown_artifact(
        key="deliver",
        description=label,
        markdown=f"# {label}\n\n{report.sent} sent, {report.skipped} not needed any more, "
        f"{report.retried} to be tried again, {report.dead} given up.\n\n{lines}\n",
    )
    return report


@flow(name="sweep", flow_run_name="{label}", validate_parameters=False, retries=0)
def sweep(label: str, stuck: list[str] | None = None) -> SweepReport:
    """Due timers, lapsed leases, stuck items."""
    report = sweep_step(_hand.get().services, stuck)
    lines = [*report.fired, *report.failed, *(str(one) for one in report.carried)]
    create_markdown_artifact(
        key="sweep",
        description=label,
        markdown=f"# {report}\n\n" + "\n".join(f"- {line}" for line in lines[:200]) + "\n",
    )
    return report


@flow(name="seal", flow_run_name="{label}", validate_parameters=False, retries=0)
def seal(label: str) -> list[Sealed]:
    """Entries → positions in the log → a signed checkpoint."""
    done = seal_step(_hand.get().services)
    lines = [f"{one.entries:,} entries → {one.size:,}\n\n```\n{one.note}```" for one in done]
    create_markdown_artifact(key="seal", description=label, markdown="\n\n".join([f"# {label}", *lines]))
    return done


def run_carry(services: Services, keys: list[str], label: str, marks: list[str]) -> tuple[str, list[CarryReport]]:
    """A recorded run of `carry`, tagged for operators (process, program, kind)."""
    with handing(services), tags(*marks):
        return carry(keys, label)


def run_deliver(services: Services, mails: Sequence[Owed], label: str) -> DeliveryReport:
    """A recorded run of `deliver`."""
    with handing(services, mails), tags("mail"):
        return deliver(len(mails), label)


def run_sweep(services: Services, label: str, stuck: list[str] | None = None) -> SweepReport:
    """A recorded run of `sweep`."""
    with handing(services), tags("clock"):
        return sweep(label, stuck)


def run_seal(services: Services, label: str) -> list[Sealed]:
    """A recorded run of `seal`."""
    with handing(services), tags("record"):
        return seal(label)


def _say(event: str, key: str, sentence: str) -> None:
    emit_event(
        event=event,
        resource={"prefect.resource.id": f"tollgate.item.{key}", "prefect.resource.name": key},
        payload={"sentence": sentence},
    )


def _show_items(services: Services, label: str, reports: list[CarryReport]) -> None:
    rows = "\n".join(f"| {r.key} | {r.state} | {r.error or ' '.join(r.moved) or '–'} |" for r in reports[:200])
    parts = [f"# {label}\n\n| item | state | what happened |\n| --- | --- | --- |\n{rows}\n"]
    for report in reports[:MOST_SHOWN]:
        if not report.error:
            parts.append(_picture(services, report.key))
    create_markdown_artifact(key="carry", description=label, markdown="\n".join(parts))


def _picture(services: Services, key: str) -> str:
    """One item as it is now. What was carried is done, whether or not a picture of it can be made."""
    try:
        return _one_item(services, key)
    except POISON as error:
        return f"## {key}\n\n{fault_of(key, error)}\n"


def _one_item(services: Services, key: str) -> str:
    register = services.register
    view = register.item(key)
    process = register.process_by_digest(view.process_digest).process
    verdict = register.verdict(key)
    people = {ask.person: Person(ask.person, ask.name) for ask in view.round.asks} if view.round else {}
    tree = verdict_as_markdown(verdict, Roster(people)) if verdict else view.waiting_for
    url = f"{services.settings.address}/items/{key}"
    chart = diagram_mermaid(process, view.line.state)
    return f"## [{key}]({url}) {view.line.title}\n\n{tree}\n\n```mermaid\n{chart}\n```\n"
