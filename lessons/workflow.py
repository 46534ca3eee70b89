"""What is done to lessons: written, revised, published and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext

from common import drafts
from common.history import keep_texts, record, save_edit
from common.models import ReferenceCounter
from common.tags import tags_named
from lessons import library
from lessons.models import Lesson
from lessons.querysets import reread_day
from people.models import User
from people.posts import Announcement, announce
from postmortems.models import Finding, Review

TEXTS = ("title", "insight", "situation", "advice", "where_applies")
RELATIONS = ("services", "factors")


class AlreadyWritten(Exception):
    """The same form was sent twice. `address` is where the first sending led."""

    def __init__(self, address: str) -> None:
        super().__init__(gettext("This lesson has been saved already."))
        self.address = address


@transaction.atomic
def write(
    answers: Mapping[str, Any],
    *,
    by: User,
    review: Review | None = None,
    finding: Finding | None = None,
    form_token: str = "",
) -> Lesson:
    """Save a new draft. `answers` are the cleaned fields of LessonForm.

    Raises AlreadyWritten when this showing of the form has been sent before.
    """
    lesson = Lesson.objects.create(
        reference=f"L-{ReferenceCounter.next('L')}",
        author=by,
        source_review=review,
        finding=finding,
        team=review.incident.team if review else answers["team"],
        happened_on=answers["happened_on"],
        reread_on=answers["reread_on"],
        **{name: answers[name] for name in TEXTS},
    )
    if form_token and not drafts.mark_sent(form_token, by, lesson.get_absolute_url()):
        raise AlreadyWritten(drafts.first_address(form_token) or "")
    _relate(lesson, answers)
    keep_texts(lesson, author=by, fields=TEXTS)
    record(by, "wrote a lesson", lesson)
    return lesson


@transaction.atomic
def revise(
    lesson: Lesson,
    answers: Mapping[str, Any],
    *,
    seen: int,
    by: User,
    at: datetime,
    is_reread: bool = False,
) -> Lesson:
    """Save new words over the version that was seen. Raises EditConflict for any other.

    `is_reread` says that this is the answer to whether it is still true; of a lesson that is due
    to be read again it always is.
    """
    changes = {name: answers[name] for name in (*TEXTS, "happened_on", "reread_on")}
    if lesson.source_review_id is None:
        changes["team"] = answers["team"]
    if lesson.state == Lesson.State.DUE or (is_reread and lesson.is_published):
        # Whoever has worked on its words has read it again.
        changes |= {"state": Lesson.State.REVISED, "superseded_by": None, "reread_at": at}
        if not answers["reread_on"] or answers["reread_on"] <= at.date():
            changes["reread_on"] = reread_day(at.date())
    lesson = save_edit(
        lesson, seen=seen, author=by, changes=changes | {"updated_at": at}, texts=TEXTS
    )
    _relate(lesson, answers)
    record(by, "revised a lesson", lesson)
    return lesson


def _relate(lesson: Lesson, answers: Mapping[str, Any]) -> None:
    for name in RELATIONS:
        getattr(lesson, name).set(answers[name])
    lesson.tags.set(tags_named(answers["tags"]))
    library.index(lesson)


@transaction.atomic
def publish(lesson: Lesson, *, by: User, at: datetime) -> None:
    """Put a draft into the library, once however often it is asked for."""
    lesson = Lesson.objects.select_for_update().get(pk=lesson.pk)
    if lesson.is_published:
        return
    Lesson.objects.filter(pk=lesson.pk).publish_drafts(at=at)
    record(by, "published a lesson", lesson)
    occasion = f"lesson-{lesson.pk}-published"
    announce([Announcement("lesson_published", lesson, occasion, {lesson.team_id})])


@transaction.atomic
def unpublish(lesson: Lesson, *, by: User, reason: str, at: datetime) -> None:
    """Take a lesson out of the library; it goes on as a draft of those who may edit it."""
    changed = (
        Lesson.objects.filter(pk=lesson.pk)
        .published()
        .update(
            state=Lesson.State.DRAFT,
            published_at=None,
            superseded_by=None,
            updated_at=at,
            version=F("version") + 1,
        )
    )
    if changed:
        record(by, "took a lesson back", lesson, reason)
