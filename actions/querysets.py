"""Questions about actions: what is open, late, waiting to be checked, and who may see it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet

from common.search import SearchableQuerySet
from incidents.models import Incident
from people.models import Team
from postmortems.models import Review

if TYPE_CHECKING:
    from people.models import User

OPEN = ("accepted", "in_progress", "blocked")
TO_CHECK = ("done",)
DROPPED = ("declined", "wont_do")
VERIFIED = ("verified", "held", "recurred", "cannot_tell")


class ActionQuerySet(SearchableQuerySet):
    def hidden_from(self, user: User) -> QuerySet:
        """Keys of the actions that come, also, from an incident or review that is hidden."""
        incidents = self.model.incidents.through.objects.filter(
            incident__in=Incident.objects.hidden_from(user).values("pk")
        )
        reviews = self.model.reviews.through.objects.filter(
            review__in=Review.objects.hidden_from(user)
        )
        return incidents.values("action").union(reviews.values("action"))

    def visible_to(self, user: User) -> ActionQuerySet:
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.exclude(pk__in=self.hidden_from(user))

    def open(self) -> ActionQuerySet:
        """Promised and not yet done."""
        return self.filter(state__in=OPEN)

    def parked(self) -> ActionQuerySet:
        return self.filter(state="parked")

    def rested(self, *, on: date) -> ActionQuerySet:
        """Parked ideas that had to rest, and can be decided now."""
        return self.parked().filter(decide_from_on__lte=on)

    def to_check(self) -> ActionQuerySet:
        """Done, and nobody else has verified it yet."""
        return self.filter(state__in=TO_CHECK)

    def for_checking_by(self, user: User) -> ActionQuerySet:
        """Those this person is asked to check: they manage the team, facilitate a review it
        comes from, or agreed it, and did not mark it done themselves."""
        return self.exclude(done_by=user).filter(
            Q(team__in=Team.objects.managed_by(user))
            | Q(pk__in=self.model.objects.filter(reviews__facilitator=user).values("pk"))
            | Q(created_by=user)
        )

    def unfinished(self) -> ActionQuerySet:
        """Open or waiting to be checked: reminders go on for these."""
        return self.filter(state__in=OPEN + TO_CHECK)

    def overdue(self, *, on: date) -> ActionQuerySet:
        return self.open().filter(due_on__lt=on)

    def owned_by(self, user: User) -> ActionQuerySet:
        return self.filter(owner=user)

    def worked_on_by(self, user: User) -> ActionQuerySet:
        """Owned by this person, or helped with."""
        helped = self.model.helpers.through.objects.filter(user=user)
        return self.filter(Q(owner=user) | Q(pk__in=helped.values("action")))

    def guided_by(self, user: User) -> ActionQuerySet:
        """Of a team this person manages, or from a review they facilitate."""
        return self.filter(
            Q(team__in=Team.objects.managed_by(user))
            | Q(pk__in=self.model.objects.filter(reviews__facilitator=user).values("pk"))
        )

    def near(self, user: User) -> ActionQuerySet:
        """Owned by this person or by one of their teams."""
        return self.filter(Q(owner=user) | Q(team__in=Team.objects.of(user)))

    def verified(self) -> ActionQuerySet:
        """Somebody other than the one who did it has seen that it works."""
        return self.filter(state__in=VERIFIED)

    def dropped(self) -> ActionQuerySet:
        """Decided against: as an idea, or after it was promised."""
        return self.filter(state__in=DROPPED)

    def preventive(self) -> ActionQuerySet:
        """Promised actions that make it less likely, with owner, due date and done-test."""
        return self.filter(kind="prevent").exclude(state__in=["parked", "declined", "wont_do"])

    def for_telling(self) -> ActionQuerySet:
        """With what a mail about one of them speaks of."""
        return self.prefetch_related("incidents")

    def for_list(self) -> ActionQuerySet:
        return (
            self.select_related("owner", "team")
            .defer("search_text")
            .prefetch_related("incidents", "reviews__incident")
            .order_by("due_on", "pk")
        )


class EffectCheckQuerySet(QuerySet):
    def visible_to(self, user: User) -> EffectCheckQuerySet:
        actions = self.model._meta.get_field("action").related_model.objects.visible_to(user)
        return self.filter(action__in=actions.values("pk"))

    def answered(self) -> EffectCheckQuerySet:
        return self.exclude(answer="")

    def asked(self, *, on: date) -> EffectCheckQuerySet:
        """Due, without an answer, and not overtaken by a later one that has its day or answer."""
        later = self.model.objects.filter(action=OuterRef("action"), days__gt=OuterRef("days"))
        overtaken = later.filter(Q(due_on__lte=on) | ~Q(answer=""))
        return self.filter(answer="", due_on__lte=on).exclude(Exists(overtaken))
