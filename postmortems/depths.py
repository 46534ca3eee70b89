"""Light, standard and deep: which blocks the page of a review shows."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.history import record, require_seen
from common.languages import english
from people.models import User
from postmortems.models import Block, Review, ReviewTemplate

#: What each depth is for, in a sentence.
WORDS = {
    Review.Depth.LIGHT: _("Twenty minutes: a short summary, and the four parts in a line each."),
    Review.Depth.STANDARD: _("An hour together: what happened, its factors, and what limited it."),
    Review.Depth.DEEP: _(
        "Several conversations: also how the work normally goes and how people worked together."
    ),
}


class Shown(NamedTuple):
    """`blocks` are on the page; `kept` are those of them that are there only for what is written
    in them already; `hidden` are empty and left out by the depth."""

    blocks: frozenset[str]
    kept: frozenset[str]
    hidden: list[str]

    @property
    def hidden_words(self) -> str:
        return ", ".join(str(Block(name).label) for name in self.hidden)


def shown(review: Review, written: Collection[str]) -> Shown:
    """What the page shows, in one statement. `written` are the blocks with something in them: no
    text disappears, whatever the depth, for it is published, too."""
    template = ReviewTemplate.objects.filter(depth=review.depth).first()
    left_out = [name for name in Block.values if template and name in template.hides]
    kept = frozenset(name for name in left_out if name in written)
    hidden = [name for name in left_out if name not in kept]
    return Shown(frozenset(Block.values) - frozenset(hidden), kept, hidden)


def in_words(hides: Collection[str]) -> str:
    """What a template that leaves these blocks out shows."""
    return ", ".join(str(Block(name).label) for name in Block.values if name not in hides)


@transaction.atomic
def save(template: ReviewTemplate, hides: list[str], *, mark: str, by: User) -> None:
    """Raises TextConflict when somebody else has changed the template since `mark`."""
    template = ReviewTemplate.objects.select_for_update().get(pk=template.pk)
    require_seen(in_words(template.hides), mark=mark, wanted=in_words(hides))
    template.hides = hides
    template.save(update_fields=["hides"])
    with english():
        record(by, "changed a template of reviews", by, template.get_depth_display())
