"""What saved us before: the mitigators of published reviews, those that tell of the same together.

Counted by review, never by person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from people.models import User
from postmortems.models import Mitigator, Review
from postmortems.snapshot import Snapshot

_MOST_READ = 2_000


@dataclass(frozen=True)
class Saved:
    """One thing that saved us, as it was published first, and where it did."""

    first: Mitigator
    reviews: list[Review]
    is_luck: bool

    @property
    def text(self) -> str:
        return self.first.published_text


def before(user: User, words: str = "") -> list[Saved]:
    """The most frequent first, then the newest; with `words`, those that hold all of them. In two
    statements, however many there are."""
    rows = (
        Mitigator.objects.told_to(user)
        .select_related("review__incident")
        .order_by("-pk")[:_MOST_READ]
    )
    together: dict[int, list[Mitigator]] = {}
    for row in rows:
        together.setdefault(row.same_as_id or row.pk, []).append(row)
    wanted = words.casefold().split()
    found = [
        _as_one(sorted(group, key=lambda each: each.pk))
        for group in together.values()
        if _holds(group, wanted)
    ]
    return sorted(found, key=lambda one: len(one.reviews), reverse=True)


def note_published(review: Review, told: Snapshot) -> None:
    """Keep beside each mitigator the words readers get of it, which name nobody. `told` was made
    of the review as it is."""
    rows = list(review.mitigators.order_by("pk"))
    for row, line in zip(rows, told["mitigators"], strict=True):
        row.published_text = line["text"][:500]
    Mitigator.objects.bulk_update(rows, ["published_text"])


def _holds(group: Sequence[Mitigator], wanted: list[str]) -> bool:
    text = " ".join(each.published_text for each in group).casefold()
    return all(word in text for word in wanted)


def _as_one(group: list[Mitigator]) -> Saved:
    reviews = {each.review_id: each.review for each in group}
    return Saved(
        first=group[0],
        reviews=list(reviews.values()),
        is_luck=any(each.is_luck for each in group),
    )
