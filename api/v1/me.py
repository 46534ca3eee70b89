"""Whose token it is, and what it may do."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from api.v1.door import READING, Scope, Token, Told
from api.v1.words import one_of
from common.downloads import iso

router = Router(tags=["The token"])


class TokenTold(Told):
    name: str
    scope: one_of(Scope.values)
    owner: str
    expires_at: str
    calls_per_minute: int


@router.get("/me", response={200: TokenTold, **READING}, auth=Token())
def read_token(request: HttpRequest) -> Any:
    """The token itself, to see whether it works."""
    token = request.auth
    return {
        "name": token.name,
        "scope": token.scope,
        "owner": token.owner.name,
        "expires_at": iso(token.expires_at),
        "calls_per_minute": request.api_rate.limit,
    }
