"""What SCIM answers when it does not do what was asked."""

from __future__ import annotations


class ScimError(Exception):
    """An error in SCIM's shape: HTTP status, its `scimType` ('' for none) and a sentence."""

    def __init__(self, status: int, detail: str, kind: str = "") -> None:
        self.status = status
        self.detail = detail
        self.kind = kind
        super().__init__(detail)


def bad(detail: str, kind: str = "invalidValue") -> ScimError:
    """A request that cannot be followed."""
    return ScimError(400, detail, kind)
