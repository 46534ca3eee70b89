"""What is to be told is written with its cause, once per person and occasion."""

import threading

import pytest
from django.db import connection, transaction
from kombu.exceptions import OperationalError

from common import waking
from people.models import Delivery, Notification
from people.notifications import Telling, notify, tell
from tests.make import make_action, make_team, make_user

pytestmark = pytest.mark.django_db


def test_telling_writes_the_notification_and_its_mail():
    owner, action = make_user(), make_action()

    told = notify(owner, kind="action_assigned", about=action, occasion="a", data={"from": 1})

    assert told.object == action
    assert Delivery.objects.get(notification=told).state == Delivery.State.WAITING


def test_the_same_occasion_is_told_once_per_person():
    one, other, action = make_user(), make_user(), make_action()

    for person in (one, one, other):
        notify(person, kind="action_assigned", about=action, occasion="same")

    told = Notification.objects.filter(occasion="same")
    assert sorted(told.values_list("recipient_id", flat=True)) == [one.pk, other.pk]
    assert Delivery.objects.count() == 2
    assert notify(one, kind="action_assigned", about=action, occasion="same") is None


def test_people_who_left_are_not_told():
    gone = make_user(is_active=False)

    assert notify(gone, kind="action_assigned", about=make_action(), occasion="x") is None
    assert Notification.objects.count() == 0


def test_what_is_rolled_back_is_never_told():
    with pytest.raises(RuntimeError), transaction.atomic():
        notify(make_user(), kind="action_assigned", about=make_action(), occasion="x")
        raise RuntimeError("the cause did not happen")

    assert Notification.objects.count() == 0


def test_telling_twice_leaves_the_surrounding_transaction_usable():
    person, action = make_user(), make_action()
    with transaction.atomic():
        notify(person, kind="action_assigned", about=action, occasion="x")
        notify(person, kind="action_assigned", about=action, occasion="x")
        team = make_team()

    assert Notification.objects.count() == 1
    assert team.pk


@pytest.mark.parametrize("people", [1, 40])
def test_telling_many_takes_six_statements(django_assert_num_queries, people):
    action = make_action()
    notify(make_user(), kind="action_assigned", about=action, occasion="warm up")
    tellings = [
        Telling(make_user(), "action_assigned", action, f"many-{number}")
        for number in range(people)
    ]
    # Savepoint, known, add, read, choices, days off, deliveries, release.
    with django_assert_num_queries(8):
        assert len(tell(tellings)) == people
    assert tell(tellings) == []


def test_a_worker_is_woken_once_for_one_transaction(
    django_capture_on_commit_callbacks, monkeypatch
):
    woken = []
    monkeypatch.setattr(waking.current_app, "send_task", lambda name, *_, **__: woken.append(name))
    person, action = make_user(), make_action()
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(5):
            notify(person, kind="action_assigned", about=action, occasion=f"{number}")

    assert woken == ["people.tasks.deliver_waiting"]


def test_a_missing_broker_stops_nobody(django_capture_on_commit_callbacks, monkeypatch, caplog):
    def refuse(*args, **kwargs):
        raise OperationalError("connection refused")

    monkeypatch.setattr(waking.current_app, "send_task", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        notify(make_user(), kind="action_assigned", about=make_action(), occasion="x")

    assert Delivery.objects.count() == 1
    assert "No worker was woken" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_many_at_once_tell_it_once():
    person, action = make_user(), make_action()
    told, ready = [], threading.Barrier(4)

    def tell_it():
        ready.wait()
        try:
            with transaction.atomic():
                told.append(notify(person, kind="action_assigned", about=action, occasion="race"))
        finally:
            connection.close()

    threads = [threading.Thread(target=tell_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(one is not None for one in told) == 1
    assert (Notification.objects.count(), Delivery.objects.count()) == (1, 1)
