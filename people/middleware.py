"""Show every time in the reader's own zone, and begin with the first set-up."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from people.models import User


class ReaderTimeZoneMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            with timezone.override(request.user.zone):
                return self.get_response(request)
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
        return {reverse("people:setup"), reverse("healthz"), reverse("favicon")}
