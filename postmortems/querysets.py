"""Questions about reviews and what people wrote in them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import connections, models
from django.db.models import Count, Exists, F, OuterRef, Q

from common.counts import CappedCount
from common.keys import Either, Keys, signed_in, written_once
from common.search import SearchableQuerySet
from incidents.models import Incident
from incidents.querysets import hidden_incidents, managed_incidents, managed_teams
from people.models import Team

if TYPE_CHECKING:
    from people.models import User
    from postmortems.models import FactorCategory, Review

UNDER_WAY = ("requested", "assigned", "gathering", "analysis", "drafting", "in_review", "approved")
#: Nobody has looked at it together yet, and nothing is written up.
NOT_HELD = ("requested", "assigned", "gathering")


@written_once
def led_beside_hidden(reviews: type[Review], who: int | None) -> models.QuerySet:
    """Incidents whose review also covers one that is hidden from somebody."""
    links = reviews.also_covers.through.objects
    return links.filter(incident__in=hidden_incidents(Incident, who)).values("review__incident")


def hidden_leads(reviews: type[Review], who: int | None) -> Either:
    """Incidents whose review, if they have one, is hidden from somebody: it covers one that is."""
    return Either(hidden_incidents(Incident, who), led_beside_hidden(reviews, who))


@written_once
def hidden_reviews(reviews: type[Review], who: int | None) -> models.QuerySet:
    """Reviews of any incident that is hidden from somebody.

    Looked up from the few hidden incidents; an OR would read every review.
    """
    return reviews.objects.filter(incident__in=hidden_leads(reviews, who)).values("pk")


@written_once
def covering_hidden(reviews: type[Review], who: int | None) -> models.QuerySet:
    """Reviews that also cover an incident that is hidden from somebody: the same rule, from the
    review on."""
    links = reviews.also_covers.through.objects
    hidden = hidden_incidents(Incident, who)
    return links.filter(hidden.hold("incident")).values(pk=F("review"))


@written_once
def hidden_review_rows(reviews: type[Review], who: int | None) -> models.QuerySet:
    """The same as `hidden_reviews`, to be asked of each row."""
    leads = hidden_incidents(Incident, who).hold("incident")
    covers = covering_hidden(reviews, who).hold("pk")
    return reviews.objects.filter(Q(leads) | Q(covers)).values("pk")


class ReviewQuerySet(models.QuerySet):
    def hidden_from(self, user: User) -> Keys:
        """Keys of all reviews that this person may not know of."""
        return hidden_reviews(self.model, signed_in(user))

    def hides(self, user: User, column: str) -> Q:
        """Whether the review in this column is one of those, asked of one row after another."""
        return Q(hidden_review_rows(self.model, signed_in(user)).hold(column))

    def leads_hidden_from(self, user: User) -> Either:
        """The incidents that those reviews lead with: the same rule, for rows that name theirs."""
        return hidden_leads(self.model, signed_in(user))

    def visible_to(self, user: User) -> ReviewQuerySet:
        """Reviews this person may know of. Reading an unpublished one needs more: see
        permissions.can_read_draft."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.exclude(self.hides(user, "pk"))

    def managed_by(self, reader: int) -> ReviewQuerySet:
        """Of a team this person manages: see owning.py."""
        if connections[self.db].vendor == "sqlite":
            return self.filter(managed_incidents(Incident, reader).hold("incident"))
        return self.filter(of_team__in=managed_teams(Team, reader))

    def under_way(self) -> ReviewQuerySet:
        return self.filter(state__in=UNDER_WAY)

    def published(self) -> ReviewQuerySet:
        return self.filter(state="published")

    def due_by(self, day: date) -> ReviewQuerySet:
        return self.under_way().filter(due_on__lte=day)

    def not_held(self) -> ReviewQuerySet:
        return self.filter(state__in=NOT_HELD)

    def for_telling(self) -> ReviewQuerySet:
        """With what a mail about one of them speaks of."""
        return self.select_related("incident")

    def with_perspectives(self) -> ReviewQuerySet:
        """Each with `invited`, how many take part, and `shared`, how many shared how it looked."""
        here = OuterRef("pk")
        people = self.model._meta.get_field("participants").related_model.objects.taking_part()
        told = self.model._meta.get_field("perspectives").related_model.objects.shared()
        return self.annotate(
            invited=CappedCount(people.filter(review=here)),
            shared=CappedCount(told.filter(review=here)),
        )

    def for_rows(self) -> ReviewQuerySet:
        """With what postmortems/listing.py tells of each."""
        return self.select_related("incident", "facilitator").only(
            "state", "requested_at", "due_on", "meeting_at", "updated_at", "published_at",
            "not_required_reason", "archived_reason", "incident__reference", "incident__title",
            "incident__kind", "incident__severity", "incident__state", "incident__resolved_at",
            "facilitator__name", "facilitator__email", "facilitator__is_former",
        )  # fmt: skip

    def for_list(self) -> ReviewQuerySet:
        return self.select_related("incident", "incident__team", "facilitator").order_by(
            "-requested_at", "-pk"
        )


class ReviewRuleQuerySet(models.QuerySet):
    def of(self, incident: Incident) -> ReviewRuleQuerySet:
        """The one rule that applies to an incident, or none."""
        return self.filter(kind=incident.kind, severity=incident.severity)


class FindingQuerySet(models.QuerySet):
    def on_board(self) -> FindingQuerySet:
        return self.filter(merged_into=None).order_by("goal", "position", "pk")


class FactorCategoryQuerySet(models.QuerySet):
    def current(self) -> FactorCategoryQuerySet:
        """Without the old names that lead to another one."""
        return self.filter(now_called=None)

    def offered(self) -> FactorCategoryQuerySet:
        """What can be chosen for a new factor."""
        return self.current().filter(is_retired=False).order_by("name")

    def named(self, name: str) -> FactorCategory | None:
        """The category of this name in any case, also by one of its old names."""
        found: Any = self.filter(name__iexact=name).select_related("now_called").first()
        return (found.now_called or found) if found else None

    def with_reviews(self, user: User) -> FactorCategoryQuerySet:
        """Each with `review_count`: published reviews this reader may see that name it."""
        reviews = self.model._meta.get_field("factors").related_model.review.field.related_model
        visible = reviews.objects.visible_to(user).published()
        return self.annotate(
            review_count=Count(
                "factors__review", distinct=True, filter=Q(factors__review__in=visible)
            )
        )


class MitigatorQuerySet(models.QuerySet):
    def told_to(self, user: User) -> MitigatorQuerySet:
        """What saved us in published reviews this reader may see, as they were published."""
        reviews = self.model.review.field.related_model.objects.visible_to(user)
        return self.filter(review__in=reviews).exclude(published_text="")


class CommentQuerySet(models.QuerySet):
    def on_draft(self) -> CommentQuerySet:
        """On the working text, for those who may read it."""
        return self.exclude(place=self.model.PUBLISHED)

    def at(self, place: str) -> CommentQuerySet:
        """At a place as `Comment.key` names it."""
        if place.startswith("card-"):
            return self.filter(place="card", finding=int(place.removeprefix("card-")))
        return self.filter(place=place)

    def open(self) -> CommentQuerySet:
        return self.filter(settled_at=None)


class ParticipantQuerySet(models.QuerySet):
    def taking_part(self) -> ParticipantQuerySet:
        """Those who were there; not the ones who only guide the review."""
        return self.filter(is_guide=False)


class PerspectiveQuerySet(models.QuerySet):
    def shared(self) -> PerspectiveQuerySet:
        """Given to the facilitator or to the review; drafts are their authors' alone."""
        return self.filter(audience__in=["facilitator", "review"])

    def readable_by(
        self, user: User, review: Review, *, is_facilitator: bool
    ) -> PerspectiveQuerySet:
        """One's own; the ones given to the facilitator, if that is you; and, once the facilitator
        has opened them together, the ones whose authors agreed to share with the review."""
        rule = Q(author=user)
        if is_facilitator:
            rule |= Q(audience__in=["facilitator", "review"])
        if review.perspectives_opened_at:
            rule |= Q(audience="review")
        return self.filter(rule, review=review)


class PublicationQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> PublicationQuerySet:
        if not user.is_authenticated or not user.is_active:
            return self.none()
        reviews = self.model.review.field.related_model.objects
        return self.exclude(reviews.hides(user, "review"))

    def latest_of_each(self) -> PublicationQuerySet:
        """Without what a later revision of the same review replaced."""
        later = self.model.objects.filter(
            review=OuterRef("review"), revision__gt=OuterRef("revision")
        )
        return self.filter(~Exists(later))


class PublishedWordsQuerySet(SearchableQuerySet):
    def visible_to(self, user: User) -> PublishedWordsQuerySet:
        if not user.is_authenticated or not user.is_active:
            return self.none()
        reviews = self.model.review.field.related_model.objects
        # Searches look at thousands of them: the few that are hidden are gathered first.
        return self.exclude(review__in=reviews.hidden_from(user))


class BankQuestionQuerySet(models.QuerySet):
    def asked(self) -> BankQuestionQuerySet:
        """Those still in use, in the order an administrator gave them."""
        return self.filter(is_retired=False).order_by("position", "pk")

    def for_list(self) -> BankQuestionQuerySet:
        return self.order_by("is_retired", "position", "pk")


class ConfidentialNoteQuerySet(models.QuerySet):
    def of(self, review: Review) -> ConfidentialNoteQuerySet:
        """Notes about any incident that this review looks at."""
        covered = review.also_covers.values("pk")
        return self.filter(Q(incident=review.incident_id) | Q(incident__in=covered))

    def unreleased(self) -> ConfidentialNoteQuerySet:
        return self.filter(state__in=["received", "set_aside"])

    def waiting(self) -> ConfidentialNoteQuerySet:
        """Those nobody has decided on."""
        return self.filter(state="received")

    def released(self) -> ConfidentialNoteQuerySet:
        return self.filter(state="released")

    def opened(self, *, before: date) -> ConfidentialNoteQuerySet:
        """Those that came in before the last opening: see confidential.last_opening."""
        return self.filter(received_on__lt=before)


class NoteQuestionQuerySet(models.QuerySet):
    def in_order(self) -> NoteQuestionQuerySet:
        """By day; those of one day in an order that says nothing."""
        return self.order_by("asked_on", "pk")


class PublicEditionQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> PublicEditionQuerySet:
        """To work on, inside. What outsiders may read is `out`."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        reviews = self.model.review.field.related_model.objects
        return self.exclude(reviews.hides(user, "review"))

    def out(self) -> PublicEditionQuerySet:
        """What anybody may read: public, and from nothing that is restricted by now."""
        covered = self.model.review.field.related_model.also_covers.through.objects.filter(
            incident__visibility="restricted"
        )
        return self.filter(state="public", review__incident__visibility="open").exclude(
            review__in=covered.values("review")
        )


class HandbookQuerySet(models.QuerySet):
    def listed(self) -> HandbookQuerySet:
        """Pages in use, in the order their readers get them."""
        return self.filter(is_retired=False).order_by("position", "pk")
