"""How far a lesson is read and used, by nobody in particular.

Readers are counted and not kept: what lets somebody be counted once in a month is a ticket that
only they can name, and it is gone when the month is over.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from lessons.models.lesson import Lesson
from people.models import Team


class Readership(models.Model):
    """How many people of a team have read a lesson in a month; without a team, how many in all."""

    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="readership")
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="+")
    month = models.DateField("its first day")
    readers = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lesson", "month", "team"], name="readership_of_team_counted_in_one_place"
            ),
            models.UniqueConstraint(
                fields=["lesson", "month"],
                condition=Q(team=None),
                name="readership_counted_in_one_place",
            ),
            models.CheckConstraint(name="readership_by_month", condition=Q(month__day=1)),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}: {self.readers}"


class ReaderTicket(models.Model):
    """Somebody has been counted in this month. `digest` is made of the person, the lesson and the
    product's secret key, and leads back to nobody without it."""

    month = models.DateField(db_index=True)
    digest = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.digest[:8]


class Use(models.Model):
    """Somebody has changed something because of a lesson. Whoever it was can take it back, for
    `digest` is made as for a ticket."""

    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="uses")
    digest = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.digest[:8]
