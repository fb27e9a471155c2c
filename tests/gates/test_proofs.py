"""Proofs of people: two officers for each, one-time codes, losses, locks, and what the record keeps."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from proofs import appoint, asking, code_at, enrol_codes, entries, link_in, one_time_link, seed_of
from sqlalchemy import text
from world import KEY, SECRET, SetClock, World, secret_hash

from gates.errors import BadInput, LinkProblem, ProofFailed, ProofLocked, Refused
from gates.items import Actor
from gates.service import SignRequest, passkeys
from gates.service.codes import STEP_S
from gates.service.passkeys import BadPasskey

OPERATOR = Actor(None, "cli", "command line, user root")
TWO = "approve: {from: engineering, at_least: 2}"


@pytest.fixture
def office(world: World) -> World:
    """A world with Eve, Otto and Sam as proof officers."""
    appoint(world, "eve", "otto", "sam")
    return world


def access(world: World, kind: str = "") -> list[dict[str, object]]:
    return [one["data"] for one in entries(world, "@access", kind)]


# -- two officers ------------------------------------------------------------------------------------


def test_one_officer_asks_another_confirms_and_the_owner_sets_it_up(office: World) -> None:
    """Who let whom have a proof, by what check, is on the record; the owner is told at every step (P11-19, P11-23)."""
    token = one_time_link(office, "ana", "password")
    office.register.enrol_password(token, "another horse")
    office.carry()
    kinds = [one["kind"] for one in entries(office, "@access") if one["kind"].startswith("person:proof")]
    assert kinds == ["person:proof:requested", "person:proof:confirmed", "person:proof:enrolled"]
    (enrolled,) = access(office, "person:proof:enrolled")
    assert (enrolled["requested_by"], enrolled["confirmed_by"], enrolled["person"]) == ("eve", "otto", "ana")
    assert access(office, "person:proof:requested")[0]["how_checked"] == "passport, in person"
    assert len(office.mails("ana@example.com", "Your proofs")) == 2
    assert len(office.mails("otto@example.com", "Proof officers")) == 1
    key = office.change_in_round()
    office.sign("ana", key, secret="another horse")
    assert all("another horse" not in json.dumps(one) for one in entries(office, "@access"))


@pytest.mark.parametrize(
    ("requester", "confirmer", "code"),
    [("eve", "eve", "same-officer"), ("eve", "ana", "not-officer"), ("eve", "dan", "not-officer"), ("ana", "", "not-officer")],
)  # fmt: skip
def test_nobody_does_it_alone(office: World, requester: str, confirmer: str, code: str) -> None:
    """The same officer twice, the person, or somebody who is no officer: refused, on the record (P11-23)."""

    def ask_and_confirm() -> None:
        request = office.register.request_proof("ana", "password", "passport", office.by(requester))
        office.register.confirm_proof(request, office.by(confirmer))

    with pytest.raises(Refused) as caught:
        ask_and_confirm()
    assert caught.value.code == code
    assert access(office, "person:proof:refused")[-1]["code"] == code
    assert access(office, "person:proof:confirmed") == []


def test_an_officer_gets_no_proof_by_their_own_hand(office: World) -> None:
    """Neither asking nor confirming for oneself; the two others can."""
    with pytest.raises(Refused, match="of their own"):
        office.register.request_proof("eve", "password", "I know myself", office.by("eve"))
    request = office.register.request_proof("eve", "password", "passport", office.by("otto"))
    with pytest.raises(Refused, match="of their own"):
        office.register.confirm_proof(request, office.by("eve"))
    office.register.confirm_proof(request, office.by("sam"))


def test_the_check_of_identity_has_to_be_said(office: World) -> None:
    """And the kind has to be one there is."""
    with pytest.raises(BadInput, match="Say how you checked"):
        office.register.request_proof("ana", "password", " ", office.by("eve"))
    with pytest.raises(BadInput, match="There is no proof 'fax'; there is: password, totp"):
        office.register.request_proof("ana", "fax", "passport", office.by("eve"))
    with pytest.raises(Refused, match="TOLLGATE_OIDC_ISSUER"):
        office.register.request_proof("ana", "sso", "passport", office.by("eve"))
    with pytest.raises(Refused, match="TOLLGATE_PUBLIC_URL"):
        office.register.request_proof("ana", "passkey", "passport", office.by("eve"))


def test_a_one_time_link_is_one(office: World) -> None:
    """Used once, for three days, for its own kind, and only its hash is kept."""
    token = one_time_link(office, "ana", "password")
    with pytest.raises(Refused, match="This link sets up: password"):
        office.register.enrol_code(token, "123456")
    office.register.enrol_password(token, "another horse")
    with pytest.raises(LinkProblem, match="was used"):
        office.register.enrol_password(token, "my own horse now")
    late = one_time_link(office, "ben", "password")
    office.clock.move_on(days=4)
    with pytest.raises(LinkProblem, match="three days"):
        office.register.enrol_password(late, "another horse")
    with pytest.raises(LinkProblem, match="not known"):
        office.register.enrol_password("a" * 52, "another horse")
    with office.store.reading() as connection:
        rows = str(connection.execute(text("SELECT * FROM proof_requests")).all())
    assert token not in rows
    assert late not in rows


def test_a_confirmation_counts_once_and_in_time(office: World) -> None:
    """Two officers at once confirm one link; a request of long ago has lapsed."""
    request = office.register.request_proof("ana", "password", "passport", office.by("eve"))
    said: list[str] = []

    def confirm(officer: str) -> None:
        try:
            said.append(office.register.confirm_proof(request, office.by(officer)))
        except Refused as error:
            said.append(error.code)

    threads = [threading.Thread(target=confirm, args=(one,)) for one in ("otto", "sam")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said.count("not-waiting") == 1
    assert len(access(office, "person:proof:confirmed")) == 1
    old = office.register.request_proof("ben", "password", "passport", office.by("eve"))
    office.clock.move_on(days=8)
    with pytest.raises(Refused, match="has lapsed"):
        office.register.confirm_proof(old, office.by("otto"))


def test_the_operator_sets_passwords_until_two_officers_can_act(world: World) -> None:
    """First use is a bootstrap, recorded as such; then nobody sets one alone, and it opens again when one is lost."""
    world.register.set_secret("ana", "first horse", OPERATOR)
    assert access(world, "person:secret:set")[-1] == {"person": "ana", "bootstrap": True}
    world.carry()
    assert len(world.mails("ana@example.com", "Your proofs")) == 1
    appoint(world, "eve", "otto")
    with pytest.raises(Refused, match="Two proof officers can act"):
        world.register.set_secret("ana", "second horse", OPERATOR)
    assert access(world, "person:proof:refused")[-1]["code"] == "two-officers"
    world.register.report_lost("eve", "all", world.by("otto"))
    world.register.set_secret("eve", "second horse", OPERATOR)
    with pytest.raises(Refused):
        world.register.set_secret("eve", "third horse", OPERATOR)


# -- one-time codes ----------------------------------------------------------------------------------


def with_code(world: World, token: str, code: str, **more: str) -> SignRequest:
    digest = world.register.sign_view(token).revision_digest
    return SignRequest(token, "approve", digest, code=code, **more)


def test_a_code_signs_once(office: World) -> None:
    """The same code twice is refused, on the record; so is the code it was enrolled with; the next one signs."""
    seed = enrol_codes(office, "ana")
    first, second = asking(office, "secret", TWO), asking(office, "secret", TWO, "other")
    tokens = [office.token("ana", key) for key in (first, second)]
    code = code_at(seed, office.clock.now())
    receipt = office.register.decide(with_code(office, tokens[0], code))
    assert (receipt.level, receipt.how) == ("L1", "one-time code")
    data = entries(office, first, "item:decision:recorded")[0]["data"]
    assert data["evidence"] == {"kind": "totp", "step": int(office.clock.now().timestamp()) // STEP_S}
    with pytest.raises(ProofFailed, match="used before"):
        office.register.decide(with_code(office, tokens[1], code))
    assert entries(office, second, "item:decision:refused")[-1]["data"]["code"] == "used-code"
    office.clock.move_on(seconds=STEP_S)
    office.register.decide(with_code(office, tokens[1], code_at(seed, office.clock.now())))
    assert office.is_whole(first)
    assert office.is_whole(second)
    assert all(seed not in json.dumps(one) for one in entries(office, "@access"))


@pytest.mark.parametrize(("steps", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_be_a_step_apart(office: World, steps: int, is_taken: bool) -> None:
    """One step before and after (RFC 6238, 5.2), not two."""
    seed = enrol_codes(office, "ana")
    office.clock.move_on(seconds=10 * STEP_S)
    key = asking(office, "secret")
    code = code_at(seed, office.clock.now().timestamp() + steps * STEP_S)
    request = with_code(office, office.token("ana", key), code)
    if is_taken:
        assert office.register.decide(request).level == "L1"
    else:
        with pytest.raises(ProofFailed, match="not right. 4 tries"):
            office.register.decide(request)


def test_of_two_requests_with_one_code_one_gets_it(office: World) -> None:
    """At the same moment, on two items: one is signed, the other refused."""
    seed = enrol_codes(office, "ana")
    keys = [asking(office, "secret", TWO), asking(office, "secret", TWO, "other")]
    code, gate = code_at(seed, office.clock.now()), threading.Barrier(2)
    requests = [with_code(office, office.token("ana", key), code) for key in keys]
    said: list[str] = []

    def decide(request: SignRequest) -> None:
        gate.wait()
        try:
            said.append(office.register.decide(request).level)
        except ProofFailed:
            said.append("refused")

    threads = [threading.Thread(target=decide, args=(one,)) for one in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["L1", "refused"]


def test_the_first_code_has_to_be_right(office: World) -> None:
    """It shows that the app has the seed; a wrong one sets nothing up."""
    token = one_time_link(office, "ana", "totp")
    with pytest.raises(ProofFailed, match="not the code the app shows"):
        office.register.enrol_code(token, "000000")
    assert [one.kind for one in office.register.proofs_of("ana")] == ["password"]
    office.register.enrol_code(token, code_at(seed_of(office, token), office.clock.now()))
    assert [one.kind for one in office.register.proofs_of("ana")] == ["password", "totp"]


def test_guesses_at_codes_are_limited_where_there_is_no_password(office: World) -> None:
    """Five by a link, as for passwords (P11-28)."""
    office.register.report_lost("ana", "password", office.by("ana"))
    enrol_codes(office, "ana")
    token = office.token("ana", asking(office, "secret"))
    said = []
    for _ in range(7):
        with pytest.raises(ProofFailed) as caught:
            office.register.decide(with_code(office, token, "000000"))
        said.append("takes no more" in str(caught.value))
    assert said == [False] * 5 + [True] * 2


def test_what_no_authenticator_sends_is_refused_in_words(small_world: World) -> None:
    """I8: at signing and at setting up; nothing of it is followed, and nothing falls over."""
    deep = "[" * 9000 + "]" * 9000
    inside = base64.urlsafe_b64encode(deep[4000:14000].encode()).decode()
    for answer in (
        deep,
        '{"a":' * 3000 + "1" + "}" * 3000,
        "null",
        "[]",
        '{"id":' + "9" * 6000 + "}",
        '{"response":null,"id":1}',
        '{"id":"\\ud800","response":{"clientDataJSON":"\\ud800","authenticatorData":"AA","signature":"AA"}}',
        f'{{"id":"a","response":{{"clientDataJSON":"{inside}","authenticatorData":"AA","signature":"AA"}}}}',
        "x" * 30_000,
    ):
        with pytest.raises(BadPasskey) as refused:
            passkeys.take_apart(answer)
        assert refused.value.code == "bad-passkey"
        with pytest.raises(BadPasskey):
            passkeys.check_registered(small_world.register._desk, bytes(32), answer)


def test_an_empty_hash_is_nobody_s_password(office: World) -> None:
    """Where only codes are set up no password is right, not even the one that is checked to spend time."""
    office.register.report_lost("ana", "password", office.by("ana"))
    enrol_codes(office, "ana")
    token = office.token("ana", asking(office, "secret"))
    digest = office.register.sign_view(token).revision_digest
    for secret in ("", SECRET, "nobody's secret, checked so that time tells nothing"):
        with pytest.raises(ProofFailed):
            office.register.decide(SignRequest(token, "approve", digest, secret=secret))


# -- levels ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("proof", ["sso", "passkey"])
def test_nothing_weaker_is_ever_taken(office: World, proof: str) -> None:
    """Without a proof that meets the level the page says what to do, and every attempt is refused and recorded."""
    key = asking(office, proof)
    token = office.token("ana", key)
    view = office.register.sign_view(token)
    assert view.ways == ()
    assert "nothing weaker is taken" in view.lacks
    request = SignRequest(token, "approve", view.revision_digest, secret=SECRET, typed_name="Ana Ruiz")
    for way in ("", "link", "secret", proof):
        with pytest.raises(ProofFailed, match="two of them set it up with you"):
            office.register.decide(SignRequest(**{**_fields(request), "way": way}))
    assert [one["data"]["code"] for one in entries(office, key, "item:decision:refused")] == ["no-proof"] * 4
    assert ("Ana Ruiz", "example") in {(one.name, one.process) for one in office.register.lacking()}


def _fields(request: SignRequest) -> dict[str, object]:
    return {name: getattr(request, name) for name in SignRequest.__slots__}


def test_a_typed_name_does_not_do_for_a_password(office: World) -> None:
    """Asking for less than the policy does is refused; asking for more than the least is the signer's choice."""
    key = asking(office, "secret")
    token = office.token("ana", key)
    digest = office.register.sign_view(token).revision_digest
    with pytest.raises(ProofFailed, match="This takes secret"):
        office.register.decide(SignRequest(token, "approve", digest, typed_name="Ana Ruiz", way="link"))
    assert entries(office, key, "item:decision:refused")[-1]["data"]["code"] == "too-weak"
    eased = asking(office, "link", name="other")
    token = office.token("ana", eased)
    digest = office.register.sign_view(token).revision_digest
    receipt = office.register.decide(SignRequest(token, "approve", digest, secret=SECRET, way="secret"))
    assert (receipt.proof, receipt.level, receipt.how) == ("secret", "L1", "personal password")


def test_a_signature_states_everything_that_11_50_asks(office: World) -> None:
    """Printed name, UTC and local time with its zone, meaning, capacity, level: in entry, receipt, page and timeline
    (P11-15, P11-16, A11-12)."""
    key = asking(office, "secret", TWO)
    receipt = office.sign("ana", key)
    data = entries(office, key, "item:decision:recorded")[0]["data"]
    assert data["zone"] == "Europe/Paris"
    assert data["local_time"] == "2026-08-17T11:00:00+02:00"
    assert (data["level"], data["evidence"]) == ("L1", {"kind": "password"})
    assert (receipt.name, receipt.zone, receipt.level, receipt.meaning) == ("Ana Ruiz", "Europe/Paris", "L1", "Agreed")
    view = office.register.item(key)
    assert view.round is not None
    (mine,) = [ask for ask in view.round.asks if ask.person == "ana"]
    assert (mine.level, mine.meaning, mine.zone) == ("L1", "Agreed", "Europe/Paris")
    line = next(one for one in view.timeline if one.kind == "item:decision:recorded")
    assert "Proof: L1, personal password. Local time: 2026-08-17T11:00:00+02:00 (Europe/Paris)." in line.details[-1]


# -- losses and locks --------------------------------------------------------------------------------


def test_a_loss_ends_everything_at_once(office: World) -> None:
    """The password is taken no more, sessions and links end, a fresh link goes out, and who did it is on the record
    (P11-27)."""
    key = office.change_in_round()
    old, session = office.token("ana", key), office.register.open_session("ana")
    with pytest.raises(Refused, match="by the person or by a proof officer"):
        office.register.report_lost("ana", "all", office.by("dan"))
    office.register.report_lost("ana", "password", office.by("otto"), "phone stolen")
    assert office.register.session_person(session) is None
    with pytest.raises(LinkProblem):
        office.register.sign_view(old)
    with pytest.raises(ProofFailed):
        office.register.check_sign_in("ana@example.com", SECRET, "test")
    office.carry()
    fresh = office.link_in(office.mails("ana@example.com", "Fresh link")[-1])
    assert "You cannot" not in office.register.sign_view(fresh).lacks
    assert "none is set up for you" in office.register.sign_view(fresh).lacks
    (lost,) = access(office, "person:proof:lost")
    assert (lost["person"], lost["kinds"], lost["reason"]) == ("ana", ["password"], "phone stolen")
    assert office.mails("sam@example.com", "Proof officers")
    assert office.is_whole(key)
    token = one_time_link(office, "ana", "password")
    office.register.enrol_password(token, "another horse")
    office.sign("ana", key, token=fresh, secret="another horse")


def test_a_lock_is_entered_told_and_released(office: World) -> None:
    """Ten guesses: one entry, mails to the person and the officers; an officer releases it, not the person (P11-28)."""
    keys = [office.change_in_round() for _ in range(3)]
    tokens = [office.token("ana", key) for key in keys]
    for number in range(12):
        digest = office.register.sign_view(tokens[number // 5]).revision_digest
        with pytest.raises(ProofFailed):
            office.register.decide(SignRequest(tokens[number // 5], "approve", digest, secret="wrong"))
    (locked,) = access(office, "person:proof:locked")
    assert (locked["person"], locked["where"]) == ("ana", keys[1])
    office.carry()
    for person in ("ana", "eve", "otto", "sam"):
        assert [m for m in office.mails(f"{person}@example.com", "roof") if "wrong passwords" in str(m)]
    with pytest.raises(ProofLocked):
        office.sign("ana", keys[2])
    with pytest.raises(Refused, match="released by a proof officer"):
        office.register.release_lock("ana", office.by("ana"))
    assert [one.person for one in office.register.proofs() if one.locked_until] == ["ana"]
    office.register.release_lock("ana", office.by("eve"), "it was her")
    office.sign("ana", keys[2])
    assert access(office, "person:proof:released")[-1] == {"person": "ana", "reason": "it was her"}


def test_a_lock_at_sign_in_is_entered_too(office: World) -> None:
    """The same for guesses at an address."""
    for _ in range(10):
        with pytest.raises(ProofFailed):
            office.register.check_sign_in("ana@example.com", "wrong", "test")
    assert [one["where"] for one in access(office, "person:proof:locked")] == ["sign-in"]


def test_the_report_says_age_and_last_use(office: World) -> None:
    """Of every proof (P11-26)."""
    seed = enrol_codes(office, "ana")
    began = office.clock.now()
    office.clock.move_on(days=3)
    office.sign("ana", office.change_in_round())
    office.register.decide(
        with_code(office, office.token("ana", asking(office, "secret")), code_at(seed, office.clock.now()))
    )
    (mine,) = [one for one in office.register.proofs() if one.person == "ana"]
    assert {one.kind: one.last_used_at for one in mine.proofs} == {
        "password": office.clock.now(),
        "totp": office.clock.now(),
    }
    assert all(one.enrolled_at <= began for one in mine.proofs)
    assert {one.person for one in office.register.proofs() if one.is_officer} == {"eve", "otto", "sam"}


def test_officers_prove_themselves_by_password_or_code(office: World) -> None:
    """For acts without a session; guesses count."""
    seed = enrol_codes(office, "eve", ("otto", "sam"))
    office.register.check_person("eve", SECRET, "", "test")
    code = code_at(seed, office.clock.now())
    office.register.check_person("eve", "", code, "test")
    for secret, again in (("wrong", ""), ("", code)):
        with pytest.raises(ProofFailed, match="not eve's password or code"):
            office.register.check_person("eve", secret, again, "test")


@pytest.mark.slow
def test_guesses_of_eight_processes_stay_under_the_limit(store_url: str) -> None:
    """However many guess at once, by however many links: ten are checked, one lock is entered (P11-28)."""
    world = World(store_url, clock=SetClock(datetime.now(UTC)))
    appoint(world, "eve", "otto", "sam")
    tokens = [world.token("ana", world.change_in_round()) for _ in range(8)]
    digest = world.register.sign_view(tokens[0]).revision_digest
    job = {"url": store_url, "key": KEY.hex(), "start": time.time() + 4, "tries": 6, "digest": digest}
    script = Path(__file__).parent / "guessing.py"
    running = [
        subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in tokens
    ]
    said: Counter[str] = Counter()
    for process, token in zip(running, tokens, strict=True):
        assert process.stdin is not None
        process.stdin.write(json.dumps({**job, "token": token}))
        process.stdin.close()
    for process in running:
        assert process.stdout is not None
        said.update(json.loads(process.stdout.read()))
        process.stdout.close()
        assert process.wait(60) == 0
    assert said == {"checked": 10, "locked": 38}
    assert len(access(world, "person:proof:locked")) == 1
    world.close()


def test_set_up_links_of_one_are_not_another_s(office: World) -> None:
    """A second link for somebody else, and nothing of the first in it."""
    first = one_time_link(office, "ana", "totp")
    second = one_time_link(office, "ben", "totp")
    assert seed_of(office, first) != seed_of(office, second)
    assert link_in(office, "ana") == first
    assert secret_hash() not in json.dumps(entries(office, "@access"))
