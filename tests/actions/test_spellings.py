"""Questions about actions that are spelled twice, because the database answers one or the other
sooner: both have the same answer."""

from datetime import timedelta

import pytest
from django.utils import timezone

from actions.listing import page as pages
from actions.listing.filters import VIEWS, in_view, parts_of_view
from actions.models import Action
from common.counts import capped_count
from common.keys import naming_rules
from incidents.models import Involvement
from people.models import Membership, User
from tests.make import make_action, make_incident, make_review, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def tied():
    """An action by what it is tied to, and the incident that is restricted."""
    hidden = make_incident(visibility="restricted")
    led, covering = make_review(incident=hidden), make_review()
    covering.also_covers.add(hidden)
    actions = {
        "nothing": make_action(),
        "an open review": make_action(review=make_review()),
        "the incident": make_action(),
        "its review": make_action(),
        "a review that covers it": make_action(),
        "both": make_action(review=make_review()),
    }
    actions["the incident"].incidents.add(hidden)
    actions["its review"].reviews.add(led)
    actions["a review that covers it"].reviews.add(covering)
    actions["both"].incidents.add(make_incident(), hidden)
    return actions, hidden


@pytest.mark.parametrize("is_manager", [True, False, None])
def test_each_row_is_seen_by_whom_the_rule_for_all_of_them_lets_see_it(tied, is_manager):
    actions, hidden = tied
    user, seen = make_user(), {actions["nothing"], actions["an open review"]}
    if is_manager is not None:
        Membership.objects.create(team=hidden.team, user=user, is_manager=is_manager)
    if is_manager:
        seen = set(actions.values())

    hidden_ones = Action.objects.filter(pk__in=Action.objects.hidden_from(user))
    assert set(hidden_ones) == {*actions.values()} - seen
    assert set(Action.objects.filter(Action.objects.hides(user, "pk"))) == set(hidden_ones)
    for asked in (Action.objects.all(), naming_rules(Action.objects.all())):
        for visible in (asked.visible_to(user), asked.each_visible_to(user)):
            assert set(visible) == seen
            assert set(visible.filter(incidents=hidden)) == {
                action for action in seen if hidden in action.incidents.all()
            }


def test_who_is_named_sees_each_row_and_who_may_not_log_in_none(tied):
    actions, hidden = tied
    named, gone = make_user(), make_user(is_active=False)
    Involvement.objects.create(incident=hidden, user=named)

    for asked in (Action.objects.visible_to, Action.objects.each_visible_to):
        assert set(asked(named)) == set(actions.values())
        assert not asked(gone).exists()


@pytest.fixture
def around():
    """Somebody with a team, and actions in every relation to them."""
    user, today = make_user(), timezone.localdate()
    teams = [make_team(), make_team()]
    for team in teams:
        Membership.objects.create(team=team, user=user)
    asked = {"due_on": today - timedelta(days=3)}
    for state in ("accepted", "done", "verified", "parked", "declined"):
        for team in (*teams, make_team(), None):
            for owner in (user, make_user()):
                make_action(state=state, team=team, owner=owner, **asked)
            make_action(state=state, team=team, **asked).helpers.add(user, make_user())
            make_action(state=state, team=team, owner=user, **asked).helpers.add(user)
    return user, today


def test_parts_are_all_of_it_and_have_none_in_common(around):
    user, _ = around

    for parts, whole in (
        (Action.objects.near_in_parts(user), Action.objects.near(user)),
        (Action.objects.worked_on_in_parts(user), Action.objects.worked_on_by(user)),
    ):
        assert all(parts)
        assert sorted(action.pk for part in parts for action in part) == sorted(
            whole.values_list("pk", flat=True)
        )


def test_the_number_of_a_view_is_that_of_its_rows(around):
    user, today = around

    held = {view: in_view(view, user, today=today).count() for view in VIEWS}

    assert pages.counts(user, today=today) == held
    assert [held[view] for view in ("dates", "verified", "parked", "dropped")] == [14] * 4


@pytest.mark.parametrize(("cap", "number"), [(13, 13), (14, 14), (15, 14), (4, 4)])
def test_parts_are_counted_as_one_and_no_further_than_asked(around, cap, number):
    user, today = around
    parts = parts_of_view("verified", user, today=today)

    counted = User.objects.filter(pk=user.pk).values(number=capped_count(parts, cap=cap)).get()

    assert [part.count() for part in parts] == [8, 4, 2]
    assert counted["number"] == number
