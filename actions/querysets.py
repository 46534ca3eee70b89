"""Questions about actions: what is open, late, waiting to be checked, and who may see it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import connections
from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
)

from common.keys import Keys, signed_in, written_once
from common.search import SearchableQuerySet
from incidents.models import Incident
from incidents.querysets import hidden_incidents
from people.models import Team
from postmortems.models import Review
from postmortems.querysets import hidden_review_rows, hidden_reviews

if TYPE_CHECKING:
    from actions.models import Action
    from people.models import User

OPEN = ("accepted", "in_progress", "blocked")
TO_CHECK = ("done",)
DROPPED = ("declined", "wont_do")
VERIFIED = ("verified", "held", "recurred", "cannot_tell")


@written_once
def hidden_actions(actions: type[Action], who: int | None) -> QuerySet:
    """Actions that come, also, from an incident or review that is hidden from somebody."""
    incidents = actions.incidents.through.objects.filter(
        incident__in=hidden_incidents(Incident, who)
    )
    reviews = actions.reviews.through.objects.filter(review__in=hidden_reviews(Review, who))
    return incidents.values("action").union(reviews.values("action"))


@written_once
def from_hidden_incidents(actions: type[Action], who: int | None) -> QuerySet:
    """Actions of an incident that is hidden from somebody, to be asked of each row."""
    links = actions.incidents.through.objects
    return links.filter(hidden_incidents(Incident, who).hold("incident")).values(pk=F("action"))


@written_once
def from_hidden_reviews(actions: type[Action], who: int | None) -> QuerySet:
    """Actions of a review that is hidden from somebody, to be asked of each row."""
    links = actions.reviews.through.objects
    return links.filter(hidden_review_rows(Review, who).hold("review")).values(pk=F("action"))


class ActionQuerySet(SearchableQuerySet):
    def hidden_from(self, user: User) -> Keys:
        """Keys of all actions that this person may not know of."""
        return hidden_actions(self.model, signed_in(user))

    def hides(self, user: User, column: str) -> Q:
        """Whether the action in this column is one of those, asked of one row after another."""
        who = signed_in(user)
        from_incidents = from_hidden_incidents(self.model, who).hold(column)
        return Q(from_incidents) | Q(from_hidden_reviews(self.model, who).hold(column))

    def visible_to(self, user: User) -> ActionQuerySet:
        """Every action this person may know of."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if self._tells_what_may_be_hidden:
            return self.each_visible_to(user)
        return self.exclude(pk__in=self.hidden_from(user))

    def each_visible_to(self, user: User) -> ActionQuerySet:
        """The same for the few of one incident or one person: SQLite asks each row where it comes
        from, and gathers nothing first. PostgreSQL asks the marked ones alone."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        marked = Q(may_be_hidden=True) if self._tells_what_may_be_hidden else Q()
        return self.exclude(marked & self.hides(user, "pk"))

    @property
    def _tells_what_may_be_hidden(self) -> bool:
        """See hiding.py."""
        return connections[self.db].vendor == "postgresql"

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
        return self.exclude(done_by=user).filter(self._guided(user) | Q(created_by=user))

    def near_or_for_checking_by(self, user: User) -> ActionQuerySet:
        """Those one is asked to check, and those of oneself and one's teams."""
        asked = ~Q(done_by=user) & (self._guided(user) | Q(created_by=user))
        return self.filter(self._near(user) | asked)

    def to_decide(self) -> ActionQuerySet:
        """Promised, and somebody suggests not to do it."""
        suggestions = self.model._meta.get_field("drop_suggestion").related_model.objects
        # From the few suggestions to their actions: what else is asked is asked of those alone.
        return self.open().filter(pk__in=suggestions.values("action"))

    def for_deciding_by(self, user: User) -> ActionQuerySet:
        """Those of which this person decides not to do them: can_decide_against of
        actions/permissions.py for what was promised, asked from its other side."""
        return self.filter(self._decided(user))

    def for_agreeing_by(self, user: User) -> ActionQuerySet:
        """Those of which this person decides what becomes of them while they are ideas: `guides`
        of actions/permissions.py, asked from its other side."""
        facilitated = self._own_links().filter(review__facilitator=user)
        return self.filter(self._decided(user) | Q(pk__in=facilitated.values("action")))

    def near_or_for_deciding_by(self, user: User) -> ActionQuerySet:
        return self.filter(self._near(user) | self._decided(user))

    def _decided(self, user: User) -> Q:
        managed = Team.objects.managed_by(user).values("pk")
        taken_on = self._links_taken_on()
        own = self._own_links()
        here = own.filter(action=OuterRef("action")).filter(_covers("incident"))
        named = self.model.named_incidents.through.objects.filter(
            action=OuterRef("action"), incident=OuterRef("incident")
        )
        incidents = self.model.incidents.through.objects.filter(
            ~Exists(taken_on.filter(_covers("incident"))) | Exists(here) | Exists(named),
            incident__team__in=managed,
        )
        reviews = own.filter(review__incident__team__in=managed)
        return (
            Q(team__in=managed)
            | Q(Exists(incidents.filter(action=OuterRef("pk"))))
            | Q(Exists(reviews.filter(action=OuterRef("pk"))))
        )

    def _links_taken_on(self) -> QuerySet:
        """For a subquery of rows with an action."""
        return self.model.taken_on_by.through.objects.filter(action=OuterRef("action"))

    def _own_links(self) -> QuerySet:
        """To the reviews that steer an action: not to those that only took it on."""
        taken_on = self._links_taken_on().filter(review=OuterRef("review"))
        return self.model.reviews.through.objects.exclude(Exists(taken_on))

    def to_look_at_again(self, *, on: date) -> ActionQuerySet:
        """Verified, and it is asked whether it held."""
        checks = self.model._meta.get_field("effect_checks").related_model.objects.asked(on=on)
        return self.filter(pk__in=checks.values("action"))

    def unfinished(self) -> ActionQuerySet:
        """Open or waiting to be checked: reminders go on for these."""
        return self.filter(state__in=OPEN + TO_CHECK)

    def overdue(self, *, on: date) -> ActionQuerySet:
        return self.open().filter(due_on__lt=on)

    def owned_by(self, user: User) -> ActionQuerySet:
        return self.filter(owner=user)

    def worked_on_by(self, user: User) -> ActionQuerySet:
        """Owned by this person, or helped with."""
        # Two short look-ups; an OR would read every action.
        owned = self.model.objects.filter(owner=user).values("pk")
        return self.filter(pk__in=owned.union(self._helped(user)))

    def worked_on_in_parts(self, user: User) -> list[ActionQuerySet]:
        """The same in parts that have none in common, to be counted: an index finds each, and no
        further than one counts."""
        helped = self.filter(pk__in=self._helped(user)).exclude(owner=user)
        return [self.owned_by(user), helped]

    def _helped(self, user: User) -> QuerySet:
        return self.model.helpers.through.objects.filter(user=user).values("action")

    def guided_by(self, user: User) -> ActionQuerySet:
        """Of a team this person manages, or from a review they facilitate."""
        return self.filter(self._guided(user))

    def _guided(self, user: User) -> Q:
        return Q(team__in=Team.objects.managed_by(user)) | Q(
            pk__in=self.model.objects.filter(reviews__facilitator=user).values("pk")
        )

    def near(self, user: User) -> ActionQuerySet:
        """Owned by this person, helped with, or of one of their teams."""
        return self.filter(self._near(user))

    def near_in_parts(self, user: User) -> list[ActionQuerySet]:
        """The same as `worked_on_in_parts` does it: `near` is held against row after row."""
        teams = Team.objects.of(user)
        others = [part.exclude(team__in=teams) for part in self.worked_on_in_parts(user)]
        return [self.filter(team__in=teams), *others]

    def _near(self, user: User) -> Q:
        helped = Q(pk__in=self._helped(user))
        return Q(owner=user) | helped | Q(team__in=Team.objects.of(user))

    def verified(self) -> ActionQuerySet:
        """Somebody other than the one who did it has seen that it works."""
        return self.filter(state__in=VERIFIED)

    def dropped(self) -> ActionQuerySet:
        """Decided against: as an idea, or after it was promised."""
        return self.filter(state__in=DROPPED)

    def with_prevention(self) -> ActionQuerySet:
        """`is_preventive`: promised to make it less likely, with owner, due date and done-test."""
        promised = ~Q(state__in=["parked", "declined", "wont_do"])
        return self.annotate(
            is_preventive=ExpressionWrapper(
                Q(kind="prevent") & promised, output_field=BooleanField()
            )
        )

    def for_telling(self) -> ActionQuerySet:
        """With what a mail about one of them speaks of."""
        return self.select_related("drop_suggestion").prefetch_related("incidents")

    def for_rows(self) -> ActionQuerySet:
        """With what actions/listing/rows.py tells, but for their incidents."""
        return self.select_related("owner", "team", "drop_suggestion").only(
            "reference", "title", "kind", "state", "done_test", "blocked_on", "due_on",
            "verified_at", "owner__name", "owner__email", "owner__is_former", "team__name",
            "drop_suggestion__action",
        )  # fmt: skip

    def for_list(self) -> ActionQuerySet:
        return (
            self.select_related("owner", "team", "drop_suggestion")
            .defer("search_text")
            .prefetch_related("incidents", "reviews__incident")
            .order_by("due_on", "pk")
        )


def _covers(incident: str) -> Q:
    """Links whose review looks at the incident of the row around them."""
    return Q(review__incident=OuterRef(incident)) | Q(review__also_covers=OuterRef(incident))


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
