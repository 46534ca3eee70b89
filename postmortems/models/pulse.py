"""Two questions after a review, answered by nobody in particular.

There is no row for an answer and none for a person: answers are counted, and what lets somebody
answer once is a ticket that only they can name. So a copy of the database tells neither who has
answered nor what anybody said.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.fields import OneOfField
from postmortems.models.review import Review


class PulseCount(models.Model):
    """How often an answer was given. The rows are there, at 0, before anybody is asked."""

    class Question(models.TextChoices):
        LEARNED = "learned", _("Did you learn something?")
        AGAIN = "again", _("Would you come again?")

    class Answer(models.TextChoices):
        YES = "yes", _("Yes")
        SOMEWHAT = "somewhat", _("Somewhat")
        NO = "no", _("Not this time")

    review = models.ForeignKey(Review, models.CASCADE, related_name="pulse_counts")
    question = OneOfField(max_length=7, choices=Question)
    answer = OneOfField(max_length=8, choices=Answer)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["review", "question", "answer"], name="pulse_counted_in_one_place"
            )
        ]

    def __str__(self) -> str:
        return f"{self.question}: {self.answer}"


class PulseTicket(models.Model):
    """Lets one of those who took part answer once; gone when they have.

    `digest` is made of the person and the product's secret key, and leads back to nobody without
    it.
    """

    review = models.ForeignKey(Review, models.CASCADE, related_name="pulse_tickets")
    digest = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.digest[:8]
