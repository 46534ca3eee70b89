"""A stored file as an answer, and the answers to files that were sent, described and removed."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.files import File
from django.db import models
from django.forms import Form
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from incidents.files import keeping, pictures, store
from incidents.models import StoredFile

_FULL = _(
    "There is no room left for files. Tell the people who run this site; what you typed is kept."
)
_GONE = _("The place for files does not answer. Try again in a minute; what you typed is kept.")


def answer(request: HttpRequest, found: StoredFile, *, thumbnail: bool = False) -> HttpResponseBase:
    """Streamed; a browser that has it is told so, each time after asking who it is."""
    etag = f'"{found.sha256}{"-small" if thumbnail else ""}"'
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        try:
            file = store.get(found.sha256, thumbnail=thumbnail)
        except FileNotFoundError:
            raise Http404 from None
        except store.NotStored:
            return _not_now(request)
        response = _file(file, pictures.THUMBNAIL_TYPE if thumbnail else found.content_type)
    kind = "inline" if found.is_picture else "attachment"
    response.headers["Content-Disposition"] = f"{kind}; filename*=UTF-8''{quote(found.name, '')}"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["ETag"] = etag
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def thumbnail(request: HttpRequest, found: StoredFile) -> HttpResponseBase:
    """Raises Http404 for what is no picture."""
    if not found.is_picture:
        raise Http404
    return answer(request, found, thumbnail=True)


def _file(file: File, content_type: str) -> FileResponse:
    # Said, so that the gzip middleware leaves it alone: pictures and archives only grow by it.
    headers = {"Content-Encoding": "identity"}
    return FileResponse(file, content_type=content_type, headers=headers)


def _not_now(request: HttpRequest) -> HttpResponse:
    words = {
        "title": gettext("This file cannot be fetched right now"),
        "text": gettext("The place for files does not answer. Try again in a minute."),
    }
    return render(request, "error.html", words, status=503)


# What people do with files ------------------------------------------------------------------------
def attach(
    request: HttpRequest,
    owner: models.Model,
    form: Form,
    page: Callable[..., HttpResponse],
    *,
    back: str,
) -> HttpResponse:
    """Keep what was sent with the form. `page` shows it again when something was not taken, and
    is all that our script asks for; it takes `outcome` and `status`."""
    files = request.FILES.getlist("files")
    if not files:
        form.add_error(None, gettext("Choose a file first."))
    if not form.is_valid():
        return page(status=422)
    outcome = keeping.attach(owner, files, by=request.user, **form.cleaned_data)
    status = status_of(outcome)
    if status != HTTPStatus.OK or request.htmx:
        return page(outcome=outcome, status=status)
    for note in outcome.notes:
        messages.info(request, note)
    count = len(outcome.kept)
    messages.success(
        request,
        gettext("Attached.")
        if count == 1
        else ngettext("Attached {count} file.", "Attached {count} files.", count).format(
            count=count
        ),
    )
    return redirect(back)


def describe(
    request: HttpRequest,
    found: StoredFile,
    form: Form,
    template: str,
    context: dict[str, Any],
    *,
    back: str,
) -> HttpResponse:
    """Keep what is said of a file; over what somebody else said meanwhile only once it was seen."""
    context = context | {"form": form}
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            keeping.describe(found, by=request.user, **form.cleaned_data)
        except keeping.DescribedMeanwhile as conflict:
            status, context["theirs"] = 409, conflict.current
            form.data = {**form.data.dict(), "seen": conflict.current.mark}
        else:
            messages.success(request, gettext("Saved."))
            return redirect(f"{back}#file-{found.pk}")
    return render(request, template, context, status=status)


def remove(
    request: HttpRequest, found: StoredFile, template: str, context: dict[str, Any], *, back: str
) -> HttpResponse:
    """Asks first: it does not come back."""
    if request.method == "POST":
        keeping.remove(found, by=request.user)
        messages.success(request, gettext("“{name}” is removed.").format(name=found.name))
        return redirect(back)
    return render(request, template, context)


def status_of(outcome: keeping.Outcome) -> int:
    """Of the page that shows it; what the place for files did not take is said there, too."""
    if outcome.stopped:
        outcome.refused.append(str(_FULL if outcome.stopped.is_full else _GONE))
        return 507 if outcome.stopped.is_full else 503
    return 422 if outcome.refused else 200
