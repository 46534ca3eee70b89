"""Where an incident retold from elsewhere comes from."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from incidents.models.incident import Incident


class Source(models.Model):
    """A document that tells of the incident. The first one is the main account."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="sources")
    position = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=300)
    url = models.URLField(max_length=500)
    published = models.CharField("day, month or year", max_length=10, blank=True)

    def __str__(self) -> str:
        return self.title


class ImportedFile(models.Model):
    """The file an incident was loaded from, as it was read, so that a second load can say
    what has changed in it."""

    incident = models.OneToOneField(Incident, models.CASCADE, related_name="imported_file")
    name = models.CharField(max_length=255)
    schema_version = models.PositiveSmallIntegerField()
    content = models.JSONField()
    loaded_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name
