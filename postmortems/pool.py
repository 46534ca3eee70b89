"""Who could guide a review: the people of the pool, by how well it fits.

How much somebody guides now is there to share the work out. It is shown to whoever names a
facilitator, on that page, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.counts import CappedCount
from incidents.models import Duty, Incident, Involvement
from people.models import Membership, TeamDayOff, User
from postmortems.models import FacilitatorOffer, Review
from postmortems.workflow import BEFORE_READING, Refused, locked

Capacity = Involvement.Capacity
_MOST = 20

FILED = _("filed it")
TOOK_PART = _("took part")
MANAGES = _("manages somebody who took part")
IS_MANAGED = _("is managed by somebody who took part")


@dataclass(frozen=True)
class Candidate:
    """`guides_now` counts what the person who names may know of. `conflicts` are reasons for
    somebody else, in words that follow the name."""

    user: User
    guides_now: int
    conflicts: tuple[str, ...]
    has_offered: bool
    is_away: bool

    @property
    def load(self) -> str:
        if self.guides_now == 0:
            return gettext("guides none now")
        return gettext("guides {number} now").format(number=self.guides_now)

    @property
    def conflict_words(self) -> str:
        return ", ".join(map(str, self.conflicts))

    @property
    def _fit(self) -> tuple[bool, bool, int, bool, str, int]:
        return (
            bool(self.conflicts),
            self.is_away,
            self.guides_now,
            not self.has_offered,
            self.user.name,
            self.user.pk,
        )


def candidates(review: Review, *, seen_by: User, today: date) -> list[Candidate]:
    """The pool, best fit first, in eight statements whatever its size."""
    guided = Review.objects.visible_to(seen_by).under_way().filter(facilitator=OuterRef("pk"))
    people = list(
        User.objects.facilitators().annotate(guides_now=CappedCount(guided, cap=_MOST)).by_name()
    )
    keys = [user.pk for user in people]
    offered = set(review.offers.values_list("user", flat=True))
    away = TeamDayOff.objects.filter(on=today, team__memberships__user__in=keys)
    at_leisure = set(away.values_list("team__memberships__user", flat=True))
    found = conflicts(review, keys)
    return sorted(
        (
            Candidate(
                user=user,
                guides_now=user.guides_now,
                conflicts=found.get(user.pk, ()),
                has_offered=user.pk in offered,
                is_away=user.pk in at_leisure,
            )
            for user in people
        ),
        key=lambda candidate: candidate._fit,
    )


def best(pool: Collection[Candidate], review: Review) -> Candidate | None:
    """Whom to suggest: the least loaded without a conflict; None when everybody was near it."""
    fitting = (
        candidate
        for candidate in pool
        if not candidate.conflicts and candidate.user.pk != review.facilitator_id
    )
    return next(fitting, None)


def conflicts(review: Review, keys: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Why each of these people had better not guide it; who is not in it has nothing against.

    They filed it or took part, in any incident the review covers, or there is a line of
    management between them and somebody who did.
    """
    incidents = Incident.objects.filter(Q(pk=review.incident_id) | Q(also_reviewed_in=review))
    filed = set(incidents.exclude(reporter=None).values_list("reporter", flat=True))
    took_part = set(review.participants.taking_part().values_list("user", flat=True))
    named = Involvement.objects.filter(incident__in=incidents.values("pk"))
    for user, capacity in named.filter(
        capacity__in=[Capacity.REPORTER, Capacity.PARTICIPANT]
    ).values_list("user", "capacity"):
        (filed if capacity == Capacity.REPORTER else took_part).add(user)
    took_part |= set(
        Duty.objects.filter(incident__in=incidents.values("pk")).values_list("user", flat=True)
    )
    there = filed | took_part
    found: dict[int, list[str]] = {}
    for key in keys:
        if key in filed:
            found.setdefault(key, []).append(FILED)
        if key in took_part:
            found.setdefault(key, []).append(TOOK_PART)
    for key, words in _managing(set(keys), there):
        found.setdefault(key, []).append(words)
    return {key: tuple(dict.fromkeys(words)) for key, words in found.items()}


def _managing(keys: set[int], there: set[int]) -> list[tuple[int, str]]:
    """(who, how) for every line of management between `keys` and `there`, in one statement."""
    teams: dict[int, list[tuple[int, bool]]] = {}
    rows = Membership.objects.filter(user__in=keys | there).order_by("pk")
    for team, user, is_manager in rows.values_list("team", "user", "is_manager"):
        teams.setdefault(team, []).append((user, is_manager))
    found = []
    for members in teams.values():
        managers = {user for user, is_manager in members if is_manager}
        everybody = {user for user, _ in members}
        found += [(key, str(MANAGES)) for key in managers & keys if (everybody & there) - {key}]
        found += [
            (key, str(IS_MANAGED))
            for key in (everybody - managers) & keys
            if (managers & there) - {key}
        ]
    return found


# Offering ---------------------------------------------------------------------------------------
@transaction.atomic
def offer(review: Review, *, by: User, can: bool) -> None:
    """ "I can guide this one", or no longer. Raises Refused when somebody guides it by now."""
    review = locked(review)
    if not can:
        review.offers.filter(user=by).delete()
        return
    if review.facilitator_id is not None or review.state not in BEFORE_READING:
        raise Refused(gettext("Thank you. Somebody guides it by now."))
    FacilitatorOffer.objects.get_or_create(review=review, user=by)
