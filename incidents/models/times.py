"""How times are kept: with their precision and with the zone they were typed in."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.fields import OneOfField

MILESTONES = ("started", "detected", "acknowledged", "mitigated", "resolved")


class Precision(models.TextChoices):
    """How well a time is known. Order and wording follow what people say."""

    EXACT = "exact", pgettext_lazy("of a time", "exactly")
    ABOUT = "about", pgettext_lazy("of a time", "about")
    BEFORE = "before", pgettext_lazy("of a time", "before")
    DERIVED = "derived", _("worked out from a duration")
    DAY = "day", _("on that day")
    MONTH = "month", _("in that month")
    BETWEEN = "between", pgettext_lazy("of a time", "between")
    NEVER = "never", _("did not happen")
    UNKNOWN = "unknown", _("not known")


#: Stand in front of a time, with the space that parts them.
HEDGES = {
    Precision.ABOUT: pgettext_lazy("in front of a time", "about "),
    Precision.DERIVED: pgettext_lazy("in front of a time", "about "),
    Precision.BEFORE: pgettext_lazy("in front of a time", "before "),
}


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
        """ "about " or "before " in front of a time, or nothing; in English, as it is kept."""
        hedges = {"about": "about ", "derived": "about ", "before": "before "}
        return hedges.get(self.precision, "")

    @property
    def hedge_in_words(self) -> str:
        return str(HEDGES.get(Precision(self.precision), ""))


def precision_field() -> models.CharField:
    return OneOfField(max_length=8, choices=Precision, default=Precision.EXACT)


def zone_field() -> models.CharField:
    return models.CharField(max_length=64, default="UTC")
