"""A draft that rests is told to its facilitator, as memory that fades, with an offer of help; one
that is approved, to those who can sign it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from people import deliveries
from people.models import Notification
from postmortems import reminders
from postmortems.models import Review
from tests.make import make_incident, make_review, make_team, make_user

pytestmark = pytest.mark.django_db


def resting(days, state=Review.State.DRAFTING):
    review = make_review(facilitator=make_user(), state=state)
    Review.objects.filter(pk=review.pk).update(updated_at=timezone.now() - timedelta(days=days))
    return review


def told():
    return Notification.objects.filter(kind="review_quiet").count()


@pytest.mark.parametrize(("days", "expected"), [(7, 0), (8, 1), (30, 1)])
def test_a_draft_that_rests_is_named(days, expected):
    resting(days)

    reminders.remind(now=timezone.now())

    assert told() == expected


def test_it_is_named_once_a_week():
    resting(8)
    for days in range(14):
        reminders.remind(now=timezone.now() + timedelta(days=days))

    assert told() == 3  # after one, two and three weeks of rest


def test_what_is_published_rests_in_peace():
    resting(30, Review.State.PUBLISHED)

    reminders.remind(now=timezone.now())

    assert told() == 0


def test_the_mail_speaks_of_memory_and_offers_help():
    review = resting(9)
    reminders.remind(now=timezone.now())
    deliveries.deliver_waiting()

    [message] = mail.outbox
    assert message.subject == f"Quiet for a while, can we help? The review of {review.reference}"
    assert "Memory fades a little every day" in message.body


def test_what_was_written_meanwhile_needs_no_mail():
    review = resting(9)
    reminders.remind(now=timezone.now())
    Review.objects.filter(pk=review.pk).update(version=review.version + 1)

    assert dict(deliveries.deliver_waiting()) == {"dropped": 1}


def approved(days, **fields):
    manager = make_user()
    incident = make_incident(team=make_team(manager=manager), **fields)
    review = make_review(incident=incident, facilitator=make_user(), state=Review.State.APPROVED)
    Review.objects.filter(pk=review.pk).update(updated_at=timezone.now() - timedelta(days=days))
    return review, manager


@pytest.mark.parametrize(("days", "expected"), [(7, 0), (8, 1)])
def test_one_that_waits_to_be_published_is_named_to_who_signs(days, expected):
    _, manager = approved(days)

    for _ in range(2):
        reminders.remind(now=timezone.now())

    found = Notification.objects.filter(kind="review_resting")
    assert [row.recipient for row in found] == [manager] * expected


def test_its_mail_names_what_is_lost_and_what_helps():
    approved(9, title="Saving fails")
    reminders.remind(now=timezone.now())
    deliveries.deliver_waiting()

    [message] = mail.outbox
    assert message.subject == "One signature away: Saving fails"
    assert "only those who wrote it can learn from it" in message.body
    assert "late" not in message.body.casefold().split()


def test_of_a_restricted_one_the_mail_says_no_more_than_its_reference():
    review, _ = approved(9, title="Saving fails", visibility="restricted")
    reminders.remind(now=timezone.now())
    deliveries.deliver_waiting()

    [message] = mail.outbox
    assert message.subject == f"One signature away: the review of {review.reference}"
    assert "Saving fails" not in str(message.message())


def test_what_was_published_meanwhile_needs_no_signature():
    review, _ = approved(9)
    reminders.remind(now=timezone.now())
    Review.objects.filter(pk=review.pk).update(state="published", published_at=timezone.now())

    assert dict(deliveries.deliver_waiting()) == {"dropped": 1}
