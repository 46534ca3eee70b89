"""Questions about the tokens of programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Now

if TYPE_CHECKING:
    from people.models import User


class ApiTokenQuerySet(models.QuerySet):
    def of_owner(self, user: User) -> ApiTokenQuerySet:
        return self.filter(owner=user)

    def visible_to(self, user: User) -> ApiTokenQuerySet:
        """One's own; administrators see that others have some, to take them back."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.is_admin else self.of_owner(user)

    def valid(self) -> ApiTokenQuerySet:
        """Not run out, and of somebody who still works here."""
        return self.filter(expires_at__gt=Now(), owner__is_active=True)

    def newest_first(self) -> ApiTokenQuerySet:
        return self.order_by("-created_at", "-pk")
