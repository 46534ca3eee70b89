"""What happened: incidents, their milestones and timelines, and who was there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from common.fields import OneOfField
from common.models import Versioned
from incidents.querysets import IncidentQuerySet, TimelineEventQuerySet
from people.models import Service, Team, User


class Precision(models.TextChoices):
    """How well a time is known. Order and wording follow what people say."""

    EXACT = "exact", "exactly"
    ABOUT = "about", "about"
    BEFORE = "before", "before"
    DERIVED = "derived", "worked out from a duration"
    DAY = "day", "on that day"
    MONTH = "month", "in that month"
    UNKNOWN = "unknown", "not known"


class SeverityLevel(models.Model):
    """The organisation's own words for a severity, shown wherever one is chosen."""

    severity = models.CharField(max_length=4, primary_key=True)
    name = models.CharField(max_length=40)
    explanation = models.CharField(max_length=200)
    example = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.label} · {self.name}"

    @property
    def label(self) -> str:
        return f"SEV {self.severity[-1]}"


class Milestone(NamedTuple):
    """One of the five milestones of an incident, with how well it is known."""

    name: str
    at: datetime | None
    precision: str
    zone: str

    @property
    def hedge(self) -> str:
        """ "about " or "before " in front of a time, or nothing."""
        hedges = {"about": "about ", "derived": "about ", "before": "before "}
        return hedges.get(self.precision, "")


MILESTONES = ("started", "detected", "acknowledged", "mitigated", "resolved")


def _precision() -> models.CharField:
    return OneOfField(max_length=8, choices=Precision, default=Precision.EXACT)


def _zone_typed() -> models.CharField:
    return models.CharField(max_length=64, default="UTC")


def _milestones_in_order() -> Q:
    """Each known milestone is not before any earlier one that is known."""
    rule = Q()
    for position, earlier in enumerate(MILESTONES):
        for later in MILESTONES[position + 1 :]:
            rule &= (
                Q(**{f"{earlier}_at": None})
                | Q(**{f"{later}_at": None})
                | Q(**{f"{later}_at__gte": F(f"{earlier}_at")})
            )
    return rule


class Incident(Versioned):
    class Kind(models.TextChoices):
        INCIDENT = "incident", "Incident"
        NEAR_MISS = "near_miss", "Near miss"
        SIGNAL = "signal", "Weak signal"
        GAME_DAY = "game_day", "Game day"
        TEST = "test", "Test"

    class Severity(models.TextChoices):
        SEV1 = "sev1", "SEV 1"
        SEV2 = "sev2", "SEV 2"
        SEV3 = "sev3", "SEV 3"
        SEV4 = "sev4", "SEV 4"

    class State(models.TextChoices):
        REPORTED = "reported", "Reported"
        INVESTIGATING = "investigating", "Investigating"
        MITIGATED = "mitigated", "Impact stopped"
        RESOLVED = "resolved", "Resolved"
        CLOSED = "closed", "Closed"

    class Visibility(models.TextChoices):
        OPEN = "open", "Everyone here"
        RESTRICTED = "restricted", "Only the people named on it"

    class CloseReason(models.TextChoices):
        LEARNED = "learned", "Resolved, and nothing is left to do"
        DUPLICATE = "duplicate", "Duplicate of another incident"
        FALSE_ALARM = "false_alarm", "False alarm"
        SUPERSEDED = "superseded", "Superseded"
        EXTERNAL = "external", "Outside our reach"
        CANCELLED = "cancelled", "Cancelled"

    #: Prefix of the reference by kind: INC-142, NM-38, GD-7.
    PREFIXES = {
        Kind.INCIDENT: "INC",
        Kind.NEAR_MISS: "NM",
        Kind.SIGNAL: "WS",
        Kind.GAME_DAY: "GD",
        Kind.TEST: "TEST",
    }

    reference = models.CharField(max_length=16, unique=True)
    kind = OneOfField(max_length=9, choices=Kind, default=Kind.INCIDENT)
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    summary_html = models.TextField(blank=True)
    severity = OneOfField(max_length=4, choices=Severity)
    severity_reason = models.TextField(blank=True)
    impact = models.TextField(blank=True)
    state = OneOfField(max_length=13, choices=State, default=State.REPORTED)
    visibility = OneOfField(max_length=10, choices=Visibility, default=Visibility.OPEN)
    team = models.ForeignKey(Team, models.PROTECT, related_name="incidents")
    services = models.ManyToManyField(Service, related_name="incidents", blank=True)
    reporter = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="reported_incidents"
    )
    people = models.ManyToManyField(User, through="Involvement", related_name="incidents")

    started_at = models.DateTimeField(null=True, blank=True)
    started_precision = _precision()
    started_zone = _zone_typed()
    detected_at = models.DateTimeField(null=True, blank=True)
    detected_precision = _precision()
    detected_zone = _zone_typed()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_precision = _precision()
    acknowledged_zone = _zone_typed()
    mitigated_at = models.DateTimeField(null=True, blank=True)
    mitigated_precision = _precision()
    mitigated_zone = _zone_typed()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_precision = _precision()
    resolved_zone = _zone_typed()

    close_reason = OneOfField(max_length=11, choices=CloseReason, blank=True)
    close_note = models.TextField(blank=True)
    duplicate_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="duplicates"
    )

    # Where an incident retold from elsewhere comes from. Empty for our own.
    organisation = models.CharField(max_length=120, blank=True)
    known_by = models.CharField(
        "day, month or year by which it is known", max_length=10, blank=True
    )
    account_zone = models.CharField("time zone of the account", max_length=64, blank=True)
    basis = models.TextField("what is fact and what is reading", blank=True)
    editor_notes = models.TextField(blank=True)
    import_key = models.CharField(max_length=200, unique=True, null=True, blank=True)

    filed_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    # Title, services, timeline and the rest in one place, for the search index.
    search_text = models.TextField(blank=True, editable=False)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="incident_milestones_in_order",
                condition=_milestones_in_order(),
                violation_error_message="The milestones must be in order: impact started, "
                "detected, acknowledged, mitigated, resolved.",
            ),
            models.CheckConstraint(
                name="incident_closed_has_a_reason",
                condition=~Q(state="closed") | ~Q(close_reason=""),
            ),
            models.CheckConstraint(
                name="incident_duplicate_names_the_other",
                condition=~Q(close_reason="duplicate") | Q(duplicate_of__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["-filed_at", "-id"], name="incident_newest"),
            models.Index(fields=["team", "-filed_at", "-id"], name="incident_newest_of_team"),
            models.Index(fields=["severity", "-filed_at", "-id"], name="incident_newest_severity"),
            models.Index(fields=["kind", "-filed_at", "-id"], name="incident_newest_kind"),
            models.Index(
                fields=["id"], name="incident_restricted", condition=Q(visibility="restricted")
            ),
            models.Index(
                fields=["-started_at"],
                name="incident_ongoing",
                condition=Q(state__in=["reported", "investigating", "mitigated"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("incidents:detail", args=[self.reference])

    @property
    def is_restricted(self) -> bool:
        return self.visibility == self.Visibility.RESTRICTED

    @property
    def is_ongoing(self) -> bool:
        return self.resolved_at is None and self.state in {
            self.State.REPORTED,
            self.State.INVESTIGATING,
            self.State.MITIGATED,
        }

    @property
    def is_resolved_in_all_but_state(self) -> bool:
        return self.resolved_at is not None and self.state not in {
            self.State.RESOLVED,
            self.State.CLOSED,
        }

    @property
    def milestones(self) -> list[Milestone]:
        """The five milestones in their order, known or not."""
        return [
            Milestone(
                name,
                getattr(self, f"{name}_at"),
                getattr(self, f"{name}_precision"),
                getattr(self, f"{name}_zone"),
            )
            for name in MILESTONES
        ]

    def between(self, earlier: str, later: str) -> timedelta | None:
        """Time from one milestone to another; None unless both are known."""
        start, end = getattr(self, f"{earlier}_at"), getattr(self, f"{later}_at")
        return end - start if start and end else None


class ImpactFigure(models.Model):
    """A number that somebody stated about the impact: "about 5000 projects"."""

    class Qualifier(models.TextChoices):
        EXACT = "exact", "exactly"
        APPROX = "approx", "about"
        AT_LEAST = "at_least", "at least"
        AT_MOST = "at_most", "at most"
        BELOW = "below", "fewer than"
        DERIVED = "derived", "worked out:"
        ESTIMATED = "estimated", "estimated:"

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="figures")
    position = models.PositiveSmallIntegerField(default=0)
    label = models.CharField(max_length=160)
    value = models.DecimalField(max_digits=24, decimal_places=6)
    unit = models.CharField(max_length=60, blank=True)
    qualifier = OneOfField(max_length=9, choices=Qualifier, default=Qualifier.EXACT)

    def __str__(self) -> str:
        return f"{self.label}: {self.in_words}"

    @property
    def in_words(self) -> str:
        """ "about 5,000 projects"."""
        number = self.value.normalize()
        shown = f"{int(number):,}" if number == number.to_integral_value() else f"{number:,f}"
        hedge = "" if self.qualifier == self.Qualifier.EXACT else f"{self.get_qualifier_display()} "
        return f"{hedge}{shown} {self.unit}".strip()


class Source(models.Model):
    """A document that tells of the incident. The first one is the main account."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="sources")
    position = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=300)
    url = models.URLField(max_length=500)
    published = models.CharField("day, month or year", max_length=10, blank=True)

    def __str__(self) -> str:
        return self.title


class Involvement(models.Model):
    """Somebody named on an incident, and in which capacity. Being named opens a restricted one."""

    class Capacity(models.TextChoices):
        REPORTER = "reporter", "Filed it"
        PARTICIPANT = "participant", "Took part"
        FACILITATOR = "facilitator", "Facilitates the review"
        REVIEWER = "reviewer", "Second pair of eyes"
        LEARNER = "learner", "Listens in to learn"
        OWNER = "owner", "Owns an action from it"

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="involvements")
    user = models.ForeignKey(User, models.PROTECT, related_name="involvements")
    capacity = OneOfField(max_length=11, choices=Capacity, default=Capacity.PARTICIPANT)
    role_words = models.CharField(
        "role in the response", max_length=80, blank=True, help_text="Such as database engineer"
    )
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "user", "capacity"], name="involvement_once_per_capacity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_capacity_display()}: {self.user}"


class StateChange(models.Model):
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="state_changes")
    before = models.CharField(max_length=13)
    after = OneOfField(max_length=13, choices=Incident.State)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


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
        RELATED = "related", "Related to"
        CAUSED_BY = "caused_by", "Followed from"
        DUPLICATE = "duplicate", "Duplicate of"

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


class TimelineEvent(Versioned):
    """Something observed, at a time, from a source."""

    class Kind(models.TextChoices):
        TRIGGER = "trigger", "Trigger"
        DETECTION = "detection", "Noticing"
        DIAGNOSIS = "diagnosis", "Finding out"
        ESCALATION = "escalation", "Calling for help"
        DECISION = "decision", "Deciding"
        ACTION = "action", "Acting"
        COMMUNICATION = "communication", "Telling people"
        MITIGATION = "mitigation", "Repairing"
        RESOLUTION = "resolution", "Resolved"
        OBSERVATION = "observation", "Observation"

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="events")
    at = models.DateTimeField(null=True, blank=True)
    on = models.CharField("day or month, when no clock time is known", max_length=10, blank=True)
    precision = _precision()
    zone = _zone_typed()
    # An event without a time stands behind the one before it: same sort_at, higher position.
    sort_at = models.DateTimeField()
    position = models.PositiveIntegerField(default=0)
    kind = OneOfField(max_length=13, choices=Kind, default=Kind.OBSERVATION)
    text = models.TextField()
    evidence = models.CharField(
        "source", max_length=500, blank=True, help_text="A graph, a log line, a link"
    )
    known_then = models.TextField("what was visible at that moment", blank=True)
    is_key = models.BooleanField("key moment", default=False)
    author = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="timeline_events"
    )
    author_role = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = TimelineEventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["incident", "sort_at", "position", "id"], name="timeline_in_order")
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def hedge(self) -> str:
        """ "about " or "before " in front of a time, or nothing."""
        return Milestone("", self.at, self.precision, self.zone).hedge


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
