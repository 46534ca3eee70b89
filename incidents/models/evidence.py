"""Pictures, logs and graphs that belong to an incident, and what every stored file has."""

from __future__ import annotations

import hashlib

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from incidents.models.incident import Incident
from incidents.models.timeline import TimelineEvent
from incidents.querysets import AttachmentQuerySet
from people.models import User


class StoredFile(models.Model):
    """A file as it is told of; its bytes are stored once, under their SHA-256. Whoever may see what
    it `belongs_to` may see it: the one in the column `OWNER`. `TIES` are the columns that say
    where in it."""

    OWNER: str
    TIES: tuple[str, ...] = ()

    sha256 = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=200)
    content_type = models.CharField("type, sniffed from the bytes", max_length=100)
    size = models.PositiveBigIntegerField("bytes")
    width = models.PositiveIntegerField("pixels, of a picture", null=True, blank=True)
    height = models.PositiveIntegerField("pixels, of a picture", null=True, blank=True)
    description = models.CharField(
        max_length=500, blank=True, help_text=_("For who cannot see it: what does it show?")
    )
    uploaded_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="%(class)ss"
    )
    uploaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_named_by_its_sha256", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def belongs_to(self) -> models.Model:
        owner: models.Model = getattr(self, self.OWNER)
        return owner

    @property
    def is_picture(self) -> bool:
        return self.width is not None

    @property
    def mark(self) -> str:
        """Another one for every description and place, so that nobody saves over what they have
        not seen."""
        said = [str(getattr(self, f"{tie}_id")) for tie in self.TIES] + [self.description]
        return hashlib.sha256(":".join(said).encode()).hexdigest()[:16]


class Attachment(StoredFile):
    OWNER = "incident"
    TIES = ("event",)

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="attachments")
    event = models.ForeignKey(
        TimelineEvent, models.SET_NULL, null=True, blank=True, related_name="attachments"
    )

    objects = AttachmentQuerySet.as_manager()

    class Meta(StoredFile.Meta):
        constraints = [
            *StoredFile.Meta.constraints,
            models.UniqueConstraint(
                fields=["incident", "sha256"], name="attachment_once_per_incident"
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("incidents:attachment", args=[self.incident.reference, self.pk])
