"""A mail that came back is seen in the delivery log."""

import io
import sys

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from people import deliveries
from people.mailing import Mailing
from people.models import Delivery
from people.notifications import notify
from people.sending import PutOff
from tests.make import make_action, make_user

pytestmark = pytest.mark.django_db

REPORT = """\
From: Mail Delivery Subsystem <mailer-daemon@example.net>
To: stories@example.org
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I am sorry to have to tell you.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; olga@example.net
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 No such mailbox here

--b
Content-Type: {copy}

From: Stories <stories@example.org>
Message-ID: <{key}@stories.example.org>
References: <00000000-0000-4000-8000-000000000000@stories.example.org>
Subject: A new action

Words.

--b--
"""


@pytest.fixture
def delivery():
    owner = make_user()
    told = notify(owner, kind="action_assigned", about=make_action(owner=owner), occasion="new")
    Delivery.objects.update(state="sent", sent_at=timezone.now())
    return told.deliveries.get()


def read(monkeypatch, key, *, action="failed", copy="message/rfc822", text=REPORT):
    content = text.format(key=key, action=action, copy=copy).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    said = io.StringIO()
    call_command("read_bounce", stdout=said)
    return said.getvalue()


@pytest.mark.parametrize("copy", ["message/rfc822", "text/rfc822-headers"])
def test_what_came_back_is_noted_with_the_reason(delivery, monkeypatch, copy):
    assert str(delivery.message_key) in read(monkeypatch, delivery.message_key, copy=copy)

    delivery.refresh_from_db()
    assert delivery.state == "bounced"
    assert delivery.last_error == "550 5.1.1 No such mailbox here"
    assert delivery.sent_at is not None


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed"])
def test_news_that_nothing_came_back_changes_nothing(delivery, monkeypatch, action):
    with pytest.raises(CommandError, match=f"It says “{action}”"):
        read(monkeypatch, delivery.message_key, action=action)

    delivery.refresh_from_db()
    assert delivery.state == "sent"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (REPORT.replace("{key}", "11111111-1111-4111-8111-111111111111"), "not known here"),
        (REPORT.replace("{key}@", "somebody@").replace("00000000-", "0-"), "no mail of ours"),
        ("From: olga@example.net\n\nI am away until Monday.\n", "no report"),
        ("", "no report"),
    ],
)
def test_what_is_no_bounce_of_ours_changes_nothing(delivery, monkeypatch, text, why):
    with pytest.raises(CommandError, match=why):
        read(monkeypatch, delivery.message_key, text=text)

    delivery.refresh_from_db()
    assert delivery.state == "sent"


def told_together(monkeypatch):
    """Three things for one person in one mail, which the server refuses once."""
    owner = make_user()
    for number in range(3):
        action = make_action(owner=owner)
        notify(owner, kind="action_assigned", about=action, occasion=f"{number}")
    Delivery.objects.update(shares_mail=True)
    send, ids = Mailing.send, []

    def unwilling(self, content):
        ids.append(content.extra_headers["Message-ID"])
        if len(ids) == 1:
            raise PutOff("busy")
        send(self, content)

    monkeypatch.setattr(Mailing, "send", unwilling)
    assert dict(deliveries.deliver_waiting()) == {"put off": 1}
    return Delivery.objects.order_by("pk"), ids


@pytest.mark.parametrize("left", [2, 1])
def test_a_shared_mail_keeps_its_id_when_one_thing_is_over(monkeypatch, left):
    rows, ids = told_together(monkeypatch)
    for row in rows[: 3 - left]:
        Delivery.objects.filter(pk=row.pk).update(state="dropped")
    Delivery.objects.update(due_at=timezone.now())

    assert dict(deliveries.deliver_waiting()) == {"sent": 1}

    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_a_shared_mail_that_came_back_is_noted_for_all_it_told(delivery, monkeypatch):
    rows, ids = told_together(monkeypatch)
    Delivery.objects.update(due_at=timezone.now())
    deliveries.deliver_waiting()

    read(monkeypatch, ids[-1].strip("<>").partition("@")[0])

    shared = rows.exclude(pk=delivery.pk)
    assert [row.state for row in shared] == ["bounced"] * 3
    delivery.refresh_from_db()
    assert delivery.state == "sent"


def test_a_mail_that_is_on_its_way_again_stays_so(delivery, monkeypatch):
    Delivery.objects.update(state="waiting", sent_at=None)

    read(monkeypatch, delivery.message_key)

    delivery.refresh_from_db()
    assert delivery.state == "waiting"
