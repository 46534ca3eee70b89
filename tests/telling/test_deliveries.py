"""What waits is delivered once, by any number of workers, whatever breaks on the way."""

import smtplib
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import OperationalError, connection
from django.db.models import QuerySet
from django.utils import timezone

from actions.models import Action
from incidents.models import Involvement
from people import deliveries, mailing, mails
from people.mailing import Mailing
from people.models import DayOff, Delivery, User
from people.notifications import notify
from people.sending import Message
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

    monkeypatch.setattr(mailing, "get_connection", Backend)
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
    assert timedelta(0) < delivery.due_at - before < timedelta(minutes=1.1)
    assert delivery.first_failed_at >= before
    assert delivery.last_error == "451 Try again later"
    assert dict(deliveries.deliver_waiting(now=delivery.due_at)) == {"sent": 1}


def test_one_refused_mail_does_not_hold_up_the_others(broken):
    for number in range(3):
        waiting(number)
    broken.append(smtplib.SMTPRecipientsRefused({"x@example.org": (450, b"Mailbox is busy")}))

    assert dict(deliveries.deliver_waiting()) == {"put off": 1, "sent": 2}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            smtplib.SMTPRecipientsRefused({"x@example.org": (550, b"No such mailbox")}),
            "550 No such mailbox",
        ),
        (smtplib.SMTPDataError(552, b"Too large"), "552 Too large"),
        (ValueError("Invalid address"), "ValueError: Invalid address"),
    ],
)
def test_what_is_refused_for_good_is_given_up_at_once(broken, answer, reason):
    delivery = waiting()
    broken.append(answer)

    assert dict(deliveries.deliver_waiting()) == {"failed": 1}
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.last_error) == ("failed", 1, reason)


def test_a_sender_that_is_refused_is_mended_by_somebody(broken):
    """The server is set up wrongly: nothing is wrong with this mail."""
    waiting()
    broken.append(smtplib.SMTPSenderRefused(550, b"Not from here", "stories@example.org"))

    assert dict(deliveries.deliver_waiting()) == {"put off": 1}


def test_a_server_that_stalls_is_left_for_this_run(broken):
    for number in range(3):
        waiting(number)
    broken.append(TimeoutError("timed out"))

    assert dict(deliveries.deliver_waiting()) == {"unreachable": 1}
    assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [0, 0, 1]


def test_waits_are_drawn_from_twice_as_long_each_time_up_to_an_hour(monkeypatch):
    monkeypatch.setattr(deliveries.random, "random", lambda: 1.0)

    minutes = [deliveries.wait_after(n) / timedelta(minutes=1) for n in (1, 2, 3, 6, 7, 8, 2500)]

    assert minutes == [1, 2, 4, 32, 60, 60, 60]


def test_what_was_refused_together_does_not_come_back_together():
    waits = sorted(deliveries.wait_after(7) / timedelta(minutes=1) for _ in range(400))

    assert waits[0] < 6
    assert 25 < waits[200] < 35
    assert 54 < waits[-1] <= 60


def test_after_a_day_of_trying_it_is_given_up(broken):
    delivery = waiting()
    first = timezone.now() - deliveries.TRIED_FOR
    Delivery.objects.update(attempts=40, first_failed_at=first + timedelta(minutes=1))
    broken += [smtplib.SMTPServerDisconnected("gone")] * 2

    assert dict(deliveries.deliver_waiting()) == {"put off": 1}
    Delivery.objects.update(due_at=timezone.now(), first_failed_at=first)
    assert dict(deliveries.deliver_waiting()) == {"failed": 1}
    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_error) == (
        "failed",
        "SMTPServerDisconnected: gone",
    )


def test_without_a_mail_server_only_one_attempt_is_spent(monkeypatch):
    class Unreachable(EmailBackend):
        def open(self):
            raise ConnectionRefusedError("no server there")

    monkeypatch.setattr(mailing, "get_connection", Unreachable)
    for number in range(4):
        waiting(number)

    counts = deliveries.deliver_waiting()

    assert dict(counts) == {"unreachable": 1}
    assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [0, 0, 0, 1]
    assert Delivery.objects.filter(lease=None).count() == 4


def asleep(user) -> datetime:
    """It is night where they are, and will be for two hours: until when."""
    now = timezone.now()
    morning = (now + timedelta(hours=2)).replace(second=0, microsecond=0)
    User.objects.filter(pk=user.pk).update(
        quiet_from=(now - timedelta(hours=1)).time(), quiet_until=morning.time()
    )
    return morning


def test_what_was_due_in_the_evening_is_told_in_the_morning():
    """No worker was there to send it, or no mail server to take it."""
    late = waiting()
    morning = asleep(late.notification.recipient)

    assert dict(deliveries.deliver_waiting()) == {}

    late.refresh_from_db()
    assert mail.outbox == []
    assert (late.due_at, late.attempts, late.lease, late.shares_mail) == (morning, 0, None, True)


def test_a_mail_that_was_tried_waits_for_the_morning_under_its_name(broken):
    late = waiting()
    broken.append(smtplib.SMTPServerDisconnected("gone"))
    deliveries.deliver_waiting()
    morning = asleep(late.notification.recipient)
    Delivery.objects.update(due_at=timezone.now())
    tried = Delivery.objects.get()

    assert dict(deliveries.deliver_waiting()) == {}

    late.refresh_from_db()
    assert (late.due_at, late.attempts, late.shares_mail) == (morning, 1, False)
    # The night does not count among the hours in which it is tried.
    slept = late.first_failed_at - tried.first_failed_at
    assert timedelta(hours=1, minutes=58) < slept < timedelta(hours=2)


def test_what_was_given_up_and_is_tried_again_waits_under_its_name():
    late = waiting()
    asleep(late.notification.recipient)
    Delivery.objects.update(last_error="550 no such mailbox")

    assert dict(deliveries.deliver_waiting()) == {}

    late.refresh_from_db()
    assert not late.shares_mail


def test_the_hour_that_autumn_repeats_holds_up_nobody():
    waiting()
    User.objects.update(time_zone="Europe/Stockholm", working_days="1234567")
    late = Delivery.objects.select_related("notification__recipient").get()
    told_at = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    assert mailing._told_now([late], now=told_at) == [late]


def test_a_night_holds_up_nobody_who_is_awake():
    asleep(waiting(1).notification.recipient)
    waiting(2)

    assert dict(deliveries.deliver_waiting()) == {"sent": 1}


def test_a_day_off_is_a_night():
    late = waiting()
    person = late.notification.recipient
    DayOff.objects.create(user=person, on=timezone.localdate(timezone=person.zone), name="Away")

    assert dict(deliveries.deliver_waiting()) == {}


def test_what_is_told_at_any_hour_does_not_wait_for_the_morning():
    incident = make_incident()
    person = make_user()
    notify(person, kind="incident_update", about=incident, occasion="update-1")
    asleep(person)

    assert dict(deliveries.deliver_waiting()) == {"sent": 1}


def test_words_that_cannot_be_made_are_put_off_and_said(monkeypatch):
    waiting()
    Delivery.objects.get().notification.__class__.objects.update(kind="no_such_kind")
    waiting(2)

    assert dict(deliveries.deliver_waiting()) == {"put off": 1, "sent": 1}
    assert "TemplateDoesNotExist" in Delivery.objects.get(state="waiting").last_error


def test_whatever_goes_wrong_while_sending_is_put_off_and_said(monkeypatch, caplog):
    for number in range(2):
        waiting(number)
    send = Mailing.send

    def odd(self, content):
        monkeypatch.setattr(Mailing, "send", send)
        raise OverflowError("too far away")

    monkeypatch.setattr(Mailing, "send", odd)

    assert dict(deliveries.deliver_waiting()) == {"put off": 1, "sent": 1}
    left = Delivery.objects.get(state="waiting")
    assert (left.lease, left.last_error) == (None, "OverflowError: too far away")
    assert "could not be sent" in caplog.text


@pytest.mark.parametrize("step", ["_said", "send"])
def test_a_task_that_is_out_of_time_ends(monkeypatch, step):
    for number in range(2):
        waiting(number)

    def stop(*args):
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(*((mails, step) if step == "_said" else (Mailing, step)), stop)
    with pytest.raises(SoftTimeLimitExceeded):
        deliveries.deliver_waiting()

    assert Delivery.objects.filter(state="waiting", last_error="").count() == 2


def test_what_is_restricted_while_a_batch_is_sent_is_not_told(monkeypatch):
    for number in range(2):
        waiting(number)
    incident = make_incident(visibility="restricted")
    Involvement.objects.filter(incident=incident).delete()
    send = Mailing.send

    def slow(self, content):
        send(self, content)
        for action in Action.objects.all():
            action.incidents.add(incident)

    monkeypatch.setattr(mailing, "TRUE_FOR", 0)
    monkeypatch.setattr(Mailing, "send", slow)

    assert dict(deliveries.deliver_waiting()) == {"sent": 1, "dropped": 1}


def test_a_held_row_is_left_alone_until_its_lease_runs_out():
    waiting()
    now = timezone.now()
    lease, rows = deliveries.claim(Mailing, now=now)

    assert [row.lease for row in rows] == [lease]
    assert deliveries.claim(Mailing, now=now + deliveries.LEASE - timedelta(seconds=1))[1] == []
    assert len(deliveries.claim(Mailing, now=now + deliveries.LEASE + timedelta(seconds=1))[1]) == 1


def test_an_outcome_is_written_only_by_the_holder():
    waiting()
    now = timezone.now()
    old_lease, [row] = deliveries.claim(Mailing, now=now)
    deliveries.claim(Mailing, now=now + deliveries.LEASE * 2)

    deliveries._settle(old_lease, Message([row], lambda: None), state="sent", sent_at=now)

    assert Delivery.objects.get().state == "waiting"


def test_a_run_that_is_stopped_holds_nothing_back(monkeypatch):
    for number in range(4):
        waiting(number)
    sent = []

    def send(self, content):
        if sent:
            raise SystemExit("told to stop")
        sent.append(content)

    monkeypatch.setattr(Mailing, "send", send)
    with pytest.raises(SystemExit):
        deliveries.deliver_waiting()

    # The one in hand may have been taken: it is tried again when its lease has run out.
    assert Counter(Delivery.objects.values_list("state", "attempts")) == {
        ("sent", 1): 1,
        ("waiting", 1): 1,
        ("waiting", 0): 2,
    }
    assert Delivery.objects.filter(lease=None).count() == 3


def test_a_run_whose_time_is_up_gives_back_the_rest(monkeypatch):
    for number in range(3):
        waiting(number)
    monkeypatch.setattr(deliveries, "PATIENCE", 0.001)
    monkeypatch.setattr(Mailing, "send", lambda self, content: time.sleep(0.01))

    assert dict(deliveries.deliver_waiting()) == {"sent": 1}
    assert Delivery.objects.filter(state="waiting", lease=None, attempts=0).count() == 2


def test_one_more_is_called_once_when_there_is_plenty(monkeypatch):
    monkeypatch.setattr(deliveries, "BATCH", 2)
    monkeypatch.setattr(deliveries.claim, "__kwdefaults__", {"most": 2})
    for number in range(5):
        waiting(number)
    called = []

    deliveries.deliver_waiting(on_plenty=lambda: called.append("once"))

    assert called == ["once"]
    assert Delivery.objects.filter(state="sent").count() == 5


def test_a_run_whose_time_is_up_calls_for_the_next(monkeypatch):
    """A helper that came while it held the rest found nothing, and has gone."""
    for number in range(3):
        waiting(number)
    called = []
    monkeypatch.setattr(deliveries, "PATIENCE", 0.2)
    monkeypatch.setattr(Mailing, "send", lambda self, content: time.sleep(0.3))

    deliveries.deliver_waiting(on_plenty=lambda: called.append("next"))

    assert called == ["next"]
    assert Delivery.objects.filter(state="waiting", lease=None).count() == 2


def test_a_long_batch_asks_what_all_may_see_for_the_next_few_alone(monkeypatch):
    for number in range(5):
        waiting(number)
    asked, open_to_all = [], mails.open_to_all

    def noted(rows):
        asked.append(len(rows))
        return open_to_all(rows)

    monkeypatch.setattr(mailing, "ASKED_AHEAD", 2)
    monkeypatch.setattr(mails, "open_to_all", noted)

    assert dict(deliveries.deliver_waiting()) == {"sent": 5}
    assert asked == [2, 2, 1]


@pytest.mark.django_db(transaction=True)
def test_an_outcome_outlives_a_restart_of_the_database(monkeypatch):
    """The mail is out: that it is known nowhere but here is no reason to forget it."""
    delivery = waiting()
    update, away = QuerySet.update, []

    def unwilling(self, **changes):
        if "sent_at" in changes and len(away) < 2:
            away.append(changes)
            raise OperationalError("the database system is shutting down")
        return update(self, **changes)

    monkeypatch.setattr(QuerySet, "update", unwilling)
    assert dict(deliveries.deliver_waiting()) == {"sent": 1}

    assert len(away) == 2
    delivery.refresh_from_db()
    assert delivery.state == "sent"
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_workers_never_claim_the_same_row():
    for number in range(40):
        waiting(number)
    claimed, ready = [], threading.Barrier(4)

    def work():
        ready.wait()
        try:
            while True:
                _, rows = deliveries.claim(Mailing, now=timezone.now(), most=3)
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
    lease, rows = deliveries.claim(Mailing, now=timezone.now())
    until = time.monotonic() + 60

    # What is open to all and its incidents are asked once; the rest is the mark of each mail.
    with django_assert_num_queries(3 + count):
        assert deliveries._deliver_batch(Mailing(), lease, rows, until=until) == {"sent": count}


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
