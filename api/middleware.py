"""Whatever goes wrong below /api/ is told as a problem, and each answer says what is left to call.

Stands outside the rest, so that it also sees what no view has answered: addresses that are not
there, methods that are not taken, crashes.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from api import problems

_ROOT = "/api/"
#: A page for people.
_PAGE = "/api/docs/"
_KEPT = ("Allow", "Retry-After", "WWW-Authenticate")


class ProblemsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(_ROOT) or request.path_info.startswith(_PAGE):
            return self.get_response(request)
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            # Led on to https, a program would go on sending its token in the open.
            return problems.answer(403, "Only by https. Renew the token: it was sent in the open.")
        response = self.get_response(request)
        if response.status_code in {301, 302}:
            # Only the first set-up leads everybody on to it.
            return problems.answer(503, "Nobody has set this site up yet.")
        if response.status_code >= 400 and not _is_problem(response):
            kept = {name: response[name] for name in _KEPT if name in response}
            response = problems.answer(response.status_code, headers=kept)
        if rate := getattr(request, "api_rate", None):
            response.headers["RateLimit-Limit"] = str(rate.limit)
            response.headers["RateLimit-Remaining"] = str(rate.remaining)
            response.headers["RateLimit-Reset"] = str(rate.seconds_left)
        return response


def _is_problem(response: HttpResponse) -> bool:
    return response.headers.get("Content-Type", "").startswith(problems.MEDIA_TYPE)
