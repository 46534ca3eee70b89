"""The list of lessons, and one lesson."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common import downloads, drafts, papers, seen_again
from common.access import require
from common.history import EditConflict
from common.merging import by_words
from common.prepared import Prepared
from lessons import (
    browsing,
    curating,
    export,
    paper,
    permissions,
    reading,
    workflow,
)
from lessons.forms import LessonForm, answers_of, suggested
from lessons.models import Collection, Lesson
from people.models import Service, Team, User
from postmortems.models import Finding, Review

_PROPOSED_BY = _(
    "Lessons are written by those who guide a review, and by managers and "
    "facilitators. Tell one of them what you learned."
)
_PUBLISHED_BY = _("Nothing was changed. A manager of the owning team publishes it.")


_BY_REFERENCE = Prepared(
    lambda reader, reference: (
        Lesson.objects.visible_to(User(pk=reader))
        .filter(reference=reference)
        .select_related("team", "source_review__incident__team")
    ),
    reader=int,
    reference=str,
)


def find(request: HttpRequest, number: int) -> Lesson:
    found = _BY_REFERENCE.objects(reader=request.user.pk, reference=f"L-{number}")
    if not found:
        raise Http404
    prefetch_related_objects(found, "tags", "services", "factors")
    return found[0]


@require_safe
def lesson_list(request: HttpRequest) -> HttpResponse:
    asked = browsing.Asked.read(request.GET)
    library = browsing.library_page(asked, request.user)
    context: dict[str, Any] = {"library": library}
    if request.htmx and not request.htmx.history_restore_request:
        response = render(request, "lessons/_found.html", context)
        response["HX-Push-Url"] = asked.address()
        return response
    context["may_write"] = permissions.can_write_alone(request.user, manages=library.manages)
    if not asked.query:
        context["drafts"] = Lesson.objects.visible_to(request.user).drafts().order_by("-pk")[:5]
        context["choice"] = curating.of_the_month(request.user, today=timezone.localdate())
        context["collections"] = Collection.objects.visible_to(request.user).for_list()[:4]
    return render(request, "lessons/lesson_list.html", context)


@require_safe
def detail(request: HttpRequest, number: int, slug: str = "") -> HttpResponse:
    """The lesson. An older title in the address leads to the present one; with ?as=markdown or
    ?as=json it is a file to keep."""
    if request.GET.get("as") in downloads.FORMS:
        told = export.one(find(request, number), request.user)
        return downloads.kept(request.GET["as"], told, export.in_markdown(told))
    mark = reading.Mark.of(request.user, number)
    if mark is None:
        raise Http404
    if request.path != mark.address:
        return redirect(mark.address, permanent=True)

    def page() -> HttpResponse:
        state = reading.State.of(request.user, find(request, number))
        context = reading.page(request.user, state, mark)
        return render(request, "lessons/lesson_detail.html", context)

    return seen_again.answer(request, parts=mark.parts, changed_at=mark.changed_at, page=page)


@require_safe
def pdf(request: HttpRequest, number: int) -> HttpResponseBase:
    """The same on paper, made by a worker."""
    lesson = find(request, number)
    state = reading.State.of(request.user, lesson)
    page = paper.lesson_page(state, today=timezone.localdate())
    back = lesson.get_absolute_url()
    return papers.answer(request, page, name=f"{lesson.reference}.pdf", back=back)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write a lesson: from a card of a review, from a review, or alone."""
    review, finding = _origin(request)
    user = request.user
    require(
        permissions.can_propose(user, review) if review else permissions.can_write_alone(user),
        _PROPOSED_BY,
    )
    draft_of = _draft_name(review, finding)
    if "discard" in request.POST:
        drafts.discard(user, draft_of)
        return redirect(request.get_full_path())
    token = request.POST.get("form_token", "")
    kept = drafts.saved(user, draft_of)
    first = (suggested(review, finding) if review else {}) | kept
    form = LessonForm(request.POST or None, initial=first, **_choices(request, review))
    if request.method == "POST" and form.is_valid():
        try:
            lesson = workflow.write(
                form.cleaned_data, by=user, review=review, finding=finding, form_token=token
            )
        except workflow.AlreadyWritten as before:
            return redirect(before.address)
        drafts.discard(user, draft_of)
        messages.success(
            request, gettext("{reference} is saved as a draft.").format(reference=lesson.reference)
        )
        return redirect(lesson)
    context = {
        "form": form,
        "review": review,
        "finding": finding,
        "draft_of": draft_of,
        "is_continued": bool(kept) and not form.is_bound,
        "form_token": token or drafts.new_token(),
    }
    return render(request, "lessons/lesson_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """Change its words. A version saved meanwhile is shown beside one's own: nothing is lost."""
    lesson = find(request, number)
    require(permissions.can_edit(request.user, lesson), _PROPOSED_BY)
    draft_of = f"lesson-{number}"
    if "discard" in request.POST:
        drafts.discard(request.user, draft_of)
        return redirect(request.get_full_path())
    kept = drafts.saved(request.user, draft_of)
    form = LessonForm(
        request.POST or None,
        initial=answers_of(lesson) | kept,
        **_choices(request, lesson.source_review, keep=lesson.team),
    )
    seen = request.POST.get("seen") or kept.get("seen") or str(lesson.version)
    context = {"form": form, "lesson": lesson, "draft_of": draft_of, "seen": seen}
    if request.method == "POST" and form.is_valid():
        try:
            lesson = workflow.revise(
                lesson,
                form.cleaned_data,
                seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else 0,
                by=request.user,
                at=timezone.now(),
                is_reread="reread" in request.GET,
            )
        except EditConflict as conflict:
            context |= {
                "collisions": _collisions(form, conflict.current),
                "seen": conflict.current.version,
            }
            return render(request, "lessons/lesson_form.html", context, status=409)
        drafts.discard(request.user, draft_of)
        messages.success(
            request, gettext("{reference} is saved.").format(reference=lesson.reference)
        )
        return redirect(lesson)
    context["is_continued"] = bool(kept) and not form.is_bound
    return render(request, "lessons/lesson_form.html", context, status=422 if form.errors else 200)


@require_POST
def publish(request: HttpRequest, number: int) -> HttpResponse:
    lesson = find(request, number)
    require(permissions.can_publish(request.user, lesson), _PUBLISHED_BY)
    workflow.publish(lesson, by=request.user, at=timezone.now())
    messages.success(request, gettext("Published. Everybody here can find and read it now."))
    return redirect(lesson)


@require_POST
def unpublish(request: HttpRequest, number: int) -> HttpResponse:
    lesson = find(request, number)
    require(permissions.can_unpublish(request.user, lesson), _PUBLISHED_BY)
    reason = request.POST.get("reason", "").replace("\x00", "").strip()[:500]
    if not reason:
        state = reading.State.of(request.user, lesson)
        context = reading.page(request.user, state) | {"reason_is_missing": True}
        return render(request, "lessons/lesson_detail.html", context, status=422)
    workflow.unpublish(lesson, by=request.user, reason=reason, at=timezone.now())
    messages.success(request, gettext("Taken back. It is a draft again."))
    if Lesson.objects.visible_to(request.user).filter(pk=lesson.pk).exists():
        return redirect(lesson)
    return redirect("lessons:list")


def _origin(request: HttpRequest) -> tuple[Review | None, Finding | None]:
    """The review and the card named in the address; 404 for those this person may not know of."""
    reference, card = request.GET.get("review", ""), request.GET.get("finding", "")
    if not reference and not card:
        return None, None
    reviews = Review.objects.visible_to(request.user).select_related("incident__team")
    review = get_object_or_404(reviews, incident__reference=reference.replace("\x00", ""))
    if not card:
        return review, None
    number = int(card) if card.isascii() and card.isdigit() and len(card) < 15 else 0
    return review, get_object_or_404(Finding, review=review, pk=number)


def _draft_name(review: Review | None, finding: Finding | None) -> str:
    parts = ["lesson-new", review and review.reference, finding and f"card{finding.pk}"]
    return "-".join(filter(None, parts))


def _choices(
    request: HttpRequest, review: Review | None, *, keep: Team | None = None
) -> dict[str, Any]:
    """What the form offers: a lesson written alone goes to a team one belongs to."""
    teams = Team.objects.of(request.user) | Team.objects.filter(pk=keep and keep.pk)
    return {
        "teams": teams.distinct().by_name(),
        "services": Service.objects.visible_to(request.user).by_name(),
        "review": review,
    }


def _collisions(form: LessonForm, current: Lesson) -> list[dict[str, Any]]:
    """For each text that differs: its label and both sides, with its own words marked."""
    sides = []
    for name in workflow.TEXTS:
        theirs, mine = getattr(current, name), form.cleaned_data[name]
        if theirs != mine:
            sides.append(
                {
                    "label": form.fields[name].label,
                    "theirs": [piece for piece in by_words(mine, theirs) if piece[0] != "gone"],
                    "mine": [piece for piece in by_words(theirs, mine) if piece[0] != "gone"],
                }
            )
    return sides
