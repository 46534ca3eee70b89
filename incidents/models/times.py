"""How times are kept: with their precision and with the zone they were typed in."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import models

from common.fields import OneOfField

MILESTONES = ("started", "detected", "acknowledged", "mitigated", "resolved")


class Precision(models.TextChoices):
    """How well a time is known. Order and wording follow what people say."""

    EXACT = "exact", "exactly"
    ABOUT = "about", "about"
    BEFORE = "before", "before"
    DERIVED = "derived", "worked out from a duration"
    DAY = "day", "on that day"
    MONTH = "month", "in that month"
    BETWEEN = "between", "between"
    NEVER = "never", "did not happen"
    UNKNOWN = "unknown", "not known"


class Milestone(NamedTuple):
    """One of the five milestones of an incident, with how well it is known."""

    name: str
    at: datetime | None
    precision: str
    zone: str

    @property
    def never(self) -> bool:
        """Known not to have happened, which is more than not known."""
        return self.precision == Precision.NEVER

    @property
    def hedge(self) -> str:
        """ "about " or "before " in front of a time, or nothing."""
        hedges = {"about": "about ", "derived": "about ", "before": "before "}
        return hedges.get(self.precision, "")


def precision_field() -> models.CharField:
    return OneOfField(max_length=8, choices=Precision, default=Precision.EXACT)


def zone_field() -> models.CharField:
    return models.CharField(max_length=64, default="UTC")
