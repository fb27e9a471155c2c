"""Passkeys in a real browser with a virtual authenticator: set up, signed with through a mail link, and attacked."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from forging import Forged, operator_forges
from playwright.sync_api import Browser, CDPSession, Page
from proofs import asking, entries, named_world, one_time_link, served
from sqlalchemy import select
from world import LOG_KEY, World

from gates.errors import ProofFailed, RegisterError
from gates.ledger.proof.steps import verify_bundle
from gates.service import SignRequest
from gates.service.exporting import Choice
from gates.service.passkeys import to_bytes, to_text
from gates.store.proof_tables import intents
from policies.canonical import canonical
from workflows.steps import seal_step

VERIFY = Path(__file__).parents[3] / "docs" / "compliance" / "verify.py"
pytestmark = [pytest.mark.slow, pytest.mark.browser]


@dataclass
class Signer:
    """Ana at her browser, with an authenticator of hers."""

    world: World
    site: str
    page: Page
    cdp: CDPSession
    authenticator: str

    def verified(self, is_verified: bool) -> None:
        self.cdp.send(
            "WebAuthn.setUserVerified", {"authenticatorId": self.authenticator, "isUserVerified": is_verified}
        )

    def enrol(self) -> None:
        token = one_time_link(self.world, "ana", "passkey")
        self.page.goto(f"{self.site}/enrol/{token}")
        self.page.get_by_role("button", name="Make a passkey").click()
        self.page.get_by_role("heading", name="Set up").wait_for()

    def choose(self, token: str, comment: str = "") -> None:
        self.page.goto(f"{self.site}/s/{token}")
        self.page.get_by_role("radio", name="Approve").check()
        self.page.get_by_label("Comment").fill(comment)
        self.page.get_by_label("My signature means").check()

    def press(self) -> None:
        self.page.get_by_role("button", name="Sign with your passkey").click()

    def ask(self, question: dict[str, Any]) -> str:
        """The authenticator's answer to a question, without any of our script."""
        return self.page.evaluate(
            "async q => JSON.stringify((await navigator.credentials.get("
            "{publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(q)})).toJSON())",
            question,
        )

    def answer(self, token: str, position: str = "approve", comment: str = "", **more: Any) -> SignRequest:
        """A request as the page would send it, with a genuine answer for exactly that."""
        asked = self.request(token, position, comment, **more)
        self.page.goto(f"{self.site}/s/{token}")
        return replace(asked, assertion=self.ask(json.loads(self.world.register.intend(asked))))

    def request(self, token: str, position: str = "approve", comment: str = "", **more: Any) -> SignRequest:
        digest = self.world.register.sign_view(token).revision_digest
        return SignRequest(token, position, digest, comment=comment, way="passkey", **more)


@pytest.fixture
def ana(sqlite_url: str, browser: Browser) -> Iterator[Signer]:
    world, port = named_world(sqlite_url)
    with served(world, port) as site:
        context = browser.new_context(viewport={"width": 390, "height": 844})
        page = context.new_page()
        cdp = context.new_cdp_session(page)
        cdp.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        signer = Signer(world, site, page, cdp, made["authenticatorId"])
        signer.enrol()
        yield signer
        context.close()
    world.close()


def refused(signer: Signer, key: str, request: SignRequest, code: str) -> None:
    """Refused, with nothing decided, and on the record."""
    before = signer.world.kinds(key).count("item:decision:recorded")
    with pytest.raises(ProofFailed):
        signer.world.register.decide(request)
    assert signer.world.kinds(key).count("item:decision:recorded") == before
    assert entries(signer.world, key, "item:decision:refused")[-1]["data"]["code"] == code
    assert signer.world.is_whole(key)


def test_a_passkey_signs_through_a_mail_link_and_anybody_can_check_it(ana: Signer) -> None:
    """The challenge is the hash of the intent; entry and enrolment hold all that a check needs
    (P11-15, P11-17, P11-24, EID-1, EID-2, EID-3, A11-12)."""
    key = asking(ana.world, "passkey")
    ana.choose(ana.world.link_in(ana.world.mails("ana@example.com", key)[-1]), "Seal\nchecked")
    ana.press()
    ana.page.wait_for_url("**/receipt")
    text = ana.page.inner_text("main")
    for words in ("L3, passkey", "Ana Ruiz, Engineering", "Europe/Paris", "UTC"):
        assert words in text
    data = entries(ana.world, key, "item:decision:recorded")[-1]["data"]
    evidence, (enrolled,) = data["evidence"], entries(ana.world, "@access", "person:proof:enrolled")
    assert (data["level"], data["proof"], data["zone"]) == ("L3", "passkey", "Europe/Paris")
    assert data["local_time"].endswith("+02:00")
    assert enrolled["data"]["public_key"] == evidence["public_key"]
    assert enrolled["data"]["credential"] == evidence["credential"]
    check_alone(evidence, data)
    assert ana.world.is_whole(key)


def check_alone(evidence: dict[str, Any], data: dict[str, Any]) -> None:
    """The check that needs nobody: only the entry, `cryptography` and the format."""
    from cbor2 import loads
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    challenge = hashlib.sha256(b"tollgate/intent/v1\0" + canonical(evidence["intent"])).digest()
    client, authenticator = to_bytes(evidence["client_data"]), to_bytes(evidence["authenticator_data"])
    assert json.loads(client)["challenge"] == to_text(challenge)
    assert json.loads(client)["origin"] == evidence["origin"]
    assert authenticator[:32] == hashlib.sha256(evidence["rp_id"].encode()).digest()
    assert authenticator[32] & 0x05 == 0x05
    assert evidence["algorithm"] == -8
    key = Ed25519PublicKey.from_public_bytes(loads(to_bytes(evidence["public_key"]))[-2])
    key.verify(to_bytes(evidence["signature"]), authenticator + hashlib.sha256(client).digest())
    comment = hashlib.sha256(b"tollgate/comment/v1\0" + data["comment"].encode()).hexdigest()
    assert evidence["intent"]["comment_digest"] == comment
    for name in ("round", "revision", "revision_digest", "process_digest", "position", "meaning", "capacity", "person"):
        assert evidence["intent"][name] == data[name]


def test_each_decision_has_a_challenge_of_its_own(ana: Signer) -> None:
    """Approve and reject never share one, nor do two askings of the same."""
    token = ana.world.token("ana", asking(ana.world, "passkey", f"{TWO_WAYS}"))
    asked = [("approve", ""), ("reject", "no"), ("approve", ""), ("approve", "a comment")]
    found = {json.loads(ana.world.register.intend(ana.request(token, *one)))["challenge"] for one in asked}
    assert len(found) == 4


TWO_WAYS = """reject: {from: engineering, position: reject, at_least: 2}
approve: {from: engineering, at_least: 2}"""


def test_an_answer_counts_once(ana: Signer) -> None:
    """Replay: refused, also after the decision was taken back."""
    key = asking(ana.world, "passkey", TWO_WAYS)
    token = ana.world.token("ana", key)
    request = ana.answer(token)
    ana.world.register.decide(request)
    refused(ana, key, request, "used-intent")


def test_an_answer_for_one_record_is_none_for_another(ana: Signer) -> None:
    """Swapped record: what was signed for one item does not sign another (P11-17)."""
    first, second = (asking(ana.world, "passkey", TWO_WAYS, name) for name in ("example", "other"))
    request = ana.answer(ana.world.token("ana", first))
    token = ana.world.token("ana", second)
    digest = ana.world.register.sign_view(token).revision_digest
    refused(ana, second, replace(request, token=token, shown_digest=digest), "unknown-intent")


def test_a_flipped_decision_is_refused(ana: Signer) -> None:
    """Signed for approval, sent as rejection; or with another comment."""
    key = asking(ana.world, "passkey", TWO_WAYS)
    request = ana.answer(ana.world.token("ana", key), comment="as agreed")
    refused(ana, key, replace(request, position="reject"), "changed-intent")
    refused(ana, key, replace(request, comment="as never agreed"), "changed-intent")
    assert ana.world.register.decide(request).level == "L3"


def test_an_edited_meaning_is_refused(ana: Signer) -> None:
    """Whoever edits the intent on file changes its hash, and the signature no longer fits."""
    key = asking(ana.world, "passkey")
    request = ana.answer(ana.world.token("ana", key))
    with ana.world.store.writing() as connection:
        row = connection.execute(select(intents)).one()
        body = canonical({**json.loads(row.body), "meaning": "Approved for everything"})
        connection.execute(intents.update().values(body=body))
    refused(ana, key, request, "changed-intent")


def test_an_edit_while_the_page_is_open_is_refused(ana: Signer) -> None:
    """The revision that was shown is what was signed; another one is shown again, not signed (promise 3)."""
    key = asking(ana.world, "passkey")
    request = ana.answer(ana.world.token("ana", key))
    ana.world.register.edit_item(key, ana.world.by("dan"), title="Another example", fields={"cost": "5"})
    with pytest.raises(RegisterError):
        ana.world.register.decide(request)
    assert "item:decision:recorded" not in ana.world.kinds(key)


def test_a_user_who_was_not_verified_signs_nothing(ana: Signer) -> None:
    """The authenticator must have checked who holds it (P11-24); in the page the browser refuses already."""
    key = asking(ana.world, "passkey")
    token = ana.world.token("ana", key)
    ana.verified(False)
    ana.choose(token)
    ana.press()
    ana.page.get_by_text("The passkey was not used").wait_for()
    question = json.loads(ana.world.register.intend(ana.request(token)))
    question["userVerification"] = "discouraged"
    refused(ana, key, replace(ana.request(token), assertion=ana.ask(question)), "unverified-user")


def test_a_look_alike_gets_nothing(ana: Signer, browser: Browser) -> None:
    """Another origin may not ask for our name; an answer from one is refused here too."""
    key = asking(ana.world, "passkey")
    token = ana.world.token("ana", key)
    question = json.loads(ana.world.register.intend(ana.request(token)))
    port = ana.site.rsplit(":", 1)[1]
    ana.page.goto(f"http://127.0.0.1:{port}/health")
    with pytest.raises(Exception, match="SecurityError|effective domain|relying party|not a valid domain"):
        ana.ask(question)
    genuine = ana.answer(token)
    raw = json.loads(genuine.assertion)
    client = json.loads(to_bytes(raw["response"]["clientDataJSON"]))
    client["origin"] = "http://localhost.evil.example"
    raw["response"]["clientDataJSON"] = base64.urlsafe_b64encode(json.dumps(client).encode()).decode().rstrip("=")
    refused(ana, key, replace(genuine, assertion=json.dumps(raw)), "wrong-origin")


def test_a_lost_passkey_signs_no_more(ana: Signer) -> None:
    """De-authorised at once, on the record, with a fresh link by mail (P11-27)."""
    key = asking(ana.world, "passkey")
    old = ana.world.token("ana", key)
    request = ana.answer(old)
    (passkey,) = [one for one in ana.world.register.proofs_of("ana") if one.kind == "passkey"]
    ana.world.register.report_lost("ana", passkey.id, ana.world.by("ana"), "left on the train")
    with pytest.raises(RegisterError):
        ana.world.register.decide(request)
    ana.world.carry()
    fresh = ana.world.link_in(ana.world.mails("ana@example.com", "Fresh link")[-1])
    assert fresh != old
    ana.page.goto(f"{ana.site}/s/{fresh}")
    assert "You cannot sign this yet" in ana.page.inner_text("main")
    assert "two of them set it up with you" in ana.page.inner_text("main")


def test_a_passkey_may_be_chosen_over_a_password(ana: Signer) -> None:
    """The least that meets the policy is asked first; the stronger one is a link away, and is what the record says."""
    key = asking(ana.world, "secret")
    token = ana.world.token("ana", key)
    ana.page.goto(f"{ana.site}/s/{token}")
    assert ana.page.get_by_label("Your password").is_visible()
    ana.page.get_by_role("link", name="Use your passkey instead").click()
    ana.page.get_by_role("radio", name="Approve").check()
    ana.page.get_by_label("My signature means").check()
    ana.press()
    ana.page.wait_for_url("**/receipt")
    assert entries(ana.world, key, "item:decision:recorded")[-1]["data"]["level"] == "L3"


def test_a_decision_is_taken_back_with_the_passkey(ana: Signer) -> None:
    """The same proof as for deciding, bound to the taking back."""
    key = asking(ana.world, "passkey", TWO_WAYS)
    token = ana.world.token("ana", key)
    ana.world.register.decide(ana.answer(token))
    ana.page.goto(f"{ana.site}/s/{token}/receipt")
    ana.page.get_by_text("Take it back").first.click()
    ana.page.get_by_label("Reason").fill("A mistake")
    ana.page.get_by_role("button", name="Take it back").click()
    ana.page.get_by_text("Taken back").first.wait_for()
    data = entries(ana.world, key, "item:decision:withdrawn")[-1]["data"]
    assert (data["level"], data["reason"]) == ("L3", "A mistake")
    assert data["evidence"]["intent"]["position"] == "(take back)"


def test_a_passkey_s_signature_is_checked_from_a_bundle_alone(ana: Signer, tmp_path: Path) -> None:
    """Exported and verified offline by the one file of the documentation; moved to another record, or with anything it
    agreed to changed, refused (PR-08, P11-17, I6)."""
    first, second = (asking(ana.world, "passkey", name=name) for name in ("example", "other"))
    for key in (first, second):
        ana.world.register.decide(ana.answer(ana.world.token("ana", key), comment="Seal\nchecked"))
    seal_step(ana.world.services)
    data = ana.world.register.export(Choice((first, second)), site="X", complete=True)[1]
    bundle = tmp_path / "passkey.zip"
    bundle.write_bytes(data)
    for verify in ((sys.executable, "-I", "-S"), (sys.executable,)):  # without and with the package cryptography
        done = subprocess.run([*verify, str(VERIFY), str(bundle)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "2 of 2 decisions by a passkey" in done.stdout
    honest = Forged(data)
    ours, theirs = (signature(honest.entries(key)) for key in (first, second))
    for change in (
        {"evidence": theirs["evidence"]},
        {"position": "reject"},
        {"meaning": "Seen"},
        {"comment": "Seal\nchecked, perhaps"},
        {"evidence": {**ours["evidence"], "signature": theirs["evidence"]["signature"]}},
        {"evidence": {**ours["evidence"], "public_key": ours["evidence"]["public_key"][:-2] + "AA"}},
        {"evidence": {"kind": "password"}},
    ):
        register = operator_forges(
            Path(str(ana.world.store.engine.url.database)),
            tmp_path,
            lambda entry, to=change: entry["data"].update(to) if is_of(entry, first) else None,  # type: ignore[misc]
            LOG_KEY,
        )
        forged = register.export(Choice((first,)), site="X")[1]
        outcome = verify_bundle(io.BytesIO(forged))
        assert outcome.steps[-1].number == 12, (change, outcome.steps[-1])
        assert not outcome.ok


def is_of(entry: dict[str, Any], key: str) -> bool:
    return entry["kind"] == "item:decision:recorded" and entry["chain"] == key


def signature(said: list[dict[str, Any]]) -> dict[str, Any]:
    return next(one for one in said if one["kind"] == "item:decision:recorded")["data"]
