"""The meeting of a review, as people set it and as their calendars read it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from people.deliveries import deliver_waiting
from people.models import Delivery, Notification
from postmortems import booking, invitation, taking_part, workflow
from postmortems.models import Participant
from tests.make import make_incident, make_review, make_user
from tests.postmortems.places import at, everyone

pytestmark = pytest.mark.django_db

MEETING = datetime(2036, 2, 11, 9, tzinfo=UTC)
AMSTERDAM = "Europe/Amsterdam"


def arrange(people, when=MEETING, **fields):
    fields = {"zone": AMSTERDAM, "place": "Room 4.12"} | fields
    return booking.set_meeting(people.review, when, by=people.facilitator, **fields)


def sent_to(person) -> list:
    """Everything that is sent to somebody now, oldest first."""
    mail.outbox.clear()
    deliver_waiting(now=timezone.now() + timedelta(days=3))
    return [each for each in mail.outbox if each.to == [person.email]]


def calendar_in(message) -> Calendar:
    """As a program reads it that gets the raw mail."""
    [part] = [
        part for part in message.message().walk() if part.get_content_type() == "text/calendar"
    ]
    found = Calendar.from_ical(part.get_payload(decode=True))
    assert part.get_param("method") == str(found["method"])
    return found


def only_event(calendar: Calendar):
    [event] = calendar.walk("VEVENT")
    return event


def made(title="Saving fails", *, private=False, receiver=None, method="REQUEST", **fields):
    """(text, event) of an entry of a review with this title."""
    review = make_review(incident=make_incident(title=title))
    told = {"at": MEETING, "minutes": 60, "place": "", "zone": AMSTERDAM, "sequence": 0} | fields
    text = invitation.entry(
        review,
        invitation.Meeting(**told),
        method=method,
        stamped_at=MEETING - timedelta(days=9),
        private=private,
        receiver=receiver,
    ).text
    return text, only_event(Calendar.from_ical(text))


# In a calendar ----------------------------------------------------------------------------------
def test_lines_end_in_crlf_and_are_folded_at_75_octets():
    text, event = made(title="Überlange Störung, mit Folgen — " * 6)

    lines = text.encode().split(b"\r\n")
    assert lines[-1] == b""
    assert all(b"\n" not in line and b"\r" not in line for line in lines)
    assert max(len(line) for line in lines) <= 75
    assert str(event["summary"]).endswith("mit Folgen —")


def test_what_calendars_take_for_their_own_is_escaped():
    hostile = "a;b,c\\d\r\nATTENDEE:mailto:boss@example.org\nEND:VEVENT\x0be"
    text, event = made(title=hostile, place=hostile)

    one_line = "a;b,c\\d ATTENDEE:mailto:boss@example.org END:VEVENT e"
    assert str(event["summary"]).endswith(f": {one_line}")
    assert str(event["location"]) == one_line
    assert "\r\nATTENDEE" not in text
    assert text.count("END:VEVENT") - text.count(" END:VEVENT") == 1
    assert "a\\;b\\,c\\\\d" in text.replace("\r\n ", "")


def test_it_stands_at_the_local_time_and_brings_the_rules_of_its_zone():
    text, event = made(at=datetime(2037, 7, 10, 8, 30, tzinfo=UTC), minutes=90)

    assert event["dtstart"].params["TZID"] == AMSTERDAM
    assert event.start == datetime(2037, 7, 10, 10, 30, tzinfo=ZoneInfo(AMSTERDAM))
    assert event.end - event.start == timedelta(minutes=90)
    assert "BEGIN:VTIMEZONE" in text
    assert "TZOFFSETTO:+0200" in text


@pytest.mark.parametrize(
    "when",
    [
        datetime(2037, 3, 29, 0, 30, tzinfo=UTC),  # ends after the hour that is skipped
        datetime(2037, 10, 25, 0, 30, tzinfo=UTC),  # 02:30 comes twice that night
        datetime(2037, 10, 25, 1, 30, tzinfo=UTC),
        datetime(2037, 10, 24, 23, 30, tzinfo=UTC),
    ],
)
def test_nights_on_which_clocks_change_shift_nothing(when):
    _, event = made(at=when)

    assert event.start.astimezone(UTC) == when
    assert event.end.astimezone(UTC) == when + timedelta(hours=1)


def test_without_a_zone_it_stands_in_utc():
    text, _ = made(zone="")

    assert "DTSTART:20360211T090000Z" in text
    assert "VTIMEZONE" not in text


def test_nobody_stands_in_it_but_its_reader():
    reader = make_user(email="reader@example.org")
    text, event = made(receiver=reader)

    assert str(event["attendee"]) == "mailto:reader@example.org"
    assert str(event["organizer"]) == "mailto:stories@localhost"
    assert text.count("mailto:") == 2
    alone, event = made(method="PUBLISH")
    assert "attendee" not in event
    assert alone.count("mailto:") == 1


def test_of_a_restricted_review_it_carries_the_reference_alone():
    text, event = made(title="Quillwort", place="Room Sassafras", private=True)

    assert str(event["summary"]).startswith("Review of INC-")
    assert "Quillwort" not in text
    assert "Sassafras" not in text
    assert "location" not in event


# In mails ---------------------------------------------------------------------------------------
def test_everybody_who_comes_gets_an_entry_for_their_calendar():
    people = everyone()

    arrange(people)

    [message] = sent_to(people.participant)
    calendar = calendar_in(message)
    event = only_event(calendar)
    assert (str(calendar["method"]), event["sequence"]) == ("REQUEST", 0)
    assert event.start.astimezone(UTC) == MEETING
    assert str(event["location"]) == "Room 4.12"
    assert people.facilitator.email not in calendar.to_ical().decode()
    [(name, content, kind)] = message.attachments
    assert (name, kind) == ("invitation.ics", "application/ics")
    assert Calendar.from_ical(content) == calendar
    told = Notification.objects.filter(kind="review_meeting").values_list("recipient", flat=True)
    assert set(told) == {people.participant.pk, people.colleague.pk, people.facilitator.pk}


def test_moving_it_counts_up_under_the_same_uid():
    people = everyone()
    arrange(people)
    [first] = sent_to(people.participant)
    arrange(people, MEETING + timedelta(days=1))
    [second] = sent_to(people.participant)
    arrange(people, MEETING + timedelta(days=1), place="Room 5")
    [third] = sent_to(people.participant)

    events = [only_event(calendar_in(message)) for message in (first, second, third)]
    assert [event["sequence"] for event in events] == [0, 1, 2]
    assert len({str(event["uid"]) for event in events}) == 1
    assert "Another time" in second.subject


def test_the_same_arrangement_again_tells_nobody():
    people = everyone()
    arrange(people)
    sent_to(people.participant)

    arrange(people)

    assert sent_to(people.participant) == []
    assert Notification.objects.filter(kind="review_meeting").count() == 3


def test_a_mail_that_still_waits_when_it_is_moved_is_not_sent():
    people = everyone()
    arrange(people)
    arrange(people, MEETING + timedelta(days=1))

    [message] = sent_to(people.participant)

    assert only_event(calendar_in(message))["sequence"] == 1
    assert Delivery.objects.filter(state="dropped").count() == 3


def test_taking_it_off_takes_it_out_of_calendars():
    people = everyone()
    arrange(people)
    sent_to(people.participant)

    arrange(people, None)

    [message] = sent_to(people.participant)
    calendar = calendar_in(message)
    event = only_event(calendar)
    assert (str(calendar["method"]), str(event["status"])) == ("CANCEL", "CANCELLED")
    assert event["sequence"] == 1
    assert event.start.astimezone(UTC) == MEETING
    arrange(people)
    assert only_event(calendar_in(sent_to(people.participant)[0]))["sequence"] == 2


def test_who_never_heard_of_it_is_not_told_that_it_is_off():
    people = everyone()
    arrange(people)

    arrange(people, None)

    assert sent_to(people.participant) == []


def test_an_invitation_brings_the_meeting_and_taking_it_back_takes_it_out():
    people = everyone()
    guest = make_user()
    arrange(people)
    taking_part.invite(people.review, [guest], by=people.facilitator)
    [message] = sent_to(guest)
    assert str(only_event(calendar_in(message))["attendee"]) == f"mailto:{guest.email}"

    taking_part.take_back_invitation(
        Participant.objects.get(review=people.review, user=guest), by=people.facilitator
    )

    [message] = sent_to(guest)
    assert str(calendar_in(message)["method"]) == "CANCEL"
    assert sent_to(people.participant) == []


def test_what_could_not_be_sent_yet_is_taken_back_too():
    people = everyone()
    guest = make_user()
    arrange(people)
    taking_part.invite(people.review, [guest], by=people.facilitator)
    Delivery.objects.filter(notification__recipient=guest).update(attempts=1)

    taking_part.take_back_invitation(
        Participant.objects.get(review=people.review, user=guest), by=people.facilitator
    )

    assert not any(calendar_in(message)["method"] == "REQUEST" for message in sent_to(guest))


def test_who_may_not_know_of_it_any_more_is_told_which_entry_goes_and_nothing_else():
    people = everyone(restricted=True)
    guest = make_user(name="Gill Guest")
    people.review.incident.title = "Quillwort"
    people.review.incident.save()
    arrange(people)
    taking_part.invite(people.review, [guest], by=people.facilitator)
    [message] = sent_to(guest)
    invited = only_event(calendar_in(message))

    taking_part.take_back_invitation(
        Participant.objects.get(review=people.review, user=guest), by=people.facilitator
    )

    [message] = sent_to(guest)
    event = only_event(calendar_in(message))
    assert str(calendar_in(message)["method"]) == "CANCEL"
    assert (event["uid"], event["status"]) == (invited["uid"], "CANCELLED")
    assert event["sequence"] >= invited["sequence"]
    assert set(event) == {
        "UID", "SEQUENCE", "DTSTAMP", "SUMMARY", "STATUS", "CLASS", "ORGANIZER", "ATTENDEE",
    }  # fmt: skip
    raw = message.message().as_string()
    reference = people.review.reference
    for word in (reference, "Quillwort", "Room 4.12", "/reviews/", people.facilitator.email):
        assert word not in raw
    client = Client()
    client.force_login(guest)
    bell = client.get("/notifications/").content.decode()
    assert "A meeting is off for you" in bell
    assert reference not in bell


def test_another_facilitator_takes_the_meeting_over():
    people = everyone()
    arrange(people)
    sent_to(people.facilitator)
    next_one = make_user(is_in_facilitator_pool=True)

    taking_part.assign(people.review, next_one, by=people.manager)

    mail.outbox.clear()
    deliver_waiting(now=timezone.now() + timedelta(days=3))
    methods = {
        (message.to[0], str(calendar_in(message)["method"]))
        for message in mail.outbox
        if any(part.get_content_type() == "text/calendar" for part in message.message().walk())
    }
    assert methods == {(people.facilitator.email, "CANCEL"), (next_one.email, "REQUEST")}


def test_a_restricted_review_is_invited_to_by_reference():
    people = everyone(restricted=True)
    people.review.incident.title = "Quillwort"
    people.review.incident.save()

    arrange(people)

    [message] = sent_to(people.participant)
    raw = message.message().as_string()
    assert "Quillwort" not in raw
    assert "Room 4.12" not in raw
    assert "Quillwort" not in calendar_in(message).to_ical().decode()


def test_a_meeting_that_was_is_noted_and_told_to_nobody():
    people = everyone()

    arrange(people, datetime(2017, 2, 10, 9, tzinfo=UTC))

    assert not Notification.objects.filter(kind="review_meeting").exists()


# On the page ------------------------------------------------------------------------------------
def test_the_page_gives_the_entry_to_whoever_may_read_the_draft(client):
    people = everyone()
    client.force_login(people.participant)
    assert client.get(at("meeting_file", people.review)).status_code == 404
    arrange(people)

    answer = client.get(at("meeting_file", people.review))

    calendar = Calendar.from_ical(answer.content)
    assert str(calendar["method"]) == "PUBLISH"
    assert "attachment" in answer["Content-Disposition"]
    client.force_login(people.stranger)
    assert client.get(at("meeting_file", people.review)).status_code == 403


def test_a_time_is_read_in_the_zone_that_stands_beside_it(client):
    people = everyone()
    client.force_login(people.facilitator)

    client.post(
        at("set_meeting", people.review),
        {"meeting_at": "2037-02-10T10:00", "zone": "Tokyo", "minutes": "90", "place": "Call"},
    )

    people.review.refresh_from_db()
    assert people.review.meeting_at == datetime(2037, 2, 10, 1, tzinfo=UTC)
    assert (people.review.meeting_minutes, people.review.meeting_zone) == (90, "Asia/Tokyo")
    page = client.get(at("people", people.review)).content.decode()
    assert 'value="2037-02-10T10:00"' in page


@pytest.mark.parametrize("typed", ["2037-03-29T02:30", "2037-10-25T02:30", "soon", "0001-01-01"])
def test_a_time_that_was_skipped_or_comes_twice_is_asked_about(client, typed):
    people = everyone()
    client.force_login(people.facilitator)

    answer = client.post(at("set_meeting", people.review), {"meeting_at": typed, "zone": AMSTERDAM})

    assert answer.status_code == 422
    people.review.refresh_from_db()
    assert people.review.meeting_at is None


def test_who_was_not_there_gives_the_invitation_back(client):
    people = everyone()
    guest = make_user()
    taking_part.invite(people.review, [guest], by=people.facilitator)
    client.force_login(guest)
    assert "You were not near it?" in client.get(at("not_involved", people.review)).content.decode()

    assert client.post(at("not_involved", people.review)).url == reverse("home")

    assert not people.review.participants.filter(user=guest).exists()
    client.force_login(people.participant)
    client.post(at("not_involved", people.review))
    assert people.review.participants.filter(user=people.participant).exists()


def test_a_finished_text_is_not_met_about(client):
    people = everyone(state="in_review")

    with pytest.raises(workflow.Refused, match="The meeting was not changed"):
        arrange(people)
