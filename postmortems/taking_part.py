"""Who guides a review, who takes part in it, and on what premises."""

from __future__ import annotations

from typing import NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from common import kept_words
from common.history import record
from incidents.models import Duty, Incident, Involvement, TimelineEvent, Update
from people.models import Delivery, User
from people.notifications import Telling, notify, tell
from postmortems import pool, premises
from postmortems.booking import bring_in, call_off
from postmortems.invitation import Meeting
from postmortems.models import Participant, Perspective, Review
from postmortems.seats import give_up
from postmortems.workflow import (
    BEFORE_READING,
    WITH_READER,
    NotReady,
    State,
    locked,
    move_on,
    name_on_incident,
    require_premises,
    require_state,
    take_off_incident,
)

Capacity = Involvement.Capacity
_DID = {
    Duty.Kind.LEADS: _("Led the response"),
    Duty.Kind.TELLS: _("Told people how it went"),
    Duty.Kind.NOTES: _("Took notes"),
}


def was_involved(user: User, review: Review) -> bool:
    """Reported it or took part, in any incident this review covers."""
    incidents = Incident.objects.filter(Q(pk=review.incident_id) | Q(also_reviewed_in=review))
    return (
        incidents.filter(reporter=user).exists()
        or Involvement.objects.filter(
            incident__in=incidents.values("pk"),
            user=user,
            capacity__in=[Capacity.REPORTER, Capacity.PARTICIPANT],
        ).exists()
    )


@transaction.atomic
def assign(review: Review, facilitator: User, *, by: User, override_reason: str = "") -> Review:
    """Name who guides the review; the one before is taken off.

    What was shared with the earlier facilitator alone goes back to its authors: they trusted one
    person, not an office. Raises NotReady for somebody outside the pool, or who was involved and
    no `override_reason` is given.
    """
    review = locked(review)
    if review.facilitator_id == facilitator.pk:
        return review
    require_state(
        review, (*BEFORE_READING, *WITH_READER), gettext("The facilitator was not changed.")
    )
    if not (facilitator.is_active and facilitator.is_in_facilitator_pool):
        raise NotReady(
            gettext(
                "{facilitator} cannot be asked to facilitate. Choose somebody from the pool, "
                "or ask an administrator to add them."
            ).format(facilitator=facilitator)
        )
    if facilitator.pk == review.reviewer_id:
        raise NotReady(
            gettext("{facilitator} is the second pair of eyes. Choose somebody else.").format(
                facilitator=facilitator
            )
        )
    against = pool.conflicts(review, [facilitator.pk]).get(facilitator.pk, ())
    if against and not override_reason.strip():
        raise NotReady(
            gettext(
                "{facilitator} {was_near}. Choose somebody who was not there, or say why nobody "
                "else can guide it."
            ).format(facilitator=facilitator, was_near=gettext(" and ").join(map(str, against)))
        )
    take_off_incident(review, review.facilitator, Capacity.FACILITATOR)
    _give_back_perspectives(review)
    if review.facilitator and (meeting := Meeting.of(review)):
        call_off(review, meeting, [review.facilitator], by=by)
    give_up(review, facilitator)
    review.facilitator = facilitator
    review.override_reason = override_reason.strip() if against else ""
    review.save(update_fields=["facilitator", "override_reason", "updated_at"])
    name_on_incident(review, facilitator, Capacity.FACILITATOR)
    now = timezone.now()
    notify(
        facilitator,
        kind="review_facilitate",
        about=review,
        occasion=f"review-{review.pk}-facilitate-{now:%Y%m%d%H%M%S}",
    )
    bring_in(review, facilitator, by=by)
    if review.state == State.REQUESTED:
        return move_on(review, State.ASSIGNED, by=by, verb=gettext_noop("named the facilitator"))
    record(by, "named another facilitator", review)
    return review


def _give_back_perspectives(review: Review) -> None:
    given = review.perspectives.filter(audience=Perspective.Audience.FACILITATOR).exclude(
        author=None
    )
    now = timezone.now()
    tell(
        Telling(
            perspective.author,
            "review_perspective_returned",
            review,
            f"perspective-{perspective.pk}-returned-{now:%Y%m%d%H%M%S}",
        )
        for perspective in given.select_related("author")
    )
    given.update(audience=Perspective.Audience.AUTHOR, shared_at=None)


class Suggestion(NamedTuple):
    """Somebody who could be invited, and what they were near to."""

    user: User
    why: str


def suggested(review: Review) -> list[Suggestion]:
    """Reporter, authors of the timeline, who took something on or told people, and people named
    on the incident; of all the incidents the review covers. Not who is invited already."""
    incidents = Incident.objects.filter(Q(pk=review.incident_id) | Q(also_reviewed_in=review))
    here = incidents.values("pk")
    already = set(review.participants.taking_part().values_list("user_id", flat=True))
    found: dict[int, str] = {}
    for user_id in incidents.exclude(reporter=None).values_list("reporter", flat=True):
        found[user_id] = gettext("Filed it")
    for user_id, duty in Duty.objects.filter(incident__in=here).values_list("user", "kind"):
        found.setdefault(user_id, _DID[Duty.Kind(duty)])
    events = TimelineEvent.objects.filter(incident__in=here).exclude(author=None)
    for user_id in events.order_by("author").values_list("author", flat=True).distinct():
        found.setdefault(user_id, gettext("Wrote in the timeline"))
    updates = Update.objects.filter(incident__in=here).exclude(by=None)
    for user_id in updates.order_by("by").values_list("by", flat=True).distinct():
        found.setdefault(user_id, gettext("Told people how it went"))
    named = Involvement.objects.filter(
        incident__in=here, capacity__in=[Capacity.REPORTER, Capacity.PARTICIPANT]
    )
    for user_id, role in named.values_list("user_id", "role_words"):
        found.setdefault(user_id, role or gettext("Took part"))
    wanted = set(found) - already - {review.facilitator_id}
    return [
        Suggestion(user, found[user.pk])
        for user in User.objects.active().filter(pk__in=wanted).by_name()
    ]


@transaction.atomic
def invite(review: Review, people: list[User], *, by: User) -> list[Participant]:
    """Name these people as taking part and tell them, each once. Returns the new rows."""
    review = locked(review)
    require_state(review, BEFORE_READING[1:], gettext("Nobody was invited."))
    roles = dict(
        review.incident.involvements.filter(user__in=people)
        .exclude(role_words="")
        .values_list("user_id", "role_words")
    )
    invited = []
    for user in people:
        participant, is_new = Participant.objects.get_or_create(
            review=review, user=user, defaults={"role_words": roles.get(user.pk, "")}
        )
        if not is_new and not participant.is_guide:
            continue
        if participant.is_guide:
            participant.is_guide = False
            participant.save(update_fields=["is_guide"])
        name_on_incident(review, user, Capacity.PARTICIPANT)
        give_up(review, user)
        invited.append(participant)
    tell(
        Telling(
            participant.user,
            "review_invitation",
            review,
            _invitation(review),
            {"from": by.pk},
        )
        for participant in invited
    )
    if invited:
        record(by, "invited people", review, f"{len(invited)} invited")
    return invited


@kept_words.shape(r"(?P<count>\d+) (?:invited|named)")
def _count_for_reader(count: str) -> str:
    return ngettext("{number} person", "{number} people", int(count)).format(number=count)


@transaction.atomic
def take_back_invitation(participant: Participant, *, by: User) -> None:
    """As if this person had not been invited: mails that wait are not sent, and the incident
    names them no longer if the invitation was what named them.

    Raises NotReady once they have accepted the premises; from then on they take part.
    """
    review = locked(participant.review)
    require_state(review, BEFORE_READING[1:], gettext("The invitation stands."))
    participant = review.participants.select_for_update().get(pk=participant.pk)
    if participant.premises_version is not None:
        raise NotReady(
            gettext("You have accepted the premises and take part by now.")
            if by == participant.user
            else gettext("{person} has accepted the premises and takes part by now.").format(
                person=participant.user
            )
        )
    review.incident.involvements.filter(
        user=participant.user, capacity=Capacity.PARTICIPANT, since__gte=participant.invited_at
    ).delete()
    told = participant.user.notifications.about(review)
    if meeting := Meeting.of(review):
        call_off(review, meeting, [participant.user], by=by)
    told.filter(occasion=_invitation(review)).delete()
    waiting = Delivery.objects.unheld(now=timezone.now())
    told.filter(kind="review_meeting", deliveries__in=waiting).delete()
    participant.delete()
    record(by, "took an invitation back", review)


def _invitation(review: Review) -> str:
    return f"review-{review.pk}-invitation"


# Premises and the right of reply ----------------------------------------------------------------
@transaction.atomic
def accept_premises(review: Review, user: User) -> Participant:
    """Note that this person accepts the present premises for this review.

    Whoever guides the review without having been invited gets a row that counts as a guide.
    """
    participant, _ = Participant.objects.get_or_create(
        review=review, user=user, defaults={"is_guide": not was_involved(user, review)}
    )
    if participant.premises_version != premises.VERSION:
        participant.premises_version = premises.VERSION
        participant.premises_accepted_at = timezone.now()
        participant.save(update_fields=["premises_version", "premises_accepted_at"])
    return participant


@transaction.atomic
def send_private_word(review: Review, *, by: User, text: str) -> None:
    """Hand a private message to the facilitator, and to nobody else."""
    review = locked(review)
    if review.facilitator is None:
        raise NotReady(
            gettext("Nobody guides this review yet. Once somebody does, you can write to them.")
        )
    notify(
        review.facilitator,
        kind="private_word",
        about=review,
        occasion=f"review-{review.pk}-word-{by.pk}-{timezone.now():%Y%m%d%H%M%S%f}",
        data={"from": by.pk, "text": text},
    )


@transaction.atomic
def reply(review: Review, user: User, *, answer: Participant.Reply, note: str = "") -> Participant:
    """What somebody who took part says about the text, before anybody else reads it."""
    review = locked(review)
    require_premises(user, review)
    require_state(
        review,
        (State.DRAFTING, State.IN_REVIEW, State.APPROVED),
        gettext("Your answer was not kept."),
    )
    if answer == Participant.Reply.OBJECTED and not note.strip():
        raise NotReady(gettext("Say what is to change, so that the facilitator can do it."))
    participant = review.participants.taking_part().select_for_update().get(user=user)
    participant.reply = answer
    participant.reply_note = note.strip() if answer == Participant.Reply.OBJECTED else ""
    participant.replied_at = timezone.now()
    participant.save(update_fields=["reply", "reply_note", "replied_at"])
    if answer == Participant.Reply.OBJECTED and review.facilitator:
        notify(
            review.facilitator,
            kind="review_objection",
            about=review,
            occasion=f"review-{review.pk}-objection-{participant.pk}-{timezone.now():%Y%m%d%H%M%S}",
            data={"from": user.pk},
        )
    return participant
