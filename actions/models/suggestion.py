"""A promise somebody doubts: what waits for those who may decide."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from actions.models.action import Action
from people.models import User


class DropSuggestion(models.Model):
    """Somebody suggests not to do what was promised. The row is there while that waits for a
    decision; the trail keeps what was said and what was decided."""

    action = models.OneToOneField(Action, models.CASCADE, related_name="drop_suggestion")
    reason = models.TextField()
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(name="drop_suggestion_says_why", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return self.reason[:60]
