"""The incident itself."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.fields import OneOfField
from common.models import Tag, Versioned
from incidents.models.times import MILESTONES, Milestone, precision_field, zone_field
from incidents.querysets import IncidentQuerySet
from people.models import Service, Team, User


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


def _no_time_where_it_did_not_happen() -> Q:
    rule = Q()
    for name in MILESTONES:
        rule &= ~Q(**{f"{name}_precision": "never"}) | Q(**{f"{name}_at": None})
    return rule


class Incident(Versioned):
    class Kind(models.TextChoices):
        INCIDENT = "incident", _("Incident")
        NEAR_MISS = "near_miss", _("Near miss")
        SIGNAL = "signal", _("Weak signal")
        GAME_DAY = "game_day", _("Game day")
        TEST = "test", _("Test")

    class Severity(models.TextChoices):
        SEV1 = "sev1", "SEV 1"
        SEV2 = "sev2", "SEV 2"
        SEV3 = "sev3", "SEV 3"
        SEV4 = "sev4", "SEV 4"

    class State(models.TextChoices):
        REPORTED = "reported", _("Reported")
        INVESTIGATING = "investigating", _("Investigating")
        MITIGATED = "mitigated", _("Impact stopped")
        RESOLVED = "resolved", _("Resolved")
        CLOSED = "closed", _("Closed")

    class Visibility(models.TextChoices):
        OPEN = "open", _("Everyone here")
        RESTRICTED = "restricted", _("Only the people named on it")

    class CloseReason(models.TextChoices):
        LEARNED = "learned", _("Resolved, and nothing is left to do")
        DUPLICATE = "duplicate", _("Duplicate of another incident")
        FALSE_ALARM = "false_alarm", _("False alarm")
        SUPERSEDED = "superseded", _("Superseded")
        EXTERNAL = "external", _("Outside our reach")
        CANCELLED = "cancelled", _("Cancelled")

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
    tags = models.ManyToManyField(Tag, related_name="incidents", blank=True)
    reporter = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="reported_incidents"
    )
    people = models.ManyToManyField(User, through="Involvement", related_name="incidents")

    started_at = models.DateTimeField(null=True, blank=True)
    started_precision = precision_field()
    started_zone = zone_field()
    detected_at = models.DateTimeField(null=True, blank=True)
    detected_precision = precision_field()
    detected_zone = zone_field()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_precision = precision_field()
    acknowledged_zone = zone_field()
    mitigated_at = models.DateTimeField(null=True, blank=True)
    mitigated_precision = precision_field()
    mitigated_zone = zone_field()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_precision = precision_field()
    resolved_zone = zone_field()

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
                name="incident_what_did_not_happen_has_no_time",
                condition=_no_time_where_it_did_not_happen(),
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
            # With what says of most of them that everybody sees them: querysets.py. They are then
            # counted without being read.
            models.Index(
                fields=["-filed_at", "-id"],
                name="incident_newest_to_see",
                include=["visibility", "team"],
            ),
            models.Index(fields=["team", "-filed_at", "-id"], name="incident_newest_of_team"),
            # Of which team the incident of a review is: without reading the incident.
            models.Index(fields=["id", "team"], name="incident_with_team"),
            models.Index(fields=["severity", "-filed_at", "-id"], name="incident_newest_severity"),
            models.Index(fields=["kind", "-filed_at", "-id"], name="incident_newest_kind"),
            models.Index(fields=["state", "-filed_at", "-id"], name="incident_newest_in_state"),
            models.Index(fields=["-started_at", "-id"], name="incident_latest_start"),
            # As waiting_for_a_review in listing/wishes.py asks: most are closed one day. Which
            # kinds and severities are due one is for administrators to say.
            models.Index(
                fields=["-filed_at", "-id"],
                name="incident_not_closed",
                condition=~Q(state="closed"),
            ),
            # With all that the rule of who sees which asks of most of them: querysets.py.
            models.Index(
                fields=["id", "team"],
                name="incident_restricted_of_team",
                condition=Q(visibility="restricted"),
            ),
            # As `ongoing()` asks: by its kind, too, for by an index of all of a kind SQLite would
            # look through nearly all there are.
            models.Index(
                fields=["kind", "resolved_at"],
                name="incident_ongoing_of_kind",
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
