"""When an administrator opened a restricted incident nobody had named them on."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from incidents.models.incident import Incident
from incidents.querysets import BrokenGlassQuerySet
from people.models import User


class BrokenGlass(models.Model):
    """One administrator may read one restricted incident until a time, for a reason. Append-only:
    the database refuses changes."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="broken_glass")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    until = models.DateTimeField()

    objects = BrokenGlassQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="glass_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="glass_lasts_an_hour_at_most",
                condition=Q(until__lte=F("at") + timedelta(hours=1)),
            ),
        ]
        indexes = [models.Index(fields=["by", "until"], name="glass_of_somebody")]

    def __str__(self) -> str:
        return f"{self.by}: {self.incident}"
