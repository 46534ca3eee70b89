"""The library."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from pydantic import Field

from api.v1.door import READING, Token, Told
from api.v1.incidents import answer
from api.v1.lists import Asked, Words, Year, page, require_known
from api.v1.words import Kind, LessonState, Reference, Slug
from lessons import browsing, export
from lessons.models import Lesson
from lessons.querysets import LessonQuerySet
from people.models import User

router = Router(tags=["Lessons"])
#: As many as the page reads.
_Chosen = Annotated[list[Slug], Field(max_length=6)]


class LessonTold(Told):
    reference: str
    address: str
    title: str
    situation: str
    insight: str
    advice: str
    where_applies: str
    state: LessonState
    team: str | None
    review: str | None = Field(description="Where it comes from, as far as you may know of it.")
    services: list[str]
    tags: list[str]
    factors: list[str]
    happened_on: str | None
    published_at: str | None


class Lessons(Told):
    items: list[LessonTold]
    next: str | None


class AskedForLessons(Asked):
    q: Words = None
    theme: _Chosen = []
    service: _Chosen = []
    tag: _Chosen = []
    kind: Annotated[list[Kind], Field(max_length=6)] = []
    year: Annotated[list[Year], Field(max_length=6)] = []


def _with_all(rows: LessonQuerySet) -> LessonQuerySet:
    return rows.select_related("team").prefetch_related("services", "tags", "factors")


def find(reader: User, reference: str) -> Lesson:
    return get_object_or_404(_with_all(Lesson.objects.in_library(reader)), reference=reference)


@router.get("/lessons", response={200: Lessons, **READING}, auth=Token())
def list_lessons(request: HttpRequest, asked: Query[AskedForLessons]) -> Any:
    """What is published, newest first. Several themes, services or tags have to fit together."""
    require_known(request, asked)
    reader = request.auth.reader
    wanted = browsing.Asked.read(request.GET)
    lessons = wanted.narrow(Lesson.objects.in_library(reader), reader)
    if wanted.text:
        lessons = lessons.filter(pk__in=lessons.find(wanted.text).ids[: browsing.COUNT_LIMIT])
    return page(
        request,
        asked,
        _with_all(lessons),
        order=("-published_at", "-pk"),
        told=lambda rows: export.described(rows, reader),
    )


@router.get(
    "/lessons/{reference:reference}",
    response={200: LessonTold, 304: None, **READING},
    auth=Token(find=find),
)
def read_lesson(request: HttpRequest, reference: Reference, response: HttpResponse) -> Any:
    return answer(request, response, export.one(request.found, request.auth.reader))
