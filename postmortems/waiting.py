"""What the reviews wait for from one person."""

from dataclasses import replace
from datetime import datetime, time

from django.db.models import Exists, F, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext

from common.prepared import PlannedAnew, Prepared
from common.templatetags.times import day_in_words, moment_in_words
from common.waiting import Private, Waiting
from people.models import User
from postmortems.models import FacilitatorOffer, Participant, Perspective, Review


def _address(name: str, review: Review) -> str:
    return reverse(f"postmortems:{name}", args=[review.reference])


def _date_words(review: Review, *, now: datetime) -> tuple[str, ...]:
    if review.meeting_at:
        return (
            gettext("Before the meeting, {when}").format(
                when=moment_in_words(review.meeting_at, now=now)
            ),
        )
    if review.due_on:
        return (
            gettext("Best before {day}").format(
                day=day_in_words(review.due_on, today=timezone.localdate(now))
            ),
        )
    return ()


def _until(review: Review) -> datetime | None:
    if review.meeting_at:
        return review.meeting_at
    if review.due_on:
        return timezone.make_aware(datetime.combine(review.due_on, time(12)))
    return None


def waiting_for(user: User, *, now: datetime) -> list[Waiting]:
    """Perspectives to share, texts to answer for, reviews to staff, guide, read and publish."""
    rows = [
        *_to_contribute(user, now=now),
        *_to_guide(user, now=now),
        *_to_read(user),
        *_to_manage(user, now=now),
    ]
    everything = (gettext("Reviews"), reverse("postmortems:list"))
    return [replace(row, everything=everything) for row in rows]


_TAKING_PART = Prepared(
    lambda reader: (
        Participant.objects.taking_part()
        .filter(user=reader, review__state__in=["gathering", "drafting", "in_review"])
        .exclude(Review.objects.hides(User(pk=reader), "review"))
        .select_related("review__incident")
    ),
    reader=int,
)
_SHARED = Prepared(
    lambda reader: Perspective.objects.shared().filter(author=reader).values("review_id"),
    reader=int,
)
_GUIDED = PlannedAnew(
    lambda reader: (
        Review.objects.visible_to(User(pk=reader))
        .filter(facilitator=reader, state__in=["assigned", "gathering", "analysis", "drafting"])
        .select_related("incident")
        .with_perspectives()
    ),
    reader=int,
)
_READ = Prepared(
    lambda reader: (
        Review.objects.visible_to(User(pk=reader))
        .filter(reviewer=reader, state=Review.State.IN_REVIEW)
        .select_related("incident")
    ),
    reader=int,
)


def _managed(reader: int) -> QuerySet:
    order = (F("approved_at").asc(nulls_last=True), F("due_on").asc(nulls_last=True), "pk")
    asked = Review.objects.visible_to(User(pk=reader)).filter(
        state__in=[Review.State.APPROVED, Review.State.REQUESTED]
    )
    # Looked for are keys alone, so that no more rows are read than shown.
    first = asked.managed_by(reader).order_by(*order).values("pk")[:10]
    return (
        Review.objects.filter(pk__in=first)
        .select_related("incident")
        .annotate(has_offers=Exists(FacilitatorOffer.objects.filter(review=OuterRef("pk"))))
        .order_by(*order)
    )


_MANAGED = Prepared(_managed, reader=int)


def _to_contribute(user: User, *, now: datetime) -> list[Waiting]:
    shared = {row["review_id"] for row in _SHARED.rows(reader=user.pk)}
    rows = []
    for participant in _TAKING_PART.objects(reader=user.pk):
        review = participant.review
        if review.state == Review.State.GATHERING:
            if review.pk in shared:
                continue
            rows.append(
                Waiting(
                    title=gettext("Share how {reference} looked from where you were").format(
                        reference=review.reference
                    ),
                    url=_address("perspective", review),
                    button=gettext("Start"),
                    icon="message-2",
                    part="part-why",
                    details=(
                        gettext("About 5 minutes"),
                        Private(gettext("Private until you share it")),
                        *_date_words(review, now=now),
                    ),
                    until=_until(review),
                )
            )
        elif participant.reply == Participant.Reply.NONE:
            rows.append(
                Waiting(
                    title=gettext("Does the review of {reference} do the moment justice?").format(
                        reference=review.reference
                    ),
                    url=review.get_absolute_url(),
                    button=gettext("Read"),
                    icon="quote",
                    part="part-why",
                    details=(
                        gettext("You took part, so you read it first"),
                        gettext("About 10 minutes"),
                    ),
                )
            )
    return rows


def _to_guide(user: User, *, now: datetime) -> list[Waiting]:
    return [
        Waiting(
            title=gettext("You facilitate the review of {reference}").format(
                reference=review.reference
            ),
            url=review.get_absolute_url(),
            button=gettext("Prepare"),
            icon="users",
            details=(
                review.get_state_display(),
                gettext("{shared} of {invited} perspectives in").format(
                    shared=review.shared, invited=review.invited
                ),
            ),
            until=_until(review),
        )
        for review in _GUIDED.objects(reader=user.pk)
    ]


def _to_read(user: User) -> list[Waiting]:
    return [
        Waiting(
            title=gettext("Be the second pair of eyes for {reference}").format(
                reference=review.reference
            ),
            url=_address("publish", review),
            button=gettext("Read"),
            icon="eye",
            part="part-diff",
            details=(review.incident.title, gettext("About 15 minutes")),
            until=_until(review),
        )
        for review in _READ.objects(reader=user.pk)
    ]


def _to_manage(user: User, *, now: datetime) -> list[Waiting]:
    """Reviews to publish and reviews nobody guides yet, of the teams this person manages."""
    return [
        _to_publish(review) if review.state == Review.State.APPROVED else _to_staff(review, now)
        for review in _MANAGED.objects(reader=user.pk)
    ]


def _to_publish(review: Review) -> Waiting:
    return Waiting(
        title=gettext("Ready to publish: {title}").format(title=review.incident.title),
        url=_address("publish", review),
        button=gettext("Publish"),
        icon="circle-check",
        part="part",
        details=(review.reference, gettext("Check the names, sign, done")),
        until=_until(review),
    )


def _to_staff(review: Review, now: datetime) -> Waiting:
    return Waiting(
        title=gettext("Name who guides the review of {reference}").format(
            reference=review.reference
        ),
        url=_address("people", review),
        button=pgettext("button", "Name"),
        icon="user-plus",
        details=(
            review.incident.title,
            *([gettext("Somebody offers to guide it")] if review.has_offers else []),
            *_date_words(review, now=now),
        ),
        until=_until(review),
    )
