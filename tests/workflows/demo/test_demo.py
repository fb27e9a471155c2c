"""The demo: seeded once, walked by its guide, put forward in time, started and stopped cleanly; and the tour."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from starlette.testclient import TestClient

from gates.items import Actor
from gates.rejudge.judge import Judge
from gates.service import SignRequest
from workflows.clock import OffsetClock
from workflows.demo.run import DemoFolder, demo_settings, pages_for
from workflows.demo.seed import PASSWORD, seed
from workflows.errors import DriverError
from workflows.runtime.children import free_port
from workflows.web.app import create_app
from workflows.web.state import Pages
from workflows.wiring import wire

pytestmark = pytest.mark.slow


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    services = wire(demo_settings(tmp_path / "demo", 8123))
    seed(services)
    yield pages_for(services)
    services.close()


TUESDAY = datetime(2026, 8, 18, 6, 0, tzinfo=UTC)
"""A morning of a week that every plant of the story works."""


@pytest.fixture
def tuesday(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo is made on that day, whatever day it is: what it shows of working days is the same always."""
    monkeypatch.setattr(OffsetClock, "now", lambda clock: TUESDAY + clock.offset)


@pytest.fixture
def client(pages: Pages) -> Iterator[TestClient]:
    with TestClient(create_app(pages), base_url="http://127.0.0.1:8123", follow_redirects=False) as found:
        yield found


def hidden(html: str, action: str = "") -> dict[str, str]:
    """The hidden boxes of the form that leads to `action`."""
    start = html.index(f'action="{action}')
    return dict(
        re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html[start : html.index("</form>", start)])
    )


def test_the_story_so_far(pages: Pages) -> None:
    """Gates passed, conditional, recycled, on hold and being decided; changes, one with its review due; escalations;
    every record whole."""
    register = pages.services.register
    states = {line.key: line.state for line in register.items()}
    assert states == {
        "G2-LYON": "passed",
        "G3-LINZ": "conditional",
        "G2-MONTERREY": "preparation",
        "G3-LYON": "gate",
        "G4-LYON": "preparation",
        "G4-LINZ": "on-hold",
        "G2-SUZHOU": "gate",
        "ECR-0001": "implementation",
        "ECR-0002": "sign-off",
        "ECR-0003": "sign-off",
        "ECR-0004": "sign-off",
        "ECR-0005": "sign-off",
        "ESC-0001": "owned",
        "ESC-0002": "owned",
        "ESC-0003": "decision",
        "STD-0001": "in-force",
        "CHG-0001": "scheduled",
        "CHG-0002": "afterwards",
        "CHG-0003": "authorise",
        "CHG-0004": "request",
        "EMR-0001": "open",
    }
    assert [(one.item, one.owner, one.state) for one in register.conditions()] == [("G3-LINZ", "tom", "open")]
    assert all(step.ok for key in states for step in register.verify_record(key))
    assert len(register.people()) == 15
    assert register.unfilled_roles() == []


def test_the_guide_leads_through_the_story(pages: Pages, client: TestClient) -> None:
    """Each step is done by doing it, and the first page says what is next."""
    assert pages.demo is not None

    def done() -> list[bool]:
        return [step.done for step in pages.demo.guide()]

    assert done() == [False] * 5
    assert "Open Ana&#39;s mail and sign" in client.get("/").text
    register = pages.services.register
    for person, key in (
        ("ana", "ECR-0002"),
        ("ravi", "ECR-0002"),
        ("mei", "G3-LYON"),
        ("claire", "G3-LYON"),
        ("omar", "G3-LYON"),
    ):
        mails = client.get("/mailbox", params={"to": register.person(person).email}).text
        ids = re.findall(r'href="/mailbox/(\w+-\w+)"', mails)
        asking = next(i for i in ids if key in (page := client.get(f"/mailbox/{i}?view=text").text) and "/s/" in page)
        link = re.search(r"/s/[a-z2-7]{52}", client.get(f"/mailbox/{asking}?view=text").text)
        assert link is not None
        page = client.get(link[0]).text
        position = "approve" if key.startswith("ECR") else "go"
        form = {**hidden(page, link[0]), "position": position, "secret": PASSWORD, "meaning": "yes", "comment": ""}
        assert client.post(link[0], data=form).status_code == 303
    assert done() == [True, True, True, False, False]
    act_as = client.get("/").text
    client.post("/act-as", data={**hidden(act_as, "/act-as"), "person": "tom"})
    form = client.get("/items/ECR-0003/edit").text
    client.post(
        "/items/ECR-0003/edit",
        data={**hidden(form, "/items/ECR-0003/edit"), "title": "Label printer", "field.cost": "3100"},
    )
    assert done() == [True, True, True, True, False]
    assert register.item("ECR-0003").round.signed == 0


def test_the_time_machine_shows_what_happens_when_nobody_answers(pages: Pages, client: TestClient) -> None:
    """A day and a week: a reminder, a stand-in who sits and goes, the ladder, a lapse, an escalation that climbs, and a
    review that is late; each at its own minute, its mails in the mailbox, no mail twice, and the cards ticked."""
    assert pages.demo is not None
    register, machine = pages.services.register, pages.demo.time_machine
    before = pages.services.clock.now()
    page = client.get("/time").text
    # Three days of the story may be working days, and then its first step of a ladder has been taken already.
    assert {one.title for one in pages.demo.sights() if one.seen} <= {"The ladder"}
    client.post("/act-as", data={**hidden(client.get("/").text, "/act-as"), "person": "tom"})
    for by, length in (("day", 1), ("week", 8)):
        moved = client.post("/time", data={**hidden(page, "/time"), "by": by})
        assert (moved.status_code, pages.services.clock.now() - before >= timedelta(days=length)) == (303, True)
        page = client.get(moved.headers["location"]).text
        after = machine.offset
        assert (client.get(moved.headers["location"]).status_code, machine.offset) == (200, after)  # opened again
    assert {one.title: one.seen for one in pages.demo.sights()} == {
        "Reminders": True,
        "A stand-in": True,
        "More time": True,
        "A clock that stands still": True,
        "An escalation moves a gate": True,
        "And back": True,
        "The ladder": True,
        "A condition lapses": True,
        "An escalation": True,
        "A review that is late": True,
    }
    assert page.count("seen</span>") == 10
    escalations = [line.key for line in register.items() if line.process == "escalation"]
    assert len(escalations) > 3
    for key in ("ECR-0004", "ECR-0005", "G3-LYON", "G3-LINZ", "G2-SUZHOU", "G4-LINZ", "CHG-0002", *escalations):
        late = [
            line for line in register.read_record(key).bodies if b'"item:timer:fired"' in line and b'"folded"' in line
        ]
        assert not late, "nothing had to be folded: each was fired at its minute"
        assert all(step.ok for step in register.verify_record(key))
    assert register.item("G3-LINZ").line.state == "on-hold"
    raised = next(key for key, _ in register.item("G3-LYON").escalations)
    assert register.item(raised).owner == "sam", "it went up to the sponsor"
    mails = pages.services.mailbox.mails() if pages.services.mailbox else []
    numbers = [dict(mail.headers)["Message-ID"] for mail in mails]
    assert len(numbers) == len(set(numbers))
    assert client.get("/items").status_code == 200  # a week is longer than a session, yet Tom stays signed in
    daily = pages.services.mailbox.mails("lea.martin@demo.example") if pages.services.mailbox else []
    assert any(mail.subject.startswith("[Your day]") for mail in daily)
    assert not any(mail.subject.startswith("[Decided]") for mail in daily), "Léa wants those once a day"


def test_a_day_shows_a_clock_that_stands_still_more_time_and_a_gate_that_its_escalation_moves(
    tuesday: None, pages: Pages, client: TestClient
) -> None:
    """The gate of Suzhou is due later by the open time it stood still; the change has its first date beside the new
    one; the gate of Linz is taken up again by what the sponsor signed. All of it is permitted by the record."""
    assert pages.demo is not None
    register, page = pages.services.register, client.get("/time").text
    client.post("/act-as", data={**hidden(client.get("/").text, "/act-as"), "person": "pia"})
    still, due = register.clocks("G2-SUZHOU"), register.clocks("ECR-0005").due_at
    assert (still.paused_by, register.item("G4-LINZ").line.stands_still) == ("ESC-0002", "ESC-0003")
    assert "Its clocks stand still" in client.get("/items/G2-SUZHOU").text
    assert register.clocks("ECR-0005", "pia").may_answer
    client.post("/time", data={**hidden(page, "/time"), "by": "day"})
    gate = register.clocks("G2-SUZHOU")
    assert gate.paused_since is None
    assert still.due_at is not None
    assert gate.due_at is not None
    assert still.paused_since is not None
    (resumed,) = [line.at for line in register.item("G2-SUZHOU").timeline if line.kind == "item:clock:resumed"]
    # It stood still within Tuesday in Suzhou, and is due within Friday there both times: open days alone lie between.
    assert timedelta(hours=18) < resumed - still.paused_since < timedelta(hours=19)
    assert gate.due_at - still.due_at == resumed - still.paused_since
    days = [at.astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat() for at in (resumed, still.due_at, gate.due_at)]
    assert days == ["2026-08-18", "2026-08-21", "2026-08-21"]
    longer = register.clocks("ECR-0005")
    assert (longer.first_due_at, [one.settled_by for one in longer.granted]) == (due, ["Pia Sommer"])
    for path in ("/items/ECR-0005", "/items/ECR-0005/due", "/items"):
        assert re.search(r"\bwas (<time[^>]*>)?\w", client.get(path).text), path
    assert register.item("G4-LINZ").line.state == "gate"
    moved = max((one for one in register.item("G4-LINZ").timeline if one.kind == "item:moved"), key=lambda one: one.seq)
    assert "By the end of escalation ESC-0003." in moved.details
    page = client.get("/items/G4-LINZ").text
    assert '<p class="quiet">Escalation <a href="/items/ESC-0003">ESC-0003</a>: Closed.</p>' in page
    assert register.check_rebuilt().differences == []
    judge = Judge(register.process_by_digest)
    for key in ("G2-SUZHOU", "G4-LINZ", "ECR-0005", "ESC-0002", "ESC-0003"):
        judge.judge([json.loads(body) for body in register.read_record(key).bodies])
    assert judge.found.differences == []


def test_whoever_acts_before_the_time_machine_is_not_acted_for(pages: Pages) -> None:
    """Pia refuses the time, withdraws the escalation, and Sam says no: nobody of the story does it over."""
    assert pages.demo is not None
    register, pia = pages.services.register, Actor("pia", "web")
    due = register.clocks("ECR-0005").due_at
    register.refuse_time("ECR-0005", pia, "Three days are enough.")
    register.act("ESC-0002", "resolve", pia, "Lucía owns it.")
    ask = next(one for one in register.inbox("sam") if one.item.key == "ESC-0003")
    view = register.sign_view(ask.token)
    said = {"secret": PASSWORD, "typed_name": view.person.name, "comment": "Not now."}
    register.decide(SignRequest(ask.token, "reject", view.revision_digest, **said))
    pages.demo.time_machine.advance(timedelta(days=1))
    assert register.clocks("ECR-0005").due_at == due
    assert (register.item("ESC-0002").line.state, register.item("ESC-0003").line.state) == ("closed", "owned")
    assert register.item("G4-LINZ").line.state == "on-hold"


def test_the_boards_have_agendas(pages: Pages) -> None:
    """Each has something that is ready, and something that is not, with the reason and whose it is to do."""
    register = pages.services.register
    for title, ready, not_ready, why in (
        ("Change advisory board", "CHG-0003", "CHG-0004", "“Tested on a representative rig” is open"),
        ("Gate review", "G3-LYON", "G4-LYON", "“Cyber-security review closed” is open"),
    ):
        # By the day of the week on which the demo is made, it is the next one or the one after.
        boards = [register.meeting(line.key) for line in register.meetings() if line.title == title][:2]
        assert ready in {one.item.key for board in boards for one in board.agenda}
        (lacking,) = [one for one in boards[0].waiting if one.item.key == not_ready]
        said = " ".join(f"{lack.what} {lack.who}" for lack in lacking.lacks)
        assert why in said
        assert "Tom Berger" in said


def test_the_demo_s_pages_all_open(client: TestClient) -> None:
    """And a mail's HTML stands in a sandbox of its own."""
    page = client.get("/").text
    client.post("/act-as", data={**hidden(page, "/act-as"), "person": "pia"})
    for path in (
        "/",
        "/mailbox",
        "/inbox",
        "/items",
        "/items/G3-LYON",
        "/items/ESC-0001",
        "/processes/escalation",
        "/sign-in",
    ):
        assert client.get(path).status_code == 200, path
    first = re.search(r'href="(/mailbox/\w+-\w+)"', client.get("/mailbox").text)
    assert first is not None
    for view in ("html", "text", "headers"):
        assert client.get(f"{first[1]}?view={view}").status_code == 200
    assert "sandbox" in client.get(f"{first[1]}/html").headers["content-security-policy"]
    assert client.get("/mailbox/..%2Fdemo.json").status_code == 404


def test_a_folder_that_was_cut_off_while_seeding_is_seeded_anew(tmp_path: Path) -> None:
    """Nothing half done stays; a stranger's folder is never touched."""
    folder = DemoFolder(tmp_path / "demo")
    assert folder.claim(reset=False) is True
    (folder.path / "half").write_text("x")
    assert folder.claim(reset=False) is True
    assert not (folder.path / "half").exists()
    folder.note(seeded=True)
    assert folder.claim(reset=False) is False
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x").write_text("x")
    with pytest.raises(DriverError, match="holds no demo"):
        DemoFolder(tmp_path / "other").claim(reset=True)


def test_the_command_on_the_page_works_as_typed(
    pages: Pages, client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a terminal where the demo was started; it says the record is whole."""
    monkeypatch.chdir(tmp_path)
    page = create_page(pages, client)
    found = re.search(r"<code>(TOLLGATE_HOME=\S+ \S+ record verify ECR-0002)</code>", page)
    assert found is not None
    assert found[1].startswith("TOLLGATE_HOME=demo ")
    done = subprocess.run(["sh", "-c", found[1]], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert "The record of ECR-0002 is whole." in done.stdout, done.stderr


def create_page(pages: Pages, client: TestClient) -> str:
    """An item's page, of a demo started in the present folder."""
    with TestClient(
        create_app(pages_for(pages.services)), base_url="http://127.0.0.1:8123", follow_redirects=True
    ) as here:
        page = here.get("/").text
        here.post("/act-as", data={**hidden(page, "/act-as"), "person": "pia"})
        return here.get("/items/ECR-0002").text


def test_mails_lead_to_where_the_demo_is_served_now(tmp_path: Path) -> None:
    """They were written on another port."""
    services = wire(demo_settings(tmp_path / "demo", 8123))
    seed(services)
    services.close()
    services = wire(demo_settings(tmp_path / "demo", 8200))
    with TestClient(create_app(pages_for(services)), base_url="http://127.0.0.1:8200") as client:
        first = re.search(r'href="(/mailbox/\w+-\w+)"', client.get("/mailbox?to=ana.ruiz@demo.example").text)
        assert first is not None
        for view in ("?view=html", "?view=text", "/html"):
            text = client.get(f"{first[1]}{view}").text
            assert ":8123" not in text
        assert "http://127.0.0.1:8200/s/" in text
    services.close()


def test_a_second_demo_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    """Until the first has ended, however it ended."""
    folder = DemoFolder(tmp_path / "demo")
    with folder.hold():
        assert folder.claim(reset=False) is True
        with pytest.raises(DriverError, match="A demo runs on"), DemoFolder(tmp_path / "demo").hold():
            pass
        folder.note(seeded=True)
        assert folder.claim(reset=True) is True  # emptied, and still held
        with pytest.raises(DriverError, match="A demo runs on"), folder.hold():
            pass
    with folder.hold():
        pass


def start(folder: Path, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "workflows.cli.main", "demo", "--folder", str(folder), "--port", str(port)],
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    pytest.fail(f"{url} did not answer")


def children_of(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task/{process}/children")
    return [int(one) for one in found.read_text().split()] if found.exists() else []


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_stopping_the_demo_leaves_no_process_behind(tmp_path: Path, sign: signal.Signals) -> None:
    """Ctrl-C, a polite end, and even kill -9: the server and the worker end with it. Starting again keeps the data."""
    port = free_port()
    process = start(tmp_path / "demo", port)
    wait_for(f"http://127.0.0.1:{port}/")
    started = children_of(process.pid)
    assert len(started) == 2
    process.send_signal(sign)
    process.communicate(timeout=60)
    deadline = time.monotonic() + 30
    while any(is_running(one) for one in started) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not [one for one in started if is_running(one)]
    if sign is signal.SIGINT:
        again = start(tmp_path / "demo", port)
        wait_for(f"http://127.0.0.1:{port}/")
        again.send_signal(sign)
        _, said = again.communicate(timeout=60)
        assert "Seeding" not in said
        assert "1 thing to do now" in said


def is_running(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False


@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_the_tour_ends_well() -> None:
    """The whole story unattended: exit 0, every step with its duration, under two minutes."""
    done = subprocess.run(
        [sys.executable, "-m", "workflows.cli.main", "demo", "--tour", "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
        env={name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "TOLLGATE_"))},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told["ok"] is True
    assert told["seconds"] < 120
    notes = {step["step"]: step.get("note", "") for step in told["steps"]}
    assert list(notes)[-5:] == [
        "the record of ECR-0001 verified",
        "the record of G3-LYON verified",
        "every record exported as a bundle",
        "the bundle verified and judged again",
        "all tables worked out from the entries",
    ]
    assert notes["the bundle verified and judged again"].startswith("everything.zip holds: 2 items, ")
    assert notes["all tables worked out from the entries"].endswith("the tables hold the same")
    assert all(step["seconds"] >= 0 for step in told["steps"])
