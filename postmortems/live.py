"""What tells an open page of a review that somebody has changed something on it."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from django.db import models
from django.db.models import Count, Exists, F, Max, OuterRef, Subquery, Sum, Value

from incidents.models import TimelineEvent
from incidents.permissions import GUIDING, NAMED, where
from people.models import User
from postmortems import presence
from postmortems.models import BankQuestion, Participant, Review
from postmortems.permissions import drafts_readable_by


class Seen(NamedTuple):
    """`mark` stands for all that is on a page; "" for somebody who may not read it."""

    mark: str
    here: presence.Here


def page_version(reference: str, *, user: User) -> Seen:
    """Changes whenever this person's page of the review would, and costs one statement and one
    look into the cache.

    Nothing in it counts what they cannot see: actions and lessons are those visible to them, and
    what is private raises no `Review.changes`.
    """
    actions = _made("actions").visible_to(user).filter(reviews=OuterRef("pk")).values("reviews")
    lessons = _made("lessons").visible_to(user).filter(source_review=OuterRef("pk"))
    found = (
        drafts_readable_by(user)
        .filter(incident__reference=reference)
        .values_list(
            "pk",
            "changes",
            "state",
            "depth",
            "version",
            *_of(actions, Count("pk"), Max("pk"), Sum("version")),
            *_of(lessons.values("source_review"), Count("pk"), Max("pk")),
        )
        .first()
    )
    return _seen(found, user)


def _seen(found: tuple | None, user: User, *, only: str = "") -> Seen:
    """From a row that begins with the key of the review; `only` is the one place whose writers
    are on the page."""
    if found is None:
        return Seen("", {})
    here = presence.others(found[0], user)
    if only:
        here = {place: said for place, said in here.items() if place == only}
    mark = hashlib.sha256(repr((found, sorted(here.items()))).encode()).hexdigest()[:16]
    return Seen(mark, here)


def meeting_version(reference: str, *, user: User) -> Seen:
    """Its mark changes whenever the screen of the meeting would for this person, but for the
    running of its clock; "" for somebody who takes no part. It costs one statement and one look
    into the cache."""
    own = Participant.objects.filter(review=OuterRef("pk"), user=user)
    ideas = _made("actions").visible_to(user).parked().filter(reviews=OuterRef("pk"))
    events = TimelineEvent.objects.filter(incident=OuterRef("incident"))
    bank = BankQuestion.objects.order_by()
    found = (
        Review.objects.visible_to(user)
        .filter(incident__in=where(user, NAMED).values("pk"), incident__reference=reference)
        .annotate(
            guides=Exists(where(user, GUIDING).filter(pk=OuterRef("incident"))),
            premises=Subquery(own.values("premises_version")[:1]),
        )
        .values_list(
            "pk",
            "guides",
            "premises",
            "changes",
            "state",
            "depth",
            "meeting_at",
            "meeting_minutes",
            "meeting_clock__version",
            "incident__version",
            *_of(ideas.values("reviews"), Count("pk"), Max("pk"), Sum("version")),
            *_of(events.values("incident"), Count("pk"), Max("pk"), Sum("version")),
            Subquery(_whole(bank, Sum("version"))),
            Subquery(_whole(bank.asked(), Sum((F("position") + 1) * F("pk")))),
        )
        .first()
    )
    return _seen(found, user, only="meeting")


def _whole(rows: models.QuerySet, what: models.Aggregate) -> models.QuerySet:
    """`what` over all the rows, for a place in another statement."""
    return rows.order_by().values(every=Value(1)).annotate(found=what).values("found")


def _made(relation: str) -> models.Manager:
    """What apps above this one made of a review."""
    manager: models.Manager = Review._meta.get_field(relation).related_model.objects
    return manager


def _of(rows: models.QuerySet, *what: models.Aggregate) -> list[Subquery]:
    return [Subquery(rows.order_by().annotate(found=each).values("found")) for each in what]
