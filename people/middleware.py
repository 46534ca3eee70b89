"""Log in first, show everything in the reader's own time zone and language, and begin with the
first set-up."""

from collections.abc import Callable
from functools import partial
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.middleware import (
    AuthenticationMiddleware,
    LoginRequiredMiddleware,
    get_user,
)
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import ngettext

from common import languages, whence
from common.confidence import keeps_confidence
from people import sessions, unsent
from people.backends import user_of
from people.models import User

#: The header of what static/js/autosave.js sends.
AUTOSAVE = "X-Autosave"


class WhoMiddleware(AuthenticationMiddleware):
    """As Django does, with who it is from the statement for their session."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)  # which also looks for a session, and sets `auser`
        who: Any = SimpleLazyObject(partial(_user_of, request))
        request.user = who


def _user_of(request: HttpRequest) -> Any:
    with user_of(request.session):
        return get_user(request)


class LogInFirstMiddleware(LoginRequiredMiddleware):
    """Who is not logged in is led to the log-in. What they had typed comes along.

    A part of a page that htmx asks for is answered so that the page itself goes there, and an
    autosave so that the page can say what happened.
    """

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        # What is written in confidence is kept nowhere: it would be lost.
        is_let_through = request.method == "POST" and keeps_confidence(view_func)
        if getattr(view_func, "login_required", True) and not is_let_through:
            self._end_when_idle(request)
        log_in = super().process_view(request, view_func, view_args, view_kwargs)
        if log_in is not None:
            return self._with_what_was_typed(
                request, log_in, is_kept=not keeps_confidence(view_func)
            )
        if getattr(view_func, "login_required", True):
            request.is_logged_in = True
            if request.user.is_authenticated and not keeps_confidence(view_func):
                sessions.note_use(request)
            kept = unsent.of(request) if request.method == "POST" else None
            if kept and kept["to"] == request.path:
                unsent.forget(request)
        return None

    @staticmethod
    def _end_when_idle(request: HttpRequest) -> None:
        if request.user.is_authenticated and sessions.is_idle(request):
            logout(request)
            hours = settings.SESSION_IDLE_SECONDS // 3600
            messages.info(
                request,
                ngettext(
                    "Logged out: nothing was done here for %(hours)s hour.",
                    "Logged out: nothing was done here for %(hours)s hours.",
                    hours,
                )
                % {"hours": hours},
            )

    @staticmethod
    def _with_what_was_typed(
        request: HttpRequest, log_in: HttpResponseBase, *, is_kept: bool
    ) -> HttpResponseBase:
        if AUTOSAVE in request.headers:
            return HttpResponse("You are signed out.", status=401)
        if request.method == "POST" and is_kept and unsent.keep(request):
            log_in = redirect_to_login(reverse("people:unsent"))
        if "HX-Request" not in request.headers:
            return log_in
        if request.method != "POST":
            return HttpResponse(status=401)
        return HttpResponse(status=401, headers={"HX-Redirect": log_in["Location"]})

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if getattr(request, "is_logged_in", False) and request.user.is_authenticated:
            unsent.remember(request, response)
            sessions.remember_use(request, response)
        sessions.name_device(request)
        return response


class WhenceMiddleware:
    """Deeds on accounts are kept with where they came from: see common/whence.py."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        before = whence.ask.set(partial(_client_address, request))
        try:
            return self.get_response(request)
        finally:
            whence.ask.reset(before)


def _client_address(request: HttpRequest) -> str | None:
    """As the number of trusted proxies tells it, for lock-outs and for the trail alike."""
    try:
        return get_adapter().get_client_ip(request) or None
    except PermissionDenied:
        return None


class ReaderMiddleware:
    """Times in the reader's zone, words in their language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            language = languages.of_answer(request, reader=request.user)
            with timezone.override(request.user.zone), translation.override(language):
                return languages.named(self.get_response(request), language)
        return self.get_response(request)


class FirstRunMiddleware:
    """While nobody has an account, every page leads to people:setup."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.somebody_is_here = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self.somebody_is_here and request.path not in self.open_paths():
            self.somebody_is_here = request.user.is_authenticated or User.objects.exists()
            if not self.somebody_is_here:
                return HttpResponseRedirect(reverse("people:setup"))
        return self.get_response(request)

    @staticmethod
    def open_paths() -> set[str]:
        ours = ("people:setup", "people:choose_language")
        names = (*ours, "healthz", "readyz", "metrics", "favicon", "policy_reports")
        return {reverse(name) for name in names}
