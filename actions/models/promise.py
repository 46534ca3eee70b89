"""How soon an action is promised, by what made it necessary."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import ngettext

from actions.models.action import Action
from common import kept_words
from common.fields import OneOfField
from incidents.models import Incident


class PromisedDays(models.Model):
    """Where the organisation promises something else than actions.promise.USUAL."""

    severity = OneOfField(max_length=4, choices=Incident.Severity)
    priority = OneOfField(max_length=6, choices=Action.Priority)
    working_days = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["severity", "priority"], name="promised_days_once_for_each"
            ),
            models.CheckConstraint(
                name="promised_days_within_a_year",
                condition=Q(working_days__gte=1, working_days__lte=260),
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.get_severity_display()}, {self.get_priority_display()}: "
            f"{self.working_days} working days"
        )


@kept_words.shape(r"(?P<severity>SEV \d), (?P<priority>[^:]+): (?P<days>\d+) working days")
def _promised_for_reader(severity: str, priority: str, days: str) -> str:
    return ngettext(
        "{severity}, {priority}: {days} working day",
        "{severity}, {priority}: {days} working days",
        int(days),
    ).format(
        severity=severity,
        priority=kept_words.label(Action.Priority.choices, priority),
        days=days,
    )
