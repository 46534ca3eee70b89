"""What the wording coach (common/coach) says about the texts of a review."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from django.core.cache import cache

from common.coach import Hint, hints
from common.text import MAX_LENGTH
from people.models import User
from postmortems.models import KeptWording, Review
from postmortems.ordinary_words import ORDINARY_WORDS

_NAMES = "names-for-wording"
_SECONDS = 300


class Left(NamedTuple):
    """A phrase that still stands in a text, and the name and address of its place."""

    hint: Hint
    place: str
    address: str


def read(text: str, *, review: Review | None = None) -> list[Hint]:
    """The hints for a text, without what the people of the review decided to keep.

    Line breaks count as one character, as a textarea has them.
    """
    text = text.replace("\r\n", "\n")[:MAX_LENGTH]
    found = hints(text, names=_names())
    kept = _kept_in(review) if review and found else frozenset()
    return [hint for hint in found if digest(hint.phrase, hint.label) not in kept]


def keep(review: Review, *, phrase: str, label: str) -> None:
    """Remember for everybody in this review that the phrase stays; again changes nothing."""
    KeptWording.objects.bulk_create(
        [KeptWording(review=review, digest=digest(phrase, label))], ignore_conflicts=True
    )


def left_in(review: Review, texts: Iterable[tuple[str, str, str]], *, most: int) -> list[Left]:
    """The first phrases that stand in texts, given as (name, address, words), each phrase once."""
    names = _names()
    kept = set(_kept_in(review))
    found: list[Left] = []
    for place, address, words in texts:
        for hint in hints(words, names=names):
            mark = digest(hint.phrase, hint.label)
            if mark in kept:
                continue
            kept.add(mark)
            found.append(Left(hint, place, address))
            if len(found) == most:
                return found
    return found


def digest(phrase: str, label: str) -> str:
    """The same for a phrase however it is capitalised and broken into lines."""
    folded = " ".join(phrase.casefold().replace("’", "'").split())
    return hashlib.sha256(f"{label}\n{folded}".encode(errors="replace")).hexdigest()


def _kept_in(review: Review) -> frozenset[str]:
    return frozenset(review.kept_wordings.values_list("digest", flat=True))


def _names() -> frozenset[str]:
    """The parts of the names in the directory that are not ordinary words; some minutes old."""
    known = cache.get(_NAMES)
    if known is None:
        names = User.objects.filter(is_active=True).values_list("name", flat=True)
        parts = {part.lower() for name in names.iterator(chunk_size=2000) for part in name.split()}
        known = frozenset(part for part in parts if len(part) > 2 and part not in ORDINARY_WORDS)
        cache.set(_NAMES, known, _SECONDS)
    return known
