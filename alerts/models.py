"""Where alerts come from, what becomes of them, and which of them are known."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.fields import OneOfField
from incidents.models import Incident
from people.models import Service, User


def new_secret() -> str:
    return secrets.token_urlsafe(32)


class AlertSource(models.Model):
    """A program that sends alerts. What it sends is signed, or shows the secret."""

    class Kind(models.TextChoices):
        ALERTMANAGER = "alertmanager", "Alertmanager"
        GRAFANA = "grafana", "Grafana"
        PAGERDUTY = "pagerduty", "PagerDuty"

    name = models.CharField(max_length=80, unique=True)
    kind = OneOfField(max_length=12, choices=Kind)
    # It has to be known to check a signature, so it is kept as it is.
    secret = models.CharField(max_length=200, default=new_secret)
    # The one before, which is good for a while after another was made.
    old_secret = models.CharField(max_length=200, blank=True)
    old_until = models.DateTimeField(null=True, blank=True)
    # Who is named as having reported what it opens.
    files_as = models.ForeignKey(User, models.PROTECT, related_name="+")
    heard_at = models.DateTimeField(null=True, blank=True)
    heard = models.CharField("what came of it", max_length=300, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    refused = models.CharField("why", max_length=300, blank=True)
    # The minute of the last delivery, counted from 1970, and how many it had.
    minute = models.PositiveIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class AlertRule(models.Model):
    """What becomes of alerts whose labels fit. The first rule that fits decides."""

    class Deed(models.TextChoices):
        OPEN = "open", _("File an incident, or add to the one that is open")
        NOTE = "note", _("Only add to an incident of the service that is open")
        IGNORE = "ignore", _("Nothing")

    source = models.ForeignKey(AlertSource, models.CASCADE, related_name="rules")
    #: {label: value}, each of which an alert has to have; {} fits every alert.
    labels = models.JSONField(default=dict)
    deed = OneOfField(max_length=6, choices=Deed, default=Deed.OPEN)
    service = models.ForeignKey(Service, models.CASCADE, null=True, blank=True, related_name="+")
    severity = OneOfField(max_length=4, choices=Incident.Severity, default="sev3")
    kind = OneOfField(max_length=9, choices=Incident.Kind, default=Incident.Kind.INCIDENT)
    resolves = models.BooleanField("resolve it when all its alerts are over", default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="alert_rule_names_a_service",
                condition=Q(deed="ignore") | Q(service__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.in_words

    @property
    def in_words(self) -> str:
        """ "severity=critical and team=blue", or "every alert"."""
        pairs = [f"{name}={value}" for name, value in self.labels.items()]
        return gettext(" and ").join(pairs) or gettext("every alert")

    def fits(self, labels: dict[str, str]) -> bool:
        return all(labels.get(name) == value for name, value in self.labels.items())


class Alert(models.Model):
    """One alert of a source, by the name its source gives it: told again, it is the same."""

    source = models.ForeignKey(AlertSource, models.CASCADE, related_name="alerts")
    fingerprint = models.CharField(max_length=64)
    # What it was added to; None for one that no rule took.
    incident = models.ForeignKey(
        Incident, models.CASCADE, null=True, blank=True, related_name="alerts"
    )
    rule = models.ForeignKey(AlertRule, models.SET_NULL, null=True, related_name="+")
    is_over = models.BooleanField(default=False)
    # By the clock of the source: what is older than that tells nothing new.
    changed_at = models.DateTimeField()
    heard_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "fingerprint"], name="alert_known_once_by_its_source"
            )
        ]
        indexes = [
            models.Index(fields=["incident"], name="alert_going_on", condition=Q(is_over=False))
        ]

    def __str__(self) -> str:
        return self.fingerprint
