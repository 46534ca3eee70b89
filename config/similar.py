"""What somebody may know already about the thing they are describing: incidents and lessons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.words import split, stem, telling
from incidents.models import Incident
from lessons.models import Lesson
from people.models import User

_MOST = 5
_MOST_LESSONS = 2
_CANDIDATES = 12
_JUST_BEGUN = timedelta(hours=2)
_READ = 6_000  # characters of a text that words in common are looked for in
_PHRASE = 3  # words in a row that say more than the same words apart


@dataclass(frozen=True)
class Similar:
    """An incident or a lesson, and why it is shown."""

    row: Incident | Lesson
    reason: str

    @property
    def is_lesson(self) -> bool:
        return isinstance(self.row, Lesson)


@dataclass(frozen=True)
class Familiar:
    """`just_begun` may be the very same thing; `others` are like it. Five at most in all."""

    just_begun: list[Incident]
    others: list[Similar]


def to(
    sentence: str, *, user: User, now: datetime, service: str = "", besides: str = ""
) -> Familiar:
    """What this person may see that resembles the sentence, or goes on at the same service.

    `service` is a key as typed into an address; `besides` is the reference of one to leave out.
    """
    pk = int(service) if service.isascii() and service.isdigit() and len(service) < 10 else 0
    visible = Incident.objects.visible_to(user).exclude(reference=besides)
    just_begun = _just_begun(visible, pk, now) if pk and not besides else []
    wanted = telling(sentence)
    if len(wanted) < 2:
        return Familiar(just_begun, [])
    lessons = _alike(Lesson.objects.in_library(user), sentence, pk, most=_MOST_LESSONS)
    room = _MOST - len(just_begun) - len(lessons)
    others = visible.exclude(pk__in=[each.pk for each in just_begun]) if just_begun else visible
    return Familiar(just_begun, [*lessons, *_alike(others, sentence, pk, most=room)])


def _just_begun(visible: Any, service: int, now: datetime) -> list[Incident]:
    ongoing = visible.ongoing().filter(
        services=service, started_at__gte=now - _JUST_BEGUN, started_at__lte=now
    )
    return list(ongoing.defer("search_text").order_by("-started_at", "-pk")[:2])


def _alike(rows: Any, sentence: str, service: int, *, most: int) -> list[Similar]:
    """The best of those that share two telling words, or one third of them, with the sentence."""
    ids = rows.resembling(sentence)[:_CANDIDATES]
    held = rows.model.objects.prefetch_related("services").in_bulk(ids)
    wanted = telling(sentence)
    needed = max(2, len(wanted) // 3)
    found = []
    for place, pk in enumerate(pk for pk in ids if pk in held):
        row = held[pk]
        text = split(f"{row.title} {row.search_text[:_READ]}")
        stems = {stem(word) for word in text}
        shared = [word for word in wanted if stem(word) in stems]
        if len(shared) < needed:
            continue
        same_service = service in {each.pk for each in row.services.all()}
        found.append((-len(shared) - same_service, place, row, shared, same_service, text))
    found.sort(key=lambda each: each[:2])
    return [
        Similar(row, _reason(sentence, shared, text, same_service=same_service))
        for _, _, row, shared, same_service, text in found[: max(0, most)]
    ]


def _reason(sentence: str, shared: list[str], text: Sequence[str], *, same_service: bool) -> str:
    """ "same service, 3 words in common: certificate, expired, proxy"."""
    phrase = _longest_in_common(split(sentence), text)
    if len(phrase) >= _PHRASE:
        words = _("matches “{phrase}”").format(phrase=" ".join(phrase))
    else:
        words = ngettext(
            "{number} word in common: {words}", "{number} words in common: {words}", len(shared)
        ).format(number=len(shared), words=", ".join(shared))
    return _("same service, {reason}").format(reason=words) if same_service else words


def _longest_in_common(typed: Sequence[str], text: Sequence[str]) -> Sequence[str]:
    """The longest run of typed words that stands in the text too, endings apart."""
    stems = f" {' '.join(stem(word) for word in text)} "
    ends = [stem(word) for word in typed]
    for length in range(len(typed), 1, -1):
        for start in range(len(typed) - length + 1):
            if f" {' '.join(ends[start : start + length])} " in stems:
                return typed[start : start + length]
    return ()
