"""What a team answers to a lesson of another."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.access import require
from common.forms import form_page, posted, seen_version
from common.history import EditConflict
from lessons import adopting, permissions
from lessons.forms import AdoptionForm
from lessons.models import Adoption, Lesson
from lessons.views.lesson import find
from people.models import Team

_SAID_BY = _(
    "Whether a lesson applies to a team is said by the people in it, and not of their own lessons."
)


def find_for_team(request: HttpRequest, number: int, slug: str) -> tuple[Lesson, Team]:
    """Raises Http404 for either, and PermissionDenied for another team than one's own."""
    lesson = find(request, number)
    team = get_object_or_404(Team.objects.visible_to(request.user), slug=slug)
    require(permissions.can_answer_for(request.user, team, lesson), _SAID_BY)
    return lesson, team


@form_page
def answer(request: HttpRequest, number: int, slug: str) -> HttpResponse:
    """Could this happen to us? Either answer helps the next reader."""
    lesson, team = find_for_team(request, number, slug)
    before = Adoption.objects.filter(lesson=lesson, team=team).first()
    first = {"answer": before.answer, "note": before.note} if before else {}
    first.setdefault("answer", request.GET.get("answer", ""))
    form = AdoptionForm(posted(request), initial=first, answers=Adoption.Answer.choices)
    seen = seen_version(request) if form.is_bound else (before.version if before else 0)
    context: dict[str, Any] = {"lesson": lesson, "team": team, "form": form, "seen": seen}
    if form.is_valid():
        try:
            adopting.answer(
                lesson, team, **form.cleaned_data, seen=seen, by=request.user, at=timezone.now()
            )
        except EditConflict as conflict:
            context |= {"meanwhile": conflict.current, "seen": conflict.current.version}
            return render(request, "lessons/adoption_form.html", context, status=409)
        messages.success(
            request, gettext("Thank you. {team} is among the teams that checked.").format(team=team)
        )
        return redirect(lesson.get_absolute_url() + "#could-happen")
    return render(
        request, "lessons/adoption_form.html", context, status=422 if form.errors else 200
    )
