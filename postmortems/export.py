"""The list of reviews as CSV and as JSON: how far each one is, and what was published.

What was published stands in the file as its own page gives it; nothing of a working text does.
docs/exports.md tells the form.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings

from common import csv_lines, downloads
from common.downloads import iso
from common.pagination import batches
from postmortems import plain
from postmortems.models import Publication, Review
from postmortems.querysets import ReviewQuerySet

COLUMNS = ("reference", "address", "title", "state", "depth", "team", "requested_at", "due_on",
           "published_at", "revision", "summary")  # fmt: skip


def as_csv(reviews: ReviewQuerySet) -> Iterator[str]:
    """Lines, the header first."""
    return csv_lines.lines(COLUMNS, map(_cells, _with_latest(reviews)))


def as_json(reviews: ReviewQuerySet, *, now: datetime) -> Iterator[str]:
    """One object; its "reviews" come one to a line, each with its publication or null."""
    head = {"format": "second-story-reviews", "version": 1, "exported_at": iso(now)}
    return downloads.json_lines(head, "reviews", map(_described, _with_latest(reviews)))


def as_markdown(reviews: ReviewQuerySet) -> Iterator[str]:
    """What was published, one after the other."""
    for _, publication in _with_latest(reviews):
        if publication:
            yield plain.as_markdown(publication)
            yield "\n"


def _with_latest(reviews: ReviewQuerySet) -> Iterator[tuple[Review, Publication | None]]:
    """In the order of the list, each with its latest publication."""
    for batch in batches(reviews, order=("-requested_at", "-pk")):
        latest = {
            publication.review_id: publication
            for publication in Publication.objects.filter(review__in=batch).order_by("revision")
        }
        for review in batch:
            yield review, latest.get(review.pk)


def _about(review: Review, publication: Publication | None) -> dict[str, Any]:
    return {
        "reference": review.reference,
        "address": f"{settings.SITE_ORIGIN}{review.get_absolute_url()}",
        "title": publication.title if publication else review.incident.title,
        "state": review.state,
        "depth": review.depth,
        "team": review.incident.team.name,
        "requested_at": iso(review.requested_at),
        "due_on": review.due_on.isoformat() if review.due_on else None,
        "published_at": iso(publication.published_at) if publication else None,
        "revision": publication.revision if publication else None,
    }


def _described(row: tuple[Review, Publication | None]) -> dict[str, Any]:
    review, publication = row
    published = plain.as_data(publication) if publication else None
    return {**_about(review, publication), "publication": published}


def _cells(row: tuple[Review, Publication | None]) -> list[object]:
    review, publication = row
    sections = publication.snapshot.get("sections", []) if publication else []
    summary = next((one["text"] for one in sections if one["kind"] == "summary"), "")
    return [*_about(review, publication).values(), summary]
