"""Whoever takes a whole list along as a file leaves a line in the trail, whichever page made it."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from common.confidence import keeps_confidence
from common.history import record_once_a_day

_NAME = re.compile(r'^attachment; filename="([^"]+)"')


class TookAlongMiddleware:
    """One line for each person, file and day. What is a single thing is left to its own page: see
    incidents/reading.py for what is restricted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        file = _NAME.match(response.headers.get("Content-Disposition", ""))
        match = request.resolver_match
        if file and response.status_code == 200 and match and not match.kwargs:
            is_known = request.user.is_authenticated and not keeps_confidence(match.func)
            if is_known and request.method == "GET":
                record_once_a_day(request.user, "took a list along", request.user, file[1])
        return response
