"""What waits for somebody on their home page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from actions import waiting, workflow
from tests.make import make_action, make_incident, make_team, make_user

pytestmark = pytest.mark.django_db


def rows(user):
    return [(row.title, row.button) for row in waiting.waiting_for(user, now=timezone.now())]


def test_ones_own_due_actions_and_those_to_check_wait():
    user, other = make_user(), make_user()
    today = timezone.localdate()
    make_action(owner=user, title="Past", due_on=today - timedelta(days=3))
    make_action(owner=user, title="Soon", due_on=today + timedelta(days=5))
    make_action(owner=user, title="Far away", due_on=today + timedelta(days=20))
    make_action(owner=other, title="Somebody else's", due_on=today)
    done = make_action(owner=other, title="Show the role", team=make_team(manager=user))
    workflow.finish(done, by=other, proof="Tried")

    assert rows(user) == [
        ("Past", "Re-plan"),
        ("Soon", "Open"),
        ("Did it work? Show the role", "Check"),
    ]


def test_what_one_did_oneself_does_not_wait_to_be_checked():
    manager = make_user()
    action = make_action(owner=manager, team=make_team(manager=manager))
    workflow.finish(action, by=manager, proof="Tried")

    assert rows(manager) == []


def test_who_helps_is_not_asked_for_a_new_date():
    helper = make_user()
    action = make_action(title="Past", due_on=timezone.localdate() - timedelta(days=3))
    action.helpers.add(helper)

    assert rows(helper) == [("Past", "Open")]


def test_hidden_actions_do_not_wait():
    user = make_user()
    action = make_action(owner=user, due_on=timezone.localdate())
    action.incidents.add(make_incident(visibility="restricted"))

    assert rows(user) == []


@pytest.mark.parametrize("count", [1, 29])
def test_it_costs_the_same_for_any_number(django_assert_num_queries, count):
    user = make_user()
    for _ in range(count):
        action = make_action(owner=user, due_on=timezone.localdate())
        action.incidents.add(make_incident())

    with django_assert_num_queries(6):
        assert len(waiting.waiting_for(user, now=timezone.now())) == min(count, 25)
