"""What the home page shows: one fixed set of questions, whoever asks."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from actions import waiting as actions_waiting
from common.prepared import Prepared
from common.templatetags.texts import in_words
from common.waiting import Waiting, soonest
from incidents.models import Incident
from incidents.permissions import can_add_to_timeline
from lessons import curating, library
from lessons import waiting as lessons_waiting
from lessons.models import Lesson, LessonOfTheMonth
from people.models import User
from postmortems import freshness
from postmortems import waiting as reviews_waiting
from postmortems.models import Review

MOST_WAITING = 5


@dataclass(frozen=True)
class Home:
    ongoing: list[Incident]
    may_add: bool
    waiting: list[Waiting]
    more_waiting: int
    #: (name, address) of the pages that have those.
    more_under: list[tuple[str, str]]
    reviews: list[Review]
    newest_lessons: list[Lesson]
    from_the_archive: Lesson | None
    lesson_of_the_month: LessonOfTheMonth | None
    near_misses: int

    @property
    def sentence(self) -> str:
        """One line under the date: what goes on, and what would be richer with one's view."""
        parts = []
        if self.ongoing:
            count = len(self.ongoing)
            parts.append(
                ngettext(
                    "One incident is ongoing.", "{number} incidents are ongoing.", count
                ).format(number=in_words(count).capitalize())
            )
        views = sum(row.icon == "message-2" for row in self.waiting)
        if views:
            parts.append(
                ngettext(
                    "One review would be richer with your view.",
                    "{number} reviews would be richer with your view.",
                    views,
                ).format(number=in_words(views).capitalize())
            )
        return " ".join(parts) or _("Nothing is ongoing.")


_GOING_ON = Prepared(
    lambda reader: (
        Incident.objects.visible_to(User(pk=reader))
        .ongoing()
        .select_related("team")
        .order_by("-started_at", "-pk")[:3]
    ),
    reader=int,
)
_UNDER_WAY = Prepared(
    lambda reader: (
        Review.objects.visible_to(User(pk=reader))
        .under_way()
        .select_related("incident")
        .with_perspectives()
        .order_by("-requested_at", "-pk")[:5]
    ),
    reader=int,
)


def home_of(user: User, *, now: datetime) -> Home:
    """Gather the page. The number of queries does not depend on how much there is."""
    visible = Incident.objects.visible_to(user)
    ongoing = _GOING_ON.objects(reader=user.pk)
    prefetch_related_objects(ongoing, "services")
    waiting = [
        *reviews_waiting.waiting_for(user, now=now),
        *actions_waiting.waiting_for(user, now=now),
        *lessons_waiting.waiting_for(user, now=now),
    ]
    reviews = _UNDER_WAY.objects(reader=user.pk)
    for review in reviews:
        review.fresh = freshness.of(review, now=now)
    shown = soonest(waiting, most=MOST_WAITING)
    left = [row for row in waiting if row not in shown]
    return Home(
        ongoing=ongoing,
        may_add=bool(ongoing) and can_add_to_timeline(user, ongoing[0]),
        waiting=shown,
        more_waiting=len(left),
        more_under=list(dict.fromkeys(row.everything for row in left if row.everything[1])),
        reviews=reviews,
        newest_lessons=list(library.newest(user, limit=2)),
        from_the_archive=library.from_the_archive(user, today=timezone.localdate(now)),
        lesson_of_the_month=curating.of_the_month(user, today=timezone.localdate(now)),
        near_misses=visible.filter(
            kind=Incident.Kind.NEAR_MISS,
            organisation="",
            filed_at__gte=now - timedelta(days=30),
        )[:101].count(),
    )
