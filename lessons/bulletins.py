"""The bulletin: drafted by the product each month, edited and trimmed by a person, then sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count
from django.utils.text import Truncator
from django.utils.translation import gettext

from common import papers
from common.dates import say
from common.history import EditConflict, keep_texts, record, save_edit
from lessons.models import Bulletin, BulletinStory, Lesson
from people.models import User
from people.notifications import Telling, tell
from postmortems.models import FactorCategory

TEXTS = ("theme", "introduction")
STORIES = 3
_WORDS = 60
_NO_THEME = "From the library"
State = Bulletin.State


class NotReady(Exception):
    """It is not sent. The text says why, and what to do."""


@dataclass(frozen=True)
class Story:
    lesson: Lesson
    headline: str
    text: str


# Drafting ---------------------------------------------------------------------------------------
def draft(month: date) -> Bulletin | None:
    """The bulletin of a month, drafted when there is none: three lessons that share a contributing
    factor and stood in no bulletin yet. None while the library has too little to tell."""
    before = Bulletin.objects.filter(month=month).first()
    if before:
        return before
    theme, lessons = _theme()
    if len(lessons) < STORIES:
        return None
    with transaction.atomic():
        bulletin, is_new = Bulletin.objects.get_or_create(month=month, defaults={"theme": theme})
        if is_new:
            _fill(bulletin, [Story(each, each.title, shortened(each)) for each in lessons])
            keep_texts(bulletin, author=None, fields=TEXTS)
            tell(
                Telling(person, "bulletin_draft", bulletin, f"bulletin-{bulletin.pk}-draft")
                for person in User.objects.facilitators()
            )
    return bulletin


def _theme() -> tuple[str, list[Lesson]]:
    """The contributing factor with most lessons that are still untold, another one than last time,
    and the newest of them."""
    last = Bulletin.objects.order_by("-month").values_list("theme", flat=True).first()
    untold = (
        Lesson.objects.published().current().exclude(pk__in=BulletinStory.objects.values("lesson"))
    )
    factor = (
        FactorCategory.objects.filter(lessons__in=untold)
        .annotate(untold=Count("lessons"))
        .filter(untold__gte=STORIES)
        .exclude(name=last or "")
        .order_by("-untold", "name")
        .first()
    )
    rows = untold.filter(factors=factor) if factor else untold
    newest = list(rows.defer("search_text").order_by("-published_at", "-pk")[:STORIES])
    return factor.name if factor else _NO_THEME, newest


def shortened(lesson: Lesson) -> str:
    """A lesson as a short story: what was there, what was understood, what is advised."""
    parts = (lesson.situation, lesson.insight, lesson.advice)
    return "\n\n".join(
        Truncator(" ".join(part.split())).words(_WORDS, truncate=" …") for part in parts if part
    )


# Editing and sending ----------------------------------------------------------------------------
@transaction.atomic
def edit(
    bulletin: Bulletin,
    *,
    seen: int,
    theme: str,
    introduction: str,
    stories: Sequence[Story],
    by: User,
) -> Bulletin:
    """Raises EditConflict when somebody else has saved since, or has sent it."""
    bulletin = Bulletin.objects.select_for_update().get(pk=bulletin.pk)
    if bulletin.is_sent:
        raise EditConflict(bulletin)
    bulletin = save_edit(
        bulletin,
        seen=seen,
        author=by,
        changes={"theme": theme, "introduction": introduction},
        texts=TEXTS,
    )
    bulletin.stories.all().delete()
    _fill(bulletin, stories)
    record(by, "edited a bulletin", bulletin)
    return bulletin


def _fill(bulletin: Bulletin, stories: Sequence[Story]) -> None:
    BulletinStory.objects.bulk_create(
        BulletinStory(bulletin=bulletin, position=place, **vars(story))
        for place, story in enumerate(stories, start=1)
    )


@transaction.atomic
def send(bulletin: Bulletin, *, seen: int, by: User, at: datetime) -> Bulletin:
    """To everybody here, by mail to those who take it so. Once, however often it is asked for.
    Raises NotReady, and EditConflict when another version was read."""
    bulletin = Bulletin.objects.select_for_update().get(pk=bulletin.pk)
    if bulletin.is_sent:
        return bulletin
    told = told_in(bulletin)
    if not told:
        raise NotReady(gettext("It tells nothing yet. Name a lesson of the library."))
    bulletin = save_edit(
        bulletin, seen=seen, author=by, changes={"state": State.SENT, "sent_at": at}
    )
    record(by, "sent a bulletin", bulletin)
    tell(
        Telling(person, "bulletin", bulletin, f"bulletin-{bulletin.pk}")
        for person in User.objects.active().order_by("pk")
    )
    papers.ask_for(page(bulletin, told), by=None, now=at)
    return bulletin


def told_in(bulletin: Bulletin) -> list[BulletinStory]:
    """Its stories whose lessons are in the library now."""
    return Bulletin.objects.for_telling().get(pk=bulletin.pk).told


def entries(user: User, *, most: int = 24) -> list[Bulletin]:
    """What a feed of the bulletin holds for this person, the newest first, each with `told`."""
    sent = Bulletin.objects.visible_to(user).filter(state=State.SENT)
    return list(sent.for_telling().order_by("-month")[:most])


# On paper ---------------------------------------------------------------------------------------
def page(bulletin: Bulletin, told: Sequence[BulletinStory]) -> str:
    """The whole HTML page; a lesson of it may have been taken back."""
    month = say(bulletin.month, "F Y")
    return papers.page(
        "lessons/bulletin_paper.html",
        title=bulletin.theme,
        kicker=gettext("Bulletin"),
        beside=month,
        foot=[gettext("Bulletin of {month}").format(month=month), gettext("For everyone here")],
        bulletin=bulletin,
        told=told,
    )
