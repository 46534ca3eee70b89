"""What the site remembers about running itself."""

from __future__ import annotations

from django.db import models


class Backup(models.Model):
    """A backup that was written and is whole. Where the file went is for its operators to know."""

    made_at = models.DateTimeField()
    seconds = models.FloatField()
    bytes = models.BigIntegerField()
    rows = models.BigIntegerField()
    files = models.IntegerField()

    class Meta:
        get_latest_by = "made_at"

    def __str__(self) -> str:
        return f"backup of {self.made_at:%Y-%m-%d %H:%M}"
