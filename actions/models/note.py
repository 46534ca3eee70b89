"""What people say about an action while it is on its way, and after."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from actions.models.action import Action
from common.models import Versioned
from people.models import User


class Note(Versioned):
    """One remark. Whoever sees the action reads it and may answer."""

    action = models.ForeignKey(Action, models.CASCADE, related_name="notes")
    author = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(name="note_says_something", condition=~Q(text="")),
        ]
        indexes = [models.Index(fields=["action", "-id"], name="note_of_action")]

    def __str__(self) -> str:
        return self.text[:60]
