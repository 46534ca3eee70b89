"""Nobody overwrites what they have not seen: ETag, If-None-Match and If-Match."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from api.problems import Problem


def etag_of(told: Mapping[str, Any]) -> str:
    """Stands for a thing as this reader is told of it."""
    said = json.dumps(told, sort_keys=True, default=str)
    return f'"{hashlib.sha256(said.encode()).hexdigest()[:32]}"'


def is_known(request: HttpRequest, told: Mapping[str, Any]) -> bool:
    """Whether the caller holds it as it is now."""
    return etag_of(told) in _tags(request.headers.get("If-None-Match", ""))


def require_seen(request: HttpRequest, told: Mapping[str, Any], *, is_needed: bool = True) -> None:
    """Raise Problem 428 without If-Match, and 412 when the thing is another by now. Call it with
    the row locked. `is_needed`: else what comes without is let through."""
    sent = request.headers.get("If-Match")
    if sent is None:
        if is_needed:
            raise Problem(
                428, "Nothing was changed. Send If-Match with the ETag of what you have read."
            )
        return
    current = etag_of(told)
    if sent.strip() != "*" and current not in _tags(sent):
        raise Problem(
            412,
            "Nothing was changed. Somebody has changed it since you read it: read it again.",
            headers={"ETag": current},
        )


def _tags(header: str) -> set[str]:
    """A proxy, or our own compression, may have marked them as weak."""
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}
