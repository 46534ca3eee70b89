"""What stands beside the board, a line each: surprises, conditions, what limited it, questions."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.fields import OneOfField
from common.models import Versioned
from incidents.models import TimelineEvent
from people.models import User
from postmortems.models.board import Finding
from postmortems.models.review import Review
from postmortems.querysets import (
    FactorCategoryQuerySet,
    MitigatorQuerySet,
)


class Surprise(Versioned):
    """Where the system turned out to work differently from what somebody thought."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="surprises")
    text = models.TextField()
    author = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return self.text[:60]


class FactorCategory(models.Model):
    """The catalogue of contributing factors, so that incidents can be compared later.

    A name that was joined into another one, or replaced by it, stays as a row that leads there: so
    it is found by its old name, and no name is given twice.
    """

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    is_retired = models.BooleanField("not offered any more", default=False)
    now_called = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="synonyms"
    )

    objects = FactorCategoryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="factor_category_leads_to_another",
                condition=Q(now_called=None) | ~Q(now_called=F("id")),
            ),
            models.UniqueConstraint(Lower("name"), name="factor_category_name_once_in_any_case"),
        ]

    def __str__(self) -> str:
        return self.name


class ContributingFactor(Versioned):
    """A condition that made it possible. There are always several."""

    class Kind(models.TextChoices):
        TECHNICAL = "technical", _("Technical")
        PROCESS = "process", _("Process")
        ORGANISATION = "organisation", _("Organisation")
        OUTSIDE = "outside", _("From outside")
        LUCK = "luck", _("Bad luck")

    review = models.ForeignKey(Review, models.CASCADE, related_name="factors")
    category = models.ForeignKey(FactorCategory, models.PROTECT, related_name="factors")
    # "" for what was noted before kinds were asked for.
    kind = OneOfField(max_length=12, choices=Kind, blank=True)
    text = models.CharField(max_length=500)
    position = models.PositiveIntegerField(default=0)
    events = models.ManyToManyField(TimelineEvent, related_name="factors", blank=True)
    findings = models.ManyToManyField(Finding, related_name="factors", blank=True)

    def __str__(self) -> str:
        return self.text[:60]


class Mitigator(Versioned):
    """What kept it from being worse, luck included."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="mitigators")
    text = models.CharField(max_length=500)
    is_luck = models.BooleanField(default=False)
    # What would make it not luck.
    instead_of_luck = models.CharField(max_length=500, blank=True)
    # The first one that told of the same, in another review: together they are counted.
    same_as = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="seen_again"
    )
    # As the latest publication says it, without names; "" until there is one.
    published_text = models.CharField(max_length=500, blank=True)

    objects = MitigatorQuerySet.as_manager()

    def __str__(self) -> str:
        return self.text[:60]


class OpenQuestion(Versioned):
    """What is still not understood; readers may know."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="open_questions")
    text = models.CharField(max_length=500)
    # What was found out since; "" while it is open.
    answer = models.CharField(max_length=2_000, blank=True)

    def __str__(self) -> str:
        return self.text[:60]


class OfferedAnswer(models.Model):
    """What a reader of the publication knows about an open question. For those who may read the
    working text; the next revision may take it up."""

    question = models.ForeignKey(OpenQuestion, models.CASCADE, related_name="offered")
    text = models.TextField()
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.text[:60]


#: One line of any kind.
Line = Surprise | ContributingFactor | Mitigator | OpenQuestion
