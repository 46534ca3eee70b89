"""Questions about incidents and their timelines, and the one rule of who sees which."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import OuterRef, Prefetch, Subquery
from django.db.models.functions import Now

from common.gathered import Gathered
from common.keys import Keys, signed_in, written_once
from common.search import SearchableQuerySet
from people.models import Team

if TYPE_CHECKING:
    from incidents.models import Incident
    from people.models import User


#: What a row of a list shows.
_OF_A_ROW = (
    "reference", "title", "kind", "severity", "state", "close_reason", "visibility", "known_by",
    "filed_at", "started_at", "started_precision", "mitigated_at", "mitigated_precision",
    "resolved_at", "resolved_precision",
)  # fmt: skip


@written_once
def hidden_incidents(incidents: type[Incident], who: int | None) -> models.QuerySet:
    """Restricted incidents that somebody is neither named on nor manages the team of. An
    administrator who broke the glass of one may read it for a while: see glass.py."""
    restricted = incidents.objects.filter(visibility="restricted")
    if who is not None:
        managed = Team.objects.managed_by(who)
        restricted = restricted.exclude(involvements__user=who).exclude(team__in=managed)
        broken = incidents._meta.get_field("broken_glass").related_model.objects.open_to(who)
        restricted = restricted.exclude(pk__in=broken.values("incident"))
    return restricted.values("pk")


@cache
def names_of(incidents: type[Incident], many: str, one: str) -> Gathered:
    """The slug and the name of all that an incident has of these, by name.

    Each is looked up by its key: for a join, PostgreSQL would read the whole table for every row.
    """
    between = incidents._meta.get_field(many).remote_field.through
    named = between._meta.get_field(one).related_model._base_manager.filter(pk=OuterRef(one))
    of_it = between.objects.filter(incident=OuterRef("pk")).annotate(
        slug=Subquery(named.values("slug")), name=Subquery(named.values("name"))
    )
    return Gathered(of_it.order_by("name"), "slug", "name")


class IncidentQuerySet(SearchableQuerySet):
    def hidden_from(self, user: User) -> Keys:
        """Keys of all incidents that this person may not know of."""
        return hidden_incidents(self.model, signed_in(user))

    def visible_to(self, user: User) -> IncidentQuerySet:
        """Every incident this person may know of. All other apps build on this rule."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.exclude(pk__in=self.hidden_from(user))

    def ongoing(self) -> IncidentQuerySet:
        return self.filter(
            kind__in=["incident", "game_day"],
            state__in=["reported", "investigating", "mitigated"],
            resolved_at=None,
        )

    def for_list(self, user: User) -> IncidentQuerySet:
        """What a row of the list shows to this person, newest first, in one statement: with
        `review_state`, None without a review they may know of, and `known_services` and
        `known_tags`, each the slug and the name."""
        review = self._reviews(user).filter(incident=OuterRef("pk"))
        rows = self.annotate(
            review_state=Subquery(review.values("state")[:1]),
            known_services=names_of(self.model, "services", "service"),
            known_tags=names_of(self.model, "tags", "tag"),
        )
        return rows.only(*_OF_A_ROW).order_by("-filed_at", "-pk")

    def with_review_for(self, user: User) -> IncidentQuerySet:
        """Fetch each one's review, as far as this person may know of it."""
        return self.prefetch_related(Prefetch("review", queryset=self._reviews(user)))

    def _reviews(self, user: User) -> models.QuerySet:
        return self.model._meta.get_field("review").related_model.objects.visible_to(user)


class TimelineEventQuerySet(models.QuerySet):
    def in_order(self) -> TimelineEventQuerySet:
        """As things happened; events without a time keep their place in the telling."""
        return self.order_by("sort_at", "position", "pk")


class AttachmentQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> AttachmentQuerySet:
        """Files of the incidents this person may know of."""
        incidents = self.model._meta.get_field("incident").related_model.objects
        return self.filter(incident__in=incidents.visible_to(user))


class BrokenGlassQuerySet(models.QuerySet):
    def open_to(self, who: int) -> BrokenGlassQuerySet:
        """What somebody may still read by it, by the clock of the database; only as long as they
        are an administrator."""
        return self.filter(by=who, by__is_admin=True, until__gt=Now())
