"""Questions about incidents and their timelines, and the one rule of who sees which."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.db import connections, models
from django.db.models import Exists, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Now

from common.gathered import Gathered
from common.keys import Keys, signed_in, written_once
from common.search import SearchableQuerySet
from people.models import Team

if TYPE_CHECKING:
    from incidents.models import BrokenGlass, Incident
    from people.models import User


#: What a row of a list shows.
_OF_A_ROW = (
    "reference", "title", "kind", "severity", "state", "close_reason", "visibility", "known_by",
    "filed_at", "started_at", "started_precision", "mitigated_at", "mitigated_precision",
    "resolved_at", "resolved_precision",
)  # fmt: skip


@written_once
def managed_teams(teams: type[Team], who: int) -> models.QuerySet:
    return teams.objects.managed_by(who).values("pk")


@written_once
def managed_incidents(incidents: type[Incident], who: int) -> models.QuerySet:
    """Incidents of the teams that somebody manages."""
    return incidents.objects.filter(team__in=managed_teams(Team, who)).values("pk")


@written_once
def broken_open(broken_glass: type[BrokenGlass], who: int) -> models.QuerySet:
    """Incidents that an administrator may read for a while: see glass.py."""
    return broken_glass.objects.open_to(who).values("incident")


def _opened_to(incidents: type[Incident], who: int) -> Q:
    """What lets somebody know of a restricted incident: they are named on it, manage its team or
    broke the glass."""
    involvements = incidents._meta.get_field("involvements").related_model.objects
    broken_glass = incidents._meta.get_field("broken_glass").related_model
    return (
        Q(team__in=managed_teams(Team, who))
        | Q(Exists(involvements.filter(incident=OuterRef("pk"), user=who)))
        | Q(pk__in=broken_open(broken_glass, who))
    )


@written_once
def opened_incidents(incidents: type[Incident], who: int) -> models.QuerySet:
    """Restricted incidents that somebody may know of."""
    opened = _opened_to(incidents, who)
    return incidents.objects.filter(opened, visibility="restricted").values("pk")


@written_once
def hidden_incidents(incidents: type[Incident], who: int | None) -> models.QuerySet:
    """Restricted incidents that somebody may not know of; for nobody in particular, all."""
    restricted = incidents.objects.filter(visibility="restricted")
    if who is not None:
        restricted = restricted.exclude(_opened_to(incidents, who))
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

    def hides(self, user: User, column: str) -> Q:
        """Whether the incident in this column is one of those, asked of one row after another."""
        return Q(hidden_incidents(self.model, signed_in(user)).hold(column))

    def visible_to(self, user: User) -> IncidentQuerySet:
        """Every incident this person may know of. All other apps build on this rule."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if connections[self.db].vendor == "sqlite":
            # Which has to read a row to know, where an index tells PostgreSQL.
            return self.exclude(pk__in=self.hidden_from(user))
        opened = opened_incidents(self.model, user.pk).hold("pk")
        return self.filter(Q(visibility="open") | Q(opened))

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
