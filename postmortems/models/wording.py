"""Phrases that the people of a review have decided to keep."""

from __future__ import annotations

from django.db import models

from postmortems.models.review import Review


class KeptWording(models.Model):
    """A phrase that the wording coach does not ask about again in this review.

    Neither the phrase nor who kept it nor when is stored: see postmortems/wording.py for the
    digest.
    """

    review = models.ForeignKey(Review, models.CASCADE, related_name="kept_wordings")
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "digest"], name="wording_is_kept_once"),
        ]

    def __str__(self) -> str:
        return self.digest[:12]
