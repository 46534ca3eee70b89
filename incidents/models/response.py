"""Who was there, and who does what while it goes on."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.fields import OneOfField
from incidents.models.incident import Incident
from people.models import User


class Involvement(models.Model):
    """Somebody named on an incident, and in which capacity. Being named opens a restricted one."""

    class Capacity(models.TextChoices):
        REPORTER = "reporter", _("Filed it")
        PARTICIPANT = "participant", _("Took part")
        FACILITATOR = "facilitator", _("Facilitates the review")
        REVIEWER = "reviewer", _("Second pair of eyes")
        LEARNER = "learner", _("Listens in to learn")
        OWNER = "owner", _("Owns an action from it")

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="involvements")
    user = models.ForeignKey(User, models.PROTECT, related_name="involvements")
    capacity = OneOfField(max_length=11, choices=Capacity, default=Capacity.PARTICIPANT)
    role_words = models.CharField(
        "role in the response", max_length=80, blank=True, help_text=_("Such as database engineer")
    )
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "user", "capacity"], name="involvement_once_per_capacity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_capacity_display()}: {self.user}"


class Duty(models.Model):
    """What somebody has taken on while an incident goes on; each duty is one person's at a time."""

    class Kind(models.TextChoices):
        LEADS = "leads", _("Leads")
        TELLS = "tells", _("Tells people")
        NOTES = "notes", _("Takes notes")

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="duties")
    kind = OneOfField(max_length=5, choices=Kind)
    user = models.ForeignKey(User, models.PROTECT, related_name="duties")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "kind"], name="duty_is_one_persons"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.user}"


class Update(models.Model):
    """What everybody concerned was told, and when the next word was promised."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="updates")
    text = models.TextField()
    next_at = models.DateTimeField("next one promised by", null=True, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["incident", "-at"], name="update_newest")]

    def __str__(self) -> str:
        return self.text[:60]
