"""What it was like for the people who use it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common import dates
from common.fields import OneOfField
from incidents.models.incident import Incident


class SeverityLevel(models.Model):
    """The organisation's own words for a severity, shown wherever one is chosen."""

    severity = models.CharField(max_length=4, primary_key=True)
    name = models.CharField(max_length=40)
    explanation = models.CharField(max_length=200)
    example = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.label} · {self.name}"

    @property
    def label(self) -> str:
        return f"SEV {self.severity[-1]}"


class ImpactFigure(models.Model):
    """A number that somebody stated about the impact: "about 5000 projects"."""

    class Qualifier(models.TextChoices):
        EXACT = "exact", pgettext_lazy("of a number", "exactly")
        APPROX = "approx", pgettext_lazy("of a number", "about")
        AT_LEAST = "at_least", _("at least")
        AT_MOST = "at_most", _("at most")
        BELOW = "below", _("fewer than")
        DERIVED = "derived", _("worked out:")
        ESTIMATED = "estimated", _("estimated:")

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="figures")
    position = models.PositiveSmallIntegerField(default=0)
    label = models.CharField(max_length=160)
    value = models.DecimalField(max_digits=24, decimal_places=6)
    unit = models.CharField(max_length=60, blank=True)
    qualifier = OneOfField(max_length=9, choices=Qualifier, default=Qualifier.EXACT)

    def __str__(self) -> str:
        return f"{self.label}: {self.in_words}"

    @property
    def in_words(self) -> str:
        """ "about 5,000 projects"."""
        number = self.value.normalize()
        shown = dates.exact(number)
        hedge = "" if self.qualifier == self.Qualifier.EXACT else f"{self.get_qualifier_display()} "
        return f"{hedge}{shown} {self.unit}".strip()


class ImpactAnswers(models.Model):
    """What was answered about the effect, and the severity that followed from it."""

    class Reach(models.TextChoices):
        EVERYONE = "everyone", _("Everyone, or nearly")
        MANY = "many", _("Many")
        FEW = "few", _("A few")
        NOBODY = "nobody", _("Nobody outside")

    class Effect(models.TextChoices):
        UNUSABLE = "unusable", _("They cannot use it")
        MAIN_TASK = "main_task", _("A main task fails")
        HINDERED = "hindered", _("Slow or partly broken")
        UNNOTICED = "unnoticed", _("They hardly notice")

    class Data(models.TextChoices):
        LOST = "lost", _("Lost or exposed")
        AT_RISK = "at_risk", _("At risk")
        SAFE = "safe", _("Safe")

    class WayRound(models.TextChoices):
        NONE = "none", _("No")
        AWKWARD = "awkward", _("An awkward one")
        EASY = "easy", _("An easy one")

    incident = models.OneToOneField(Incident, models.CASCADE, related_name="impact_answers")
    reach = OneOfField(_("who is touched"), max_length=8, choices=Reach, blank=True)
    effect = OneOfField(_("what it is like for them"), max_length=9, choices=Effect, blank=True)
    data = OneOfField(_("their data"), max_length=7, choices=Data, blank=True)
    way_round = OneOfField(_("a way round"), max_length=7, choices=WayRound, blank=True)
    suggested = OneOfField(max_length=4, choices=Incident.Severity, blank=True)
    overruled_because = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.incident_id}: {self.suggested or 'nothing suggested'}"
