"""The library as files, as far as it was narrowed down."""

from __future__ import annotations

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from common import downloads
from lessons import browsing, export
from lessons.models import Lesson
from lessons.querysets import LessonQuerySet


def _listed(request: HttpRequest) -> LessonQuerySet:
    asked = browsing.Asked.read(request.GET)
    lessons = asked.narrow(Lesson.objects.in_library(request.user), request.user)
    if asked.text:
        found = lessons.find(asked.text).ids[: browsing.COUNT_LIMIT]
        lessons = Lesson.objects.in_library(request.user).filter(pk__in=found)
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
