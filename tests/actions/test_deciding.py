"""A suggestion not to do what was promised waits for those who may decide, where they see it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from actions import permissions, sharing, waiting, workflow
from actions.models import Action, DropSuggestion, EffectCheck
from people import mails
from people.models import Delivery
from tests.make import make_action, make_incident, make_review, make_team, make_user

pytestmark = pytest.mark.django_db

LIST = "/actions/"


@pytest.fixture
def manager():
    return make_user()


@pytest.fixture
def action(manager):
    """Its owner suggests not to do it."""
    action = make_action(title="Show the role", team=make_team(manager=manager))
    workflow.suggest_dropping(action, by=action.owner, reason="The hosts go away in May")
    return action


def page(client, user, address) -> str:
    client.force_login(user)
    return client.get(address).content.decode()


def rows(user):
    return [(row.title, row.button) for row in waiting.waiting_for(user, now=timezone.now())]


def test_it_waits_on_the_home_page_of_the_manager(client, manager, action):
    assert rows(manager) == [("Decide: Show the role", "Decide")]
    assert "The hosts go away in May" in page(client, manager, "/")
    assert rows(make_user()) == []


def test_the_page_asks_who_may_decide_with_two_buttons(client, manager, action):
    seen = page(client, manager, action.get_absolute_url())
    assert f"{action.owner} suggests not to do it." in seen
    assert "The hosts go away in May" in seen
    assert reverse("actions:keep", args=[action.reference]) in seen
    assert seen.count(f'href="{reverse("actions:drop", args=[action.reference])}"') == 1

    own = page(client, action.owner, action.get_absolute_url())
    assert "You suggested not to do it. It waits for a decision." in own
    assert reverse("actions:keep", args=[action.reference]) not in own


def test_what_was_suggested_stands_in_the_form_of_the_decision(client, manager, action):
    assert "The hosts go away in May" in page(
        client, manager, reverse("actions:drop", args=[action.reference])
    )


def test_keeping_it_tells_the_owner_why(client, manager, action):
    client.force_login(manager)
    address = reverse("actions:keep", args=[action.reference])
    assert client.post(address, {"reason": ""}).status_code == 422
    client.post(address, {"reason": "Two more hosts stay until winter"})

    assert not DropSuggestion.objects.exists()
    action.refresh_from_db()
    assert action.state == Action.State.ACCEPTED
    told = action.owner.notifications.get(kind="action_changed")
    assert told.data["what"] == "kept"
    assert told.data["said"] == "Two more hosts stay until winter"
    assert "Decided to do it all the same: Two more" in page(
        client, manager, action.get_absolute_url()
    )
    assert rows(manager) == []


def test_nothing_is_kept_twice(client, manager, action):
    workflow.keep(action, by=manager, reason="It stays")
    with pytest.raises(workflow.NotReady):
        workflow.keep(action, by=manager, reason="It stays")


@pytest.mark.parametrize("deed", ["drop", "finish"])
def test_a_decision_or_the_deed_itself_ends_the_wait(manager, action, deed):
    if deed == "drop":
        workflow.drop(action, by=manager, reason="They go away", risk_carried_by="Storage")
    else:
        workflow.finish(action, by=action.owner, proof="Tried")

    assert not DropSuggestion.objects.exists()


def test_its_owner_may_take_it_back_and_nobody_else(client, manager, action):
    address = reverse("actions:take_back_suggestion", args=[action.reference])
    client.force_login(manager)
    assert client.post(address).status_code == 403
    client.force_login(action.owner)
    client.post(address)

    assert not DropSuggestion.objects.exists()
    assert "Took back the suggestion" in page(client, manager, action.get_absolute_url())


@pytest.mark.parametrize("deed", ["keep", "take back"])
def test_what_no_longer_waits_is_told_to_nobody(manager, action, deed):
    told = Delivery.objects.get(notification__recipient=manager)
    assert mails.compose(told).subject == "To decide: Show the role"

    if deed == "keep":
        workflow.keep(action, by=manager, reason="It stays")
    else:
        workflow.take_back_suggestion(action, by=action.owner)

    assert mails.compose(told) is None


def test_a_second_suggestion_tells_again_and_keeps_the_first_in_the_trail(client, manager, action):
    workflow.suggest_dropping(action, by=action.owner, reason="They went away in April")

    assert manager.notifications.filter(kind="action_to_decide").count() == 2
    seen = page(client, manager, action.get_absolute_url())
    assert "Suggested not to do it: The hosts go away in May" in seen


def test_a_view_holds_what_waits_for_a_decision(client, manager, action):
    make_action(title="Not doubted", team=action.team)
    for user in (manager, action.owner):
        seen = page(client, user, f"{LIST}?view=decide")
        assert "Show the role" in seen
        assert "Waiting for a decision" in seen
        assert "Not doubted" not in seen
    assert "Show the role" not in page(client, make_user(), f"{LIST}?view=decide")


def test_the_query_and_the_permission_name_the_same_people(manager):
    """Directly, by its team, by an incident, by a review, and not by one that took it on."""
    incident = make_incident(team=make_team(manager=manager))
    review = make_review(incident=incident)
    by_review, by_incident = make_action(review=review), make_action()
    by_incident.incidents.add(incident)
    taken_on, by_team = make_action(review=make_review()), make_action(team=incident.team)
    sharing.take_on(taken_on, review, by=manager)
    both = make_action(review=review)
    sharing.take_on(both, make_review(incident=make_incident(team=incident.team)), by=manager)
    make_action(review=make_review())
    written_for = workflow.create(
        by=manager, values={"title": "Alert on silence"}, is_agreed=False, incident=incident
    )
    sharing.take_on(written_for, review, by=manager)
    Action.objects.filter(pk=written_for.pk).update(
        state="accepted", owner=manager, due_on=timezone.localdate(), done_test="It pages"
    )

    expected = {by_review, by_incident, by_team, both, written_for}
    assert set(Action.objects.for_deciding_by(manager)) == expected
    assert expected == {
        each for each in Action.objects.all() if permissions.can_decide_against(manager, each)
    }


# Did it hold? -----------------------------------------------------------------------------------
def asked_about(title: str, **fields) -> Action:
    action = make_action(title=title, state="verified", verified_at=timezone.now(), **fields)
    EffectCheck.objects.create(
        action=action, days=30, due_on=timezone.localdate() - timedelta(days=1)
    )
    return action


def test_a_view_holds_all_of_which_it_is_asked_whether_they_held(client, manager):
    team = make_team(manager=manager)
    asked_about("Page on missing dumps", team=team)
    make_action(title="Not asked yet", team=team, state="verified", verified_at=timezone.now())
    asked_about("Of another team")

    seen = page(client, manager, f"{LIST}?view=hold")

    assert "Page on missing dumps" in seen
    assert "Not asked yet" not in seen
    assert "Of another team" not in seen


def test_home_leads_to_all_of_what_it_only_counts(client, manager):
    team = make_team(manager=manager)
    for number in range(8):
        asked_about(f"Change number {number}", team=team)

    seen = page(client, manager, "/")

    assert seen.count("Did it hold? Change number") == 5 * 2  # The title, and its button.
    assert '3 more, under <a href="/actions/?view=hold">Did it hold?</a>' in seen
