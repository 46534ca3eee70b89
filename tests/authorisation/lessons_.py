"""Lessons: write, publish, read, take back."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from lessons.models import Bulletin, BulletinStory, Collection, CollectionEntry
from people.models import Team
from tests.authorisation.attempts import do, see
from tests.authorisation.world import Side
from tests.make import make_lesson


def _number(reference: str) -> int:
    return int(reference.removeprefix("L-"))


def draft(side: Side) -> list[Any]:
    return [_number(side.draft.reference)]


def published(side: Side) -> list[Any]:
    return [_number(side.lesson.reference)]


def _address(side: Side) -> list[Any]:
    return [*published(side), slugify(side.lesson.title)[:60]]


def from_review(side: Side) -> dict[str, Any]:
    return {"review": side.incident.reference, "finding": side.others_finding.pk}


def words(side: Side) -> dict[str, Any]:
    return {"title": "A restore is rehearsed", "insight": "Five ways, and none was tried."}


def alone(side: Side) -> dict[str, Any]:
    """Each to a team of their own: X and G manage one, F joins the first."""
    return words(side) | {"team": side.team.pk}


def for_team(side: Side) -> list[Any]:
    """Of the team that does not own it."""
    return [*published(side), Team.objects.get(name="Network").slug]


def _action(side: Side) -> dict[str, Any]:
    return {
        "title": "Rehearse it",
        "kind": "prevent",
        "measure": "other",
        "priority": "normal",
        "decision": "park",
        "team": Team.objects.get(name="Network").pk,
    }


def _collection(side: Side) -> list[Any]:
    found, _ = Collection.objects.get_or_create(
        slug="first-week", defaults={"title": "Your first week"}
    )
    CollectionEntry.objects.get_or_create(
        collection=found, lesson=side.lesson, defaults={"position": 1}
    )
    return [found.slug]


def _picked(side: Side) -> dict[str, Any]:
    return {"title": "Before a migration", "picked": side.lesson.reference, "is_shown": "on"}


def search(side: Side) -> dict[str, Any]:
    return {"query": f"service={side.service.slug}"}


def of_review(side: Side) -> dict[str, Any]:
    return {"review": side.published.reference}


def first_thing(side: Side) -> dict[str, Any]:
    return {"thing": f"team:{side.team.slug}"}


FOLLOWING = [
    see("following.own: list", "following:list"),
    do("following.own: list", "following:list", data=lambda side: {"team": side.team.slug}),
    see("following.own: choose", "following:choose", query=lambda side: {"team": side.team.slug}),
    see(
        "following.own: choose",
        "following:choose",
        query=lambda side: {"lesson": published(side)[0]},
    ),
    see("following.own: choose", "following:choose", query=of_review),
    do("following.own: choose", "following:choose", query=of_review, data=first_thing),
    see("restricted.review: follow", "following:choose", query=of_review),
    do("restricted.review: follow", "following:choose", query=of_review, data=first_thing),
    do("following.own: choose", "following:search", data=search),
    do(
        "following.own: feed", "following:make_feed", data=lambda side: {"of": "library:everything"}
    ),
]


def _bulletin(side: Side, **fields: Any) -> list[Any]:
    month = date(2026, 1 + bool(fields), 1)
    made, is_new = Bulletin.objects.get_or_create(
        month=month, defaults={"theme": "Testing"} | fields
    )
    if is_new:
        BulletinStory.objects.create(
            bulletin=made, lesson=side.lesson, position=1, headline="A headline", text="A story"
        )
    return [month.year, month.month]


def _drafted(side: Side) -> list[Any]:
    return _bulletin(side)


def _sent(side: Side) -> list[Any]:
    return _bulletin(side, state="sent", sent_at=timezone.now())


def _three_to_tell(side: Side) -> None:
    for _ in range(3):
        make_lesson()


ATTEMPTS = [
    *FOLLOWING,
    see("export: csv", "lessons:export_csv"),
    see("export: json", "lessons:export_json"),
    see("export: json", "lessons:export_markdown"),
    see("export: json", "lessons:export_pdf"),
    see("lesson: read", "lessons:list"),
    see("lesson: read", "lessons:detail", _address),
    see("lesson: read", "lessons:short", published),
    see("lesson: read", "lessons:pdf", published),
    see("lesson.draft: read", "lessons:pdf", draft),
    see("lesson: propose", "lessons:new", query=from_review),
    do("lesson: propose", "lessons:new", query=from_review, data=words),
    see("lesson: write-alone", "lessons:new"),
    see("lesson.draft: read", "lessons:short", draft),
    see("lesson.draft: edit", "lessons:edit", draft),
    do(
        "lesson.draft: edit",
        "lessons:edit",
        draft,
        data=lambda side: words(side) | {"seen": side.draft.version},
    ),
    do("lesson.draft: publish", "lessons:publish", draft),
    do("lesson: publish", "lessons:publish", published, changes=False),
    see("lesson: edit", "lessons:edit", published),
    do(
        "lesson: edit",
        "lessons:edit",
        published,
        data=lambda side: words(side) | {"seen": side.lesson.version},
    ),
    see("lesson: readers", "lessons:readers", published),
    do("lesson: be-counted", "lessons:count", published),
    do("lesson: say-used", "lessons:use", published),
    see("collection: read", "lessons:collections"),
    see("collection: read", "lessons:collection", _collection),
    see("collection: read", "lessons:collection_pdf", _collection),
    see("collection: make", "lessons:new_collection"),
    do("collection: make", "lessons:new_collection", data=_picked),
    see("collection: edit", "lessons:edit_collection", _collection),
    do(
        "collection: edit",
        "lessons:edit_collection",
        _collection,
        data=lambda side: _picked(side) | {"seen": 1},
    ),
    see("lesson: choose-for-month", "lessons:of_the_month", published),
    do(
        "lesson: choose-for-month",
        "lessons:of_the_month",
        published,
        data=lambda side: {"month": str(timezone.localdate().replace(day=1)), "seen": 0},
    ),
    see("bulletin: read", "lessons:bulletins"),
    see("bulletin: read", "lessons:bulletin", _sent),
    see("bulletin: read", "lessons:bulletin_pdf", _sent),
    do("bulletin: draft", "lessons:draft_bulletin", prepare=_three_to_tell),
    see("bulletin: edit", "lessons:edit_bulletin", _drafted),
    do(
        "bulletin: edit",
        "lessons:edit_bulletin",
        _drafted,
        data=lambda side: {"theme": "Restores", "lesson_1": side.lesson.reference, "seen": 1},
    ),
    do("bulletin: edit", "lessons:send_bulletin", _drafted, data=lambda side: {"seen": 1}),
    do("bulletin: send", "lessons:send_bulletin", _sent, changes=False),
    see("lesson: read-again", "lessons:reread", published),
    do(
        "lesson: read-again",
        "lessons:reread",
        published,
        data=lambda side: {"verdict": "stands", "seen": side.lesson.version},
    ),
    see("lesson: answer-for-team", "lessons:answer", for_team),
    do(
        "lesson: answer-for-team",
        "lessons:answer",
        for_team,
        data=lambda side: {"answer": "applies", "seen": 0},
    ),
    see("lesson: act-for-team", "act_on_lesson", for_team),
    do("lesson: act-for-team", "act_on_lesson", for_team, data=_action),
    do("lesson: unpublish", "lessons:unpublish", published, data=lambda side: {"reason": "Old"}),
]
