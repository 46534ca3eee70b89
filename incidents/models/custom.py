"""Questions of the organisation's own, and what was answered."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.fields import OneOfField
from incidents.models.incident import Incident


class CustomField(models.Model):
    """A question that an administrator added to the form of some kinds of incident."""

    class Type(models.TextChoices):
        LINE = "line", _("One line")
        TEXT = "text", _("Longer text")
        NUMBER = "number", pgettext_lazy("a quantity", "Number")
        DATE = "date", _("Date")
        YES_NO = "yes_no", _("Yes or no")
        CHOICE = "choice", _("One of a list")
        LINK = "link", _("Address of a page")

    key = models.SlugField("name in addresses and exports", max_length=40, unique=True)
    label = models.CharField("question", max_length=120)
    hint = models.CharField(max_length=200, blank=True)
    type = OneOfField(max_length=6, choices=Type, default=Type.LINE)
    kinds = models.JSONField("kinds of incident it is asked for", default=list)
    choices = models.JSONField(default=list, blank=True)
    unit = models.CharField(max_length=30, blank=True)
    is_required = models.BooleanField("must be answered", default=False)
    when_filing = models.BooleanField("asked when filing", default=False)
    position = models.PositiveSmallIntegerField(default=0)
    is_retired = models.BooleanField("no longer asked", default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="custom_field_key_is_plain", condition=Q(key__regex=r"^[a-z0-9][a-z0-9_-]*$")
            ),
        ]

    def __str__(self) -> str:
        return self.label


class CustomValue(models.Model):
    """One answer. `text` holds it as it is shown and exported (ISO for dates, "yes" or "no")."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="custom_values")
    field = models.ForeignKey(CustomField, models.PROTECT, related_name="values")
    text = models.TextField()
    number = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    # The beginning of the text in lower case, for filters and their index.
    start = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "field"], name="custom_value_once"),
        ]
        indexes = [
            models.Index(fields=["field", "start"], name="custom_value_by_answer"),
            models.Index(fields=["field", "number"], name="custom_value_by_number"),
            # LIKE 'abc%' in a language's own order of letters needs this.
            models.Index(
                fields=["field", "start"],
                name="custom_value_by_beginning",
                opclasses=["int8_ops", "varchar_pattern_ops"],
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]
