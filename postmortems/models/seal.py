"""What stays when a published review no longer knows who wrote what."""

from __future__ import annotations

from django.db import models

from postmortems.models.review import Review


class Seal(models.Model):
    """Identities were taken out of a review up to this revision. What is kept is counts, and a
    digest that tells whether a record somebody holds is the one that was here."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="seals")
    revision = models.PositiveIntegerField()
    sealed_on = models.DateField()
    took_part = models.PositiveIntegerField()
    # {"1": 5}: how many accepted which version of the premises.
    accepted = models.JSONField(default=dict)
    # How many answered which way when they read it first.
    replies = models.JSONField(default=dict)
    # {"findings": 12, …}: how many rows lost their author.
    unlinked = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "revision"], name="seal_once_per_revision")
        ]

    def __str__(self) -> str:
        return f"Seal of {self.review_id}, revision {self.revision}"
