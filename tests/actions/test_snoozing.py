"""Reminders can be silent for a while, with a reason; then the ladder goes on."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from actions import reminders, snoozing, workflow
from actions.forms.settings import ReminderRuleForm
from actions.models import Action, ReminderRule, Snooze
from people.models import Delivery, Notification
from tests.make import make_action, make_review, make_team, make_user

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)  # a Wednesday
TODAY = NOON.date()
LONG_AGO = NOON - timedelta(days=300)


def days_with_a_reminder(action, *, until):
    """The days after NOON on which a sweep writes down something new about it."""
    found = []
    for days in range(until):
        before = Notification.objects.about(action).count()
        reminders.sweep(now=NOON + timedelta(days=days))
        if Notification.objects.about(action).count() > before:
            found.append(days)
    return found


def test_the_ladder_goes_on_after_a_break():
    action = make_action(due_on=TODAY, created_at=LONG_AGO)
    snoozing.snooze(action, by=action.owner, until=TODAY + timedelta(days=9), reason="Away")

    # Nothing on the day and after a week; once when the break is over; and then every week again.
    assert days_with_a_reminder(action, until=22) == [9, 14, 21]


def test_a_break_after_a_reminder_brings_it_back_once():
    action = make_action(due_on=TODAY, created_at=LONG_AGO)
    reminders.sweep(now=NOON)
    snoozing.snooze(action, by=action.owner, until=TODAY + timedelta(days=1), reason="Away")

    assert days_with_a_reminder(action, until=8) == [1, 7]


def test_what_waits_to_be_sent_is_taken_back():
    action = make_action(due_on=timezone.localdate())
    reminders.sweep(now=timezone.now())
    assert Delivery.objects.untried().count() == 1

    snoozing.snooze(action, by=action.owner, until=date(2040, 1, 2), reason="Away")

    assert Delivery.objects.get().state == "dropped"


@pytest.mark.parametrize(
    ("lease_ends", "state"), [(None, "dropped"), (-1, "dropped"), (1, "waiting")]
)
def test_what_was_tried_is_taken_back_unless_a_worker_holds_it(lease_ends, state):
    action = make_action(due_on=timezone.localdate())
    reminders.sweep(now=timezone.now())
    Delivery.objects.update(
        attempts=1,
        leased_until=lease_ends and timezone.now() + timedelta(minutes=lease_ends),
    )

    snoozing.snooze(action, by=action.owner, until=date(2040, 1, 2), reason="Away")

    assert Delivery.objects.get().state == state


def test_a_new_owner_hears_of_it():
    action = make_action(due_on=TODAY, created_at=LONG_AGO)
    snoozing.snooze(action, by=action.owner, until=TODAY + timedelta(days=9), reason="Away")
    new = make_user()
    Action.objects.filter(pk=action.pk).update(owner=new)

    reminders.sweep(now=NOON)

    assert Notification.objects.get(kind="action_reminder").recipient == new


def test_what_is_settled_needs_no_break():
    action = make_action(state=Action.State.VERIFIED)

    with pytest.raises(workflow.NotReady, match="no longer open"):
        snoozing.snooze(action, by=action.owner, until=TODAY, reason="Away")


def test_a_break_has_a_reason():
    action = make_action()
    with pytest.raises(IntegrityError), transaction.atomic():
        Snooze.objects.create(action=action, owner=action.owner, until=TODAY, reason="")


@pytest.mark.parametrize("sent", ["offered", "until"])
def test_one_click_or_a_day_of_ones_own(client, sent):
    action = make_action()
    client.force_login(action.owner)
    page = client.get(f"/actions/{action.reference}/snooze/").content.decode()
    assert page.count('name="offered"') == 2
    tomorrow = timezone.localdate() + timedelta(days=1)

    response = client.post(
        f"/actions/{action.reference}/snooze/",
        {sent: tomorrow.isoformat(), "reason": "It waits for somebody else"},
    )

    assert response.url == action.get_absolute_url()
    assert Snooze.objects.get().until == tomorrow
    page = client.get(response.url).content.decode()
    assert "Silent for now: It waits for somebody else" in page


@pytest.mark.parametrize("days", [0, 61, None])
def test_a_break_is_neither_over_already_nor_for_ever(client, days):
    action = make_action()
    client.force_login(action.owner)
    until = "" if days is None else (timezone.localdate() + timedelta(days=days)).isoformat()

    response = client.post(
        f"/actions/{action.reference}/snooze/", {"until": until, "reason": "I am away"}
    )

    assert response.status_code == 422
    assert not Snooze.objects.exists()


def test_the_list_of_a_team_waits_as_long_as_was_agreed():
    team = make_team(manager=make_user())
    make_action(team=team, due_on=TODAY - timedelta(days=9), created_at=LONG_AGO)
    ReminderRule.objects.create(pk=1, list_after_days=10)

    assert reminders.sweep(now=NOON).teams == 0
    assert reminders.sweep(now=NOON + timedelta(days=1)).teams == 1


def test_only_its_owner_and_those_who_guide_it_set_a_break(client):
    guide = make_user()
    action = make_action(review=make_review(facilitator=guide))
    until = (timezone.localdate() + timedelta(days=3)).isoformat()
    answers = {}
    for name, user in {"stranger": make_user(), "guide": guide, "owner": action.owner}.items():
        client.force_login(user)
        answers[name] = client.post(
            f"/actions/{action.reference}/snooze/", {"until": until, "reason": "I am away"}
        ).status_code

    assert answers == {"stranger": 403, "guide": 302, "owner": 302}


def test_only_administrators_set_when_a_team_gets_its_list(client):
    client.force_login(make_user())
    assert client.post("/actions/reminding/", {"list_after_days": 3}).status_code == 403
    assert not ReminderRule.objects.exists()

    client.force_login(make_user(is_admin=True))
    mark = ReminderRuleForm(instance=reminders.rule()).initial["mark"]
    wrong, right = ({"list_after_days": days, "mark": mark} for days in (100, 3))
    assert client.post("/actions/reminding/", wrong).status_code == 422
    assert client.post("/actions/reminding/", right).status_code == 302
    assert ReminderRule.objects.get().list_after_days == 3


def test_the_page_tells_the_break_and_what_comes_after_it():
    action = make_action(due_on=TODAY, created_at=LONG_AGO)
    snoozing.snooze(action, by=action.owner, until=TODAY + timedelta(days=9), reason="Away")
    action = Action.objects.get()

    assert [(step.what, step.when) for step in reminders.steps(action, now=NOON)] == [
        ("After the break", "27 Nov"),
        ("Then every week", "2 Dec"),
        ("Silent for now: Away", "until 27 Nov"),
    ]

    then = NOON + timedelta(days=9)
    reminders.sweep(now=then)
    Notification.objects.update(created_at=then)
    assert [(step.what, step.when) for step in reminders.steps(action, now=then)] == [
        ("After the break", "told 27 Nov"),
        ("Then every week", "2 Dec"),
    ]


def test_a_break_can_be_ended(client):
    action = make_action(due_on=timezone.localdate(), created_at=LONG_AGO)
    client.force_login(action.owner)
    until = timezone.localdate() + timedelta(days=3)
    said = client.post(
        f"{action.get_absolute_url()}snooze/",
        {"reason": "I am away", "until": until.isoformat()},
        follow=True,
    ).content.decode()
    assert f"Until {until:%A} {until.day} {until:%B} nothing reminds of it." in said
    assert "Remind again" in said

    client.post(f"{action.get_absolute_url()}snooze/end/")

    assert not Snooze.objects.exists()
    reminders.sweep(now=timezone.now())
    assert action.owner.notifications.filter(kind="action_reminder").count() == 1
