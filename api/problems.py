"""Errors of the API: `application/problem+json` (RFC 9457), whatever went wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse

MEDIA_TYPE = "application/problem+json"

#: What is said where nobody said anything more exact.
_WORDS = {
    400: "The request could not be read. Nothing was changed.",
    401: "Send a valid token: Authorization: Bearer story_… Tokens are made under Settings.",
    403: "This is not for the owner of this token, or not within its scope. Nothing was changed.",
    404: "There is nothing here, or nothing that this token may know of.",
    405: "This address does not take that method. Allow names those it takes.",
    413: "That is too much at once. Nothing was changed.",
    415: "Send JSON, with Content-Type: application/json.",
    429: "Too many calls in this minute. Retry-After says when to go on.",
    500: "Something broke here, and it is not your doing. Nothing was changed.",
    503: "Not available for a moment. Try again.",
}


class Problem(Exception):
    """Answers with this status. `errors` are {"field", "detail"} of what was sent."""

    def __init__(
        self,
        status: int,
        detail: str = "",
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail
        self.errors, self.headers = errors, headers or {}


def answer(
    status: int,
    detail: str = "",
    *,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    told: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or _WORDS.get(status, "Nothing was changed."),
    }
    if errors:
        told["errors"] = list(errors)
    return HttpResponse(
        json.dumps(told, ensure_ascii=False),
        content_type=MEDIA_TYPE,
        status=status,
        headers=dict(headers or {}),
    )
