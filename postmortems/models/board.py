"""The board: cards in four parts."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from common.fields import OneOfField
from common.models import Versioned
from incidents.models import Incident, TimelineEvent
from people.models import User
from postmortems.models.people import Perspective
from postmortems.models.review import Review
from postmortems.querysets import FindingQuerySet


class Goal(models.TextChoices):
    """The four goals of a review, each with its own column on the board."""

    RIGHT = "right", _("What went right")
    DIFFERENTLY = "differently", _("What we would do differently")
    WRONG = "wrong", _("What went wrong, and what would make it safer")
    WHY = "why", _("Why it made sense at the time")


class Finding(Versioned):
    """One card on the board, in one of the four goals."""

    class Deed(models.TextChoices):
        ACTION = "action", _("Something that was done")
        NON_ACTION = "non_action", _("Something that was not done")

    review = models.ForeignKey(Review, models.CASCADE, related_name="findings")
    goal = OneOfField(max_length=11, choices=Goal)
    position = models.PositiveIntegerField(default=0)
    text = models.TextField()
    # For "wrong": the alternative or safety measure.
    safer = models.TextField(blank=True)
    # For "why": what the moment looked like from inside.
    deed = OneOfField(max_length=10, choices=Deed, blank=True)
    aim = models.TextField(blank=True)
    cues = models.TextField(_("what was seen"), blank=True)
    knowledge = models.TextField(_("what was known"), blank=True)
    pressure = models.TextField(_("what pressed"), blank=True)
    options = models.TextField(_("what else was possible"), blank=True)
    events = models.ManyToManyField(TimelineEvent, related_name="findings", blank=True)
    # Where the review looks at several: the one it is about, or None for all of them.
    incident = models.ForeignKey(
        Incident, models.SET_NULL, null=True, blank=True, related_name="findings"
    )
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
    INSIDE = (gettext_noop("aim"), "cues", "knowledge", "pressure", "options")

    class Meta:
        indexes = [models.Index(fields=["review", "goal", "position"], name="finding_on_board")]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def is_unfinished(self) -> bool:
        """A "why" card of which some question is still open; it may well stay so."""
        return not self.deed or not all(getattr(self, name) for name in self.INSIDE)

    @property
    def inside(self) -> list[tuple[str, str]]:
        """(label, text) for the parts of a "why" card that are filled in."""
        return [
            (
                gettext(str(self._meta.get_field(name).verbose_name)).capitalize(),
                getattr(self, name),
            )
            for name in self.INSIDE
            if getattr(self, name)
        ]


class FindingEcho(models.Model):
    """ "I saw this too": shown as a number beside a card."""

    finding = models.ForeignKey(Finding, models.CASCADE, related_name="echoes")
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="+")
    # The joined card it was said of first, so that it leaves with that card again.
    came_with = models.ForeignKey(Finding, models.CASCADE, null=True, blank=True, related_name="+")

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
