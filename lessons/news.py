"""What was published lately, and who follows something it is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max
from django.urls import reverse

from common.languages import in_language_of
from lessons import asking as filters
from lessons import following
from lessons.browsing import Asked
from lessons.library import fitting
from lessons.models import Following, Lesson
from lessons.querysets import LessonQuerySet
from people.mails import ANY_MEMBER
from people.models import Notification, User
from people.notifications import Telling, tell
from postmortems.models import ContributingFactor, Publication, Review
from postmortems.querysets import PublicationQuerySet

#: A worker that stands still for longer leaves its news to the library and the feeds.
LOOKS_BACK = timedelta(days=7)

#: ("service", 12): something that can be followed.
Key = tuple[str, int]


@dataclass(frozen=True)
class News:
    """Something published, and all it is about. `told_by` are occasions that tell of it already."""

    about: Lesson | Review
    kind: str
    at: datetime
    things: frozenset[Key]
    told_by: Collection[str] = ()
    not_for: int | None = None
    # Where a click leads when that is not the page of `about`.
    path: str = ""

    @property
    def occasion(self) -> str:
        return f"{self.kind}-{self.about.pk}"


# What everybody may read -------------------------------------------------------------------------
def lessons() -> LessonQuerySet:
    return Lesson.objects.in_library(ANY_MEMBER)


def publications() -> PublicationQuerySet:
    """The latest of each review that is open to everybody and not archived."""
    reviews = Review.objects.visible_to(ANY_MEMBER).exclude(state=Review.State.ARCHIVED)
    latest = (
        Publication.objects.filter(review__in=reviews)
        .values("review")
        .annotate(latest=Max("pk"))
        .values("latest")
    )
    return Publication.objects.filter(pk__in=latest)


def found_by(asked: Asked, *, among: LessonQuerySet | None = None) -> LessonQuerySet:
    """Lessons that hold all a search asks for. What only comes near is no news, and neither is
    what takes a word for a slip of another or leaves out a filter that means nothing."""
    typed = filters.understand(asked.text, ANY_MEMBER)
    rows = asked.narrow(lessons() if among is None else among, ANY_MEMBER)
    if typed.notes:
        return rows.none()
    rows = rows.filter(typed.rule(lambda name, values: fitting(ANY_MEMBER, name, values)))
    if not typed.words:
        return rows
    found = rows.find(typed.words)
    held = [] if found.instead else found.ids[: found.complete]
    return Lesson.objects.filter(pk__in=held)


# Telling -----------------------------------------------------------------------------------------
def tell_followers(*, now: datetime) -> int:
    """Tell everybody who follows something that was published since; how many were told.

    Once for each person and each lesson or review, however often this runs.
    """
    return len(tell(tellings(now=now)))


def tellings(*, now: datetime) -> Iterator[Telling]:
    lately = (now - LOOKS_BACK, now)
    news = [*_lessons(lately), *_reviews(lately)]
    if not news:
        return
    followers = _followers({thing for one in news for thing in one.things})
    searching = _searching([one for one in news if isinstance(one.about, Lesson)])
    told = _told(news)
    for one in news:
        because: dict[int, list[Following]] = defaultdict(list)
        people: dict[int, User] = {}
        followings = [each for thing in one.things for each in followers.get(thing, ())]
        for each in [*followings, *searching.get(one.occasion, ())]:
            if each.since <= one.at:
                people[each.follower_id] = each.follower
                because[each.follower_id].append(each)
        for pk, person in people.items():
            if pk == one.not_for or (pk, one.about.pk) in told.get(one.kind, ()):
                continue
            reasons = sorted(because[pk], key=lambda each: each.pk)
            with in_language_of(person):
                data = {"because": following.why(reasons), "path": one.path}
            yield Telling(person, one.kind, one.about, one.occasion, data, now)


def _lessons(lately: tuple[datetime, datetime]) -> Iterator[News]:
    rows = lessons().filter(published_at__range=lately).defer("search_text")
    for lesson in rows.prefetch_related("services", "factors", "tags").order_by("pk"):
        yield News(
            about=lesson,
            kind="lesson_followed",
            at=lesson.published_at,
            things=frozenset(
                [("service", row.pk) for row in lesson.services.all()]
                + [("factor", row.pk) for row in lesson.factors.all()]
                + [("tag", row.pk) for row in lesson.tags.all()]
                + ([("team", lesson.team_id)] if lesson.team_id else [])
            ),
            not_for=lesson.author_id,
        )


def _reviews(lately: tuple[datetime, datetime]) -> Iterator[News]:
    rows = list(
        publications()
        .filter(published_at__range=lately)
        .defer("snapshot", "replacements")
        .select_related("review__incident")
        .prefetch_related("review__incident__services", "review__incident__tags")
        .order_by("review")
    )
    factors = defaultdict(set)
    for review, category in ContributingFactor.objects.filter(
        review__in=[row.review_id for row in rows]
    ).values_list("review", "category"):
        factors[review].add(("factor", category))
    for row in rows:
        incident = row.review.incident
        yield News(
            about=row.review,
            kind="review_followed",
            at=row.published_at,
            things=frozenset(
                [("service", service.pk) for service in incident.services.all()]
                + [("tag", tag.pk) for tag in incident.tags.all()]
                + [("team", incident.team_id), *factors[row.review_id]]
            ),
            path=reverse("postmortems:published", args=[incident.reference]),
            told_by=[f"review-{row.review_id}-published-{row.revision}"],
        )


def _followers(things: Collection[Key]) -> Mapping[Key, list[Following]]:
    found: dict[Key, list[Following]] = defaultdict(list)
    rows = Following.objects.of_active().filter(query="").for_naming().select_related("follower")
    by_kind: dict[str, set[int]] = defaultdict(set)
    for kind, pk in things:
        by_kind[kind].add(pk)
    for kind, pks in by_kind.items():
        wanted = rows.filter(**{f"{kind}__in": pks})
        if kind == "factor":
            wanted = wanted | rows.filter(factor__now_called__in=pks)
        for each in wanted.order_by("pk"):
            found[kind, following.current(each).pk].append(each)
    return found


def _searching(news: list[News]) -> Mapping[str, list[Following]]:
    """By occasion: those whose search finds it. Each search is asked once, however many follow."""
    found: dict[str, list[Following]] = defaultdict(list)
    if not news:
        return found
    occasions = {one.about.pk: one.occasion for one in news}
    searches: dict[str, list[Following]] = defaultdict(list)
    rows = Following.objects.of_active().exclude(query="").select_related("follower")
    for each in rows.order_by("pk"):
        searches[each.query].append(each)
    among = Lesson.objects.filter(pk__in=occasions)
    for each_search in searches.values():
        asked = following.asked_for(each_search[0])
        for pk in found_by(asked, among=among).values_list("pk", flat=True):
            found[occasions[pk]] += each_search
    return found


def _told(news: list[News]) -> Mapping[str, set[tuple[int, int]]]:
    """By kind: (person, object) of those who were told of it because they took part."""
    occasions = {occasion: one for one in news for occasion in one.told_by}
    found: dict[str, set[tuple[int, int]]] = defaultdict(set)
    rows = Notification.objects.filter(occasion__in=occasions)
    for recipient, occasion in rows.values_list("recipient", "occasion"):
        one = occasions[occasion]
        found[one.kind].add((recipient, one.about.pk))
    return found
