"""Tokens of programs, and what they have sent once already."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from api.querysets import ApiTokenQuerySet
from common.fields import OneOfField
from people.models import User


class ApiToken(models.Model):
    """What a program shows instead of a password. It can do what its owner can, and no more than
    its scope. Of the secret only a digest is kept."""

    class Scope(models.TextChoices):
        READ = "read", _("Read what everybody here may read")
        FILE = "file", _("The same, and file new incidents")
        WRITE = "write", _("Read and change whatever its owner may")

    owner = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    scope = OneOfField(max_length=5, choices=Scope, default=Scope.READ)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # A day only: when exactly somebody's program was here is kept nowhere.
    used_on = models.DateField(null=True, blank=True)
    # The minute of the last call, counted from 1970, and how many calls it had.
    minute = models.PositiveIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="api_token_named_once"),
            models.CheckConstraint(
                name="api_token_ends_within_a_year",
                condition=Q(expires_at__lte=F("created_at") + timedelta(days=366)),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def reader(self) -> User:
        """Through whose eyes it reads: its owner's, or those of a colleague who is named on
        nothing and sees what everybody here sees."""
        return self.owner if self.scope == self.Scope.WRITE else User(pk=-1)

    @property
    def may_file(self) -> bool:
        return self.scope in {self.Scope.FILE, self.Scope.WRITE}

    @property
    def may_write(self) -> bool:
        return self.scope == self.Scope.WRITE


class SentOnce(models.Model):
    """What was made by a request with this Idempotency-Key, so that a repetition makes nothing."""

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="sent")
    key = models.CharField(max_length=200)
    # Of method, address and body: the same key for something else is a mistake.
    digest = models.CharField(max_length=64)
    made = models.CharField("reference of what was made or changed", max_length=40, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="sent_once_per_key")]
        indexes = [models.Index(fields=["at"], name="sent_once_by_age")]

    def __str__(self) -> str:
        return self.made
