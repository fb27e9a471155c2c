"""The register's acts, on SQLite and on PostgreSQL."""

import pytest
from world import PUMP, ROSTER, World

from gates.errors import (
    AlreadyDecided,
    BadInput,
    LinkProblem,
    NotFound,
    ProofFailed,
    ProofLocked,
    Refused,
    StaleRevision,
)
from gates.items import Actor
from gates.service import SignRequest
from gates.service.desk import item_row
from gates.service.gather import content_of
from gates.service.moving import write_revision
from gates.store import Unit


def test_a_change_goes_from_draft_to_approved(world: World) -> None:
    """The main job: submitted, screened, asked, signed, moved, with every fact on a whole record (P11-06, I5, ISO-2)."""
    key = world.change_in_round()
    assert world.state(key) == "sign-off"
    assert world.sign("mei", key).moved_to is None
    assert world.sign("ana", key).moved_to is None
    assert world.sign("ben", key).moved_to == "Implementation"
    assert world.state(key) == "implementation"
    assert world.is_whole(key)


def test_the_decisive_signature_and_its_move_are_one_commit(world: World) -> None:
    """Nobody ever sees the last signature without the move: dying between them leaves neither (I1, I5, PR-05, PR-06, P11-06)."""
    key = world.change_in_round()
    world.sign("mei", key)
    world.sign("ana", key)
    world.faults.at = "decide:before-commit"
    with pytest.raises(Exception, match="decide:before-commit"):
        world.sign("ben", key)
    assert world.state(key) == "sign-off"
    assert world.kinds(key).count("item:decision:recorded") == 2
    assert len(world.register.inbox("ben")) == 1
    world.sign("ben", key)
    assert world.state(key) == "implementation"
    assert world.is_whole(key)


def test_keys_count_up_per_process(world: World) -> None:
    """`{n}` counts within its process; a gate's key is made from its fields and its site."""
    assert [world.change(), world.change(), world.gate()] == ["ECR-0001", "ECR-0002", "G3-LYON"]


def test_a_key_from_fields_is_given_once(world: World) -> None:
    """A second G3 of Lyon is refused by name, and nothing is left behind."""
    world.gate()
    with pytest.raises(Refused, match="There is an item G3-LYON already"):
        world.gate()
    assert len(world.register.items()) == 1


def test_creating_says_every_fault_at_once(world: World) -> None:
    """Bad input names each value, the choices and the remedy; nothing is created (I8)."""
    with pytest.raises(BadInput) as caught:
        world.register.create_item(
            "engineering-change",
            " ",
            world.by("cid"),
            fields={**PUMP, "cost": "1,000", "risk": "lw", "cots": "1"},
        )
    assert set(caught.value.faults) == {"title", "cost", "risk", "cots"}
    assert "Did you mean cost?" in caught.value.faults["cots"]
    assert "low, medium, high" in caught.value.faults["risk"]
    assert world.register.items() == []


def test_an_unknown_person_is_refused_with_a_near_miss(world: World) -> None:
    """An unknown person: a sentence with the remedy."""
    with pytest.raises(BadInput, match="'anna' is nobody on the roster. Did you mean ana?"):
        world.change(author="anna")


def test_creating_twice_with_one_key_makes_one_item(world: World) -> None:
    """A repeated request is recognised."""
    keys = {
        world.register.create_item("engineering-change", "Once", world.by("cid"), idempotency_key="k1")
        for _ in range(3)
    }
    assert keys == {"ECR-0001"}
    assert len(world.register.items()) == 1


def test_an_act_needs_its_fields_and_criteria(world: World) -> None:
    """The refusal names what is missing, and the refused attempt is on the record (I5, P11-09, ALC-6, PR-06)."""
    key = world.register.create_item("engineering-change", "Bare", world.by("cid"), fields={"cost": "1"})
    with pytest.raises(Refused, match="Why it is needed is empty.*Impact assessed"):
        world.register.submit(key, world.by("cid"))
    assert world.kinds(key) == ["item:created", "item:act:refused"]
    assert world.state(key) == "draft"


def test_an_act_is_for_those_it_names(world: World) -> None:
    """Somebody else is told whose act it is (P11-09, P11-05)."""
    key = world.change()
    with pytest.raises(Refused, match="“Submit” is for the author"):
        world.register.submit(key, world.by("ana"))


def test_an_unknown_act_gets_a_near_miss(world: World) -> None:
    """The choices are named."""
    key = world.change()
    with pytest.raises(Refused, match="Did you mean submit?"):
        world.register.act(key, "submitt", world.by("cid"))


def test_only_those_who_can_act_are_asked(world: World) -> None:
    """Finance is asked above its threshold only; the author never; another site's quality lead never."""
    cheap = world.change_in_round()
    dear = world.change_in_round(cost="60000")
    asked = {key: {ask.person for ask in world.register.item(key).round.asks} for key in (cheap, dear)}
    assert asked == {cheap: {"ana", "ben", "mei"}, dear: {"ana", "ben", "mei", "eve"}}


def test_opening_a_round_twice_asks_once(world: World) -> None:
    """Each step may run twice: one round, one link, one mail a person."""
    key = world.change_in_round()
    first = world.register.open_round(key)
    assert world.register.open_round(key) == first
    world.carry()
    assert len(world.mails("ana@example.com", "Sign by")) == 1
    assert world.kinds(key).count("item:round:opened") == 1


def test_the_author_and_editors_do_not_count(world: World) -> None:
    """Separation of duties at the moment of deciding: somebody who edited after being asked is refused (SOX-1, P11-10, DEV-1, I3)."""
    key = world.change_in_round(author="dan")
    token = world.token("ana", key)
    world.register.edit_item(key, world.by("dan"), fields={"cost": "13000"})

    def edit(unit: Unit) -> None:  # Ana edits too, by a way the process does not offer
        before = content_of(unit.connection, key, 2)
        write_revision(
            unit, item_row(unit.connection, key), before, {**before, "title": "New seal"}, world.by("ana"), ""
        )

    world.register._desk.work(edit)
    with pytest.raises(Refused, match="You edited this item"):
        world.sign("ana", key, token=token)
    assert world.kinds(key)[-1] == "item:decision:refused"


def test_a_changed_item_is_shown_again_never_signed(world: World) -> None:
    """What is signed is exactly what was shown (I4, promise 3, PR-03)."""
    key = world.change_in_round()
    token = world.token("ana", key)
    shown = world.register.sign_view(token).revision_digest
    world.register.edit_item(key, world.by("dan"), fields={"cost": "14000"}, reason="new quote")
    with pytest.raises(StaleRevision):
        world.sign("ana", key, shown_digest=shown)
    view = world.register.sign_view(token)
    assert [(c.title, c.before, c.after) for c in view.changes] == [("Cost", "€12,500", "€14,000")]
    assert world.sign("ana", key).revision == 2


def test_an_edit_lets_only_dependent_signatures_fall(world: World) -> None:
    """The fast track goes stale on cost and the like, not on the training note (PR-03, ALC-6)."""
    key = world.change_in_round()
    world.sign("mei", key)
    world.register.edit_item(key, world.by("dan"), fields={"training": "yes"})
    assert [ask.set_aside for ask in world.register.item(key).round.asks if ask.position] == [""]
    world.register.edit_item(key, world.by("dan"), fields={"cost": "14000"})
    assert [ask.set_aside for ask in world.register.item(key).round.asks if ask.position] == [
        "given for revision 1; cost changed since"
    ]
    world.carry()
    assert "no longer counts" in world.mails("mei@example.com", "Changed")[-1].as_string()
    world.sign("mei", key)
    assert world.kinds(key)[-2:] == ["item:decision:withdrawn", "item:decision:recorded"]
    assert world.is_whole(key)


def test_one_person_decides_once_a_round(world: World) -> None:
    """The second decision meets the first, which stands (I2, PR-04)."""
    key = world.change_in_round()
    first = world.sign("ana", key, token=world.token("ana", key))
    link = world.link_in(world.mails("ana@example.com")[0])
    with pytest.raises(AlreadyDecided) as caught:
        world.sign("ana", key, "reject", token=link)
    assert caught.value.decision_id == first.decision_id


def test_the_same_request_again_gets_the_same_receipt(world: World) -> None:
    """An answer lost on the way is given again; nothing is written twice (exactly-once) (I1, I2, PR-04)."""
    key = world.change_in_round()
    token = world.token("ana", key)
    first = world.sign("ana", key, token=token, idempotency_key="once")
    again = world.register.decide(
        SignRequest(token, "approve", first.revision_digest, secret="anything", idempotency_key="once")
    )
    assert (again.decision_id, again.repeated) == (first.decision_id, True)
    assert world.kinds(key).count("item:decision:recorded") == 1


def test_the_repeated_decisive_request_gets_its_receipt_too(world: World) -> None:
    """Even when the first one closed the round."""
    key = world.change_in_round()
    world.sign("mei", key)
    world.sign("ana", key)
    token = world.token("ben", key)
    digest = world.register.sign_view(token).revision_digest
    world.sign("ben", key, token=token, idempotency_key="last")
    again = world.register.decide(SignRequest(token, "approve", digest, secret="?", idempotency_key="last"))
    assert (again.repeated, again.moved_to) == (True, "Implementation")


def test_a_decision_may_be_taken_back_while_the_round_is_open(world: World) -> None:
    """Undo is a new act on the record; then the person may decide again (ALC-6)."""
    key = world.change_in_round()
    token = world.token("ana", key)
    world.sign("ana", key, token=token)
    world.register.withdraw_decision(token, secret="correct horse", reason="too soon")
    assert [ask.item.key for ask in world.register.inbox("ana")] == [key]
    world.sign("ana", key, token=token)
    assert world.is_whole(key)


def test_a_veto_sends_it_back(world: World) -> None:
    """Quality's rejection is the verdict whatever the others said; a new round opens after the next submit."""
    key = world.change_in_round()
    world.sign("ana", key)
    world.sign("mei", key, "reject", comment="No seal data.")
    assert world.state(key) == "draft"
    world.register.submit(key, world.by("dan"))
    world.register.act(key, "accept-fast", world.by("cid"))
    world.carry()
    assert world.register.item(key).round.number == 2
    assert world.is_whole(key)


def test_a_rejection_needs_a_reason(world: World) -> None:
    """The comment is compulsory unless approving (A11-07)."""
    key = world.change_in_round()
    with pytest.raises(BadInput, match="Say why: Reject needs a reason"):
        world.sign("mei", key, "reject", comment="  ")
    with pytest.raises(BadInput, match="Choose one of: Approve, Reject"):
        world.sign("mei", key, "")
    with pytest.raises(BadInput, match="Confirm what your signature means"):
        world.sign("mei", key, meaning_confirmed=False)
    assert "item:decision:recorded" not in world.kinds(key)


def test_a_wrong_password_signs_nothing_and_is_counted(world: World) -> None:
    """Five tries a link; each refused try is on the record without the secret (P11-28, I9, P11-20, PR-02, PR-06, I3, ALC-6)."""
    key = world.change_in_round()
    token = world.token("ana", key)
    left = []
    for _ in range(5):
        with pytest.raises(ProofFailed) as caught:
            world.sign("ana", key, token=token, secret="guess-me")
        left.append(caught.value.tries_left)
    assert left == [4, 3, 2, 1, 0]
    with pytest.raises(ProofFailed, match="takes no more"):
        world.sign("ana", key, token=token)
    assert world.kinds(key).count("item:decision:refused") == 5
    assert b"guess-me" not in b"".join(world.register.read_record(key).bodies)


def test_guesses_are_limited_per_person_too(world: World) -> None:
    """Ten over all links, then a wait; the right password does not help until it is over (P11-28)."""
    keys = [world.change_in_round() for _ in range(3)]
    tokens = [world.token("ana", key) for key in keys]
    for n in range(10):
        with pytest.raises(ProofFailed):
            world.sign("ana", keys[n // 4], token=tokens[n // 4], secret="wrong")
    with pytest.raises(ProofLocked, match="next try is taken after 09:15 UTC"):
        world.sign("ana", keys[2], token=tokens[2])
    world.clock.move_on(minutes=16)
    world.sign("ana", keys[2], token=tokens[2])


def test_an_acknowledgement_takes_the_typed_name(world: World) -> None:
    """Proof `link`: the full name as on the roster, case and spacing forgiven."""
    parent = world.change()
    key = world.register.raise_escalation(
        parent,
        "escalation",
        world.by("ana"),
        title="Stuck",
        fields={"colour": "red", "impact": "x", "decision-needed": "y", "latest-date": "2026-09-01"},
    )
    world.register.act(key, "own", world.by("cid"))
    world.register.act(key, "ask-decision", world.by("cid"))
    world.carry()
    with pytest.raises(ProofFailed, match="Type your full name as it stands.*Sam Okoye"):
        world.sign("sam", key, typed_name="Sam")
    assert world.sign("sam", key, typed_name="  sam   OKOYE ").moved_to == "Resolved"
    assert world.register.item(parent).escalations == ((key, "Resolved"),)
    assert world.is_whole(key)
    assert world.is_whole(parent)


def test_links_say_which_way_they_cannot_be_used(world: World) -> None:
    """Unknown, used, revoked and expired each have their own sentence and way on."""
    key = world.change_in_round()
    tokens = {person: world.token(person, key) for person in ("ana", "ben", "mei")}

    def state(token: str) -> str:
        with pytest.raises(LinkProblem) as caught:
            world.register.sign_view(token)
        return caught.value.state

    assert state("x" * 52) == "unknown"
    assert state("not a token") == "unknown"
    world.clock.move_on(days=60)
    assert state(tokens["ana"]) == "expired"
    world.register.request_fresh_link(tokens["ana"])
    world.carry()
    fresh = world.link_in(world.mails("ana@example.com", "Fresh link")[0])
    assert fresh != tokens["ana"]
    world.sign("ana", key, token=fresh)
    world.register.withdraw(key, world.by("dan"))
    assert state(fresh) == "used"
    assert state(tokens["ben"]) == "revoked"


def test_asking_for_a_fresh_link_tells_nothing_and_sends_one(world: World) -> None:
    """The answer is the same for a stranger; a good link gets no second one."""
    key = world.change_in_round()
    sent = len(world.post.sent)
    world.register.request_fresh_link("x" * 52)
    world.register.request_fresh_link(world.token("ana", key))
    world.carry()
    assert len(world.post.sent) == sent


def test_whoever_leaves_the_roster_can_no_longer_sign(world: World) -> None:
    """Deactivation ends links and sessions at once (P11-10, P11-27, I3, PR-02)."""
    key = world.change_in_round()
    token = world.token("ana", key)
    session = world.register.open_session("ana")
    world.import_roster("\n".join(line for line in ROSTER.splitlines() if "ana:" not in line))
    with pytest.raises(LinkProblem, match="no longer on the roster"):
        world.sign("ben", key, token=token)
    assert world.register.session_person(session) is None
    with pytest.raises(NotFound):
        world.register.submit(world.change(), Actor("ana"))


def test_a_role_nobody_holds_is_a_deadlock_told_to_the_author(world: World) -> None:
    """A role without members: said by name, escalated at once, and healed by the roster."""
    world.import_roster(ROSTER.replace("roles: [finance]", "roles: []"))
    assert ("finance", "engineering-change") in world.register.unfilled_roles()
    key = world.change_in_round(cost="60000")
    verdict = world.register.verdict(key)
    assert verdict.standing == "deadlock"
    assert "Finance" in verdict.sentence
    assert "item:round:deadlocked" in world.kinds(key)
    assert world.mails("dan@example.com", "Needs attention")
    world.import_roster(ROSTER)
    world.register.open_round(key)
    assert world.register.verdict(key).standing == "pending"
    assert "eve" in {ask.person for ask in world.register.item(key).round.asks}


def test_a_gate_waits_for_the_gates_it_depends_on(world: World) -> None:
    """A dependency is a cause of a move of its own: G3 meets once G2 has passed (P11-09)."""
    first = world.gate("G2")
    second = world.gate("G3", needs=(first,))
    world.register.submit(second, world.by("ana"))
    assert world.state(second) == "entry"
    assert world.register.item(second).waiting_for == "Waits for G2-LYON."
    world.register.submit(first, world.by("ana"))
    world.carry()
    for person in ("mei", "dan", "sam"):
        world.sign(person, first, "go")
    world.sign("cid", first, "go")
    assert world.state(first) == "passed"
    world.carry()
    assert world.state(second) == "gate"
    assert world.is_whole(second)


def test_an_item_cannot_wait_for_itself(world: World) -> None:
    """A circle of dependencies is refused."""
    first = world.gate("G2")
    second = world.gate("G3", needs=(first,))
    with pytest.raises(BadInput, match="would wait for itself"):
        world.register.edit_item(first, world.by("ana"), depends_on=(second,))


def test_a_conditional_go_counts_plain_goes(world: World) -> None:
    """Ordered outcomes: four of five say go or conditional go, and the conditions are in the comment (DEV-2)."""
    key = world.gate()
    world.register.submit(key, world.by("ana"))
    world.carry()
    for person, position in (
        ("mei", "go"),
        ("dan", "conditional_go"),
        ("sam", "go"),
        ("cid", "conditional_go"),
    ):
        world.sign(person, key, position, comment="Close defect 12 by Friday; Tom.")
    assert world.state(key) == "conditional"
    (condition,) = world.register.conditions(item=key)
    assert condition.text == "Close defect 12 by Friday; Tom."
    assert world.is_whole(key)


def test_editing_is_for_the_author_and_owner(world: World) -> None:
    """Others are refused; a stale form is refused; what ended cannot be edited (P11-05, P11-09)."""
    key = world.change()
    shown = world.register.item(key).revision_digest
    with pytest.raises(Refused, match="Editing is for the author or the owner"):
        world.register.edit_item(key, world.by("ana"), fields={"cost": "1"})
    world.register.edit_item(key, world.by("cid"), fields={"cost": "1"})
    with pytest.raises(StaleRevision):
        world.register.edit_item(key, world.by("cid"), fields={"cost": "2"}, shown_digest=shown)
    assert world.register.edit_item(key, world.by("cid"), fields={"cost": "1.00"}) == 2
    world.register.withdraw(key, world.by("cid"))
    with pytest.raises(Refused, match="has ended"):
        world.register.edit_item(key, world.by("cid"), fields={"cost": "3"})


def test_sign_in_never_says_which_part_was_wrong(world: World) -> None:
    """The same answer for an unknown address and a wrong password."""
    said = set()
    for address, secret in (("ana@example.com", "wrong"), ("nobody@example.com", "wrong")):
        with pytest.raises(ProofFailed) as caught:
            world.register.check_sign_in(address, secret, "test")
        said.add(str(caught.value))
    assert said == {"That address and password do not go together."}
    assert world.register.check_sign_in("ana@example.com", "correct horse", "test").id == "ana"
