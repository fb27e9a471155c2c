"""Single sign-on against a real provider: signed with, and attacked (level L2)."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page
from proofs import asking, entries, named_world, one_time_link, served
from world import SetClock, World

from gates.service import Begun, SignRequest
from gates.store.proof_tables import proofs
from workflows.runtime.children import free_port
from workflows.single_sign_on import SingleSignOn

sys.path.insert(0, str(Path(__file__).parent))

from provider import CLIENT, SECRET, Someone, provider

pytestmark = [pytest.mark.slow]
HERE = Path(__file__).parent
TWO = "approve: {from: engineering, at_least: 2}"


@dataclass
class Site:
    """A site that trusts a real provider."""

    world: World
    address: str
    sso: SingleSignOn

    def begin(self, key: str, person: str = "ana", browser: str = "b", comment: str = "") -> Begun:
        token = self.world.token(person, key)
        digest = self.world.register.sign_view(token).revision_digest
        return self.world.register.begin_sign_on(
            SignRequest(token, "approve", digest, way="sso", browser=browser, comment=comment)
        )

    def refusals(self, key: str) -> list[str]:
        return [one["data"]["code"] for one in entries(self.world, key, "item:decision:refused")]

    def enrol(self, person: str, subject: str) -> None:
        """Put an account on file, as an enrolment leaves it."""
        row = {"id": f"sso-{person}", "person": person, "kind": "sso", "enrolled_at": self.world.clock.now()}
        with self.world.store.writing() as connection:
            connection.execute(proofs.insert().values(**row, issuer=self.sso.issuer, subject=subject))


@pytest.fixture
def site(sqlite_url: str) -> Iterator[Site]:
    port = free_port()
    address = f"http://localhost:{port}"
    with provider(f"{address}/sso/return") as issuer:
        world, _ = named_world(sqlite_url, port, issuer=issuer, clock=SetClock(datetime.now(UTC)))
        settings = {"oidc_issuer": issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
        with served(world, port, **settings):
            yield Site(world, address, SingleSignOn(world.services.settings))
        world.close()


def test_the_package_lock_holds_hashes_and_no_addresses() -> None:
    """Every package has a version and a hash; none says where it is fetched."""
    text = (HERE / "package-lock.json").read_text(encoding="utf-8")
    packages = {name: one for name, one in json.loads(text)["packages"].items() if name}
    assert "://" not in text
    assert [name for name, one in packages.items() if not one["integrity"].startswith("sha512-")] == []
    assert packages["node_modules/oidc-provider"]["version"] in (HERE / "package.json").read_text()


def at_provider(page: Page, account: str, *, agrees: bool) -> None:
    page.get_by_placeholder("Enter any login").fill(account)
    page.get_by_placeholder("and password").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    if agrees:
        page.get_by_role("button", name="Continue").click()


def test_an_account_is_set_up_and_signs_after_a_fresh_sign_on(site: Site, browser: Browser) -> None:
    """Two officers, a one-time link, a sign-on; then from the mail through the provider to the receipt, without a
    script. The comment is kept here meanwhile and shown again (A11-12)."""
    token = one_time_link(site.world, "ana", "sso")
    key = asking(site.world, "sso")
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{site.address}/enrol/{token}")
    page.get_by_role("button", name="Sign on").click()
    at_provider(page, "ana.ruiz", agrees=True)
    page.get_by_role("button", name="Use it").click()
    page.get_by_text("Set up, on the record").wait_for()
    page.goto(f"{site.address}/s/{site.world.token('ana', key)}")
    page.get_by_role("radio", name="Approve").check()
    page.get_by_label("Comment").fill("As agreed in Lyon")
    page.get_by_label("My signature means").check()
    page.get_by_role("button", name="Sign on and sign").click()
    at_provider(page, "ana.ruiz", agrees=False)
    page.get_by_role("heading", name="Approve").wait_for()
    assert page.get_by_text("As agreed in Lyon").is_visible()
    assert "item:decision:recorded" not in site.world.kinds(key)
    page.get_by_role("button", name="Sign").click()
    page.wait_for_url("**/receipt")
    assert page.get_by_text("L2, fresh single sign-on").is_visible()
    context.close()
    data = entries(site.world, key, "item:decision:recorded")[-1]["data"]
    evidence = data["evidence"]
    assert (data["level"], data["comment"], evidence["subject"]) == ("L2", "As agreed in Lyon", "ana.ruiz")
    assert set(evidence) == {"kind", "issuer", "subject", "auth_time", "id_token_digest"}
    assert site.world.is_whole(key)


def test_somebody_else_s_account_signs_nothing(site: Site) -> None:
    """The subject has to be the one that is enrolled for the person."""
    site.enrol("ana", "ana.ruiz")
    key = asking(site.world, "sso")
    answer = httpx.get(Someone("mallory").sign_on(site.sso.address(site.begin(key))))
    assert answer.status_code == 422
    assert "Somebody else signed on" in answer.text
    assert site.refusals(key) == ["wrong-subject"]


def test_an_old_session_at_the_provider_is_not_fresh(site: Site) -> None:
    """Whoever takes the demand for a fresh sign-on out of the address gets an old one, which is refused."""
    site.enrol("ana", "ana.ruiz")
    key = asking(site.world, "sso")
    ana = Someone("ana.ruiz")
    ana.sign_on(site.sso.address(site.begin(key)))
    site.world.clock.move_on(minutes=3)
    address = site.sso.address(site.begin(key)).replace("&prompt=login", "")
    assert "did not ask for a fresh" in httpx.get(ana.sign_on(address.replace("max_age=0", "max_age=99999"))).text
    address = site.sso.address(site.begin(key)).replace("&prompt=login", "")
    assert "does not hold (no auth time)" in httpx.get(ana.sign_on(address.replace("&max_age=0", ""))).text
    assert site.refusals(key) == ["stale-sign-on", "no-auth-time"]


def test_an_answer_to_another_question_is_refused(site: Site) -> None:
    """The nonce is that of the very question."""
    site.enrol("ana", "ana.ruiz")
    key = asking(site.world, "sso")
    address = re.sub(r"nonce=\w+", f"nonce={'0' * 64}", site.sso.address(site.begin(key)))
    assert httpx.get(Someone("ana.ruiz").sign_on(address)).status_code == 422
    assert site.refusals(key) == ["wrong-nonce"]


def test_a_code_counts_once_and_for_its_own_question(site: Site) -> None:
    """The same return twice; and the code of one sign-on brought back with the state of another (PKCE)."""
    site.enrol("ana", "ana.ruiz")
    key = asking(site.world, "sso")
    returned = Someone("ana.ruiz").sign_on(site.sso.address(site.begin(key)))
    assert httpx.get(returned).status_code == 200
    assert httpx.get(returned).status_code == 422
    first, second = site.begin(key), site.begin(key)
    code = Someone("ana.ruiz").sign_on(site.sso.address(first))
    assert httpx.get(code.replace(first.state, second.state)).status_code == 422
    assert site.refusals(key) == ["used-sign-on", "code-refused"]


def test_a_state_that_nobody_was_given_leaves_no_entry(site: Site) -> None:
    """Strangers are told no, and write nothing into the record."""
    before = entries(site.world, "@access")
    assert httpx.get(f"{site.address}/sso/return?state=guess&code=guess").status_code == 422
    assert httpx.get(f"{site.address}/sso/guess").status_code == 422
    assert entries(site.world, "@access") == before


def test_looking_at_the_way_back_uses_nothing_up(site: Site) -> None:
    """HEAD by a scanner of the browser's history does not take the return."""
    site.enrol("ana", "ana.ruiz")
    key = asking(site.world, "sso")
    returned = Someone("ana.ruiz").sign_on(site.sso.address(site.begin(key)))
    assert httpx.head(returned).status_code == 200
    assert httpx.get(returned).status_code == 200


def test_what_comes_back_completes_what_was_begun_and_nothing_else(site: Site) -> None:
    """In the browser it was begun in, once; and not after the content changed (promise 3)."""
    from gates.errors import RegisterError

    site.enrol("ana", "ana.ruiz")
    key, other = asking(site.world, "sso", TWO), asking(site.world, "sso", TWO, "other")
    begun = site.begin(key, comment="Only this")
    httpx.get(Someone("ana.ruiz").sign_on(site.sso.address(begun)))
    register, token = site.world.register, site.world.token("ana", other)
    digest = register.sign_view(token).revision_digest
    for request in (
        SignRequest(token, "approve", digest, way="sso", state=begun.state, browser="b", comment="Only this"),
        SignRequest(site.world.token("ana", key), "approve", digest, way="sso", state=begun.state, browser="b"),
    ):
        with pytest.raises(RegisterError):
            register.decide(request)
    with pytest.raises(RegisterError, match="another browser"):
        register.finish_sign_on(begun.state, "another", "test")
    assert register.finish_sign_on(begun.state, "b", "test").comment == "Only this"
    with pytest.raises(RegisterError, match="used before"):
        register.finish_sign_on(begun.state, "b", "test")
    late = site.begin(other)
    httpx.get(Someone("ana.ruiz").sign_on(site.sso.address(late)))
    register.edit_item(other, site.world.by("dan"), title="Something else")
    with pytest.raises(RegisterError, match="changed"):
        register.finish_sign_on(late.state, "b", "test")
    assert site.refusals(other) == ["wrong-sign-on"]
    assert site.refusals(key) == ["changed-sign-on", "wrong-browser"]


def test_a_provider_that_is_away_is_said(site: Site) -> None:
    """Nothing is signed, and there is a way on."""
    from workflows.single_sign_on import SignOnRefused

    away = SingleSignOn(site.world.services.settings.model_copy(update={"oidc_issuer": "http://localhost:1"}))
    with pytest.raises(SignOnRefused, match="does not answer"):
        away.address(Begun("s", "n", "v" * 43))
