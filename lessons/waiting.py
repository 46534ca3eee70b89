"""What lessons wait for from one person: those of their teams, to be read again."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from common.waiting import Waiting
from lessons.models import Lesson
from people.models import Team, User

MOST = 3


def waiting_for(user: User, *, now: datetime) -> list[Waiting]:
    """In one statement."""
    due = Lesson.objects.to_reread(on=timezone.localdate(now, user.zone)).filter(
        team__in=Team.objects.of(user)
    )
    return [
        Waiting(
            title=f"Is it still true? {lesson.title}",
            url=reverse("lessons:reread", args=[lesson.number]),
            button="Read it again",
            icon="refresh",
            part="part-diff",
            details=(
                f"{lesson.reference}, which {lesson.team} looks after",
                "Five minutes: it stands, it needs other words, or a newer one says it better",
            ),
        )
        for lesson in due.select_related("team").order_by("reread_on", "pk")[:MOST]
    ]
