"""Files that show whether an action works."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from actions.models.action import Action
from incidents.models import StoredFile


class ActionFile(StoredFile):
    """A recording, a picture, a log: what was seen when somebody tried it."""

    OWNER = "action"

    action = models.ForeignKey(Action, models.CASCADE, related_name="attachments")

    class Meta(StoredFile.Meta):
        constraints = [
            *StoredFile.Meta.constraints,
            models.UniqueConstraint(fields=["action", "sha256"], name="action_file_once"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("actions:file", args=[self.action.reference, self.pk])
