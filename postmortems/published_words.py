"""What a published review can be found by: everything readers get, in one place."""

from __future__ import annotations

from typing import Any

from postmortems import snapshot
from postmortems.models import Publication, PublishedWords
from postmortems.snapshot import Snapshot

_LONGEST = 400_000  # characters; the index reads no further


def keep(publication: Publication) -> None:
    """Let the review be found by this edition, and by none before. Call it in the transaction
    that publishes."""
    PublishedWords.objects.update_or_create(
        review_id=publication.review_id, defaults=columns(publication.snapshot)
    )


def columns(told: Snapshot) -> dict[str, Any]:
    """The columns of PublishedWords for what was published."""
    names = [told["reference"], told["kind_words"], *told.get("services", ())]
    lines = dict.fromkeys([*(text.words.strip() for text in snapshot.texts(told)), *names])
    return {
        # What happened, for the headline is often that of its first lesson.
        "title": (told["incident_title"] or told["title"])[:200],
        "lede": told["lede"] or told["impact"],
        "search_text": "\n".join(filter(None, lines))[:_LONGEST],
    }
