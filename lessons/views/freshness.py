"""A lesson is read again by the team that looks after it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.access import require
from common.forms import form_page, posted, seen_version
from common.history import EditConflict
from lessons import freshness, permissions
from lessons.forms import RereadForm
from lessons.querysets import reread_day
from lessons.views.lesson import find

_READ_BY = _("Whether a lesson is still true is said by the team that looks after it. Tell them.")


@form_page
def reread(request: HttpRequest, number: int) -> HttpResponse:
    """Is it still true? It stands, it needs other words, or a newer one says it better."""
    lesson = find(request, number)
    user, today = request.user, timezone.localdate()
    require(permissions.can_reread(user, lesson), _READ_BY)
    form = RereadForm(
        posted(request),
        initial={"again_on": reread_day(today), "newer": request.GET.get("newer", "")[:16]},
        user=user,
        today=today,
    )
    seen = seen_version(request) if form.is_bound else lesson.version
    status = 422 if form.errors else 200
    context: dict[str, Any] = {"lesson": lesson, "form": form}
    if form.is_valid():
        said = {"seen": seen, "by": user, "at": timezone.now()}
        try:
            if newer := form.cleaned_data["newer"]:
                freshness.supersede(lesson, newer, **said)
                messages.success(
                    request,
                    gettext("{older} leads to {newer} now.").format(
                        older=lesson.reference, newer=newer.reference
                    ),
                )
            else:
                freshness.confirm(lesson, again_on=form.cleaned_data["again_on"], **said)
                messages.success(request, gettext("Thank you. Readers see that it still holds."))
            return redirect(lesson)
        except freshness.NotNewer as error:
            form.add_error("newer", str(error))
            status = 422
        except EditConflict as conflict:
            seen, status = conflict.current.version, 409
            context |= {"lesson": find(request, number), "is_changed": True}
    context |= {"seen": seen, "may_edit": permissions.can_edit(user, lesson)}
    return render(request, "lessons/reread.html", context, status=status)
