"""What people say about the text of a review while they work on it, or after they read it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.models import Versioned
from people.models import User
from postmortems.models.board import Finding
from postmortems.models.review import Review
from postmortems.querysets import CommentQuerySet


class Comment(Versioned):
    """One remark at one place. It is about the text and never part of it: no publication, export
    or report holds it."""

    #: Where readers of what was published speak; all other places belong to the working text.
    PUBLISHED = "published"

    review = models.ForeignKey(Review, models.CASCADE, related_name="comments")
    # "card", "part-why", "section-summary" or "published".
    place = models.CharField(max_length=24)
    finding = models.ForeignKey(
        Finding, models.CASCADE, null=True, blank=True, related_name="comments"
    )
    author = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="comment_says_something", condition=~Q(text="")),
            models.CheckConstraint(
                name="comment_on_a_card_names_it",
                condition=Q(place="card", finding__isnull=False)
                | (~Q(place="card") & Q(finding=None)),
            ),
        ]
        indexes = [models.Index(fields=["review", "place", "-id"], name="comment_at_place")]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def key(self) -> str:
        """The place as addresses and pages name it: "card-7"."""
        return f"card-{self.finding_id}" if self.finding_id else self.place
