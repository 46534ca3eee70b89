"""A lesson itself."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from common.fields import OneOfField
from common.models import Tag, Versioned
from lessons.querysets import LessonQuerySet
from people.models import Service, Team, User
from postmortems.models import FactorCategory, Finding, Review


class Lesson(Versioned):
    """A reusable insight: situation, insight, advice, and where it applies."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        DUE = "due", _("Due for a re-read")
        CONFIRMED = "confirmed", _("Read again, still true")
        REVISED = "revised", _("Read again, and revised")
        SUPERSEDED = "superseded", _("Superseded")

    reference = models.CharField(max_length=16, unique=True)
    title = models.CharField(max_length=200)
    situation = models.TextField(blank=True)
    insight = models.TextField()
    advice = models.TextField(blank=True)
    where_applies = models.TextField("where it applies", blank=True)
    state = OneOfField(max_length=10, choices=State, default=State.DRAFT)
    source_review = models.ForeignKey(
        Review, models.SET_NULL, null=True, blank=True, related_name="lessons"
    )
    finding = models.ForeignKey(
        Finding, models.SET_NULL, null=True, blank=True, related_name="lessons"
    )
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="lessons")
    services = models.ManyToManyField(Service, related_name="lessons", blank=True)
    factors = models.ManyToManyField(FactorCategory, related_name="lessons", blank=True)
    tags = models.ManyToManyField(Tag, related_name="lessons", blank=True)
    author = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="lessons")
    reread_on = models.DateField(null=True, blank=True)
    reread_at = models.DateTimeField("when it was last read again", null=True, blank=True)
    # The lesson that says it better by now.
    superseded_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="supersedes"
    )
    happened_on = models.DateField("day of the incident it comes from", null=True, blank=True)
    import_key = models.CharField(max_length=200, unique=True, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    # Everything words can find it by: see lessons/library.py.
    search_text = models.TextField(blank=True, editable=False)

    # Set by `for_results`; nothing is known of a source unless it was asked for.
    has_hidden_source = True

    objects = LessonQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="lesson_published_has_a_time",
                condition=Q(state="draft") | Q(published_at__isnull=False),
            ),
            models.CheckConstraint(
                name="lesson_superseded_names_the_newer_one",
                condition=(Q(state="superseded") & Q(superseded_by__isnull=False))
                | (~Q(state="superseded") & Q(superseded_by=None)),
            ),
            models.CheckConstraint(
                name="lesson_superseded_by_another_one",
                condition=Q(superseded_by=None) | ~Q(superseded_by=F("id")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["-published_at", "-id"],
                name="lesson_newest",
                condition=~Q(state="draft"),
            ),
            # The few drafts that the library shows above itself.
            models.Index(fields=["-id"], name="lesson_drafts", condition=Q(state="draft")),
            # What a team is to read again.
            models.Index(
                fields=["team", "reread_on"], name="lesson_to_reread", condition=~Q(state="draft")
            ),
            # "From the archive" looks for days of earlier years.
            models.Index(
                fields=["-happened_on", "-id"], name="lesson_by_day", condition=~Q(state="draft")
            ),
            # Few are superseded. In the index of the key, all that are not look alike, so that
            # SQLite reads every lesson instead.
            models.Index(
                fields=["superseded_by"],
                name="lesson_superseded",
                condition=Q(superseded_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return address_of(self.reference, self.title)

    @property
    def number(self) -> int:
        """58 for L-58."""
        return number_of(self.reference)

    @property
    def known_source(self) -> Review | None:
        """The review it comes from, where the reader of `for_results` may know of it."""
        return None if self.has_hidden_source else self.source_review

    @property
    def is_published(self) -> bool:
        return self.state != self.State.DRAFT


def number_of(reference: str) -> int:
    return int(reference.removeprefix("L-"))


def address_of(reference: str, title: str) -> str:
    slug = slugify(title)[:60].strip("-") or "lesson"
    return reverse("lessons:detail", args=[number_of(reference), slug])
