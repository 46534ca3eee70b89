"""Pages that need every app: home, how we review, the palette."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "config/home.html")


def how_we_review(request: HttpRequest) -> HttpResponse:
    return render(request, "config/how_we_review.html")


def palette(request: HttpRequest) -> HttpResponse:
    return render(request, "config/palette.html")


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive. Says nothing else, to anybody."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
def favicon(request: HttpRequest) -> HttpResponse:
    return redirect(static("img/favicon.svg"), permanent=True)
