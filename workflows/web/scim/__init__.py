"""SCIM 2.0 (RFC 7643, RFC 7644): a directory keeps the people and groups of the roster."""

from workflows.web.scim.app import scim_app

__all__ = ["scim_app"]
