"""Pictures, logs and graphs that belong to an incident."""

from __future__ import annotations

import hashlib

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from incidents.models.incident import Incident
from incidents.models.timeline import TimelineEvent
from incidents.querysets import AttachmentQuerySet
from people.models import User


class Attachment(models.Model):
    """A file as it is told of; its bytes are stored once, under their SHA-256."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="attachments")
    event = models.ForeignKey(
        TimelineEvent, models.SET_NULL, null=True, blank=True, related_name="attachments"
    )
    sha256 = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=200)
    content_type = models.CharField("type, sniffed from the bytes", max_length=100)
    size = models.PositiveBigIntegerField("bytes")
    width = models.PositiveIntegerField("pixels, of a picture", null=True, blank=True)
    height = models.PositiveIntegerField("pixels, of a picture", null=True, blank=True)
    description = models.CharField(
        max_length=500, blank=True, help_text="For who cannot see it: what does it show?"
    )
    uploaded_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="attachments"
    )
    uploaded_at = models.DateTimeField(default=timezone.now)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "sha256"], name="attachment_once_per_incident"
            ),
            models.CheckConstraint(
                name="attachment_named_by_its_sha256", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("incidents:attachment", args=[self.incident.reference, self.pk])

    @property
    def is_picture(self) -> bool:
        return self.width is not None

    @property
    def mark(self) -> str:
        """Another one for every description and place, so that nobody saves over what they have
        not seen."""
        return hashlib.sha256(f"{self.event_id}:{self.description}".encode()).hexdigest()[:16]
