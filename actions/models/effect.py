"""Months later: did it happen again?"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from actions.models.action import Action
from actions.querysets import EffectCheckQuerySet
from common.fields import OneOfField
from incidents.models import Incident
from people.models import User


class EffectCheck(models.Model):
    """A question with a date: since this was verified, did the same kind of thing happen again?

    Each is answered once. What an earlier one said stays when a later one says something else.
    """

    class Answer(models.TextChoices):
        HELD = Action.State.HELD.value, _("It held: nothing of the kind since")
        RECURRED = Action.State.RECURRED.value, _("It happened again")
        CANNOT_TELL = Action.State.CANNOT_TELL.value, _("Cannot tell: there was no occasion")

    action = models.ForeignKey(Action, models.CASCADE, related_name="effect_checks")
    days = models.PositiveSmallIntegerField("days after it was verified")
    due_on = models.DateField()
    # "" until it is answered.
    answer = OneOfField(max_length=11, choices=Answer, blank=True)
    sentence = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    # In which it happened again.
    incidents = models.ManyToManyField(Incident, related_name="effect_checks", blank=True)

    objects = EffectCheckQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["action", "days"], name="effect_check_once_for_each"),
            models.CheckConstraint(
                name="effect_check_answer_has_a_sentence_and_a_date",
                condition=Q(answer="", sentence="", answered_at=None)
                | (~Q(answer="") & ~Q(sentence="") & Q(answered_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["due_on", "id"], name="effect_check_due", condition=Q(answer="")),
        ]

    def __str__(self) -> str:
        return f"{self.days} days after"
