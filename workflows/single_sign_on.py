"""Talks to the OpenID Connect provider: where to send a signer, and what came back (authorization code with PKCE).

Needs the extra `oidc` (Authlib). Signature, issuer, addressee, nonce and times of the ID token are checked here;
whether it is fresh and is the person's is judged by the register, which knows when it was begun and who is enrolled.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from gates.service import Begun, SignedOn
from workflows.errors import SettingsError
from workflows.settings import Settings

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
"""Signed by the provider alone: nothing with a shared secret, and never `none`."""
SKEW_S = 60
TIMEOUT_S = 10


class SignOnRefused(Exception):
    """What came back does not hold. `code` is stable; the message is for the record."""

    def __init__(self, code: str, why: str) -> None:
        self.code = code
        super().__init__(why)


def single_sign_on(settings: Settings) -> SingleSignOn | None:
    """The provider of the settings, or None. Raises SettingsError when it is named and cannot be used."""
    if not settings.oidc_issuer:
        return None
    try:
        import authlib  # noqa: F401
    except ImportError as error:
        raise SettingsError(
            "TOLLGATE_OIDC_ISSUER is set and the extra is not installed. Run: pip install 'tollgate[oidc]'."
        ) from error
    if not settings.oidc_client_id or not settings.oidc_client_secret.get_secret_value():
        raise SettingsError("TOLLGATE_OIDC_ISSUER needs TOLLGATE_OIDC_CLIENT_ID and TOLLGATE_OIDC_CLIENT_SECRET.")
    return SingleSignOn(settings)


class SingleSignOn:
    """One provider. Its metadata and keys are fetched when first needed; the keys again when one is not known."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._metadata: dict[str, Any] | None = None

    @property
    def issuer(self) -> str:
        """The provider, as it names itself."""
        return self._settings.oidc_issuer

    @property
    def redirect_uri(self) -> str:
        """Where the provider sends people back to; it has to be registered there."""
        return f"{self._settings.address}/sso/return"

    def address(self, begun: Begun) -> str:
        """Where the signer goes: a fresh sign-on is asked for, whatever session there is. Raises SignOnRefused."""
        with self._client() as client:
            url, _ = client.create_authorization_url(
                self._known("authorization_endpoint"),
                state=begun.state,
                nonce=begun.nonce,
                code_verifier=begun.verifier,
                prompt="login",
                max_age="0",
            )
        return str(url)

    def exchange(self, code: str, begun: Begun, now: datetime) -> SignedOn:
        """What the provider vouches for, in return for `code`. Raises SignOnRefused."""
        from authlib.common.errors import AuthlibBaseError
        from httpx import HTTPError

        try:
            with self._client() as client:
                token = client.fetch_token(
                    self._known("token_endpoint"),
                    code=code,
                    code_verifier=begun.verifier,
                    grant_type="authorization_code",
                )
        except (AuthlibBaseError, HTTPError, ValueError) as error:
            raise SignOnRefused(
                "code-refused", f"The provider did not take the code ({type(error).__name__})."
            ) from error
        raw = str(token.get("id_token", ""))
        claims = self._claims(raw)
        self._check(claims, begun.nonce, int(now.timestamp()))
        return SignedOn(claims["iss"], claims["sub"], claims["auth_time"], hashlib.sha256(raw.encode()).hexdigest())

    def _check(self, claims: dict[str, Any], nonce: str, now: int) -> None:
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        client_id = self._settings.oidc_client_id
        wrong = {
            "wrong-issuer": claims.get("iss") != self._settings.oidc_issuer,
            "wrong-audience": client_id not in audiences or claims.get("azp", client_id) != client_id,
            "wrong-nonce": claims.get("nonce") != nonce,
            "no-subject": not isinstance(claims.get("sub"), str) or not claims["sub"],
            "no-auth-time": not _is_whole(claims.get("auth_time")),
            "expired-token": not _is_whole(claims.get("exp")) or claims["exp"] <= now - SKEW_S,
            "future-token": not _is_whole(claims.get("iat")) or claims["iat"] > now + SKEW_S,
        }
        for code, is_wrong in wrong.items():
            if is_wrong:
                raise SignOnRefused(code, f"The provider's answer does not hold ({code.replace('-', ' ')}).")

    def _claims(self, raw: str) -> dict[str, Any]:
        """The claims of an ID token whose signature holds. Raises SignOnRefused."""
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        try:
            keys = KeySet.import_key_set(self._get(self._known("jwks_uri")))
            return dict(jwt.decode(raw, keys, algorithms=ALGORITHMS).claims)
        except (JoseError, ValueError) as error:
            said = f"The provider's answer is not signed by it ({type(error).__name__})."
            raise SignOnRefused("bad-signature", said) from error

    def _known(self, name: str) -> str:
        """One address of the provider's metadata, which must be its own. Raises SignOnRefused."""
        if self._metadata is None:
            found = self._get(f"{self._settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self._settings.oidc_issuer:
                raise SignOnRefused("wrong-issuer", "The provider calls itself otherwise than TOLLGATE_OIDC_ISSUER.")
            self._metadata = found
        try:
            return str(self._metadata[name])
        except KeyError as error:
            raise SignOnRefused("no-provider", f"The provider names no {name}.") from error

    def _get(self, url: str) -> Any:
        import httpx

        try:
            answer = httpx.get(url, timeout=TIMEOUT_S)
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            said = "The sign-on provider does not answer. Try again later, or use another proof."
            raise SignOnRefused("no-provider", said) from error

    def _client(self) -> Any:
        from authlib.integrations.httpx_client import OAuth2Client

        return OAuth2Client(
            client_id=self._settings.oidc_client_id,
            client_secret=self._settings.oidc_client_secret.get_secret_value(),
            scope="openid",
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            timeout=TIMEOUT_S,
        )


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
