"""What stands beside the board, a line each: conditions, what limited it, open questions."""

from __future__ import annotations

from django.db import models

from common.models import Versioned
from postmortems.models.review import Review


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
