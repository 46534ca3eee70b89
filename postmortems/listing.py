"""The list of reviews: which ones, in which order, and what each one waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from common.counts import CappedCount
from common.pagination import Page, page_of
from common.prepared import Prepared
from common.templatetags.times import day_in_words, moment_in_words
from incidents import review_policy
from incidents.listing.wishes import waiting_for_a_review
from incidents.models import Incident
from people.models import User
from postmortems import freshness
from postmortems.models import Participant, Review
from postmortems.querysets import ReviewQuerySet

State = Review.State
_MOST = 100
_FOUND = 2_000
QUIET = timedelta(days=7)
#: Not a tab: every review this person may know of.
ALL = "all"

#: How much of the ring is filled, of a circumference of 19.5.
_ARCS = {
    State.ASSIGNED: "2",
    State.GATHERING: "3.9",
    State.ANALYSIS: "7.8",
    State.DRAFTING: "11.7",
    State.IN_REVIEW: "13.6",
    State.APPROVED: "15.6",
    State.PUBLISHED: "19.5",
}


@dataclass(frozen=True)
class Tab:
    name: str
    label: str
    is_current: bool
    count: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """All that a row shows of a review, and nothing else: see common/templatetags/remembered.py.
    `facilitator` and `fresh` are "" where there is none."""

    reference: str
    title: str
    kind: str
    severity: str
    arc: str
    stage: str
    perspectives: str
    facilitator: str
    initials: str
    next_step: str
    button: str
    fresh: str


@dataclass(frozen=True)
class Listing:
    tabs: list[Tab]
    current: Tab
    rows: list[Row]
    pages: Page
    without: str


def _views(user: User) -> dict[str, tuple[str, ReviewQuerySet]]:
    """Name in the address: (label, rows). The first one named "" is what opens."""
    seen = Review.objects.visible_to(user)
    invited = Participant.objects.taking_part().filter(user=user).values("review")
    return {
        "mine": (gettext("I facilitate"), seen.under_way().filter(facilitator=user)),
        "invited": (gettext("I am invited"), seen.under_way().filter(pk__in=invited)),
        "": (gettext("Under way"), seen.under_way()),
        "waiting": (gettext("Not started"), seen.filter(state=State.REQUESTED)),
        "published": (gettext("Published"), seen.published()),
        "archived": (gettext("Archived"), seen.filter(state=State.ARCHIVED)),
        "not-needed": (gettext("Not needed"), seen.filter(state=State.NOT_REQUIRED)),
    }


#: Views with a number beside them, and what its column is called.
_COUNTED = {"mine": "mine", "invited": "invited", "": "under_way", "waiting": "waiting"}


@lru_cache(maxsize=8)
def _numbers(pairs: frozenset[tuple[str, str]]) -> Prepared:
    """What the views hold, and how many incidents are `without` a review they are due."""

    def build(reader: int) -> QuerySet:
        user = User(pk=reader)
        views = _views(user)
        waiting = Incident.objects.visible_to(user).filter(waiting_for_a_review(user, pairs))
        held = {name: CappedCount(views[view][1], cap=_MOST) for view, name in _COUNTED.items()}
        return User.objects.filter(pk=reader).values(
            without=CappedCount(waiting, cap=_MOST), **held
        )

    return Prepared(build, reader=int)


def page(
    user: User, *, view: str, wanted: Mapping[str, Any], asked: QueryDict, now: datetime
) -> Listing:
    """One page of one view, in three statements; a fourth one when words are searched for.

    `without` is how many incidents wait for a review that nobody asked for.
    """
    views = _views(user)
    view = view if view in views else ""
    [numbers] = _numbers(review_policy.pairs()).rows(reader=user.pk)
    tabs = [
        Tab(
            name,
            label,
            name == view,
            _capped(numbers[_COUNTED[name]]) if name in _COUNTED else "",
        )
        for name, (label, _) in views.items()
    ]
    rows = _wanted(views[view][1], user, wanted).for_rows().with_perspectives()
    found = page_of(rows, asked, order=("-requested_at", "-pk"))
    return Listing(
        tabs=tabs,
        current=next(tab for tab in tabs if tab.is_current),
        rows=[_row(review, now=now) for review in found.rows],
        pages=found,
        without=_capped(numbers["without"]),
    )


def rows(user: User, *, view: str, wanted: Mapping[str, Any]) -> ReviewQuerySet:
    """All rows of one view, for a file, or of none."""
    views = _views(user) | {ALL: ("", Review.objects.visible_to(user))}
    return _wanted(views[view if view in views else ""][1], user, wanted).for_list()


def in_words(user: User, *, view: str, wanted: Mapping[str, Any]) -> list[str]:
    """What `rows` was narrowed down to."""
    views = _views(user) | {ALL: ("", Review.objects.none())}
    stage = wanted.get("stage")
    words = [views[view if view in views else ""][0], str(State(stage).label) if stage else ""]
    if text := wanted.get("q", "").strip():
        words.append(gettext("“{word}”").format(word=text))
    return list(filter(None, words))


def _capped(number: int) -> str:
    return f"{_MOST - 1}+" if number == _MOST else str(number)


def _wanted(rows: ReviewQuerySet, user: User, wanted: Mapping[str, Any]) -> ReviewQuerySet:
    if wanted.get("stage"):
        rows = rows.filter(state=wanted["stage"])
    if words := wanted.get("q", "").strip():
        incidents = Incident.objects.visible_to(user)
        found = list(incidents.matching(words).values_list("pk", flat=True)[:_FOUND])
        rows = rows.filter(Q(incident__in=found) | Q(incident__reference__iexact=words))
    return rows


def _row(review: Review, *, now: datetime) -> Row:
    step, button = _next_step(review, now=now)
    fresh, stage = freshness.of(review, now=now), review.get_state_display()
    if review.state == State.GATHERING and review.meeting_at:
        stage = gettext("Meeting booked")
    return Row(
        reference=review.reference,
        title=review.incident.title,
        kind=review.incident.kind,
        severity=review.incident.severity,
        arc=_ARCS.get(State(review.state), ""),
        stage=stage,
        perspectives=gettext("{shared} of {invited}").format(
            shared=review.shared, invited=review.invited
        )
        if review.invited
        else "—",
        facilitator=str(review.facilitator or ""),
        initials=review.facilitator.initials if review.facilitator else "",
        next_step=step,
        button=button,
        fresh=fresh.sentence if fresh else "",
    )


def _next_step(review: Review, *, now: datetime) -> tuple[str, str]:
    """What happens next, and the word on the button; no button where nothing is to be done."""
    today = timezone.localdate(now)
    match review.state:
        case State.REQUESTED if review.incident.is_ongoing:
            return gettext("Still ongoing. The review begins when it is resolved."), ""
        case State.REQUESTED:
            return gettext("Somebody to guide it"), gettext("Look")
        case State.ASSIGNED:
            return gettext("Invite people and open it"), gettext("Prepare")
        case State.GATHERING if review.meeting_at:
            return gettext("Meeting {when}").format(
                when=moment_in_words(review.meeting_at, now=now)
            ), gettext("Prepare")
        case State.GATHERING if now - review.updated_at > QUIET:
            days = (now - review.updated_at).days
            return ngettext(
                "Quiet for {number} day. Would a short call be easier?",
                "Quiet for {number} days. Would a short call be easier?",
                days,
            ).format(number=days), gettext("Open")
        case State.GATHERING if review.due_on and review.due_on >= today:
            return gettext("Best before {day}").format(
                day=day_in_words(review.due_on, today=today)
            ), gettext("Open")
        case State.GATHERING:
            return gettext("Memories fade within days"), gettext("Open")
        case State.ANALYSIS:
            return gettext("Look at it together"), gettext("Open")
        case State.DRAFTING:
            return gettext("The four parts are written up"), gettext("Write")
        case State.IN_REVIEW:
            return gettext("Being read with fresh eyes"), gettext("Read")
        case State.APPROVED:
            return gettext("Check the names, sign, done"), gettext("Publish")
        case State.PUBLISHED:
            return gettext("Since {day}").format(
                day=day_in_words(timezone.localdate(review.published_at), today=today)
            ), gettext("Read")
        case State.NOT_REQUIRED:
            return review.not_required_reason, gettext("Look")
        case State.ARCHIVED:
            return review.archived_reason or gettext("A later review says more"), gettext("Read")
    return "", ""
