"""Who is writing where in a review at this moment, by role and never by name.

It lives in the cache alone, for seconds: no table and no log keeps it. What is private has no
place here, so that nobody can be seen writing it: perspectives, private words, confidential notes.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from typing import Final

from django.core.cache import cache

from people.models import User
from postmortems.models import Goal, Review, Section
from postmortems.roles import role_of

#: Seconds without a word from the page after which somebody has left.
LASTS: Final = 10
_PLACE = re.compile(
    rf"card-[1-9]\d{{0,17}}|part-({'|'.join(Goal.values)})|section-({'|'.join(Section.Kind.values)})"
    r"|story|noticing|surprises|factors|mitigators|questions|meeting",
    re.ASCII,
)

#: {person: (place, who by role, when)}
_Entries = dict[int, tuple[str, str, float]]
#: {"card-7": "The support lead is writing here."}
Here = dict[str, str]


def is_place(place: str) -> bool:
    return bool(_PLACE.fullmatch(place))


def say(review: Review, user: User, place: str) -> None:
    """This person is writing there now. Two who say so at the same instant may count as one until
    the page says it again, seconds later."""
    here = _now(review.pk)
    me = review.participants.filter(user=user).first()
    here[user.pk] = (place, role_of(user.pk, review, me), time.time())
    cache.set(_key(review.pk), here, LASTS)


def leave(review: Review, user: User) -> None:
    here = _now(review.pk)
    if here.pop(user.pk, None):
        cache.set(_key(review.pk), here, LASTS)


def others(review: int, user: User) -> Here:
    """Who writes where, but for this person."""
    places: dict[str, list[str]] = defaultdict(list)
    for person, (place, role, _) in sorted(_now(review).items()):
        if person != user.pk:
            places[place].append(role)
    return {place: _sentence(roles) for place, roles in places.items()}


def _now(review: int) -> _Entries:
    here: _Entries = cache.get(_key(review)) or {}
    return {person: entry for person, entry in here.items() if entry[2] > time.time() - LASTS}


def _key(review: int) -> str:
    return f"writing-{review}"


def _sentence(roles: list[str]) -> str:
    who = " and ".join(roles) if len(roles) < 3 else f"{len(roles)} people"
    return f"{who[0].upper()}{who[1:]} {'is' if len(roles) == 1 else 'are'} writing here."
