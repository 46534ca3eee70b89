"""The bulletin: once a month three short stories that belong together."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.dates import say
from common.fields import OneOfField
from common.models import Versioned
from lessons.models.lesson import Lesson
from lessons.querysets import BulletinQuerySet


class Bulletin(Versioned):
    """Drafted by the product, edited by a person, then sent. What was sent changes no more."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SENT = "sent", _("Sent")

    month = models.DateField("its first day", unique=True)
    theme = models.CharField(max_length=120)
    introduction = models.TextField(blank=True)
    state = OneOfField(max_length=5, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = BulletinQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="bulletin_for_a_whole_month", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="bulletin_sent_has_a_time",
                condition=Q(state="draft", sent_at=None) | Q(state="sent", sent_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{say(self.month, 'F Y')}: {self.theme}"

    def get_absolute_url(self) -> str:
        return reverse("lessons:bulletin", args=[self.month.year, self.month.month])

    @property
    def is_sent(self) -> bool:
        return self.state == self.State.SENT


class BulletinStory(models.Model):
    """One lesson told in a few sentences."""

    bulletin = models.ForeignKey(Bulletin, models.CASCADE, related_name="stories")
    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="stories")
    position = models.PositiveSmallIntegerField()
    headline = models.CharField(max_length=200)
    text = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bulletin", "lesson"], name="bulletin_tells_each_lesson_once"
            )
        ]

    def __str__(self) -> str:
        return self.headline
