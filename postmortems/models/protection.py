"""What administrators decide about how long identities are kept, and when notes are opened."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import OneOfField

DAYS = 90
MOST_DAYS = 3_650


class Protection(models.Model):
    """One row for the whole site, or none while everything is as it comes."""

    class Opening(models.TextChoices):
        DAILY = "daily", _("Every day at midnight UTC")
        WEEKLY = "weekly", _("On Mondays at midnight UTC")

    notes_open = OneOfField(max_length=6, choices=Opening, default=Opening.DAILY)
    # None: never. 0: as soon as it is published.
    seal_after_days = models.PositiveSmallIntegerField(
        null=True, blank=True, default=DAYS, validators=[MaxValueValidator(MOST_DAYS)]
    )

    class Meta:
        constraints = [models.CheckConstraint(name="protection_is_one_row", condition=Q(id=1))]

    def __str__(self) -> str:
        return "Protection"

    @classmethod
    def current(cls) -> Protection:
        return cls.objects.filter(pk=1).first() or cls(pk=1)
