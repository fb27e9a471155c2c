"""Keys derived from the one secret of the installation."""

from __future__ import annotations

import hashlib
import hmac

from workflows.wiring import Services


def form_key(services: Services) -> bytes:
    """The key of anti-forgery values: derived, so that every server of an installation has the same."""
    return hmac.new(services.register.link_key, b"tollgate/form-key/v1", hashlib.sha256).digest()
