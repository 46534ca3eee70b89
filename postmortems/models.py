"""The review of an incident: who takes part, what they wrote, and what was published."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from common.fields import OneOfField
from common.models import Versioned
from incidents.models import Incident, TimelineEvent
from people.models import User
from postmortems.querysets import (
    FindingQuerySet,
    ParticipantQuerySet,
    PerspectiveQuerySet,
    PublicationQuerySet,
    ReviewQuerySet,
)


class Goal(models.TextChoices):
    """The four goals of a review, each with its own column on the board."""

    RIGHT = "right", "What went right"
    DIFFERENTLY = "differently", "What we would do differently"
    WRONG = "wrong", "What went wrong, and what would make it safer"
    WHY = "why", "Why it made sense at the time"


class Review(Versioned):
    """One learning process. Its write-up is the postmortem."""

    class State(models.TextChoices):
        REQUESTED = "requested", "Asked for"
        ASSIGNED = "assigned", "Has a facilitator"
        GATHERING = "gathering", "Gathering perspectives"
        ANALYSIS = "analysis", "Looking at it together"
        DRAFTING = "drafting", "Being written up"
        IN_REVIEW = "in_review", "With a second pair of eyes"
        APPROVED = "approved", "Ready to publish"
        PUBLISHED = "published", "Published"
        NOT_REQUIRED = "not_required", "Not needed"
        ARCHIVED = "archived", "Archived"

    class Depth(models.TextChoices):
        LIGHT = "light", "Light"
        STANDARD = "standard", "Standard"
        DEEP = "deep", "Deep"

    incident = models.OneToOneField(Incident, models.PROTECT, related_name="review")
    also_covers = models.ManyToManyField(Incident, related_name="also_reviewed_in", blank=True)
    state = OneOfField(max_length=12, choices=State, default=State.REQUESTED)
    depth = OneOfField(max_length=8, choices=Depth, default=Depth.STANDARD)
    requested_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField(null=True, blank=True)
    facilitator = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="facilitated_reviews"
    )
    override_reason = models.TextField("why an involved person facilitates", blank=True)
    reviewer = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="reviews_to_read"
    )
    meeting_at = models.DateTimeField(null=True, blank=True)
    perspectives_opened_at = models.DateTimeField(null=True, blank=True)
    surprise = models.TextField("what surprised us", blank=True)
    trigger = models.TextField("last event before", blank=True)
    no_preventive_action_reason = models.TextField(blank=True)
    replies_note = models.TextField("how missing answers and wishes were heard", blank=True)
    not_required_reason = models.TextField(blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="review_not_required_has_a_reason",
                condition=~Q(state="not_required") | ~Q(not_required_reason=""),
            ),
            models.CheckConstraint(
                name="review_published_has_a_time",
                condition=~Q(state="published") | Q(published_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["-requested_at", "-id"], name="review_newest"),
            models.Index(fields=["state", "-requested_at", "-id"], name="review_newest_in_state"),
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
        return f"Review of {self.incident}"

    def get_absolute_url(self) -> str:
        return reverse("postmortems:detail", args=[self.incident.reference])

    @property
    def reference(self) -> str:
        """A review goes by the reference of the incident it leads with."""
        return self.incident.reference

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
    def takes_contributions(self) -> bool:
        return self.state in {
            self.State.GATHERING,
            self.State.ANALYSIS,
            self.State.DRAFTING,
        }


class Section(Versioned):
    """One Markdown text of the write-up. The HTML is made when it is saved."""

    class Kind(models.TextChoices):
        SUMMARY = "summary", "In short"
        WHAT_HAPPENED = "what_happened", "What happened"
        IMPACT = "impact", "Impact"
        DETECTION = "detection", "How it was noticed"

    review = models.ForeignKey(Review, models.CASCADE, related_name="sections")
    kind = OneOfField(max_length=13, choices=Kind)
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


class Participant(models.Model):
    """Somebody who takes part in a review. Contributing starts with the premises."""

    class Reply(models.TextChoices):
        NONE = "none", "Not answered yet"
        CONFIRMED = "confirmed", "Fine as it is"
        OBJECTED = "objected", "Something is to change first"

    review = models.ForeignKey(Review, models.CASCADE, related_name="participants")
    user = models.ForeignKey(User, models.PROTECT, related_name="participations")
    role_words = models.CharField("role in the response", max_length=80, blank=True)
    premises_version = models.PositiveSmallIntegerField(null=True, blank=True)
    premises_accepted_at = models.DateTimeField(null=True, blank=True)
    reply = OneOfField(max_length=9, choices=Reply, default=Reply.NONE)
    reply_note = models.TextField(blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    invited_at = models.DateTimeField(default=timezone.now)
    # Facilitator and managers accept the premises too. They were not there: no perspective and
    # no reply is expected of them, and they are not counted among those who were.
    is_guide = models.BooleanField("only guides the review", default=False)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "user"], name="participant_once_per_review"),
            models.CheckConstraint(
                name="participant_accepted_a_version_at_a_time",
                condition=Q(premises_version=None, premises_accepted_at=None)
                | Q(premises_version__isnull=False, premises_accepted_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.review_id}"


class Perspective(Versioned):
    """A participant's own telling. Private until its author shares it."""

    class Audience(models.TextChoices):
        AUTHOR = "author", "Only me, for now"
        FACILITATOR = "facilitator", "The facilitator"
        REVIEW = "review", "The review"

    #: The four questions, in order: field and what it asks.
    QUESTIONS = (
        ("noticed", "What were you looking at, or working on, when you first noticed something?"),
        ("expected", "What did you expect to happen next, and what told you so?"),
        ("reasonable", "What made the next step the reasonable one?"),
        ("helped", "What helped? What would have helped?"),
    )

    review = models.ForeignKey(Review, models.CASCADE, related_name="perspectives")
    author = models.ForeignKey(User, models.PROTECT, related_name="perspectives")
    noticed = models.TextField(blank=True)
    expected = models.TextField(blank=True)
    reasonable = models.TextField(blank=True)
    helped = models.TextField(blank=True)
    audience = OneOfField(max_length=11, choices=Audience, default=Audience.AUTHOR)
    is_signed_with_role = models.BooleanField(default=False)
    may_be_quoted = models.BooleanField(default=False)
    shared_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PerspectiveQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["review", "author"], name="perspective_once_per_author"
            ),
        ]

    def __str__(self) -> str:
        return f"Perspective in {self.review_id}"

    @property
    def answers(self) -> list[tuple[str, str]]:
        """(question, answer) for what was answered."""
        return [(ask, getattr(self, name)) for name, ask in self.QUESTIONS if getattr(self, name)]


class Finding(Versioned):
    """One card on the board, in one of the four goals."""

    class Deed(models.TextChoices):
        ACTION = "action", "Something that was done"
        NON_ACTION = "non_action", "Something that was not done"

    review = models.ForeignKey(Review, models.CASCADE, related_name="findings")
    goal = OneOfField(max_length=11, choices=Goal)
    position = models.PositiveIntegerField(default=0)
    text = models.TextField()
    # For "wrong": the alternative or safety measure.
    safer = models.TextField(blank=True)
    # For "why": what the moment looked like from inside.
    deed = OneOfField(max_length=10, choices=Deed, blank=True)
    aim = models.TextField(blank=True)
    cues = models.TextField("what was seen", blank=True)
    knowledge = models.TextField("what was known", blank=True)
    pressure = models.TextField("what pressed", blank=True)
    options = models.TextField("what else was possible", blank=True)
    events = models.ManyToManyField(TimelineEvent, related_name="findings", blank=True)
    author = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="findings"
    )
    perspective = models.ForeignKey(
        Perspective, models.SET_NULL, null=True, blank=True, related_name="findings"
    )
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="merged"
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = FindingQuerySet.as_manager()

    #: The inner view of a "why" card, in the order it is told.
    INSIDE = ("aim", "cues", "knowledge", "pressure", "options")

    class Meta:
        indexes = [models.Index(fields=["review", "goal", "position"], name="finding_on_board")]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def inside(self) -> list[tuple[str, str]]:
        """(label, text) for the parts of a "why" card that are filled in."""
        return [
            (self._meta.get_field(name).verbose_name.capitalize(), getattr(self, name))
            for name in self.INSIDE
            if getattr(self, name)
        ]


class FindingEcho(models.Model):
    """ "I saw this too": shown as a number beside a card."""

    finding = models.ForeignKey(Finding, models.CASCADE, related_name="echoes")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["finding", "user"], name="echo_once_per_person")
        ]

    def __str__(self) -> str:
        return f"echo of {self.finding_id}"


class EmptyGoal(models.Model):
    """Why a column of the board stays empty: looked at, and nothing to say."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="empty_goals")
    goal = OneOfField(max_length=11, choices=Goal)
    explanation = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "goal"], name="empty_goal_once"),
        ]

    def __str__(self) -> str:
        return self.explanation


class FactorCategory(models.Model):
    """The catalogue of contributing factors, so that incidents can be compared later."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.name


class ContributingFactor(Versioned):
    """A condition that made it possible. There are always several."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="factors")
    category = models.ForeignKey(FactorCategory, models.PROTECT, related_name="factors")
    text = models.CharField(max_length=500)
    position = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.text[:60]


class Mitigator(Versioned):
    """What kept it from being worse, luck included."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="mitigators")
    text = models.CharField(max_length=500)
    is_luck = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.text[:60]


class OpenQuestion(Versioned):
    """What is still not understood; readers may know."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="open_questions")
    text = models.CharField(max_length=500)

    def __str__(self) -> str:
        return self.text[:60]


class Verdict(models.Model):
    """What the second pair of eyes said."""

    class Kind(models.TextChoices):
        APPROVED = "approved", "Ready to publish"
        CHANGES = "changes", "Changes asked for"

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


class Publication(models.Model):
    """The immutable, de-identified snapshot of a review. The database refuses to change it."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="publications")
    revision = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    # Everything readers see, as plain data; its form is described in postmortems/snapshot.py.
    snapshot = models.JSONField()
    # [{"found": …, "kind": …, "instead": …}]: what the signer replaced before publishing.
    replacements = models.JSONField(default=list)
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(default=timezone.now)

    objects = PublicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["review", "revision"], name="publication_once_per_revision"
            )
        ]
        indexes = [models.Index(fields=["-published_at", "-id"], name="publication_newest")]

    def __str__(self) -> str:
        return f"{self.title}, revision {self.revision}"


class ReportFile(models.Model):
    """A review as PDF, made by a worker and kept in the file storage, never at an address.

    `digest` stands for all that is on its pages: when that changes, it is another file.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Being made"
        READY = "ready", "Ready"
        FAILED = "failed", "Could not be made"

    review = models.ForeignKey(Review, models.CASCADE, related_name="report_files")
    # None is a draft: for the person who asked for it, as long as they may read drafts.
    publication = models.ForeignKey(
        Publication, models.CASCADE, null=True, blank=True, related_name="report_files"
    )
    requested_by = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="+")
    digest = models.CharField(max_length=64)
    state = OneOfField(max_length=7, choices=State, default=State.WAITING)
    file = models.FileField(upload_to="reports", blank=True)
    error = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["publication", "digest"],
                name="report_file_once_per_publication",
                condition=Q(publication__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["review", "requested_by"],
                name="report_file_one_draft_per_person",
                condition=Q(publication__isnull=True),
            ),
            models.CheckConstraint(
                name="report_file_ready_has_a_file",
                condition=~Q(state="ready") | ~Q(file=""),
            ),
            models.CheckConstraint(
                name="report_file_draft_is_for_one_person",
                condition=Q(publication__isnull=False) | Q(requested_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"PDF of review {self.review_id}"
