"""Asking for a proof that is bound to one decision: the intent a passkey signs, the sign-on that is begun for it."""

from __future__ import annotations

from gates.errors import Refused
from gates.service import intents, proofs, singlesign, takingback
from gates.service.deciding import Refusing, SignRequest, may_decide
from gates.service.desk import Desk
from gates.service.intents import Intent, plain_comment
from gates.service.links import find_link
from gates.service.passkeys import sign_options
from gates.service.singlesign import Begun, Pending
from gates.signoff import enrol_token, token_for
from gates.store import Unit


def intend(desk: Desk, unit: Unit, request: SignRequest) -> tuple[Intent, str] | Refusing:
    """Put on file what is about to be signed with a passkey; the options for the authenticator beside it, as JSON.

    Raises what deciding raises but for the proof, and Refused where the person has no passkey.
    """
    found = find_link(unit.connection, request.token)
    known = [str(row.credential) for row in proofs.rows_of(desk, unit.connection, found.person, "passkey")]
    if not known:
        raise Refused("No passkey is set up for you here.", code="no-proof", remedy=proofs.lacks("passkey"))
    if request.position == intents.TAKE_BACK:
        unit.lock(found.item)
        _, facts = takingback.may_take_back(desk, unit, request)
    else:
        deciding = may_decide(desk, unit, request)
        if isinstance(deciding, Refusing):
            return deciding
        facts = deciding.facts
    intent = intents.make(unit, found.link, facts)
    return intent, sign_options(desk, intent.challenge, known)


def begin_sign_on(desk: Desk, unit: Unit, request: SignRequest) -> Begun | Refusing:
    """Keep what is about to be signed while its signer is away at the provider.

    Raises what deciding raises but for the proof, and Refused where no single sign-on is set up for the person.
    """
    found = find_link(unit.connection, request.token)
    if not proofs.rows_of(desk, unit.connection, found.person, "sso"):
        raise Refused("No single sign-on is set up for you here.", code="no-proof", remedy=proofs.lacks("sso"))
    if request.position == intents.TAKE_BACK:
        unit.lock(found.item)
        takingback.may_take_back(desk, unit, request)
    else:
        deciding = may_decide(desk, unit, request)
        if isinstance(deciding, Refusing):
            return deciding
        request = deciding.request
    body = {
        "position": request.position,
        "comment": plain_comment(request.comment),
        "shown": request.shown_digest,
        "once": request.idempotency_key,
    }
    act = "take-back" if request.position == intents.TAKE_BACK else "decide"
    return singlesign.begin(desk, unit, act, found.person, request.browser, body, link=found.link)


def token_of(desk: Desk, kept: Pending) -> str:
    """The token of the link a sign-on was begun from, sign-off or one-time; derived anew."""
    if kept.link is not None:
        return token_for(kept.link, desk.link_key)
    return enrol_token(kept.request or "", desk.link_key)


def kept_request(kept: Pending, token: str, state: str, browser: str, origin: str) -> SignRequest:
    """The request a sign-on was begun for, as it was kept: nothing of it comes back from outside."""
    return SignRequest(
        token=token,
        position=kept.body["position"],
        shown_digest=kept.body["shown"],
        comment=kept.body["comment"],
        idempotency_key=kept.body["once"],
        origin=origin,
        way="sso",
        state=state,
        browser=browser,
    )
