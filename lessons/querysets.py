"""Questions about lessons."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q

from common.search import SearchableQuerySet
from incidents.models import Incident
from postmortems.models import Review

if TYPE_CHECKING:
    from people.models import Service, User


class LessonQuerySet(SearchableQuerySet):
    def visible_to(self, user: User) -> LessonQuerySet:
        """Published lessons for everybody. A draft for its author and for the people named on
        the incident it comes from, or managing its team."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        theirs = Review.objects.visible_to(user).filter(
            Q(incident__involvements__user=user)
            | Q(
                incident__team__memberships__user=user,
                incident__team__memberships__is_manager=True,
            )
        )
        return self.filter(
            ~Q(state="draft") | Q(author=user) | Q(source_review__in=theirs.values("pk"))
        )

    def published(self) -> LessonQuerySet:
        return self.exclude(state="draft")

    def in_library(self, user: User) -> LessonQuerySet:
        """Published lessons: everybody who is signed in may read all of them."""
        return self.published() if user.is_authenticated and user.is_active else self.none()

    def about(self, service: Service) -> LessonQuerySet:
        return self.filter(services=service)

    def publish_drafts(self, *, at: datetime) -> int:
        """Publish the drafts among these rows; the review they come from calls it."""
        return self.filter(state="draft").update(state="published", published_at=at)

    def for_list(self) -> LessonQuerySet:
        return self.select_related("team").prefetch_related("tags").order_by("-published_at", "-pk")


def linkable_incident(user: User, lesson_review: Review | None) -> Incident | None:
    """The incident a lesson may link to for this reader, or None when it is hidden."""
    if lesson_review is None:
        return None
    return Incident.objects.visible_to(user).filter(review=lesson_review).first()
