"""The HTTP API for programs, under `/api`: what a person may read and raise, by a token of theirs. It signs nothing."""

from workflows.web.api.app import api_app

__all__ = ["api_app"]
