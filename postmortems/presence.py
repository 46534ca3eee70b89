"""Who is writing where in a review at this moment, by role and never by name.

It lives in the cache alone, for seconds: no table and no log keeps it. What is private has no
place here, so that nobody can be seen writing it: perspectives, private words, confidential notes.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.utils import translation
from django.utils.translation import gettext

from common import languages
from people.models import User
from postmortems.models import Goal, Participant, Review, Section
from postmortems.roles import role_of

#: Seconds without a word from the page after which somebody has left.
LASTS: Final = 10
_PLACE = re.compile(
    rf"card-[1-9]\d{{0,17}}|part-({'|'.join(Goal.values)})|section-({'|'.join(Section.Kind.values)})"
    r"|story|noticing|surprises|factors|mitigators|questions|meeting",
    re.ASCII,
)

#: {person: (place, {language: who by role}, when)}
_Entries = dict[int, tuple[str, dict[str, str], float]]
#: {"card-7": "The support lead is writing here."}
Here = dict[str, str]


def is_place(place: str) -> bool:
    return bool(_PLACE.fullmatch(place))


def say(review: Review, user: User, place: str) -> None:
    """This person is writing there now. Two who say so at the same instant may count as one until
    the page says it again, seconds later."""
    here = _now(review.pk)
    me = review.participants.filter(user=user).first()
    here[user.pk] = (place, _role_in_each_language(user, review, me), time.time())
    cache.set(_key(review.pk), here, LASTS)


def leave(review: Review, user: User) -> None:
    here = _now(review.pk)
    if here.pop(user.pk, None):
        cache.set(_key(review.pk), here, LASTS)


def others(review: int, user: User) -> Here:
    """Who writes where, but for this person."""
    places: dict[str, list[str]] = defaultdict(list)
    for person, (place, role, _at) in sorted(_now(review).items()):
        if person != user.pk:
            places[place].append(role[languages.current()])
    return {place: _sentence(roles) for place, roles in places.items()}


def _now(review: int) -> _Entries:
    here: _Entries = cache.get(_key(review)) or {}
    return {person: entry for person, entry in here.items() if entry[2] > time.time() - LASTS}


def _key(review: int) -> str:
    return f"writing-{review}"


def _role_in_each_language(user: User, review: Review, me: Participant | None) -> dict[str, str]:
    """Those who read it may speak another one."""
    said = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            said[language] = role_of(user.pk, review, me)
    return said


def _sentence(roles: list[str]) -> str:
    if len(roles) == 1:
        said = gettext("{role} is writing here.").format(role=roles[0])
    elif len(roles) == 2:
        said = gettext("{role} and {other} are writing here.").format(role=roles[0], other=roles[1])
    else:
        said = gettext("{number} people are writing here.").format(number=len(roles))
    return f"{said[0].upper()}{said[1:]}"
