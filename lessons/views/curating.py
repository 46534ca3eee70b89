"""Collections, and the lesson of the month."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from common import downloads, drafts, papers
from common.access import require
from common.dates import say
from common.forms import form_page, posted, seen_version
from common.history import EditConflict
from lessons import curating, export, library, paper, permissions
from lessons.forms import CollectionForm, MonthForm
from lessons.models import Collection, Lesson, LessonOfTheMonth
from lessons.views.lesson import find
from people.models import User

_CURATED_BY = _("Facilitators and managers pick what others read. Tell one of them what to add.")


def _find(request: HttpRequest, slug: str) -> Collection:
    return get_object_or_404(Collection.objects.visible_to(request.user), slug=slug)


@require_safe
def collections(request: HttpRequest) -> HttpResponse:
    """Reading lists, and the lessons of the months so far."""
    user, today = request.user, timezone.localdate()
    context = {
        "collections": Collection.objects.visible_to(user).for_list(),
        "months": curating.months(user, today=today),
        "may_curate": permissions.can_curate(user),
    }
    return render(request, "lessons/collections.html", context)


@require_safe
def collection(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The reading list; with ?as=markdown, ?as=json or ?as=csv a file to keep."""
    found = _find(request, slug)
    entries = curating.entries(found, request.user)
    form = request.GET.get("as")
    if form == "csv" or form in downloads.FORMS:
        told = export.collection(found, entries, request.user)
        if form == "csv":
            return downloads.file(export.collection_as_csv(told), name=found.slug, ending="csv")
        return downloads.kept(form, told, export.collection_in_markdown(told))
    context = {
        "collection": found,
        "entries": entries,
        "minutes": sum(library.minutes_to_read(entry.lesson) for entry in entries),
        "may_curate": permissions.can_curate(request.user),
    }
    return render(request, "lessons/collection.html", context)


@require_safe
def collection_pdf(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Its lessons in full, on paper."""
    found = _find(request, slug)
    entries = curating.entries(found, request.user)
    page = paper.collection_page(found, entries, today=timezone.localdate())
    back = found.get_absolute_url()
    return papers.answer(request, page, name=f"{found.slug}.pdf", back=back)


@form_page
def new_collection(request: HttpRequest) -> HttpResponse:
    user = request.user
    require(permissions.can_curate(user), _CURATED_BY)
    draft_of = "collection-new"
    if "discard" in request.POST:
        return _begun_again(request, draft_of)
    kept = _kept(user, draft_of)
    first = {"picked": request.GET.get("lesson", "")[:16], "is_shown": True} | kept
    form = CollectionForm(posted(request), initial=first, user=user)
    if form.is_valid():
        made = curating.create(**form.cleaned_data, by=user, at=timezone.now())
        drafts.discard(user, draft_of)
        messages.success(request, gettext("“{title}” is in the library.").format(title=made))
        return redirect(made)
    context = {
        "form": form,
        "draft_of": draft_of,
        "is_continued": bool(kept) and not form.is_bound,
    }
    return render(
        request, "lessons/collection_form.html", context, status=422 if form.errors else 200
    )


@form_page
def edit_collection(request: HttpRequest, slug: str) -> HttpResponse:
    """A version saved meanwhile is shown beside one's own: nothing is lost."""
    found = _find(request, slug)
    require(permissions.can_curate(request.user), _CURATED_BY)
    draft_of = f"collection-{found.pk}"
    if "discard" in request.POST:
        return _begun_again(request, draft_of)
    kept = _kept(request.user, draft_of)
    first = _answers(request, found) | kept
    form = CollectionForm(posted(request), initial=first, user=request.user)
    # What goes on was written over the version that was seen then.
    seen = seen_version(request) if form.is_bound else kept.get("seen", found.version)
    context: dict[str, Any] = {
        "form": form,
        "collection": found,
        "seen": seen,
        "draft_of": draft_of,
        "is_continued": bool(kept) and not form.is_bound,
    }
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            curating.edit(found, seen=seen, **form.cleaned_data, by=request.user, at=timezone.now())
            drafts.discard(request.user, draft_of)
            messages.success(request, gettext("Saved."))
            return redirect(found)
        except EditConflict as conflict:
            context |= {
                "meanwhile": _answers(request, conflict.current),
                "seen": conflict.current.version,
            }
            status = 409
    return render(request, "lessons/collection_form.html", context, status=status)


def _kept(user: User, draft_of: str) -> dict[str, Any]:
    """What was typed and not sent. A box without its tick is not among it."""
    kept = drafts.saved(user, draft_of)
    boxes = {name: name in kept for name in ("is_for_newcomers", "is_shown")}
    return kept | boxes if kept else {}


def _begun_again(request: HttpRequest, draft_of: str) -> HttpResponse:
    drafts.discard(request.user, draft_of)
    return redirect(request.get_full_path())


def _answers(request: HttpRequest, found: Collection) -> dict[str, Any]:
    names = ("title", "introduction", "is_for_newcomers", "is_shown")
    picked = curating.as_text(curating.entries(found, request.user))
    return {name: getattr(found, name) for name in names} | {"picked": picked}


@form_page
def of_the_month(request: HttpRequest, number: int) -> HttpResponse:
    """Choose this lesson for a month. A choice that is replaced is shown first."""
    lesson = find(request, number)
    require(lesson.is_published and permissions.can_curate(request.user), _CURATED_BY)
    this_month = timezone.localdate().replace(day=1)
    months = [this_month, _next(this_month), _next(_next(this_month))]
    chosen = {
        choice.month: choice
        for choice in LessonOfTheMonth.objects.filter(
            Lesson.objects.in_library(request.user).holds("lesson"), month__in=months
        ).select_related("lesson")
    }
    free = next((month for month in months if month not in chosen), this_month)
    form = MonthForm(posted(request), initial={"month": str(free)}, months=months)
    context: dict[str, Any] = {"lesson": lesson, "form": form, "seen": 0}
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            curating.choose(
                lesson, **form.cleaned_data, seen=seen_version(request), by=request.user
            )
            messages.success(
                request,
                gettext("Chosen for {month}.").format(month=say(form.cleaned_data["month"], "F Y")),
            )
            return redirect("lessons:collections")
        except EditConflict as conflict:
            context |= {"meanwhile": conflict.current, "seen": conflict.current.version}
            status = 409
    context["chosen"] = [chosen[month] for month in months if month in chosen]
    return render(request, "lessons/of_the_month.html", context, status=status)


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
