"""The timeline of an incident."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.fields import OneOfField
from common.languages import english
from common.models import Versioned
from incidents.models.incident import Incident
from incidents.models.times import Milestone, precision_field, zone_field
from incidents.querysets import TimelineEventQuerySet
from people.models import User


class TimelineEventManager(models.Manager.from_queryset(TimelineEventQuerySet)):
    def get_queryset(self) -> TimelineEventQuerySet:
        return super().get_queryset().filter(removed_at=None)


class TimelineEvent(Versioned):
    """Something observed, at a time, from a source."""

    class Kind(models.TextChoices):
        TRIGGER = "trigger", _("Trigger")
        DETECTION = "detection", _("Noticing")
        DIAGNOSIS = "diagnosis", _("Finding out")
        ESCALATION = "escalation", _("Calling for help")
        DECISION = "decision", _("Deciding")
        ACTION = "action", _("Acting")
        COMMUNICATION = "communication", pgettext_lazy("kind of event", "Telling people")
        MITIGATION = "mitigation", _("Repairing")
        RESOLUTION = "resolution", _("Resolved")
        OBSERVATION = "observation", _("Observation")

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="events")
    at = models.DateTimeField(null=True, blank=True)
    on = models.CharField("day or month, when no clock time is known", max_length=10, blank=True)
    until = models.DateTimeField("the later end of a time between two", null=True, blank=True)
    precision = precision_field()
    zone = zone_field()
    # An event without a time stands behind the one before it: same sort_at, higher position.
    sort_at = models.DateTimeField()
    position = models.PositiveIntegerField(default=0)
    kind = OneOfField(max_length=13, choices=Kind, default=Kind.OBSERVATION)
    text = models.TextField()
    source = models.CharField(
        "who or what it is known from", max_length=120, blank=True, help_text=_("A chat, an alert")
    )
    evidence = models.CharField(
        max_length=500, blank=True, help_text=_("A graph, a log line, a link")
    )
    known_then = models.TextField("what was visible at that moment", blank=True)
    learned_later = models.BooleanField("learned only afterwards", default=False)
    is_key = models.BooleanField("key moment", default=False)
    author = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="timeline_events"
    )
    author_role = models.CharField(max_length=80, blank=True)
    # Another account of the same moment, told from where somebody else stood.
    beside = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="accounts"
    )
    removed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    #: Without the events that were taken out; their rows stay for the history.
    objects = TimelineEventManager()
    with_removed = TimelineEventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="event_between_has_two_ends_in_order",
                condition=Q(until=None) & ~Q(precision="between")
                | Q(precision="between", until__gte=F("at")),
            ),
            models.CheckConstraint(name="event_is_not_beside_itself", condition=~Q(beside=F("id"))),
        ]
        indexes = [
            models.Index(fields=["incident", "sort_at", "position", "id"], name="timeline_in_order")
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def hedge(self) -> str:
        """ "about " or "before " in front of a time, or nothing; in English, as it is kept."""
        return Milestone("", self.at, self.precision, self.zone).hedge

    @property
    def hedge_in_words(self) -> str:
        return Milestone("", self.at, self.precision, self.zone).hedge_in_words

    @property
    def time_in_words(self) -> str:
        """ "about 2017-01-31 23:27 UTC", for the history; it never changes with its reader."""
        if self.at is None:
            return self.on or "not known"
        words = f"{self.hedge}{_in_utc(self.at)} UTC"
        return f"between {_in_utc(self.at)} and {_in_utc(self.until)} UTC" if self.until else words

    @property
    def kind_in_words(self) -> str:
        """For the history, like the time."""
        with english():
            return self.get_kind_display()


def _in_utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"
