"""Parked ideas rest before they are decided, and come back when they have."""

from datetime import date, timedelta
from unittest.mock import patch

import pytest
from django.urls import reverse
from django.utils import timezone

from actions import parking, reminders, sharing, waiting, workflow
from actions.models import Action, ParkingRule
from common.models import Activity
from people.models import Notification
from tests.make import make_review, make_user
from tests.postmortems.places import everyone, marks

pytestmark = pytest.mark.django_db
FRIDAY = date(2026, 11, 27)


def park(people, title="Alert on missing dumps") -> Action:
    values = {"title": title, "team": people.review.incident.team}
    return workflow.create(
        by=people.facilitator, values=values, is_agreed=False, review=people.review
    )


def page(name, action) -> str:
    return reverse(f"actions:{name}", args=[action.reference])


def promise(people, **more) -> dict:
    due_on = timezone.localdate() + timedelta(days=5)
    owner = people.participant.pk
    return {"owner": owner, "due_on": due_on.isoformat(), "done_test": "It pages"} | more


def test_an_idea_rests_two_working_days_of_its_team_unless_an_administrator_says_otherwise():
    people = everyone()
    with patch("actions.parking.timezone.localdate", return_value=FRIDAY):
        assert park(people).decide_from_on == date(2026, 12, 1)
        ParkingRule.objects.create(pk=1, working_days=0)
        assert park(people).decide_from_on == FRIDAY


def test_while_it_rests_a_decision_needs_a_reason_and_what_was_typed_stays(client):
    people = everyone()
    action = park(people)
    client.force_login(people.facilitator)

    refused = client.post(page("agree", action), promise(people))

    assert refused.status_code == 422
    assert "so that it is decided with fresh eyes" in refused.content.decode()
    assert "It pages" in refused.content.decode()
    client.post(page("agree", action), promise(people, early_reason="The disk fills tonight"))
    action.refresh_from_db()
    assert action.state == "accepted"
    assert Activity.objects.about(action).get(verb="agreed").detail == "The disk fills tonight"


def test_deciding_against_it_waits_too(client):
    people = everyone()
    action = park(people)
    client.force_login(people.facilitator)

    assert client.post(page("drop", action), {"reason": "Too small"}).status_code == 422

    with pytest.raises(workflow.NotReady, match="say why it cannot wait"):
        workflow.drop(action, by=people.facilitator, reason="Too small")
    Action.objects.update(decide_from_on=timezone.localdate())
    client.post(page("drop", action), {"reason": "Too small"})
    action.refresh_from_db()
    assert action.state == "declined"


def test_an_idea_parked_before_there_was_a_rule_can_be_decided_at_once(client):
    people = everyone()
    action = park(people)
    Action.objects.update(decide_from_on=None)
    client.force_login(people.facilitator)

    client.post(page("agree", action), promise(people))

    action.refresh_from_db()
    assert action.state == "accepted"


def test_the_review_says_from_when_it_can_be_decided(client):
    people = everyone()
    park(people)
    client.force_login(people.facilitator)

    shown = client.get(people.review.get_absolute_url()).content.decode()

    assert "rests, to be decided from" in shown


def test_the_facilitator_is_told_once_when_ideas_have_rested():
    people = everyone()
    first, _ = park(people), park(people, title="Check restores weekly")
    rested = timezone.now() + timedelta(days=8)

    assert reminders.sweep(now=timezone.now()).deciders == 0
    assert reminders.sweep(now=rested).deciders == 1
    assert reminders.sweep(now=rested + timedelta(days=5)).deciders == 0

    told = Notification.objects.get(kind="ideas_rested")
    assert told.recipient == people.facilitator
    assert len(told.data["also"]["actions.action"]) == 2
    assert first.pk in told.data["also"]["actions.action"]


def test_an_idea_that_has_rested_waits_for_those_who_decide_until_they_have():
    people, other = everyone(), make_user()
    manager = make_user()
    people.review.incident.team.memberships.create(user=manager, is_manager=True)
    idea = park(people)
    elsewhere = make_review(facilitator=other)
    sharing.take_on(idea, elsewhere, by=other)
    rested = timezone.now() + timedelta(days=8)
    decide = [f"Agree or decide against: {idea.title}"]

    def titles(user, now):
        return [row.title for row in waiting.waiting_for(user, now=now)]

    assert titles(people.facilitator, timezone.now()) == []
    assert titles(people.facilitator, rested) == titles(manager, rested) == decide
    assert titles(people.participant, rested) == titles(other, rested) == []
    workflow.drop(idea, by=manager, reason="Covered by A-3", early_reason="Seen today")
    assert titles(people.facilitator, rested) == titles(manager, rested) == []


def test_the_wait_is_an_administrators_to_set(client):
    people = everyone()
    client.force_login(people.facilitator)
    assert client.get(reverse("actions:resting")).status_code == 403
    client.force_login(people.admin)

    seen = marks(client.get(reverse("actions:resting")))
    client.post(reverse("actions:resting"), {"working_days": "5"} | seen)
    assert client.post(reverse("actions:resting"), {"working_days": "90"}).status_code == 422

    assert parking.rule().working_days == 5


def test_nobody_outside_is_told_of_a_restricted_idea():
    people = everyone(restricted=True)
    park(people)

    reminders.sweep(now=timezone.now() + timedelta(days=8))

    assert {each.recipient for each in Notification.objects.filter(kind="ideas_rested")} == {
        people.facilitator
    }
