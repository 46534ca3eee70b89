"""The library as readers meet it: what words find, what is new, what belongs together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects
from django.utils.translation import gettext, ngettext, pgettext_lazy

from common.gathered import Gathered
from common.keys import Given
from common.models import Tag
from common.prepared import Prepared
from common.words import split, stem, telling
from lessons.models import Lesson
from lessons.querysets import LessonQuerySet
from people.models import User
from postmortems.models import Review

#: How far "From the archive" looks back, and how near the day of the year must be.
ARCHIVE_YEARS = 30
SAME_WEEK = timedelta(days=3)

MOST_RELATED = 5
_MOST_TAGS = 3
_WORDS_A_MINUTE = 200


def searchable_text(lesson: Lesson, names: Iterable[str]) -> str:
    """Everything words can find a lesson by, beside its title; `names` are those of its tags,
    services and factors, in any order. It never holds anything of the incident, which may be
    restricted."""
    texts = [lesson.insight, lesson.situation, lesson.advice, lesson.where_applies]
    return "\n".join(filter(None, [*texts, *sorted(names)]))


def index(lesson: Lesson) -> None:
    """Store what words find the lesson by; call it after the relations are set."""
    relations = (lesson.tags.all(), lesson.services.all(), lesson.factors.all())
    lesson.search_text = searchable_text(lesson, [row.name for rows in relations for row in rows])
    Lesson.objects.filter(pk=lesson.pk).update(search_text=lesson.search_text)


def sources(user: User, lessons: Iterable[Lesson]) -> dict[int, Review]:
    """The review each lesson comes from, by the key of the lesson, where this reader may see it.

    A lesson from a restricted incident says nothing of it: no reference, title, kind or severity.
    """
    wanted = {lesson.pk: lesson.source_review_id for lesson in lessons}
    asked = Given.text({pk for pk in wanted.values() if pk})
    found = _SOURCES.objects(reader=user.pk, reviews=asked) if asked else []
    reviews = {review.pk: review for review in found}
    return {pk: reviews[review] for pk, review in wanted.items() if review in reviews}


_SOURCES = Prepared(
    lambda reader, reviews: (
        Review.objects.visible_to(User(pk=reader))
        .filter(pk__in=Given(reviews))
        .select_related("incident")
    ),
    reader=int,
    reviews=str,
)


def fitting(user: User, name: str, values: tuple[Any, ...]) -> Q:
    """The lessons that one of the values of a filter stands for: see lessons/asking.py."""
    relations = {"service": "services", "tag": "tags", "factor": "factors", "team": "team"}
    if name in relations:
        rows = Lesson.objects.filter(**{f"{relations[name]}__in": values})
        return Q(pk__in=rows.order_by().values("pk"))
    if name in {"kind", "severity"}:
        return from_known_source(user) & Q(**{f"source_review__incident__{name}__in": values})
    first, last = values
    rule = Q(happened_on__isnull=False)
    if first:
        rule &= Q(happened_on__gte=first)
    if last:
        rule &= Q(happened_on__lte=last)
    return rule


def from_known_source(user: User) -> Q:
    """Lessons from a review that this person may know of: nobody else is told where from.

    Asked of each: a common word then is read from the newest on, not all of it.
    """
    return Q(source_review__isnull=False) & ~Review.objects.hides(user, "source_review")


def minutes_to_read(lesson: Lesson) -> int:
    texts = (lesson.insight, lesson.situation, lesson.advice, lesson.where_applies)
    return max(1, round(sum(len(text.split()) for text in texts) / _WORDS_A_MINUTE))


# What to read next ------------------------------------------------------------------------------
def newest(user: User, *, limit: int) -> LessonQuerySet:
    return Lesson.objects.in_library(user).current().for_list()[:limit]


def from_the_archive(user: User, *, today: date) -> Lesson | None:
    """The lesson of an incident that happened this week in the nearest earlier year."""
    weeks: dict[str, int | date] = {}
    for years in range(1, ARCHIVE_YEARS + 1):
        day = anniversary(today, years_ago=years)
        weeks |= {f"from_{years}": day - SAME_WEEK, f"to_{years}": day + SAME_WEEK}
    return next(iter(_ARCHIVE.objects(reader=user.pk, **weeks)), None)


def _archive(reader: int, **weeks: date) -> LessonQuerySet:
    this_week = Q(pk__in=[])
    for years in range(1, ARCHIVE_YEARS + 1):
        this_week |= Q(happened_on__range=(weeks[f"from_{years}"], weeks[f"to_{years}"]))
    current = Lesson.objects.in_library(User(pk=reader)).current()
    # Named apart, the first day lets the database begin there and not with the newest lesson.
    earlier = current.filter(this_week, happened_on__lte=weeks["to_1"])
    return earlier.order_by("-happened_on", "-pk")[:1]


_ARCHIVE = Prepared(
    _archive,
    reader=int,
    **{f"{end}_{years}": date for years in range(1, ARCHIVE_YEARS + 1) for end in ("from", "to")},
)


def anniversary(today: date, *, years_ago: int) -> date:
    """The same day in an earlier year; 28 February stands in for the 29th."""
    year = today.year - years_ago
    try:
        return today.replace(year=year)
    except ValueError:
        return today.replace(year=year, day=28)


@dataclass(frozen=True)
class Related:
    lesson: Lesson
    reason: str


#: What is shared where nothing of these is.
_WORDS = "words"
_REASONS = {
    "same_tag": pgettext_lazy("what two lessons share", "tag"),
    "same_service": pgettext_lazy("what two lessons share", "service"),
    "same_factor": pgettext_lazy("what two lessons share", "contributing factor"),
}


def near(user: User, lesson: Lesson) -> dict[str, list[tuple[int, int]]]:
    """(key, version) of the newest lessons that share something with this one, by what they share:
    what `related` picks from. In one statement; where nothing is shared, those whose words are
    most alike, in two more. Of the lesson its key and title are enough."""
    [row] = _NEAR.rows(reader=user.pk, lesson=lesson.pk) or [dict.fromkeys(_REASONS)]
    found = {shared: [(pk, version) for pk, version in row[shared] or ()] for shared in _REASONS}
    return found if any(found.values()) else {_WORDS: _alike(user, lesson)}


def _alike(user: User, lesson: Lesson) -> list[tuple[int, int]]:
    others = Lesson.objects.in_library(user).current().exclude(pk=lesson.pk)
    ids = others.resembling(lesson.title)[: 2 * MOST_RELATED]
    versions = dict(others.filter(pk__in=ids).values_list("pk", "version")) if ids else {}
    return [(pk, versions[pk]) for pk in ids if pk in versions]


def _near(reader: int, lesson: int) -> QuerySet:
    newest = Lesson.objects.in_library(User(pk=reader)).current().order_by("-published_at", "-pk")
    # Each kind by itself, so that it can use its index.
    lists = {
        shared: Gathered(
            newest.newest_sharing(shared, Lesson(pk=lesson))[: 2 * MOST_RELATED], "pk", "version"
        )
        for shared in _REASONS
    }
    return Lesson.objects.filter(pk=lesson).values(**lists)


_NEAR = Prepared(_near, reader=int, lesson=int)


def related(
    user: User, lesson: Lesson, *, known: dict[str, list[tuple[int, int]]] | None = None
) -> list[Related]:
    """At most five other lessons and what they share, tags by name; the closest first, then the
    newest. In three statements; in two with what is `known` by `near`."""
    if known is None:
        known = near(user, lesson)
    if _WORDS in known:
        others = Lesson.objects.in_library(user).current().exclude(pk=lesson.pk)
        return _by_words(lesson, others, [pk for pk, _ in known[_WORDS]])
    newest = Given.text({pk for rows in known.values() for pk, _ in rows})
    found = sorted(
        _CLOSEST.objects(reader=user.pk, lesson=lesson.pk, newest=newest),
        key=lambda other: (
            sum(getattr(other, shared) for shared in _REASONS),
            other.same_tag,
            other.published_at,
            other.pk,
        ),
        reverse=True,
    )[:MOST_RELATED]
    ours = Tag.objects.filter(pk__in=lesson.tags.values("pk")).order_by("name")
    prefetch_related_objects(found, Prefetch("tags", ours, to_attr="shared_tags"))

    def reason(other: Any) -> str:
        tags = [quoted(tag.name) for tag in other.shared_tags[:_MOST_TAGS]]
        tagged = ngettext("tag {names}", "tags {names}", len(tags)).format(names=", ".join(tags))
        words = {name: str(shared) for name, shared in _REASONS.items()} | {"same_tag": tagged}
        shared = in_words([words[name] for name in _REASONS if getattr(other, name)])
        return gettext("Same {what}").format(what=shared)

    return [Related(other, reason(other)) for other in found]


_CLOSEST = Prepared(
    lambda reader, lesson, newest: (
        Lesson.objects.in_library(User(pk=reader))
        .current()
        .related_to(Lesson(pk=lesson))
        .filter(pk__in=Given(newest))
        .defer("search_text", "situation", "advice")
    ),
    reader=int,
    lesson=int,
    newest=str,
)


def _by_words(lesson: Lesson, others: LessonQuerySet, ids: list[int]) -> list[Related]:
    """Of those with these keys, the ones that have two telling words of the title of this one, or
    a third of them."""
    wanted = telling(lesson.title)
    needed = max(2, len(wanted) // 3)
    rows = others.defer("search_text", "advice").in_bulk(ids)
    found = []
    for other in (rows[pk] for pk in ids if pk in rows):
        held = {stem(word) for word in split(f"{other.title} {other.insight} {other.situation}")}
        shared = [word for word in wanted if stem(word) in held]
        if len(shared) >= needed:
            reason = ngettext(
                "{number} word in common: {words}", "{number} words in common: {words}", len(shared)
            ).format(number=len(shared), words=", ".join(shared))
            found.append(Related(other, reason))
    return found[:MOST_RELATED]


def quoted(words: str) -> str:
    """ "“restore”", in the quotes of the language."""
    return gettext("“{word}”").format(word=words)


def in_words(parts: list[str]) -> str:
    """ "tag, service and contributing factor"."""
    return gettext(" and ").join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
