"""What is published as an Atom feed (RFC 4287), for programs that hold a secret address.

Nothing goes in that not everybody here may read, for feeds pass many hands; and no author but the
product, for what is published speaks of roles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import quote_etag

from common import languages
from lessons import bulletins, following, news
from lessons.models import Bulletin, Following, Lesson
from lessons.querysets import LessonQuerySet
from people.models import FeedKey
from postmortems.models import Publication
from postmortems.querysets import PublicationQuerySet

#: The newest; a feed is no archive.
MOST = 50
#: What XML 1.0 has no place for.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Entry:
    reference: str
    title: str
    text: str
    path: str
    published_at: datetime
    updated_at: datetime

    @property
    def pk(self) -> str:
        """The same for good, whatever its address becomes (RFC 4151)."""
        return f"tag:{urlsplit(settings.SITE_ORIGIN).hostname},2026:{self.reference}"


@dataclass(frozen=True)
class Content:
    """What the owner of a key gets to read."""

    title: str
    entries: list[Entry]
    key: FeedKey

    @property
    def etag(self) -> str:
        parts = [self.key.pk, languages.of(self.key.owner), self.title, *self.entries]
        return quote_etag(sha256(repr(parts).encode(errors="replace")).hexdigest()[:32])

    @property
    def last_modified(self) -> datetime:
        return max([self.key.created_at, *(entry.updated_at for entry in self.entries)])


def content_of(key: FeedKey) -> Content | None:
    """None when nothing is left that this key could show."""
    if key.of == following.EVERYTHING:
        entries = _entries(news.lessons(), news.publications())
        return Content(following.EVERYTHING_TITLE, entries, key)
    if key.of == following.BULLETIN:
        sent = [_of_bulletin(each) for each in bulletins.entries(key.owner)]
        return Content(following.BULLETIN_TITLE, sent, key)
    if key.of == following.FOLLOWED:
        mine = list(Following.objects.of(key.owner))
        return Content(following.FOLLOWED_TITLE, _entries(*_about(mine)), key)
    one = following.following_of(key)
    if one is None:
        return None
    return Content(following.shown(one).name, _entries(*_about([one])), key)


def _about(followings: Iterable[Following]) -> tuple[LessonQuerySet, PublicationQuerySet]:
    lessons, reviews = Q(pk__in=[]), Q(pk__in=[])
    for each in followings:
        if each.thing == "search":
            found = news.found_by(following.asked_for(each))
            newest = found.order_by("-published_at", "-pk").values_list("pk", flat=True)[:MOST]
            lessons |= Q(pk__in=list(newest))
            continue
        thing = following.current(each)
        path, of_review = _PATHS[each.thing]
        lessons |= Q(**{path: thing})
        reviews |= Q(**{of_review: thing})
    # By their keys, each once: telling whole rows apart would compare every text of them.
    about = Lesson.objects.filter(lessons).values("pk")
    published = Publication.objects.filter(reviews).values("pk")
    return news.lessons().filter(pk__in=about), news.publications().filter(pk__in=published)


#: Where each thing stands at a lesson, and at the publication of a review.
_PATHS = {
    "service": ("services", "review__incident__services"),
    "team": ("team", "review__incident__team"),
    "factor": ("factors", "review__factors__category"),
    "tag": ("tags", "review__incident__tags"),
}


def _entries(lessons: LessonQuerySet, reviews: PublicationQuerySet) -> list[Entry]:
    newest_lessons = lessons.defer("search_text", "situation", "where_applies")
    newest_reviews = reviews.select_related("review__incident").defer("replacements")
    entries = [
        *map(_of_lesson, newest_lessons.order_by("-published_at", "-pk")[:MOST]),
        *map(_of_review, newest_reviews.order_by("-published_at", "-pk")[:MOST]),
    ]
    entries.sort(key=lambda entry: (entry.published_at, entry.reference), reverse=True)
    return entries[:MOST]


def _of_lesson(lesson: Lesson) -> Entry:
    published_at = lesson.published_at or lesson.updated_at
    return Entry(
        reference=lesson.reference,
        title=lesson.title,
        text="\n\n".join(filter(None, [lesson.insight, lesson.advice])),
        path=lesson.get_absolute_url(),
        published_at=published_at,
        updated_at=max(lesson.updated_at, published_at),
    )


def _of_bulletin(bulletin: Bulletin) -> Entry:
    """With the stories whose lessons are in the library now."""
    stories = [f"{story.headline}\n\n{story.text}" for story in bulletin.told]
    sent_at = bulletin.sent_at or bulletin.created_at
    return Entry(
        reference=f"bulletin-{bulletin.month:%Y-%m}",
        title=str(bulletin),
        text="\n\n".join(filter(None, [bulletin.introduction, *stories])),
        path=bulletin.get_absolute_url(),
        published_at=sent_at,
        updated_at=sent_at,
    )


def _of_review(publication: Publication) -> Entry:
    """As it was published: without names, whatever the working text says."""
    reference = publication.review.reference
    return Entry(
        reference=f"review-{reference}",
        title=publication.title,
        text=publication.snapshot.get("lede") or publication.snapshot.get("impact", ""),
        path=reverse("postmortems:published", args=[reference]),
        published_at=publication.published_at,
        updated_at=publication.published_at,
    )


class _Atom(Atom1Feed):
    def latest_post_date(self) -> datetime:
        """Of an empty feed, too: it changes when its content does."""
        return self.feed["changed_at"]


def _clean(text: str) -> str:
    """Without the characters that make a reader of XML give up."""
    return _ILLEGAL.sub("", text)


class LibraryFeed(Feed):
    """Called with what it shows; the self link in it is the path alone, without the key."""

    feed_type = _Atom
    link = settings.SITE_ORIGIN + "/lessons/"
    author_name = settings.PRODUCT_NAME

    def get_object(self, request: HttpRequest, content: Content) -> Content:
        return content

    def title(self, content: Content) -> str:
        return _clean(f"{content.title} · {settings.PRODUCT_NAME}")

    def feed_url(self) -> str:
        return settings.SITE_ORIGIN + reverse("lessons:feed")

    def feed_guid(self, content: Content) -> str:
        return f"tag:{urlsplit(settings.SITE_ORIGIN).hostname},2026:{content.key.of}"

    def feed_extra_kwargs(self, content: Content) -> dict[str, Any]:
        return {"changed_at": content.last_modified}

    def items(self, content: Content) -> list[Entry]:
        return content.entries

    def item_title(self, item: Entry) -> str:
        return _clean(item.title)

    def item_description(self, item: Entry) -> str:
        parts = filter(str.strip, _clean(item.text).split("\n\n"))
        return "".join(f"<p>{escape(part)}</p>" for part in parts)

    def item_link(self, item: Entry) -> str:
        return settings.SITE_ORIGIN + item.path

    def item_guid(self, item: Entry) -> str:
        return item.pk

    def item_pubdate(self, item: Entry) -> datetime:
        return item.published_at

    def item_updateddate(self, item: Entry) -> datetime:
        return item.updated_at
