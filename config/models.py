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


class TrailStretch(models.Model):
    """Lines of the trail in a row, summed up (config/audit/chain.py); no change is possible."""

    #: The lines whose numbers are above this one,
    after = models.PositiveBigIntegerField(unique=True)
    #: up to this one.
    upto = models.PositiveBigIntegerField()
    lines = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    closed_at = models.DateTimeField()

    class Meta:
        ordering = ("after",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(upto__gt=models.F("after")), name="trail_stretch_goes_on"
            )
        ]

    def __str__(self) -> str:
        return f"lines {self.after + 1} to {self.upto}"
