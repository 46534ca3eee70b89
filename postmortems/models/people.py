"""Who takes part in a review, and what each of them tells."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.fields import OneOfField
from common.models import Versioned
from people.models import User
from postmortems.models.review import Review
from postmortems.querysets import ParticipantQuerySet, PerspectiveQuerySet


class Participant(models.Model):
    """Somebody who takes part in a review. Contributing starts with the premises."""

    class Reply(models.TextChoices):
        NONE = "none", _("Not answered yet")
        CONFIRMED = "confirmed", _("Fine as it is")
        OBJECTED = "objected", _("Something is to change first")

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


class FacilitatorOffer(models.Model):
    """Somebody from the pool says "I can guide this one"."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="offers")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "user"], name="facilitator_offer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} for {self.review_id}"


class Perspective(Versioned):
    """A participant's own telling. Private until its author shares it."""

    class Audience(models.TextChoices):
        AUTHOR = "author", _("Only me, for now")
        FACILITATOR = "facilitator", _("The facilitator")
        REVIEW = "review", _("The review")

    #: The four questions, in order: field and what it asks.
    QUESTIONS = (
        (
            "noticed",
            _("What were you looking at, or working on, when you first noticed something?"),
        ),
        ("expected", _("What did you expect to happen next, and what told you so?")),
        ("reasonable", _("What made the next step the reasonable one?")),
        ("helped", _("What helped? What would have helped?")),
    )

    review = models.ForeignKey(Review, models.CASCADE, related_name="perspectives")
    # None once the review is sealed: see postmortems/sealing.py.
    author = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="perspectives"
    )
    noticed = models.TextField(blank=True)
    expected = models.TextField(blank=True)
    reasonable = models.TextField(blank=True)
    helped = models.TextField(blank=True)
    audience = OneOfField(max_length=11, choices=Audience, default=Audience.AUTHOR)
    is_signed_with_role = models.BooleanField(default=False)
    signed_as = models.CharField("role words of a sealed one", max_length=80, blank=True)
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
