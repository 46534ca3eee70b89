"""What somebody has picked for others to read."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from common.models import Versioned
from lessons.models.lesson import Lesson
from lessons.querysets import CollectionQuerySet


class Collection(Versioned):
    """A reading list: lessons in an order, each with a line on why it is worth the time."""

    title = models.CharField(max_length=120)
    slug = models.SlugField(max_length=140, unique=True)
    introduction = models.TextField(blank=True)
    is_for_newcomers = models.BooleanField(default=False)
    # One that is put aside is seen by those who curate, and can be shown again.
    is_shown = models.BooleanField(default=True)
    lessons = models.ManyToManyField(Lesson, through="CollectionEntry", related_name="collections")
    updated_at = models.DateTimeField(default=timezone.now)

    objects = CollectionQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("lessons:collection", args=[self.slug])


class CollectionEntry(models.Model):
    """One lesson of a collection, at its place."""

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="entries")
    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="collection_entries")
    position = models.PositiveSmallIntegerField()
    why = models.CharField("why it is worth reading", max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["collection", "lesson"], name="collection_has_each_lesson_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.lesson}"


class LessonOfTheMonth(Versioned):
    """One lesson that everybody meets on the home page for a month."""

    month = models.DateField("its first day", unique=True)
    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="months")
    why = models.CharField("why this one", max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="lesson_of_a_whole_month", condition=Q(month__day=1))
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}: {self.lesson}"
