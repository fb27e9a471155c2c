"""Signing mails with the domain's own key (DKIM, RFC 6376), so that the reader's mail system can tell who sent them."""

from __future__ import annotations

from dataclasses import dataclass, field

from notifications.errors import PostError

SIGNED = (b"from", b"to", b"subject", b"date", b"message-id", b"references", b"in-reply-to", b"reply-to",
          b"auto-submitted", b"content-type", b"mime-version")  # fmt: skip
"""The headers a signature covers; From twice over would let somebody add a second one."""


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private RSA key of 2048 bits or more (PEM) and where its public half is: `selector._domainkey.domain`."""

    domain: str
    selector: str
    key: bytes = field(repr=False)

    def sign(self, mail: bytes) -> bytes:
        """The mail with its signature in front. Raises PostError when the key cannot sign."""
        import dkim

        try:
            header = dkim.sign(
                mail,
                self.selector.encode(),
                self.domain.encode(),
                self.key,
                include_headers=[name for name in SIGNED if _has(mail, name)],
                canonicalize=(b"relaxed", b"relaxed"),
            )
        except (dkim.DKIMException, ValueError) as error:
            raise PostError(f"The DKIM key of {self.selector}._domainkey.{self.domain} cannot sign: {error}") from error
        return bytes(header) + mail


def _has(mail: bytes, name: bytes) -> bool:
    head = mail.split(b"\r\n\r\n", 1)[0].lower()
    return head.startswith(name + b":") or b"\r\n" + name + b":" in head
