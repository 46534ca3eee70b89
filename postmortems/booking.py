"""When people look at it together: arranged, moved, taken off, and who is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from common import dates
from common.history import TextConflict, mark_of, record
from common.text import one_line
from incidents.models import Involvement
from people.models import Notification, User
from people.notifications import Telling, tell
from people.posts import Announcement, announce
from postmortems.invitation import Meeting, uid
from postmortems.models import Review
from postmortems.workflow import BEFORE_READING, locked, require_state

USUAL_MINUTES = 60
#: Mails that bring the meeting into a calendar.
BRINGING = ("review_invitation", "review_meeting", "review_seat")


def in_words(review: Review) -> str:
    """ "10 Feb 2017, 10:00 Europe/Berlin, 60 minutes, Room 3"; "" for no meeting."""
    at = review.meeting_at
    if at is None:
        return ""
    zone = review.meeting_zone or "UTC"
    there = at.astimezone(ZoneInfo(zone))
    said = gettext("{day}, {clock} {zone}, {minutes} minutes").format(
        day=dates.say(there, "j M Y"),
        clock=f"{there:%H:%M}",
        zone=zone,
        minutes=review.meeting_minutes,
    )
    return f"{said}, {review.meeting_place}" if review.meeting_place else said


@transaction.atomic
def set_meeting(
    review: Review,
    at: datetime | None,
    *,
    by: User,
    minutes: int = USUAL_MINUTES,
    place: str = "",
    zone: str = "",
    seen: str | None = None,
) -> Review:
    """Set, move or take off the meeting; everybody who comes is told, once for each change.

    `zone` is the one it was typed in. The same arrangement again changes nothing. `seen` is
    history.mark_of what the form was opened with (`in_words`): raises TextConflict when somebody
    else has arranged it otherwise since.
    """
    review = locked(review)
    before = Meeting.of(review)
    wanted = (at, minutes, one_line(place), zone) if at else None
    if wanted == (before[:4] if before else None):
        return review
    if seen is not None and seen != mark_of(stands := in_words(review)):
        raise TextConflict(stands)
    require_state(review, BEFORE_READING[1:], gettext("The meeting was not changed."))
    review.meeting_at = at
    if at:
        review.meeting_minutes, review.meeting_place, review.meeting_zone = (
            minutes, one_line(place), zone
        )  # fmt: skip
    # The first arrangement is number 0, as calendars count; one that was taken off counts, too.
    was_told_of = before is not None or review.meeting_sequence > 0
    review.meeting_sequence += was_told_of
    review.save(
        update_fields=[
            "meeting_at", "meeting_minutes", "meeting_place", "meeting_zone", "meeting_sequence",
            "updated_at",
        ]
    )  # fmt: skip
    record(
        by, gettext_noop("set the meeting") if at else gettext_noop("took the meeting off"), review
    )
    if at:
        tell(_tellings(review, comers(review), by))
        _announce(review)
    elif before:
        call_off(review, before._replace(sequence=review.meeting_sequence), comers(review), by=by)
    return review


def _announce(review: Review) -> None:
    if review.meeting_at and review.meeting_at > timezone.now():
        occasion = f"review-{review.pk}-meeting-{review.meeting_sequence}"
        teams = {review.incident.team_id}
        announce([Announcement("review_meeting", review, occasion, teams)])


def comers(review: Review) -> list[User]:
    """Everybody who comes: who takes part, who guides it, and who listens in to learn."""
    listening = review.incident.involvements.filter(capacity=Involvement.Capacity.LEARNER)
    keys = {
        *review.participants.taking_part().values_list("user", flat=True),
        *listening.values_list("user", flat=True),
        review.facilitator_id,
    }
    return list(User.objects.active().filter(pk__in=keys - {None}).by_name())


def _tellings(review: Review, people: Iterable[User], by: User) -> Iterator[Telling]:
    if review.meeting_at is None or review.meeting_at <= timezone.now():
        return
    number = review.meeting_sequence
    for person in people:
        yield Telling(
            person,
            "review_meeting",
            review,
            f"review-{review.pk}-meeting-{number}",
            {"sequence": number, "from": by.pk},
        )


def bring_in(review: Review, person: User, *, by: User) -> None:
    """Tell somebody of the meeting as it stands, once; nobody is told of one that was."""
    tell(_tellings(review, [person], by))


def call_off(review: Review, meeting: Meeting, people: Iterable[User], *, by: User) -> None:
    """Take it out of the calendars of these people; not of who was never told of it.

    Call it once they are no longer named: whoever may not know of a restricted review any more gets
    an entry that says nothing but which one goes, about themselves instead of about the review.
    """
    told = Notification.objects.about(review).filter(
        kind__in=BRINGING, deliveries__state="sent"
    )  # fmt: skip
    have_it = set(told.values_list("recipient", flat=True))
    now = timezone.now()
    occasion = f"review-{review.pk}-off-{meeting.sequence}-{now:%Y%m%d%H%M%S%f}"
    tell(
        Telling(person, "review_meeting_off", review, occasion, meeting.as_data | {"from": by.pk})
        if Review.objects.visible_to(person).filter(pk=review.pk).exists()
        else Telling(
            person,
            "meeting_gone",
            person,
            occasion,
            {"uid": uid(review), "sequence": meeting.sequence, "path": reverse("home")},
        )
        for person in people
        if person.pk in have_it and meeting.at > now
    )
