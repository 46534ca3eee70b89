"""Tickets in other trackers: where they are, and what was last seen of them."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from actions.models.action import Action
from common.fields import OneOfField


def new_secret() -> str:
    return secrets.token_urlsafe(32)


class Tracker(models.Model):
    """A tracker that tells of its tickets, or may be asked. The product does without any."""

    class Kind(models.TextChoices):
        GITHUB = "github", "GitHub"
        GITLAB = "gitlab", "GitLab"
        JIRA = "jira", "Jira"

    kind = OneOfField(max_length=6, choices=Kind)
    # Where people see it, without a slash at the end: https://github.com
    address = models.URLField("address", max_length=200, unique=True)
    # Signs what it tells. It has to be known to check that, so it is kept as it is.
    secret = models.CharField(max_length=64, default=new_secret, editable=False)
    # When something signed came from it last.
    heard_at = models.DateTimeField(null=True, blank=True)
    # How often in a row it would not say what it was asked for, and until when it is left alone.
    refusals = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    rests_until = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.address}"


class Ticket(models.Model):
    """The ticket of an action in a tracker that is known. Any other address is only a link."""

    class State(models.TextChoices):
        UNKNOWN = "unknown", _("not seen yet")
        OPEN = "open", pgettext_lazy("ticket", "open")
        CLOSED = "closed", pgettext_lazy("ticket", "closed")

    action = models.OneToOneField(Action, models.CASCADE, related_name="ticket")
    tracker = models.ForeignKey(Tracker, models.CASCADE, related_name="tickets")
    # As actions.trackers writes it: "octo/infra#1094", "OPS-7".
    key = models.CharField(max_length=300)
    state = OneOfField(max_length=7, choices=State, default=State.UNKNOWN)
    seen_at = models.DateTimeField(null=True, blank=True)
    # By the clock of the tracker: what is older than that tells nothing new.
    changed_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    etag = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ticket_state_was_seen", condition=Q(state="unknown") | ~Q(seen_at=None)
            )
        ]
        indexes = [models.Index(fields=["tracker", "key"], name="ticket_in_tracker")]

    def __str__(self) -> str:
        return self.key


class TrackerDelivery(models.Model):
    """What a tracker told, by the number it gave that: told twice, it counts once."""

    tracker = models.ForeignKey(Tracker, models.CASCADE, related_name="deliveries")
    number = models.CharField(max_length=100)
    received_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tracker", "number"], name="tracker_delivery_counts_once"
            )
        ]

    def __str__(self) -> str:
        return self.number
