"""One learning process, from being asked for to what readers get."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from common.fields import OneOfField
from common.models import Versioned
from incidents.models import Incident
from people.models import Team, User
from postmortems.querysets import NOT_HELD, UNDER_WAY, ReviewQuerySet


class Review(Versioned):
    """One learning process. Its write-up is the postmortem."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("Asked for")
        ASSIGNED = "assigned", _("Has a facilitator")
        GATHERING = "gathering", _("Gathering perspectives")
        ANALYSIS = "analysis", _("Looking at it together")
        DRAFTING = "drafting", _("Being written up")
        IN_REVIEW = "in_review", _("With a second pair of eyes")
        APPROVED = "approved", _("Ready to publish")
        PUBLISHED = "published", _("Published")
        NOT_REQUIRED = "not_required", _("Not needed")
        ARCHIVED = "archived", _("Archived")

    class Depth(models.TextChoices):
        LIGHT = "light", pgettext_lazy("depth of a review", "Light")
        STANDARD = "standard", pgettext_lazy("depth of a review", "Standard")
        DEEP = "deep", pgettext_lazy("depth of a review", "Deep")

    incident = models.OneToOneField(Incident, models.PROTECT, related_name="review")
    also_covers = models.ManyToManyField(Incident, related_name="also_reviewed_in", blank=True)
    state = OneOfField(max_length=12, choices=State, default=State.REQUESTED)
    depth = OneOfField(max_length=8, choices=Depth, default=Depth.STANDARD)
    requested_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField(null=True, blank=True)
    # Working days of the team from the end of the incident, as the rule or the habit has it.
    due_in = models.PositiveSmallIntegerField("working days until it is due", default=5)
    rule_words = models.CharField("rule by which it became due", max_length=200, blank=True)
    facilitator = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="facilitated_reviews"
    )
    override_reason = models.TextField("why an involved person facilitates", blank=True)
    shadow = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="sits beside the facilitator to learn",
    )
    reviewer = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="reviews_to_read"
    )
    meeting_at = models.DateTimeField(null=True, blank=True)
    meeting_minutes = models.PositiveSmallIntegerField("how long it takes", default=60)
    meeting_place = models.CharField("a room, or an address", max_length=300, blank=True)
    meeting_zone = models.CharField("time zone it was typed in", max_length=64, blank=True)
    # Calendars take a change for one only when this counts up; see invitation.py.
    meeting_sequence = models.PositiveIntegerField(default=0)
    perspectives_opened_at = models.DateTimeField(null=True, blank=True)
    # Kept for what was written before surprises had rows of their own; read no more.
    surprise = models.TextField(_("what surprised us"), blank=True)
    trigger = models.TextField(_("last event before"), blank=True)
    how_known = models.TextField(_("how it was known"), blank=True)
    known_sooner = models.TextField(_("how it could have been known sooner"), blank=True)
    no_preventive_action_reason = models.TextField(blank=True)
    replies_note = models.TextField("how missing answers and wishes were heard", blank=True)
    not_required_reason = models.TextField(blank=True)
    archived_reason = models.TextField(blank=True)
    superseded_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="supersedes"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    # Counts what everybody who reads the working text sees change; open pages ask for it.
    changes = models.PositiveBigIntegerField(default=0, db_default=0)
    # That of its incident, kept by the database: see postmortems/owning.py.
    of_team = models.ForeignKey(
        Team,
        models.DO_NOTHING,
        null=True,
        editable=False,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="review_not_required_has_a_reason",
                condition=~Q(state="not_required") | ~Q(not_required_reason=""),
            ),
            models.CheckConstraint(
                name="review_shadow_does_not_guide_it",
                condition=Q(shadow=None) | Q(facilitator=None) | ~Q(shadow=F("facilitator")),
            ),
            models.CheckConstraint(
                name="review_published_has_a_time",
                condition=~Q(state="published") | Q(published_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["-requested_at", "-id"], name="review_newest"),
            models.Index(fields=["state", "-requested_at", "-id"], name="review_newest_in_state"),
            # As waiting.py asks managers.
            models.Index(
                fields=["of_team", "approved_at", "due_on", "id"],
                name="review_to_manage_of_team",
                condition=Q(state__in=["approved", "requested"]),
            ),
            models.Index(
                fields=["due_on"],
                name="review_due",
                condition=Q(
                    state__in=[
                        "requested",
                        "assigned",
                        "gathering",
                        "analysis",
                        "drafting",
                        "in_review",
                        "approved",
                    ]
                ),
            ),
        ]

    def __str__(self) -> str:
        return gettext("Review of {incident}").format(incident=self.incident)

    def get_absolute_url(self) -> str:
        return reverse("postmortems:detail", args=[self.incident.reference])

    @property
    def reference(self) -> str:
        """A review goes by the reference of the incident it leads with."""
        return self.incident.reference

    @property
    def meeting_ends_at(self) -> datetime | None:
        return self.meeting_at and self.meeting_at + timedelta(minutes=self.meeting_minutes)

    @property
    def is_published(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def progress_arc(self) -> str:
        """How far along, as an arc for components/ring.html; empty at the start."""
        path = list(self.State)[:8]
        if self.state not in path:
            return ""
        return (
            f"{19.5 * path.index(self.State(self.state)) / 7:.1f}" if self.state != path[0] else ""
        )

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def was_held(self) -> bool:
        """People looked at it together, or it is being written up."""
        return self.state not in NOT_HELD

    @property
    def takes_contributions(self) -> bool:
        return self.state in {
            self.State.GATHERING,
            self.State.ANALYSIS,
            self.State.DRAFTING,
        }


class Section(Versioned):
    """One Markdown text of the write-up. The HTML is made when it is saved."""

    class Kind(models.TextChoices):
        SUMMARY = "summary", _("In short")
        WHAT_HAPPENED = "what_happened", _("What happened")
        IMPACT = "impact", _("Impact")
        DETECTION = "detection", _("How it was noticed")
        NORMAL_WORK = "normal_work", _("How it works on a normal day")
        TOGETHER = "together", _("How people worked together")

    review = models.ForeignKey(Review, models.CASCADE, related_name="sections")
    kind = OneOfField(max_length=20, choices=Kind)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    renderer = models.PositiveSmallIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "kind"], name="section_once_per_review"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class Verdict(models.Model):
    """What the second pair of eyes said."""

    class Kind(models.TextChoices):
        APPROVED = "approved", _("Ready to publish")
        CHANGES = "changes", _("Changes asked for")

    review = models.ForeignKey(Review, models.CASCADE, related_name="verdicts")
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="+")
    kind = OneOfField(max_length=8, choices=Kind)
    comment = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="verdict_changes_are_named",
                condition=Q(kind="approved") | ~Q(comment=""),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
