"""`manage.py remind`: every sweep once, and what is due sent in the foreground."""

import io
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from common import outbound
from people.models import Delivery, Endpoint, Post
from tests.make import make_action, make_review, make_user

pytestmark = pytest.mark.django_db


def remind(*options):
    output = io.StringIO()
    call_command("remind", *options, stdout=output)
    return [line.split(maxsplit=1) for line in output.getvalue().splitlines()]


def test_it_says_what_it_wrote_down_and_sent():
    make_action(due_on=timezone.localdate())
    make_review(facilitator=make_user(), due_on=timezone.localdate())

    assert remind("--deliver", "--at-any-hour") == [
        ["1", "to owners of actions"],
        ["0", "to check what is done"],
        ["0", "to managers, as a list for the team"],
        ["1", "of reviews"],
        ["0", "of ideas that have rested"],
        ["0", "to look whether it held"],
        ["0", "of lessons to read again"],
        ["0", "reports on teams"],
        ["0", "of what people follow"],
        ["2", "reminders written down"],
        ["2", "sent"],
        ["0", "dropped"],
        ["0", "put off"],
        ["0", "failed"],
    ]
    assert len(mail.outbox) == 2


def test_a_second_time_adds_and_sends_nothing():
    make_action(due_on=timezone.localdate())
    remind("--deliver", "--at-any-hour")

    again = remind("--deliver", "--at-any-hour")

    assert ["0", "reminders written down"] in again
    assert ["0", "sent"] in again
    assert len(mail.outbox) == 1


def test_without_deliver_nothing_is_sent():
    make_action(due_on=timezone.localdate())

    assert remind()[-1] == ["1", "mails wait for their hour or another attempt"]
    assert mail.outbox == []


def test_rooms_of_a_chat_are_told_too(monkeypatch):
    posted = []
    monkeypatch.setattr(
        outbound, "post", lambda address, **_: posted.append(address) or outbound.Answer(200, "ok")
    )
    Endpoint.objects.create(
        name="Room", kind="slack", address="https://chat.example.org/1", occasions=["review_due"]
    )
    make_review(due_on=timezone.localdate())

    assert ["1", "posts to channels wait for their hour or another attempt"] in remind()
    assert ["1", "sent"] in remind("--deliver")
    assert posted == ["https://chat.example.org/1"]
    assert Post.objects.get().state == "sent"


def test_a_silent_room_holds_up_nothing_and_is_said(monkeypatch, capsys):
    def silent(address, **_):
        raise outbound.NotReached

    monkeypatch.setattr(outbound, "post", silent)
    Endpoint.objects.create(
        name="Room", kind="slack", address="https://chat.example.org/1", occasions=["review_due"]
    )
    make_review(facilitator=make_user(), due_on=timezone.localdate())

    said = remind("--deliver", "--at-any-hour")

    assert ["1", "sent"] in said
    assert ["1", "put off"] in said
    assert "A channel cannot be reached" in capsys.readouterr().err


def test_trying_it_out_at_night_leaves_put_off_mail_alone():
    make_action(due_on=timezone.localdate())
    remind()
    later = timezone.now() + timedelta(minutes=8)
    Delivery.objects.update(attempts=3, due_at=later)

    remind("--at-any-hour")

    assert Delivery.objects.get().due_at == later
