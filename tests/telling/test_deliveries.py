"""What waits is delivered once, by any number of workers, whatever breaks on the way."""

import smtplib
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.utils import timezone

from incidents.models import Involvement
from people import deliveries
from people.models import Delivery
from people.notifications import notify
from tests.make import make_action, make_incident, make_user

pytestmark = pytest.mark.django_db


def waiting(number=1, **fields):
    """Somebody is to be told of a new action of theirs; the delivery of it."""
    owner = make_user()
    action = make_action(owner=owner)
    told = notify(owner, kind="action_assigned", about=action, occasion=f"new-{number}", **fields)
    return told.deliveries.get()


@pytest.fixture
def broken(settings, monkeypatch):
    """A mail server that answers with `errors` in turn, then takes everything."""
    errors = []

    class Backend(EmailBackend):
        def send_messages(self, messages):
            if errors:
                raise errors.pop(0)
            return super().send_messages(messages)

    monkeypatch.setattr(deliveries, "get_connection", Backend)
    return errors


def test_what_waits_is_sent_and_marked():
    delivery = waiting()

    counts = deliveries.deliver_waiting()

    delivery.refresh_from_db()
    assert dict(counts) == {"sent": 1}
    assert (delivery.state, delivery.attempts, delivery.lease) == ("sent", 1, None)
    assert delivery.sent_at is not None
    assert [message.to for message in mail.outbox] == [[delivery.notification.recipient.email]]


def test_a_second_run_sends_nothing():
    waiting()
    deliveries.deliver_waiting()

    assert dict(deliveries.deliver_waiting()) == {}
    assert len(mail.outbox) == 1


def test_nothing_goes_out_before_its_time():
    now = timezone.now()
    waiting(due_at=now + timedelta(hours=8))

    assert dict(deliveries.deliver_waiting(now=now)) == {}
    assert dict(deliveries.deliver_waiting(now=now + timedelta(hours=9))) == {"sent": 1}


def test_everybody_gets_a_mail_of_their_own():
    for number in range(3):
        waiting(number)

    deliveries.deliver_waiting()

    assert [len(message.to) for message in mail.outbox] == [1, 1, 1]
    assert len({message.to[0] for message in mail.outbox}) == 3


def test_what_may_no_longer_be_read_is_dropped():
    delivery = waiting()
    incident = make_incident(visibility="restricted")
    delivery.notification.object.incidents.add(incident)
    Involvement.objects.filter(incident=incident).delete()

    assert dict(deliveries.deliver_waiting()) == {"dropped": 1}
    assert mail.outbox == []
    delivery.refresh_from_db()
    assert delivery.state == "dropped"


def test_a_refused_mail_is_tried_again_later(broken):
    delivery = waiting()
    broken.append(smtplib.SMTPResponseException(451, b"Try again later"))
    before = timezone.now()

    assert dict(deliveries.deliver_waiting()) == {"put off": 1}

    delivery.refresh_from_db()
    assert delivery.state == "waiting"
    assert timedelta(minutes=1) <= delivery.due_at - before < timedelta(minutes=2)
    assert delivery.last_error == "SMTPResponseException: (451, b'Try again later')"
    assert dict(deliveries.deliver_waiting(now=delivery.due_at)) == {"sent": 1}


def test_one_refused_mail_does_not_hold_up_the_others(broken):
    for number in range(3):
        waiting(number)
    broken.append(smtplib.SMTPRecipientsRefused({"x@example.org": (550, b"No such mailbox")}))

    assert dict(deliveries.deliver_waiting()) == {"put off": 1, "sent": 2}


def test_waits_double_up_to_an_hour():
    minutes = [deliveries.wait_after(n).total_seconds() / 60 for n in (1, 2, 3, 6, 7, 8, 25)]

    assert [min(wait, 60) // 1 for wait in minutes[:1]] == [1]
    for wait, least in zip(minutes, (1, 2, 4, 32, 60, 60, 60), strict=True):
        assert least <= wait <= least * 1.25


def test_after_a_day_of_trying_it_is_given_up(broken):
    delivery = waiting()
    Delivery.objects.update(attempts=deliveries.MOST_ATTEMPTS - 1)
    broken.append(smtplib.SMTPServerDisconnected("gone"))

    assert dict(deliveries.deliver_waiting()) == {"failed": 1}
    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_error) == (
        "failed",
        "SMTPServerDisconnected: gone",
    )


def test_trying_goes_on_for_about_a_day():
    tried_for = sum(
        (deliveries.wait_after(n) for n in range(1, deliveries.MOST_ATTEMPTS)), timedelta()
    )

    assert timedelta(days=1) <= tried_for < timedelta(days=1.5)


def test_without_a_mail_server_only_one_attempt_is_spent(monkeypatch):
    class Unreachable(EmailBackend):
        def open(self):
            raise ConnectionRefusedError("no server there")

    monkeypatch.setattr(deliveries, "get_connection", Unreachable)
    for number in range(4):
        waiting(number)

    counts = deliveries.deliver_waiting()

    assert dict(counts) == {"unreachable": 1}
    assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [0, 0, 0, 1]
    assert Delivery.objects.filter(lease=None).count() == 4


def test_words_that_cannot_be_made_are_put_off_and_said(monkeypatch):
    waiting()
    Delivery.objects.get().notification.__class__.objects.update(kind="no_such_kind")
    waiting(2)

    assert dict(deliveries.deliver_waiting()) == {"put off": 1, "sent": 1}
    assert "TemplateDoesNotExist" in Delivery.objects.get(state="waiting").last_error


def test_a_held_row_is_left_alone_until_its_lease_runs_out():
    waiting()
    now = timezone.now()
    lease, rows = deliveries.claim(now=now)

    assert [row.lease for row in rows] == [lease]
    assert deliveries.claim(now=now + deliveries.LEASE - timedelta(seconds=1))[1] == []
    assert len(deliveries.claim(now=now + deliveries.LEASE + timedelta(seconds=1))[1]) == 1


def test_an_outcome_is_written_only_by_the_holder():
    waiting()
    now = timezone.now()
    old_lease, [row] = deliveries.claim(now=now)
    deliveries.claim(now=now + deliveries.LEASE * 2)

    deliveries._settle(old_lease, row, state="sent", sent_at=now)

    assert Delivery.objects.get().state == "waiting"


@pytest.mark.django_db(transaction=True)
def test_workers_never_claim_the_same_row():
    for number in range(40):
        waiting(number)
    claimed, ready = [], threading.Barrier(4)

    def work():
        ready.wait()
        try:
            while True:
                _, rows = deliveries.claim(now=timezone.now(), most=3)
                if not rows:
                    break
                claimed.extend(row.pk for row in rows)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(claimed) == len(set(claimed)) == 40


@pytest.mark.parametrize("count", [1, 20])
def test_a_mail_about_something_open_costs_one_statement(django_assert_num_queries, count):
    for number in range(count):
        waiting(number)
    lease, rows = deliveries.claim(now=timezone.now())
    deliveries._deliver_batch(lease, [])

    # What is open to all and its incidents are asked once; the rest is the mark of each mail.
    with django_assert_num_queries(2 + count):
        assert deliveries._deliver_batch(lease, rows) == {"sent": count}


def test_in_one_batch_only_the_restricted_one_keeps_its_words_back():
    owner = make_user()
    incident = make_incident(visibility="restricted", participants=(owner,))
    for title, restricted in (("Open to all", False), ("Known to few", True)):
        action = make_action(owner=owner, title=title)
        if restricted:
            action.incidents.add(incident)
        notify(owner, kind="action_assigned", about=action, occasion=title)

    deliveries.deliver_waiting()

    subjects = [message.subject for message in mail.outbox]
    assert len(subjects) == 2
    assert subjects[0].endswith("Open to all")
    assert subjects[1].endswith(action.reference)
