"""The library as files, as far as it was narrowed down."""

from __future__ import annotations

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from common import downloads, papers
from lessons import asking, browsing, export, following, library, paper
from lessons.models import Lesson
from lessons.querysets import LessonQuerySet


def _listed(request: HttpRequest) -> LessonQuerySet:
    """What the page of this address lists, all pages of it."""
    asked, user = browsing.Asked.read(request.GET), request.user
    typed = asking.understand(asked.text, user)
    lessons = asked.narrow(Lesson.objects.in_library(user), user).filter(
        typed.rule(lambda name, values: library.fitting(user, name, values))
    )
    if typed.words:
        found = lessons.find(typed.words).ids[: browsing.COUNT_LIMIT]
        lessons = Lesson.objects.in_library(user).filter(pk__in=found)
    return lessons


@require_safe
def export_csv(request: HttpRequest) -> StreamingHttpResponse:
    parts = export.as_csv(_listed(request), request.user)
    return downloads.file(parts, name="lessons", ending="csv")


@require_safe
def export_json(request: HttpRequest) -> StreamingHttpResponse:
    parts = export.as_json(_listed(request), request.user, now=timezone.now())
    return downloads.file(parts, name="lessons", ending="json")


@require_safe
def export_markdown(request: HttpRequest) -> StreamingHttpResponse:
    """To read without a program."""
    parts = export.as_markdown(_listed(request), request.user)
    return downloads.file(parts, name="lessons", ending="md")


@require_safe
def export_pdf(request: HttpRequest) -> HttpResponseBase:
    """The same on paper, made by a worker."""
    asked = browsing.Asked.read(request.GET)
    rows = _listed(request).select_related("team").order_by("-published_at", "-pk")
    lessons = list(rows.defer("search_text")[: paper.MOST + 1])
    chosen = list(filter(None, [following.search_in_words(asked)]))
    html = paper.library_page(lessons, chosen, today=timezone.localdate())
    return papers.answer(request, html, name="lessons.pdf", back=asked.address())
