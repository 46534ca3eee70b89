"""What is picked for others: collections and the lesson of the month."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext

from common.history import keep_texts, record, save_edit
from common.prepared import Prepared
from lessons.models import Collection, CollectionEntry, Lesson, LessonOfTheMonth
from people.models import User

TEXTS = ("title", "introduction")
MOST = 60
MONTHS = 12
_LINE = re.compile(r"(?:L-)?(\d{1,9})\b[\s:.,–-]*(.*)", re.IGNORECASE)


class Unreadable(ValueError):
    """A line that names no lesson of the library. The text says which, and what to write."""


@dataclass(frozen=True)
class Picked:
    lesson: Lesson
    why: str


def read(text: str, user: User) -> list[Picked]:
    """ "L-58 why it is worth reading", one on a line, in the order in which they are read. Raises
    Unreadable."""
    wanted: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        found = _LINE.fullmatch(line)
        if not found:
            raise Unreadable(
                gettext("“{line}” begins with no number of a lesson, such as L-58.").format(
                    line=line[:60]
                )
            )
        reference = f"L-{int(found[1])}"
        if reference in wanted:
            raise Unreadable(gettext("{reference} is there twice.").format(reference=reference))
        wanted[reference] = found[2].strip()
    if len(wanted) > MOST:
        raise Unreadable(
            gettext("These are more than {most} lessons. Make two collections of them.").format(
                most=MOST
            )
        )
    rows = Lesson.objects.in_library(user).filter(reference__in=wanted)
    lessons = {lesson.reference: lesson for lesson in rows.defer("search_text")}
    for reference, why in wanted.items():
        if reference not in lessons:
            raise Unreadable(
                gettext("{reference} is not in the library.").format(reference=reference)
            )
        if len(why) > CollectionEntry._meta.get_field("why").max_length:
            raise Unreadable(
                gettext("The line on {reference} has more than 300 characters.").format(
                    reference=reference
                )
            )
    return [Picked(lessons[reference], why) for reference, why in wanted.items()]


def as_text(entries: Iterable[CollectionEntry]) -> str:
    """The entries as `read` takes them."""
    return "\n".join(f"{entry.lesson.reference} {entry.why}".strip() for entry in entries)


def entries(collection: Collection, user: User) -> list[CollectionEntry]:
    """Those in the library, in their order."""
    return list(
        collection.entries.filter(Lesson.objects.in_library(user).holds("lesson"))
        .select_related("lesson__team")
        .order_by("position", "pk")
    )


@transaction.atomic
def create(
    *,
    title: str,
    introduction: str,
    is_for_newcomers: bool,
    is_shown: bool,
    picked: Sequence[Picked],
    by: User,
    at: datetime,
) -> Collection:
    collection = Collection.objects.create(
        title=title,
        slug=_free_slug(title),
        introduction=introduction,
        is_for_newcomers=is_for_newcomers,
        is_shown=is_shown,
        updated_at=at,
    )
    _fill(collection, picked)
    keep_texts(collection, author=by, fields=TEXTS)
    record(by, "made a collection", collection)
    return collection


@transaction.atomic
def edit(
    collection: Collection,
    *,
    seen: int,
    title: str,
    introduction: str,
    is_for_newcomers: bool,
    is_shown: bool,
    picked: Sequence[Picked],
    by: User,
    at: datetime,
) -> Collection:
    """Raises EditConflict when somebody else has saved since. Its address stays. An entry whose
    lesson is out of the library for now keeps its place at the end."""
    collection = save_edit(
        collection,
        seen=seen,
        author=by,
        changes={
            "title": title,
            "introduction": introduction,
            "is_for_newcomers": is_for_newcomers,
            "is_shown": is_shown,
            "updated_at": at,
        },
        texts=TEXTS,
    )
    collection.entries.exclude(lesson__state="draft").delete()
    _fill(collection, picked)
    record(by, "edited a collection", collection)
    return collection


def _fill(collection: Collection, picked: Sequence[Picked]) -> None:
    collection.entries.update(position=MOST + 1)
    CollectionEntry.objects.bulk_create(
        CollectionEntry(collection=collection, lesson=each.lesson, why=each.why, position=place)
        for place, each in enumerate(picked, start=1)
    )


def _free_slug(title: str) -> str:
    slug = slugify(title)[:120].strip("-") or "collection"
    # Words in the addresses beside it.
    taken = {
        "new",
        *Collection.objects.filter(slug__startswith=slug).values_list("slug", flat=True),
    }
    number, free = 1, slug
    while free in taken:
        number += 1
        free = f"{slug}-{number}"
    return free


# The lesson of the month ------------------------------------------------------------------------
def of_the_month(user: User, *, today: date) -> LessonOfTheMonth | None:
    """The one of this month, or of the last one while nobody has chosen another."""
    newest = next(iter(months(user, today=today)), None)
    return newest if newest and (today.replace(day=1) - newest.month).days <= 31 else None


def months(user: User, *, today: date) -> list[LessonOfTheMonth]:
    """Those chosen so far, the newest first."""
    return _MONTHS.objects(reader=user.pk, month=today.replace(day=1))


def _chosen(reader: int, month: date) -> QuerySet:
    chosen = LessonOfTheMonth.objects.filter(
        Lesson.objects.in_library(User(pk=reader)).holds("lesson"), month__lte=month
    )
    # Joined at once, SQLite may begin with every lesson there is.
    newest = LessonOfTheMonth.objects.filter(pk__in=chosen.order_by("-month").values("pk")[:MONTHS])
    return newest.select_related("lesson").order_by("-month")


_MONTHS = Prepared(_chosen, reader=int, month=date)


@transaction.atomic
def choose(lesson: Lesson, month: date, *, why: str, seen: int, by: User) -> LessonOfTheMonth:
    """Choose it for a month over the choice that was seen, 0 for none. Raises EditConflict. A
    choice that was taken out of the library could not be seen, and gives way."""
    choice, is_new = LessonOfTheMonth.objects.select_related("lesson").get_or_create(
        month=month, defaults={"lesson": lesson, "why": why}
    )
    if is_new:
        keep_texts(choice, author=by, fields=("why",))
    elif (choice.lesson_id, choice.why) == (lesson.pk, why):
        return choice
    else:
        if not choice.lesson.is_published:
            seen = choice.version
        choice = save_edit(
            choice, seen=seen, author=by, changes={"lesson": lesson, "why": why}, texts=("why",)
        )
    record(by, "chose the lesson of the month", lesson, f"{month:%Y-%m}")
    return choice
