"""What other teams make of a lesson."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.fields import OneOfField
from common.models import Versioned
from lessons.models.lesson import Lesson
from lessons.querysets import AdoptionQuerySet
from people.models import Team


class Adoption(Versioned):
    """What a team answered to "Could this happen to us?". It is the team's: whoever says it for
    the team is not kept here."""

    class Answer(models.TextChoices):
        APPLIES = "applies", _("We could have this too")
        FINE = "fine", _("We checked, we are fine")

    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="adoptions")
    team = models.ForeignKey(Team, models.CASCADE, related_name="adoptions")
    answer = OneOfField(max_length=7, choices=Answer)
    note = models.TextField("what the team found", blank=True)
    # What the team changes because of it.
    actions = models.ManyToManyField("actions.Action", related_name="adoptions", blank=True)
    answered_at = models.DateTimeField(default=timezone.now)

    objects = AdoptionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lesson", "team"], name="adoption_once_for_each_team"),
            models.CheckConstraint(
                name="adoption_fine_says_why", condition=~Q(answer="fine") | ~Q(note="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team}: {self.get_answer_display()}"

    def get_absolute_url(self) -> str:
        return reverse("lessons:answer", args=[self.lesson.number, self.team.slug])
