"""The whole way with a real broker, worker and mail server, and with each of them missing."""

import io
import os
import subprocess
import sys
import time
from collections import Counter

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from actions import reminders
from people.models import Delivery
from people.notifications import Telling, tell, wake_after_commit
from tests.conftest import product_environment, with_database_name
from tests.make import make_action, make_user
from tests.servers import ROOT, free_port, wait_until

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]


def tell_of_actions(count):
    action = make_action()
    owner = action.owner
    return tell(
        Telling(owner, "action_assigned", action, f"many-{number}") for number in range(count)
    )


def states():
    return Counter(Delivery.objects.values_list("state", flat=True))


def ids(smtp_sink):
    return Counter(mail.message["Message-ID"] for mail in list(smtp_sink.messages))


def test_a_reminder_is_delivered_exactly_once(celery_worker_process, smtp_sink):
    owner = make_user()
    make_action(owner=owner, due_on=timezone.localdate(), title="Show the host role")

    for _ in range(3):
        reminders.sweep(now=timezone.now())
    with transaction.atomic():
        Delivery.objects.update(due_at=timezone.now())  # whatever the hour is
        wake_after_commit()

    [mail] = smtp_sink.wait_for(1, to=owner.email)
    wait_until(lambda: states() == {"sent": 1}, what="the mark that it was sent")
    assert mail.subject == "Due today: Show the host role"
    assert "It is done" in mail.text
    assert "It is done" in mail.html
    assert len(smtp_sink.to(owner.email)) == 1


def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(celery_worker_process, smtp_sink):
    told = tell_of_actions(200)
    smtp_sink.wait_for(20)

    celery_worker_process.kill()

    unfinished = Delivery.objects.filter(state="waiting").count()
    assert 0 < unfinished < 200
    # The lease of the lost worker runs out.
    Delivery.objects.filter(leased_until__isnull=False).update(leased_until=timezone.now())
    celery_worker_process.start()
    wake_after_commit()

    wait_until(lambda: states() == {"sent": 200}, within=40, what="the rest of the mails")
    expected = {
        f"<{key}@127.0.0.1>"
        for key in Delivery.objects.filter(notification__in=told).values_list(
            "message_key", flat=True
        )
    }
    received = ids(smtp_sink)
    assert set(received) == expected
    # Handed over in the instant of the crash: again, under the Message-ID its reader knows.
    assert sum(received.values()) - len(expected) <= 2


def test_two_runs_at_once_send_everything_once(celery_worker_process, smtp_sink):
    Delivery.objects.all().delete()
    with transaction.atomic():
        tell_of_actions(120)
    runs = [
        subprocess.Popen(
            [sys.executable, "manage.py", "remind", "--deliver"],
            cwd=ROOT,
            env=celery_worker_process.environment,
            stdout=subprocess.DEVNULL,
        )
        for _ in range(2)
    ]
    assert [run.wait(60) for run in runs] == [0, 0]

    wait_until(lambda: states() == {"sent": 120}, within=30)
    assert set(ids(smtp_sink).values()) == {1}
    assert len(smtp_sink.messages) == 120


def test_a_mail_server_that_was_away_gets_everything_later(smtp_sink, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_sink.port
    smtp_sink.answer = "451 Try later"
    tell_of_actions(3)
    call_command("remind", "--deliver", stdout=io.StringIO())
    wait_until(lambda: Delivery.objects.filter(attempts=1, lease=None).count() == 3)
    assert states() == {"waiting": 3}
    assert smtp_sink.messages == []

    smtp_sink.answer = "250 Kept"
    Delivery.objects.update(due_at=timezone.now())
    call_command("remind", "--deliver", stdout=io.StringIO())

    # A worker of another test may be sending some of them.
    wait_until(lambda: states() == {"sent": 3}, what="all three mails")
    assert len(smtp_sink.messages) == 3


def test_without_a_broker_saving_works_and_is_quick():
    environment = product_environment(
        DATABASE_URL=with_database_name(
            os.environ["DATABASE_URL"], str(connection.settings_dict["NAME"])
        ),
        REDIS_URL=f"redis://127.0.0.1:{free_port()}/0",
    )
    code = """
from people.notifications import notify
from tests.make import make_action, make_user
notify(make_user(), kind="action_assigned", about=make_action(), occasion="no broker")
"""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports"],
        cwd=ROOT, env=environment, input=code, capture_output=True, text=True,
    )  # fmt: skip
    took = time.monotonic() - began

    assert done.returncode == 0, done.stderr
    assert "No worker was woken" in done.stderr
    assert Delivery.objects.filter(notification__occasion="no broker").count() == 1
    assert took < 10
