"""Questions about lessons."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, models
from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from common.keys import EachOf, few_of
from common.search import SearchableQuerySet
from common.tags import TagsOf
from people.models import Team
from postmortems.models import Review

if TYPE_CHECKING:
    from lessons.models import Lesson
    from people.models import Service, User

#: What a line of a search shows of a lesson and of the incident it comes from.
_IN_RESULTS = (
    "reference",
    "title",
    "situation",
    "insight",
    "advice",
    "state",
    "happened_on",
    "published_at",
    "source_review__incident__reference",
    "source_review__incident__kind",
    "source_review__incident__severity",
)
#: What two lessons can share, and where it stands.
SHARED = {"same_tag": "tags", "same_service": "services", "same_factor": "factors"}
#: Lessons with one tag that are looked at for what shares it, the newest: a tenth is shown, and
#: drafts and superseded ones are among them.
NEWEST = 50
#: A lesson is read again after this long, unless somebody chose another day.
REREAD_AFTER = timedelta(days=365)


def reread_day(published_on: date) -> date:
    return published_on + REREAD_AFTER


class LessonQuerySet(SearchableQuerySet):
    def visible_to(self, user: User) -> LessonQuerySet:
        """Published lessons for everybody. A draft for its author, the managers of its team, and
        the people named on the incident it comes from."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        named_on = Review.objects.visible_to(user).filter(incident__involvements__user=user)
        managed = Team.objects.managed_by(user).values("pk")
        from_managed = Review.objects.visible_to(user).filter(incident__team__in=managed)
        return self.filter(
            ~Q(state="draft")
            | Q(author=user)
            | Q(source_review=None, team__in=managed)
            | Q(source_review__in=named_on.values("pk"))
            | Q(source_review__in=from_managed.values("pk"))
        )

    def published(self) -> LessonQuerySet:
        return self.exclude(state="draft")

    def drafts(self) -> LessonQuerySet:
        return self.filter(state="draft")

    def in_library(self, user: User) -> LessonQuerySet:
        """Published lessons: everybody who is signed in may read all of them."""
        return self.published() if user.is_authenticated and user.is_active else self.none()

    def holds(self, column: str) -> Exists:
        """Whether the lesson in this column is one of these, asked of one row after another."""
        return Exists(self.filter(pk=OuterRef(column)))

    def current(self) -> LessonQuerySet:
        """Without those that a newer one says better."""
        return self.exclude(state="superseded")

    def to_reread(self, *, on: date) -> LessonQuerySet:
        """Whose day to be read again has come; what is superseded is not asked about."""
        return self.published().current().filter(reread_on__lte=on)

    def about(self, service: Service) -> LessonQuerySet:
        return self.filter(services=service)

    def with_one(self, relation: str, slug: str) -> LessonQuerySet:
        """With this tag, service or factor."""
        links, name = self._links(relation)
        having = links.filter(**{f"{name}__slug": slug})
        few = few_of(having.values_list("lesson", flat=True))
        return self.filter(pk__in=few) if few else self.filter(**{f"{relation}__slug": slug})

    def publish_drafts(self, *, at: datetime) -> int:
        """Publish the drafts among these rows; the review they come from calls it."""
        return self.drafts().update(
            state="published",
            published_at=at,
            updated_at=at,
            version=F("version") + 1,
            reread_on=Coalesce("reread_on", Value(reread_day(at.date()))),
        )

    def related_to(self, lesson: Lesson) -> LessonQuerySet:
        """Lessons that share a tag, a service or a contributing factor with this one.

        Annotated with what they share: same_tag, same_service, same_factor.
        """
        shared = {}
        for name, relation in SHARED.items():
            links, other = self._links(relation)
            ours = {f"{other}__in": getattr(lesson, relation).all()}
            shared[name] = Exists(links.filter(lesson=OuterRef("pk"), **ours))
        return self.exclude(pk=lesson.pk).annotate(**shared)

    def newest_sharing(self, shared: str, lesson: Lesson) -> LessonQuerySet:
        """Of the newest NEWEST lessons with each tag of this one (for `shared` "same_tag"), service
        or factor, those that are among these: as many, whatever else has it."""
        links, name = self._links(SHARED[shared])
        newest = links.filter(**{name: OuterRef(name)}).order_by("-lesson").values("lesson")
        ours = links.filter(lesson=lesson.pk)
        if connection.vendor == "postgresql":
            near = ours.values(each=EachOf(newest[:NEWEST]))
        else:
            others = f"{name}__lessons"
            first = Coalesce(Subquery(newest[NEWEST - 1 : NEWEST]), 0)
            near = ours.filter(**{f"{others}__gte": first}).values(others)
        return self.exclude(pk=lesson.pk).filter(pk__in=near)

    def _links(self, relation: str) -> tuple[models.Manager, str]:
        """The links of lessons with their tags, services or factors, and which of the two columns
        says which one."""
        field = self.model._meta.get_field(relation)
        return field.remote_field.through.objects, field.m2m_reverse_field_name()

    def for_results(self, user: User) -> LessonQuerySet:
        """What a line of a search or of the library shows, in one statement: `told_tags`, and
        `known_source`, the review it comes from where this reader may know of it."""
        hidden = Review.objects.hides(user, "source_review")
        # Beside the row: as a condition of the join PostgreSQL reads every review for it.
        return (
            self.annotate(
                told_tags=TagsOf("lessons"),
                has_hidden_source=ExpressionWrapper(hidden, BooleanField()),
            )
            .select_related("source_review__incident")
            .only(*_IN_RESULTS)
        )

    def for_list(self) -> LessonQuerySet:
        return self.select_related("team").prefetch_related("tags").order_by("-published_at", "-pk")


class AdoptionQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> AdoptionQuerySet:
        """What teams said of the lessons in the library: everybody who is signed in reads it."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.exclude(lesson__state="draft")


class CollectionQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> CollectionQuerySet:
        """What is shown, for everybody who is signed in; what was put aside, for those who may
        bring it back: the twin of permissions.can_curate."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if _curates(user) else self.filter(is_shown=True)

    def for_list(self) -> CollectionQuerySet:
        """Those for newcomers first, each with how many of its lessons are in the library."""
        readable = Count("entries", filter=~Q(entries__lesson__state="draft"))
        return self.annotate(readable=readable).order_by("-is_for_newcomers", "title", "pk")


class FollowingQuerySet(models.QuerySet):
    def of(self, user: User) -> FollowingQuerySet:
        """One's own, with what they lead to."""
        return self.filter(follower=user).for_naming().order_by("pk")

    def of_active(self) -> FollowingQuerySet:
        return self.filter(follower__is_active=True)

    def for_naming(self) -> FollowingQuerySet:
        return self.select_related("service", "team", "factor__now_called", "tag")


class BulletinQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> BulletinQuerySet:
        """What was sent, for everybody who is signed in; a draft, for those who may edit it."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if _curates(user) else self.filter(state="sent")

    def for_telling(self) -> BulletinQuerySet:
        """With `told`: the stories whose lessons are in the library now."""
        stories = self.model._meta.get_field("stories").related_model.objects
        told = stories.exclude(lesson__state="draft").select_related("lesson")
        return self.prefetch_related(
            Prefetch("stories", told.order_by("position", "pk"), to_attr="told")
        )


def _curates(user: User) -> bool:
    """The twin of permissions.can_curate."""
    return user.is_in_facilitator_pool or user.memberships.filter(is_manager=True).exists()
