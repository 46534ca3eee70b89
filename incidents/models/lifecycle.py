"""What happened to an incident since it was filed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.fields import OneOfField
from incidents.models.incident import Incident
from people.models import User


class StateChange(models.Model):
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="state_changes")
    before = models.CharField(max_length=13)
    after = OneOfField(max_length=13, choices=Incident.State)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"

    @property
    def reason_in_words(self) -> str:
        """The reason to close begins with a label, which is kept in English."""
        if self.after != Incident.State.CLOSED or not self.reason:
            return self.reason
        label, colon, note = self.reason.partition(": ")
        return f"{gettext(label)}{colon}{note}"


class SeverityChange(models.Model):
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="severity_changes")
    before = models.CharField(max_length=4)
    after = OneOfField(max_length=4, choices=Incident.Severity)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


class IncidentLink(models.Model):
    """How one incident relates to another; shown from both sides."""

    class Kind(models.TextChoices):
        RELATED = "related", _("Related to")
        CAUSED_BY = "caused_by", _("Followed from")
        DUPLICATE = "duplicate", _("Duplicate of")

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="links")
    other = models.ForeignKey(Incident, models.CASCADE, related_name="links_back")
    kind = OneOfField(max_length=9, choices=Kind, default=Kind.RELATED)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "other", "kind"], name="link_once"),
            models.CheckConstraint(
                name="link_is_to_another_incident", condition=~Q(incident=F("other"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.other_id}"
