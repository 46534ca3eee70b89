"""Error pages: what didn't happen, why, and what to do next. The same for hidden and missing."""

from typing import Any

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return render(request, "error.html", {"title": title, "text": text}, status=status)


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    if isinstance(exception, TooManyFilesSent):
        most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        return _page(
            request,
            413,
            "Those are too many files at once",
            f"Nothing was saved. Up to {most} go together. Go back, where what you typed still "
            "stands, and attach them in parts.",
        )
    return _page(
        request,
        400,
        "That request could not be read",
        "Nothing was changed. Go back, reload the page and try again.",
    )


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    why = str(exception) if exception and str(exception) else ""
    return _page(
        request,
        403,
        "This is for the people who work on it",
        why or "Nothing was changed. Ask the facilitator or the owning team to add you.",
    )


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _page(
        request,
        404,
        "There is nothing here",
        "The address may be mistyped, or this was never shared with you. "
        "Search finds everything you can read.",
    )


def too_many(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """For the doors: wrong passwords, reset mails."""
    response = _page(
        request,
        429,
        "Too many tries for now",
        "Nothing was changed. Wait five minutes, then try once more.",
    )
    response.headers["Retry-After"] = "300"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Needs neither session nor database nor style sheet: any of them may be what is missing."""
    reference = getattr(request, "id", "")
    try:
        style = static("css/app.css")
    except ValueError:  # nobody has collected the static files
        style = ""
    return HttpResponse(
        render_to_string("server_error.html", {"reference": reference, "style": style}), status=500
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form came from a page that is too old. What was typed is shown, so it can be copied."""
    typed = [
        (name.replace("_", " "), value)
        for name, values in request.POST.lists()
        for value in values
        if value and "token" not in name and "password" not in name
    ]
    return render(request, "csrf_failure.html", {"typed": typed}, status=403)
