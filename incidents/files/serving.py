"""A stored file as an answer, and the answer to files that were sent."""

from __future__ import annotations

from urllib.parse import quote

from django.core.files import File
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import get_conditional_response

from incidents.files import keeping, pictures, store
from incidents.models import StoredFile

_FULL = (
    "There is no room left for files. Tell the people who run this site; what you typed is kept."
)
_GONE = "The place for files does not answer. Try again in a minute; what you typed is kept."


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
        "title": "This file cannot be fetched right now",
        "text": _GONE.partition(";")[0] + ".",
    }
    return render(request, "error.html", words, status=503)


def status_of(outcome: keeping.Outcome) -> int:
    """Of the page that shows it; what the place for files did not take is said there, too."""
    if outcome.stopped:
        outcome.refused.append(_FULL if outcome.stopped.is_full else _GONE)
        return 507 if outcome.stopped.is_full else 503
    return 422 if outcome.refused else 200
