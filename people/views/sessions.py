"""Where one is logged in, and ending that."""

from __future__ import annotations

from datetime import UTC

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from common.history import record
from people import sessions as engine
from people.models import OpenSession


@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    here = request.session.session_key
    mine = OpenSession.objects.visible_to(request.user).newest_first()
    rows = [(session, engine.handle_of(session), session.pk == here) for session in mine]
    return render(
        request,
        "people/sessions.html",
        {
            "rows": sorted(rows, key=lambda row: not row[2]),
            "has_others": any(not is_here for _, _, is_here in rows),
            "today": timezone.now().astimezone(UTC).date(),
        },
    )


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """`which` is "others" or the handle of one. Ending this one is logging out."""
    which, here = request.POST.get("which", ""), request.session.session_key
    mine = OpenSession.objects.visible_to(request.user).exclude(pk=here)
    chosen = [one for one in mine if which in ("others", engine.handle_of(one))]
    if engine.end(chosen):
        record(request.user, "ended own sessions", request.user)
        messages.success(
            request, gettext("Logged out there. Whoever goes on there has to log in first.")
        )
    else:
        messages.info(request, gettext("Nothing was open there any more."))
    return redirect("people:sessions")
