"""The meeting of a review as an entry of a calendar (RFC 5545, 5546).

Who is in it: calendars take a METHOD:REQUEST for an invitation only when it has an ORGANIZER and
names its receiver as ATTENDEE. So there are these two and no more. The organiser is the product's
own address, never the facilitator, so that no calendar lists who guides what; the attendee is
whoever the mail goes to, so that nobody learns from a calendar who else was asked. RSVP is off: an
answer would reach a mailbox that nobody reads, and would count heads. The file that can be taken
from the page names nobody at all.

Of a restricted review nothing but its reference goes in, for calendars pass many hands: no title
and no place. Both stand on the page that the entry links to.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext

from common.text import one_line
from people.enclosures import CalendarEntry
from people.models import Notification, User
from postmortems.models import Review

if TYPE_CHECKING:  # only whoever writes an entry loads it
    from icalendar import Calendar, Event, vCalAddress

REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"
_STATUS = {REQUEST: "CONFIRMED", PUBLISH: "CONFIRMED", CANCEL: "CANCELLED"}
#: How far around the meeting the rules of its zone are written out.
_AROUND = timedelta(days=400)


class Meeting(NamedTuple):
    """One arrangement. `sequence` counts up with every change, under the same UID."""

    at: datetime
    minutes: int
    place: str
    zone: str
    sequence: int

    @classmethod
    def of(cls, review: Review) -> Meeting | None:
        if review.meeting_at is None:
            return None
        return cls(
            review.meeting_at,
            review.meeting_minutes,
            review.meeting_place,
            review.meeting_zone,
            review.meeting_sequence,
        )

    @property
    def as_data(self) -> dict[str, Any]:
        """For a notification, which is told of it after it is gone."""
        return self._asdict() | {"at": self.at.isoformat()}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Meeting:
        fields = {name: data[name] for name in cls._fields}
        return cls(**fields | {"at": datetime.fromisoformat(data["at"])})


def entry(
    review: Review,
    meeting: Meeting,
    *,
    method: str,
    stamped_at: datetime,
    private: bool,
    receiver: User | None = None,
) -> CalendarEntry:
    """`private` leaves the reference only; without `receiver` nobody is named."""
    from icalendar import Event

    page = f"{settings.SITE_ORIGIN}{review.get_absolute_url()}"
    event = Event()
    event.add("uid", uid(review))
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", stamped_at.astimezone(UTC))
    for name, at in zip(("dtstart", "dtend"), _span(meeting), strict=True):
        event.add(name, at)
    title = gettext("Review of {reference}").format(reference=review.reference)
    event.add("summary", one_line(title if private else f"{title}: {review.incident.title}"))
    event.add(
        "description",
        gettext(
            "We are here to learn, not to find fault. It helps when you have written "
            "before how it looked from where you were.\n\n{page}"
        ).format(page=page),
    )
    event.add("url", page)
    if meeting.place and not private:
        event.add("location", one_line(meeting.place))
    event.add("status", _STATUS[method])
    event.add("class", "PRIVATE")
    event["organizer"] = _organizer()
    if receiver is not None:
        event.add("attendee", _attendee(receiver), encode=0)
    calendar = _calendar(method, event)
    calendar.add_missing_timezones(
        first_date=(meeting.at - _AROUND).date(), last_date=(meeting.at + _AROUND).date()
    )
    return CalendarEntry(method, calendar.to_ical().decode())


def _calendar(method: str, event: Event) -> Calendar:
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.PRODUCT_NAME}//Reviews//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    return calendar


def _organizer() -> vCalAddress:
    from icalendar import vCalAddress, vText

    organizer = vCalAddress(f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
    organizer.params["CN"] = vText(settings.PRODUCT_NAME)
    return organizer


def _attendee(receiver: User) -> vCalAddress:
    from icalendar import vCalAddress, vText

    attendee = vCalAddress(f"mailto:{receiver.email}")
    attendee.params["RSVP"] = vText("FALSE")
    attendee.params["PARTSTAT"] = vText("NEEDS-ACTION")
    return attendee


def uid(review: Review) -> str:
    """The same for as long as the review exists."""
    return f"review-{review.pk}@{urlsplit(settings.SITE_ORIGIN).hostname}"


def _span(meeting: Meeting) -> tuple[datetime, datetime]:
    """Start and end in the zone it was typed in; in UTC when a clock there shows one of them
    twice that night, which a calendar could not tell apart."""
    zone = ZoneInfo(meeting.zone or "UTC")
    ends = meeting.at + timedelta(minutes=meeting.minutes)
    local = (meeting.at.astimezone(zone), ends.astimezone(zone))
    is_twice = any(at.utcoffset() != at.replace(fold=1 - at.fold).utcoffset() for at in local)
    if is_twice or zone.key in {"UTC", "Etc/UTC"}:
        return meeting.at.astimezone(UTC), ends.astimezone(UTC)
    return local


# In mails ---------------------------------------------------------------------------------------
def for_request(notification: Notification, review: Review, private: bool) -> CalendarEntry | None:
    """Of the meeting as it stands when the mail goes out; None without one."""
    meeting = Meeting.of(review)
    if meeting is None:
        return None
    return entry(
        review,
        meeting,
        method=REQUEST,
        stamped_at=notification.created_at,
        private=private,
        receiver=notification.recipient,
    )


def for_cancellation(notification: Notification, review: Review, private: bool) -> CalendarEntry:
    """Of the meeting that was, as the notification keeps it."""
    return entry(
        review,
        Meeting.from_data(notification.data),
        method=CANCEL,
        stamped_at=notification.created_at,
        private=private,
        receiver=notification.recipient,
    )


def for_withdrawal(notification: Notification, receiver: User, private: bool) -> CalendarEntry:
    """Takes out what their calendar has, for whoever may not know of the review any more: which
    entry, that it is cancelled, and nothing that they had not been told before. RFC 5546 asks for
    no more of a CANCEL."""
    from icalendar import Event

    event = Event()
    event.add("uid", notification.data["uid"])
    event.add("sequence", notification.data["sequence"])
    event.add("dtstamp", notification.created_at.astimezone(UTC))
    event.add("summary", gettext("Called off"))
    event.add("status", _STATUS[CANCEL])
    event.add("class", "PRIVATE")
    event["organizer"] = _organizer()
    event.add("attendee", _attendee(receiver), encode=0)
    return CalendarEntry(CANCEL, _calendar(CANCEL, event).to_ical().decode())
