"""What lessons wait for from one person: those of their teams, to be read again."""

from __future__ import annotations

from datetime import date, datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from common.prepared import Prepared
from common.waiting import Waiting
from lessons.models import Lesson
from people.models import Team, User

MOST = 3


_DUE = Prepared(
    lambda reader, today: (
        Lesson.objects.to_reread(on=today)
        .filter(team__in=Team.objects.of(reader))
        .select_related("team")
        .order_by("reread_on", "pk")[:MOST]
    ),
    reader=int,
    today=date,
)


def waiting_for(user: User, *, now: datetime) -> list[Waiting]:
    """In one statement."""
    due = _DUE.objects(reader=user.pk, today=timezone.localdate(now, user.zone))
    return [
        Waiting(
            title=gettext("Is it still true? {title}").format(title=lesson.title),
            url=reverse("lessons:reread", args=[lesson.number]),
            button=gettext("Read it again"),
            icon="refresh",
            part="part-diff",
            details=(
                gettext("{reference}, which {team} looks after").format(
                    reference=lesson.reference, team=lesson.team
                ),
                gettext(
                    "Five minutes: it stands, it needs other words, or a newer one says it better"
                ),
            ),
        )
        for lesson in due
    ]
