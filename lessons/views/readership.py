"""How far a lesson is read and used."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from common.access import require
from lessons import readership
from lessons.models import Lesson
from lessons.views.lesson import find


def _find_published(request: HttpRequest, number: int) -> Lesson:
    lesson = find(request, number)
    require(lesson.is_published, gettext("Readers are counted once it is published."))
    return lesson


@require_safe
def readers(request: HttpRequest, number: int) -> HttpResponse:
    lesson = _find_published(request, number)
    context = {
        "lesson": lesson,
        "months": readership.by_month(lesson),
        "used": readership.used(lesson, request.user),
        "fewest": readership.FEWEST,
    }
    return render(request, "lessons/readers.html", context)


@require_POST
def count(request: HttpRequest, number: int) -> HttpResponse:
    """The page was open for a while: its script says so."""
    lesson = _find_published(request, number)
    readership.count(lesson, request.user, today=timezone.localdate())
    return HttpResponse(status=204)


@require_POST
def use(request: HttpRequest, number: int) -> HttpResponse:
    """ "I changed something because of this": said once by each, and by nobody's name."""
    lesson = _find_published(request, number)
    is_used = request.POST.get("taken_back", "") == ""
    readership.use(lesson, request.user, is_used=is_used)
    messages.success(
        request,
        gettext("Thank you. It is counted, and nobody sees that it was you.")
        if is_used
        else gettext("Taken back."),
    )
    return redirect(lesson.get_absolute_url() + "#use")
