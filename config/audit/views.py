"""The audit trail: a page to look through, and the same lines as a file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common import csv_lines, downloads
from common.access import require
from common.addresses import Reference, word
from common.pagination import page_of
from config.audit import trail
from people.permissions import can_administer, can_see_audit

_BY = _("The trail is for administrators and for those who look after a team.")


def _asked(request: HttpRequest) -> trail.Asked:
    require(can_see_audit(request.user), _BY)
    require(
        request.method in {"GET", "HEAD"}, _("Nothing of the trail can be taken out or changed.")
    )
    return trail.Asked.read(request.GET)


def audit(request: HttpRequest) -> HttpResponse:
    """`area`, `who`, `about`, `since` and `until` narrow it down."""
    asked = _asked(request)
    page = page_of(asked.narrow(request.user), request.GET, order=trail.ORDER)
    context = {
        "asked": asked,
        "page": page,
        "lines": trail.lines(page.rows, reader=request.user),
        "query": request.GET.urlencode(),
        "may_break_glass": can_administer(request.user),
    }
    return render(request, "config/audit.html", context)


def export_csv(request: HttpRequest) -> StreamingHttpResponse:
    asked = _asked(request)
    rows = (line.as_data() for line in _taken(request, asked))
    cells = ([row[name] for name in trail.COLUMNS] for row in rows)
    return downloads.file(csv_lines.lines(trail.COLUMNS, cells), name="audit", ending="csv")


def export_json(request: HttpRequest) -> StreamingHttpResponse:
    asked = _asked(request)
    rows = (line.as_data() for line in _taken(request, asked))
    head = {"made_at": downloads.iso(timezone.now())}
    return downloads.file(downloads.json_lines(head, "deeds", rows), name="audit", ending="json")


def _taken(request: HttpRequest, asked: trail.Asked) -> Iterator[trail.Line]:
    return trail.all_lines(asked.narrow(request.user), reader=request.user)


def find_glass(request: HttpRequest) -> HttpResponse:
    """From the reference that was typed to the page that asks why."""
    require(can_administer(request.user))
    reference = word(request.GET, "reference", longest=20).upper()
    if not re.fullmatch(Reference.regex, reference):
        return redirect("audit")
    return redirect("incidents:break_glass", reference)
