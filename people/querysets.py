"""Questions about people, teams, services and what waits to be told."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.apps import apps
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.models import AboutQuerySet

if TYPE_CHECKING:
    from people.models import User

#: Kinds that are told by mail only and never listed under the bell.
ACCOUNT_MAIL = ("invitation", "password_reset")


class UserQuerySet(models.QuerySet):
    def active(self) -> UserQuerySet:
        return self.filter(is_active=True)

    def visible_to(self, user: User) -> UserQuerySet:
        """Colleagues: everybody who is signed in sees who works here."""
        return self.active() if user.is_authenticated else self.none()

    def facilitators(self) -> UserQuerySet:
        return self.active().filter(is_in_facilitator_pool=True)

    def managing(self, team_id: int) -> UserQuerySet:
        return self.active().filter(memberships__team_id=team_id, memberships__is_manager=True)

    def called(self, words: str) -> UserQuerySet:
        """Whose name or address holds these words; everybody when there are none."""
        words = words.replace("\0", "").strip()[:100]
        return self.filter(Q(name__icontains=words) | Q(email__icontains=words)) if words else self

    def by_name(self) -> UserQuerySet:
        return self.order_by("name", "pk")

    def with_awaited(self) -> UserQuerySet:
        """`is_awaited`: invited, and has neither chosen a password nor come by single sign-on."""
        links = apps.get_model("socialaccount", "SocialAccount").objects
        came = models.Exists(links.filter(user=models.OuterRef("pk")))
        without = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
        return self.annotate(
            is_awaited=models.ExpressionWrapper(without & ~came, models.BooleanField())
        )


class OpenSessionQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> OpenSessionQuerySet:
        """One's own, while they last."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(user=user, session__expire_date__gt=timezone.now())

    def newest_first(self) -> OpenSessionQuerySet:
        return self.order_by("-used_on", "-since", "pk")


class TeamQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> TeamQuerySet:
        return self if user.is_authenticated else self.none()

    def managed_by(self, user: User | int) -> TeamQuerySet:
        return self.filter(memberships__user=user, memberships__is_manager=True)

    def of(self, user: User | int) -> TeamQuerySet:
        return self.filter(memberships__user=user)

    def by_name(self) -> TeamQuerySet:
        return self.order_by("name", "pk")


class ServiceQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> ServiceQuerySet:
        return self if user.is_authenticated else self.none()

    def by_name(self) -> ServiceQuerySet:
        return self.order_by("name", "pk")


class SavedViewQuerySet(models.QuerySet):
    def usable_by(self, user: User) -> SavedViewQuerySet:
        """One's own, and what others share."""
        return self.filter(Q(owner=user) | Q(is_shared=True))

    def by_name(self) -> SavedViewQuerySet:
        return self.order_by("name", "pk")


def _about_hidden(user: User, path: str = "") -> Q:
    """Rows about what `user` may not know of now. `path` leads to the row that is about something,
    such as "notification__"."""
    hidden = Q(pk__in=[])
    for model in apps.get_models():
        if hasattr(model._default_manager, "hides"):
            kind = {
                f"{path}object_type__app_label": model._meta.app_label,
                f"{path}object_type__model": model._meta.model_name,
            }
            hidden |= Q(**kind) & model._default_manager.hides(user, f"{path}object_id")
    return hidden


class NotificationQuerySet(AboutQuerySet):
    def visible_to(self, user: User) -> NotificationQuerySet:
        """One's own, as far as they are about what one may know of now: the badge, the list and
        what can be opened agree. Models with something to hide say so by `hides`."""
        if not user.is_authenticated:
            return self.none()
        mine = self.filter(recipient=user).exclude(kind__in=ACCOUNT_MAIL)
        return mine.exclude(_about_hidden(user))

    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at=None)


class SendingQuerySet(models.QuerySet):
    #: Leads from a row to the row that names an object.
    about_path = ""

    def visible_to(self, user: User) -> SendingQuerySet:
        """The log is for administrators, as far as a row is about what they may know of."""
        if not (user.is_authenticated and user.is_active and user.is_admin):
            return self.none()
        return self.about_known(user)

    def about_known(self, user: User) -> SendingQuerySet:
        return self.exclude(_about_hidden(user, self.about_path))

    def given_up(self) -> SendingQuerySet:
        """Nobody was reached, and nothing will be tried unless somebody asks for it."""
        return self.filter(state__in=("failed", "bounced"))

    def untried(self) -> SendingQuerySet:
        """Waiting for their hour, not for another attempt."""
        return self.filter(state="waiting", attempts=0)

    def unheld(self, *, now: datetime) -> SendingQuerySet:
        """Waiting, and held by no worker, or by one whose lease has run out."""
        return self.filter(state="waiting").filter(Q(leased_until=None) | Q(leased_until__lt=now))

    def waiting(self, *, now: datetime) -> SendingQuerySet:
        """Due and held by no living worker."""
        return self.unheld(now=now).filter(due_at__lte=now)

    def pick(self, most: int) -> list[int]:
        """Keys of at most so many of these rows, locked; what somebody else locks is skipped."""
        rows = self.order_by("due_at", "pk").select_for_update(skip_locked=True)
        return list(rows.values_list("pk", flat=True)[:most])


class DeliveryQuerySet(SendingQuerySet):
    about_path = "notification__"

    def pick(self, most: int) -> list[int]:
        """What goes alone first; then, person by person, everything that shares a mail.

        The row of the person is locked for it, so that no two workers make two mails of what
        belongs together.
        """
        alone = SendingQuerySet.pick(self.filter(shares_mail=False), most)
        if len(alone) == most:
            return alone
        together = self.filter(shares_mail=True)
        readers = (
            apps.get_model("people", "User")
            .objects.filter(pk__in=together.values("notification__recipient"))
            .order_by("pk")
            .select_for_update(skip_locked=True, no_key=True)
        )
        picked = list(readers.values_list("pk", flat=True)[: most - len(alone)])
        rows = together.filter(notification__recipient__in=picked).select_for_update(of=("self",))
        return alone + list(rows.values_list("pk", flat=True)) if picked else alone


class FeedKeyQuerySet(models.QuerySet):
    def of_owner(self, user: User) -> FeedKeyQuerySet:
        return self.filter(owner=user).order_by("of", "pk")

    def valid(self, *, now: datetime) -> FeedKeyQuerySet:
        """Not run out, and of somebody who still works here."""
        return self.filter(expires_at__gt=now, owner__is_active=True)


class EndpointQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> EndpointQuerySet:
        """Those who look after a team, or after everything, see where teams are told."""
        if not user.is_authenticated:
            return self.none()
        if user.is_admin or user.memberships.filter(is_manager=True).exists():
            return self
        return self.none()

    def by_name(self) -> EndpointQuerySet:
        return self.order_by("name", "pk")
