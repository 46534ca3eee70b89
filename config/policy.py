"""The content security policy of every page, and what browsers tell of it: that a page tried what
it refuses, a fault of ours or somebody at work. What they tell is never kept, and of addresses only
the site."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from allauth.core import ratelimit
from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from common.middleware import length_of

logger = logging.getLogger(__name__)

_MOST_BYTES = 16_384
#: Of one delivery.
_MOST_TOLD = 5
_LONGEST = 60


class PolicyMiddleware(CSPMiddleware):
    """Puts the policy of the settings together once. What a page adds to it is left to django-csp:
    it marks the answer."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        is_marked = any(name.startswith("_csp") for name in vars(response))
        if is_marked or hasattr(request, "_csp_nonce") or settings.DEBUG:
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, _policy())
        return response


@cache
def _policy() -> str:
    return build_policy()


@csrf_exempt
@login_not_required
@require_POST
def hear(request: HttpRequest) -> HttpResponse:
    """Always the same answer: nobody learns here what became of it."""
    is_heard = 0 < length_of(request) <= _MOST_BYTES and ratelimit.consume(
        request, action="policy_report"
    )
    if is_heard:
        for directive, blocked in list(_told(request))[:_MOST_TOLD]:
            logger.warning("A page tried what the policy refuses: %s, %s", directive, blocked)
    return HttpResponse(status=204)


def _told(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """(directive, site) of each report, in the form of `report-uri` or of `report-to`."""
    try:
        told: Any = json.loads(request.body)
    except (ValueError, RecursionError, RawPostDataException):
        return
    for one in told if isinstance(told, list) else [told]:
        if not isinstance(one, dict):
            continue
        report = one.get("csp-report") or one.get("body")
        if isinstance(report, dict):
            directive = report.get("effective-directive") or report.get("effectiveDirective")
            blocked = report.get("blocked-uri") or report.get("blockedURL")
            yield _word(directive), _site(blocked)


def _site(address: object) -> str:
    """Without the path, which may be a secret: "inline", "data" or "https://evil.example"."""
    text = str(address or "")
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return _word(f"{parts.scheme}://{parts.hostname}" if parts.hostname else text.split(":")[0])


def _word(text: object) -> str:
    return "".join(
        each for each in str(text or "")[:_LONGEST] if each.isascii() and each.isprintable()
    )
