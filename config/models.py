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


class TaskTryQuerySet(models.QuerySet):
    def parked(self) -> TaskTryQuerySet:
        return self.exclude(parked_at=None)


class TaskTry(models.Model):
    """A task that has begun and not ended, by its message: see config/tries.py."""

    message = models.CharField(max_length=255, unique=True)
    task = models.CharField(max_length=200)
    #: What it is called with, in order: keys of rows and names of queues.
    arguments = models.JSONField()
    starts = models.PositiveIntegerField(default=1)
    #: The last time.
    started_at = models.DateTimeField()
    parked_at = models.DateTimeField(null=True, blank=True)

    objects = TaskTryQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.task} {self.message}"

    def keys(self) -> str:
        """Of the rows it is about, and never a text."""
        return ", ".join(str(each) for each in self.arguments if type(each) is int)
