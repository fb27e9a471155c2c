"""What this service provider says of itself: its configuration, resource types and schemas."""

from __future__ import annotations

from typing import Any

from workflows.web.scim.asking import MOST_PAGE
from workflows.web.scim.people import USER
from workflows.web.scim.teams import GROUP

CORE = "urn:ietf:params:scim:schemas:core:2.0"
KINDS = (("User", "A person of the roster", USER), ("Group", "A role and who holds it", GROUP))


def configuration(base: str) -> dict[str, Any]:
    """ServiceProviderConfig (RFC 7643, 5)."""
    no = {"supported": False}
    return {
        "schemas": [f"{CORE}:ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {**no, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MOST_PAGE},
        "changePassword": no,
        "sort": no,
        "etag": {"supported": True},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "The token `tollgate roster scim token` prints, in the Authorization header.",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
    }


def resource_types(base: str) -> list[dict[str, Any]]:
    """The two kinds of resource there are."""
    return [
        {
            "schemas": [f"{CORE}:ResourceType"],
            "id": name,
            "name": name,
            "endpoint": f"/{name}s",
            "description": said,
            "schema": schema,
            "schemaExtensions": [],
            "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/{name}"},
        }
        for name, said, schema in KINDS
    ]


def schemas(base: str) -> list[dict[str, Any]]:
    """What of each schema is kept."""
    name = _attribute("name", "complex", parts=[_attribute(p) for p in ("formatted", "givenName", "familyName")])
    mailbox = [_attribute("value", required=True), _attribute("type"), _attribute("primary", "boolean")]
    member = [_attribute("value", mutable="immutable"), _attribute("$ref", "reference", mutable="readOnly")]
    shown = [_attribute(part, mutable="readOnly") for part in ("value", "display", "$ref")]
    user = [
        _attribute("userName", required=True, unique="server"),
        name,
        _attribute("displayName"),
        _attribute("active", "boolean"),
        _attribute("timezone"),
        _attribute("locale"),
        _attribute("emails", "complex", parts=mailbox, many=True),
        _attribute("groups", "complex", parts=shown, many=True, mutable="readOnly"),
    ]
    group = [
        _attribute("displayName", required=True, unique="server"),
        _attribute("members", "complex", parts=member, many=True),
    ]
    return [
        {
            "schemas": [f"{CORE}:Schema"],
            "id": schema,
            "name": title,
            "attributes": attributes,
            "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{schema}"},
        }
        for schema, title, attributes in ((USER, "User", user), (GROUP, "Group", group))
    ]


def _attribute(
    name: str,
    kind: str = "string",
    *,
    parts: list[dict[str, Any]] | None = None,
    many: bool = False,
    required: bool = False,
    unique: str = "none",
    mutable: str = "readWrite",
) -> dict[str, Any]:
    return {
        "name": name,
        "type": kind,
        "multiValued": many,
        "required": required,
        "caseExact": False,
        "mutability": mutable,
        "returned": "default",
        "uniqueness": unique,
        **({"subAttributes": parts} if parts is not None else {}),
    }
