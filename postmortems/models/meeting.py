"""The meeting of a review as it runs, and the questions to ask in it."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.fields import OneOfField
from common.models import Versioned
from postmortems.models.board import Goal
from postmortems.models.review import Review
from postmortems.querysets import BankQuestionQuerySet


class BankQuestion(Versioned):
    """A how or what question that helps to see what somebody saw. Never a why, never a who."""

    class Situation(models.TextChoices):
        ORDINARY = "ordinary", _("Everyday work before it")
        DETECTION = "detection", _("Noticing")
        DIAGNOSIS = "diagnosis", _("Finding out")
        DECISION = "decision", _("Deciding under pressure")
        NON_ACTION = "non_action", _("Something not done")
        HAND_OVER = "hand_over", _("Handing over, calling for help")
        COMMUNICATION = "communication", _("Telling each other")
        TOOLING = "tooling", _("Tools and what they show")
        NEAR_MISS = "near_miss", _("A near miss")
        WENT_RIGHT = "went_right", _("Something that went right")
        SURPRISE = "surprise", _("A surprise")
        SAFER = "safer", _("Making it safer")
        CONDITIONS = "conditions", _("What made it likely")
        CLOSING = "closing", _("Closing the meeting")
        SILENCE = "silence", _("Silence in the room")
        BLAME = "blame", _("Blame in the room")
        HINDSIGHT = "hindsight", _("Hindsight in the room")

    text = models.CharField("question", max_length=200, unique=True)
    follow_up = models.CharField("to ask next", max_length=200, blank=True)
    situation = OneOfField(max_length=13, choices=Situation)
    # Empty: for no part of the board in particular.
    part = OneOfField(max_length=11, choices=Goal, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_retired = models.BooleanField("no longer asked", default=False)

    objects = BankQuestionQuerySet.as_manager()

    def __str__(self) -> str:
        return self.text


class AgendaStep(models.Model):
    """One step of the agenda, with the time planned for it and the time it has taken so far."""

    class Kind(models.TextChoices):
        PREMISES = "premises", _("Premises")
        TIMELINE = "timeline", _("Timeline")
        SURPRISE = "surprise", _("Surprises")
        WHY = "why", _("Made sense")
        WRONG = "wrong", _("Wrong and safer")
        RIGHT = "right", pgettext_lazy("what went right", "Right")
        DIFFERENTLY = "differently", _("Differently")
        FACTORS = "factors", _("Factors")
        SAFER = "safer", _("What helps")
        CLOSE = "close", pgettext_lazy("last step of a meeting", "Close")

    review = models.ForeignKey(Review, models.CASCADE, related_name="agenda")
    kind = OneOfField(max_length=11, choices=Kind)
    position = models.PositiveSmallIntegerField()
    # 0 leaves the step out.
    minutes = models.PositiveSmallIntegerField(default=0)
    used_seconds = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "kind"], name="agenda_step_once_per_review"),
            models.CheckConstraint(
                name="agenda_step_takes_at_most_four_hours", condition=Q(minutes__lte=240)
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class MeetingClock(Versioned):
    """Where the meeting stands, for everybody who looks: the step, what is asked, and the clock.

    The clock runs on the time of the server. `running_since` is None while it rests; what ran
    before is in the steps' `used_seconds`.
    """

    review = models.OneToOneField(Review, models.CASCADE, related_name="meeting_clock")
    step = OneOfField(max_length=11, choices=AgendaStep.Kind, default=AgendaStep.Kind.PREMISES)
    #: Which question of the step stands on the screen, counted from 0.
    asked = models.PositiveSmallIntegerField(default=0)
    #: Questions for this situation instead of those of the step.
    situation = OneOfField(max_length=13, choices=BankQuestion.Situation, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    running_since = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="meeting_runs_between_start_and_end",
                condition=Q(running_since=None) | Q(started_at__isnull=False, ended_at=None),
            ),
            models.CheckConstraint(
                name="meeting_ended_has_begun",
                condition=Q(ended_at=None) | Q(started_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"meeting of {self.review_id}"

    @property
    def is_running(self) -> bool:
        return self.running_since is not None

    def seconds_running(self, *, now: datetime) -> int:
        """Since it was last started; 0 while it rests."""
        if self.running_since is None:
            return 0
        return max(0, int((now - self.running_since).total_seconds()))
