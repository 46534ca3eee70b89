"""Tasks that kill their workers: what is counted, what is parked, who has it tried again."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from celery import current_app
from celery.app.trace import build_tracer
from django.core.cache import cache
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone

from config import tries
from config.models import TaskTry
from config.tasks import heartbeat
from tests.make import make_user

pytestmark = pytest.mark.django_db

PAPER = "common.tasks.make_paper"


def begin(message="m1", task=PAPER, arguments=(7,)):
    return tries.begin(message, task, arguments, now=timezone.now())


def park(message="m1", **work):
    for _ in range(tries.TRIES + 1):
        begin(message, **work)
    return TaskTry.objects.parked().latest("started_at")


def received(task, *arguments, message="m1"):
    """As a worker does with a message."""
    found = current_app.tasks[task]
    request = {"id": message, "is_eager": False, "called_directly": False, "delivery_info": {}}
    return build_tracer(task, found, app=current_app)(message, arguments, {}, request)


def test_the_fourth_start_is_parked_instead():
    assert [begin() for _ in range(4)] == [True, True, True, False]

    [row] = TaskTry.objects.all()
    assert (row.task, row.arguments, row.starts) == (PAPER, [7], 3)
    assert row.parked_at


def test_others_go_on():
    park()

    assert begin("m2", arguments=(8,)) is True


def test_a_task_leaves_nothing_when_it_ends():
    received("config.tasks.heartbeat", "celery")

    assert not TaskTry.objects.exists()


def test_a_task_that_raises_has_ended_too():
    def seen(*args, **options):
        assert TaskTry.objects.get().message == "m1"
        raise ValueError("no")

    with patch("config.readiness.heard_from", seen):
        received("config.tasks.heartbeat", "celery")

    assert not TaskTry.objects.exists()


def test_a_parked_task_is_not_run():
    for _ in range(tries.TRIES):
        begin(task="config.tasks.heartbeat", arguments=("celery",))

    with patch("config.readiness.heard_from") as heard:
        received("config.tasks.heartbeat", "celery")

    assert not heard.called
    assert TaskTry.objects.parked().count() == 1


def test_nothing_is_counted_while_the_database_writes_nothing():
    with (
        patch("config.readiness.heard_from") as heard,
        patch.object(tries, "begin", side_effect=OperationalError("read-only")),
    ):
        received("config.tasks.heartbeat", "celery")

    assert heard.called


def test_a_call_without_a_worker_is_not_counted():
    with patch.object(tries, "begin") as begun:
        heartbeat("celery")
        heartbeat.apply(args=["celery"])

    assert not begun.called


def test_the_same_work_is_one_row_however_often_the_clock_asks():
    park("m1")
    park("m2")
    park("m3", arguments=(8,))

    rows = TaskTry.objects.parked().order_by("arguments").values_list("arguments", "starts")
    assert sorted(map(tuple, rows)) == [([7], 6), ([8], 3)]


def test_a_start_that_never_came_again_is_forgotten_and_a_parked_one_is_not():
    park("m1")
    begin("m2")
    begin("m3", arguments=(9,))
    TaskTry.objects.exclude(message="m3").update(started_at=timezone.now() - timedelta(days=3))

    tries.forget(now=timezone.now())

    assert set(TaskTry.objects.values_list("message", flat=True)) == {"m1", "m3"}


# The page ---------------------------------------------------------------------------------------
def test_an_administrator_sees_what_is_parked_and_no_text(client):
    park(arguments=(7, "What Ada wrote"))
    begin("m2", task="common.tasks.throw_away_papers", arguments=())
    client.force_login(make_user(is_admin=True))

    page = client.get(reverse("system")).content.decode()

    assert PAPER in page and "Begun 3 times without an end" in page and "for the row 7" in page
    assert "What Ada wrote" not in page
    assert "throw_away_papers" not in page


def test_try_again_sends_it_anew_and_takes_the_row_away(client):
    row = park()
    client.force_login(make_user(is_admin=True))

    with patch.object(tries, "wake", return_value=True) as sent:
        answer = client.post(reverse("try_task_again", args=[row.pk]), follow=True)

    sent.assert_called_once_with(PAPER, 7)
    assert "It is tried again in a moment." in answer.content.decode()
    assert not TaskTry.objects.exists()


def test_it_stays_while_the_queue_does_not_answer(client):
    row = park()
    client.force_login(make_user(is_admin=True))

    with patch("common.waking.current_app.send_task", side_effect=OSError("gone")):
        answer = client.post(reverse("try_task_again", args=[row.pk]), follow=True)

    assert "the queue does not answer" in answer.content.decode()
    assert TaskTry.objects.parked().get() == row


def test_nobody_else_tries_it_again_and_a_running_one_is_not_there(client):
    row = park()
    begin("m2", arguments=(8,))
    client.force_login(make_user())
    refused = client.post(reverse("try_task_again", args=[row.pk]))
    client.force_login(make_user(is_admin=True))
    running = TaskTry.objects.get(message="m2")
    missing = client.post(reverse("try_task_again", args=[running.pk]))

    assert (refused.status_code, missing.status_code) == (403, 404)
    assert TaskTry.objects.count() == 2


def test_programs_that_watch_hear_of_it(client, settings):
    settings.METRICS_TOKEN = "a-token-of-32-characters-for-tests-only"
    cache.clear()
    park()
    begin("m2", arguments=(8,))

    answer = client.get("/metrics", headers={"Authorization": f"Bearer {settings.METRICS_TOKEN}"})

    assert "second_story_tasks_parked 1.0" in answer.content.decode().splitlines()
