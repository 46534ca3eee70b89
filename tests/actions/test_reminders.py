"""Reminders are found once each, until somebody has checked or decided."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.contrib.contenttypes.models import ContentType

from actions import reminders, workflow
from actions.models import Action
from people.models import Delivery, Notification, Team
from tests.make import make_action, make_incident, make_review, make_team, make_user

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)  # a Wednesday
TODAY = NOON.date()
LONG_AGO = NOON - timedelta(days=300)


def occasions():
    return sorted(Notification.objects.values_list("occasion", flat=True))


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (8, None),
        (7, "before"),
        (1, "before"),
        (0, "day"),
        (-1, "day"),
        (-6, "day"),
        (-7, "after-1"),
        (-13, "after-1"),
        (-14, "after-2"),
        (-300, "after-42"),
    ],
)
def test_which_reminder_a_date_calls_for(days, expected):
    due_on = TODAY + timedelta(days=days)

    assert reminders.stage(due_on, set_on=date(2026, 1, 1), today=TODAY) == expected


def test_a_date_set_within_the_week_needs_no_reminder_before():
    due_on = TODAY + timedelta(days=7)

    assert reminders.stage(due_on, set_on=TODAY, today=TODAY) is None
    assert reminders.stage(due_on, set_on=TODAY - timedelta(days=1), today=TODAY) == "before"


def test_each_stage_is_told_once_however_often_the_sweep_runs():
    action = make_action(due_on=TODAY, created_at=LONG_AGO)
    for days in range(-9, 16):
        for _ in range(2):
            reminders.sweep(now=NOON + timedelta(days=days))

    prefix = f"action-{action.pk}-{TODAY}-"
    assert occasions() == [prefix + stage for stage in ("after-1", "after-2", "before", "day")]


def test_a_second_sweep_adds_nothing():
    make_action(due_on=TODAY, created_at=LONG_AGO)

    assert reminders.sweep(now=NOON).total == 1
    assert reminders.sweep(now=NOON).total == 0


def test_a_moved_date_is_reminded_of_anew():
    action = make_action(due_on=TODAY, created_at=LONG_AGO)
    reminders.sweep(now=NOON)
    later = TODAY + timedelta(days=30)
    workflow.redate(action, by=action.owner, due_on=later, reason="Parts come late")

    for days in (1, 23, 30):
        reminders.sweep(now=NOON + timedelta(days=days))

    assert [name for name in occasions() if str(later) in name] == [
        f"action-{action.pk}-{later}-before",
        f"action-{action.pk}-{later}-day",
    ]


@pytest.mark.parametrize(
    "state", [Action.State.VERIFIED, Action.State.DECLINED, Action.State.PARKED, Action.State.HELD]
)
def test_what_is_settled_is_left_alone(state):
    make_action(state=state, due_on=TODAY - timedelta(days=30), created_at=LONG_AGO,
                team=make_team(manager=make_user()))  # fmt: skip

    assert reminders.sweep(now=NOON).total == 0


def test_reminders_go_on_after_the_incident_is_closed_and_the_review_archived():
    incident = make_incident(
        state="closed", close_reason="learned", started_at=LONG_AGO, resolved_at=LONG_AGO
    )
    review = make_review(incident=incident, state="archived", published_at=LONG_AGO)
    make_action(review=review, due_on=TODAY - timedelta(days=30), created_at=LONG_AGO)

    assert reminders.sweep(now=NOON).owners == 1


def test_the_day_is_the_owners_own():
    east = make_user(time_zone="Pacific/Auckland")
    west = make_user(time_zone="America/Los_Angeles")
    for owner in (east, west):
        make_action(owner=owner, due_on=TODAY + timedelta(days=1), created_at=LONG_AGO)

    reminders.sweep(now=NOON)  # already Thursday in Auckland

    assert Notification.objects.get(recipient=east).occasion.endswith("-day")
    assert Notification.objects.get(recipient=west).occasion.endswith("-before")


def test_reminders_wait_for_the_owners_working_hours():
    owner = make_user(time_zone="America/New_York", quiet_from=time(19), quiet_until=time(8))
    make_action(owner=owner, due_on=TODAY, created_at=LONG_AGO)

    reminders.sweep(now=datetime(2026, 11, 18, 6, tzinfo=UTC))  # one in the night there

    assert Delivery.objects.get().due_at == datetime(2026, 11, 18, 13, tzinfo=UTC)


def test_after_a_week_the_team_gets_a_list_once_a_week():
    manager, owner = make_user(), make_user()
    team = make_team(manager=manager, members=(owner,))
    late = make_action(
        team=team, owner=owner, due_on=TODAY - timedelta(days=7), created_at=LONG_AGO
    )
    make_action(team=team, owner=owner, due_on=TODAY - timedelta(days=6), created_at=LONG_AGO)

    for days in range(9):
        reminders.sweep(now=NOON + timedelta(days=days))

    lists = Notification.objects.filter(kind="team_actions").order_by("pk")
    assert [row.recipient for row in lists] == [manager, manager]
    assert lists[0].object == team
    assert lists[0].data["also"] == {"actions.action": [late.pk]}


def test_what_is_done_and_unchecked_comes_back_weekly_to_who_guides():
    guide, owner = make_user(), make_user()
    action = make_action(review=make_review(facilitator=guide), owner=owner)
    action = workflow.finish(action, by=owner, proof="Tried")
    Notification.objects.all().delete()
    done_at = action.done_at

    for days in (1, 6, 7, 8, 13, 14, 15):
        reminders.sweep(now=done_at + timedelta(days=days, minutes=1))

    assert (
        list(Notification.objects.values_list("kind", "recipient_id"))
        == [("action_to_check", guide.pk)] * 2
    )
    workflow.verify(action, by=guide)
    assert reminders.sweep(now=done_at + timedelta(days=40)).total == 0


def test_people_who_left_are_not_reminded():
    make_action(owner=make_user(is_active=False), due_on=TODAY, created_at=LONG_AGO)

    assert reminders.sweep(now=NOON).total == 0


@pytest.mark.parametrize("count", [1, 60])
def test_a_sweep_costs_the_same_for_any_number(django_assert_num_queries, count):
    owner = make_user()
    team = make_team(manager=make_user())
    for _ in range(count):
        make_action(owner=owner, team=team, due_on=TODAY - timedelta(days=8), created_at=LONG_AGO)
    ContentType.objects.get_for_models(Action, Team)  # the process remembers them from here on

    with django_assert_num_queries(16):
        assert reminders.sweep(now=NOON).owners == count


def test_the_page_lists_what_was_sent_and_what_comes():
    action = make_action(due_on=TODAY + timedelta(days=7), created_at=LONG_AGO)
    reminders.sweep(now=NOON)
    Notification.objects.update(created_at=NOON)

    assert [(step.what, step.when) for step in reminders.steps(action, now=NOON)] == [
        ("A week before, to the owner", "told 18 Nov"),
        ("On the day", "25 Nov"),
        ("A week after: new date, or not at all?", "2 Dec"),
    ]


def told_steps(action, *, at):
    """What its page says after a sweep at that moment, written down then."""
    before = set(Notification.objects.values_list("pk", flat=True))
    reminders.sweep(now=at)
    Notification.objects.exclude(pk__in=before).update(created_at=at)
    return [(step.what, step.when) for step in reminders.steps(action, now=at)]


def test_what_was_told_late_is_not_said_to_have_come_on_the_day():
    action = make_action(due_on=TODAY - timedelta(days=3), created_at=LONG_AGO)

    assert told_steps(action, at=NOON) == [
        ("After its day had passed", "told 18 Nov"),
        ("A week after: new date, or not at all?", "22 Nov"),
    ]


def test_the_next_weekly_one_is_named():
    action = make_action(due_on=TODAY - timedelta(days=17), created_at=LONG_AGO)

    assert told_steps(action, at=NOON) == [
        ("Then every week", "told 18 Nov"),
        ("Then every week", "22 Nov"),
    ]


@pytest.mark.parametrize("set_ago", [0, 3])
def test_no_reminder_before_is_announced_for_a_date_set_within_the_week(set_ago):
    action = make_action(
        due_on=TODAY + timedelta(days=7 - set_ago), created_at=NOON - timedelta(days=set_ago)
    )

    assert reminders.steps(action, now=NOON)[0].what == "On the day"


@pytest.mark.parametrize(("past", "days"), [(-3, 3), (0, 7), (3, 4), (7, 7), (17, 4)])
def test_the_day_of_the_next_one_is_exact(past, days):
    following = reminders.next_after(TODAY - timedelta(days=past), today=TODAY)

    assert following == TODAY + timedelta(days=days)
