"""What cannot be done says so when its page is opened, and what was typed too late is not lost."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from actions import effects, workflow
from actions.models import Action
from common.models import Activity
from tests.make import make_action, make_team, make_user

pytestmark = pytest.mark.django_db

State = Action.State


@pytest.fixture
def manager(client):
    manager = make_user()
    client.force_login(manager)
    return manager


@pytest.fixture
def team(manager):
    return make_team(manager=manager)


def in_state(team, state):
    extra = {"decision_reason": "r", "risk_carried_by": "c"} if state == State.WONT_DO else {}
    done = {"done_by": make_user(), "done_at": timezone.now()} if state == State.DONE else {}
    return make_action(team=team, state=state, **extra, **done)


@pytest.mark.parametrize(
    ("deed", "state", "why"),
    [
        ("agree", State.DECLINED, "It is decided against. Only a parked action can be agreed on."),
        ("agree", State.ACCEPTED, "It is agreed. Only a parked action can be agreed on."),
        ("assign", State.VERIFIED, "so nobody needs to own it any more"),
        ("helpers", State.DECLINED, "so there is nothing left to help with"),
        ("block", State.DONE, "so it cannot be set to waiting"),
        ("finish", State.PARKED, "It is only parked, so it cannot be marked done."),
        ("verify", State.IN_PROGRESS, "It can be checked once somebody says that it is done."),
        ("reopen", State.VERIFIED, "Only what waits to be checked can be given back."),
        ("redate", State.DONE, "so it cannot be moved to another date"),
        ("snooze", State.DONE, "It is no longer open, so nothing reminds of it."),
        ("drop", State.DECLINED, "That is decided already. Its page says why."),
        ("drop", State.WONT_DO, "That is decided already. Its page says why."),
        ("drop", State.VERIFIED, "It is verified, so it cannot be decided against."),
        ("keep", State.ACCEPTED, "Nothing waits for a decision any more."),
    ],
)
def test_a_page_says_when_it_is_opened_that_there_is_nothing_to_ask(client, team, deed, state, why):
    action = in_state(team, state)

    answer = client.get(reverse(f"actions:{deed}", args=[action.reference]))

    page = answer.content.decode()
    assert answer.status_code == 409
    assert why in page
    main = page[page.index("<main") : page.index("</main>")]
    assert "<form" not in main
    assert f'href="{action.get_absolute_url()}"' in main


@pytest.mark.parametrize(
    ("deed", "state", "typed"),
    [
        ("agree", State.DECLINED, {"done_test": "A newcomer tells them apart"}),
        ("finish", State.VERIFIED, {"proof": "Tried with three people"}),
        ("verify", State.IN_PROGRESS, {"showed": "I pulled the plug"}),
        ("reopen", State.ACCEPTED, {"missing": "It took an hour"}),
        ("drop", State.WONT_DO, {"reason": "The hosts go in May", "risk_carried_by": "Storage"}),
    ],
)
def test_what_was_typed_meanwhile_is_there_to_be_copied(client, team, deed, state, typed):
    action = in_state(team, state)
    day = (timezone.localdate() + timedelta(days=9)).isoformat()
    sent = typed | {"owner": action.owner_id, "due_on": day, "later_because": ""}

    answer = client.post(reverse(f"actions:{deed}", args=[action.reference]), sent)

    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Nothing was changed" in page
    assert all(f">{text}</textarea>" in page for text in typed.values())
    assert Action.objects.get(pk=action.pk).version == action.version


def test_the_same_sent_twice_is_done_once_and_said_to_be_done(client, team, manager):
    owner = make_user()
    day = timezone.localdate() + timedelta(days=9)
    for deed, state, typed in [
        ("agree", State.PARKED, {"owner": owner.pk, "due_on": day, "done_test": "It pages"}),
        ("finish", State.IN_PROGRESS, {"proof": "Tried"}),
        ("verify", State.DONE, {"showed": "I looked"}),
        ("reopen", State.DONE, {"missing": "The page came late"}),
        ("drop", State.PARKED, {"reason": "Too small"}),
        ("drop", State.IN_PROGRESS, {"reason": "Too small", "risk_carried_by": "Storage"}),
    ]:
        action = in_state(team, state)
        address = reverse(f"actions:{deed}", args=[action.reference])

        first, second = client.post(address, typed), client.post(address, typed)

        assert first["Location"] == second["Location"] == action.get_absolute_url(), deed
        assert Activity.objects.about(action).count() == 1, deed


def test_what_somebody_else_promised_meanwhile_is_not_said_to_be_ours(client, team, manager):
    action = make_action(team=team, state=State.PARKED)
    day = timezone.localdate() + timedelta(days=9)
    workflow.agree(action, by=make_user(), owner=make_user(), due_on=day, done_test="It pages")
    mine = {"owner": manager.pk, "due_on": day, "done_test": "A newcomer sees it"}

    answer = client.post(reverse("actions:agree", args=[action.reference]), mine)

    assert answer.status_code == 409
    assert "A newcomer sees it" in answer.content.decode()


def test_a_suggestion_that_nobody_would_hear_is_not_asked_for(client):
    action = make_action()
    client.force_login(action.owner)

    answer = client.get(reverse("actions:drop", args=[action.reference]))

    assert answer.status_code == 409
    assert "No team with a manager looks after it." in answer.content.decode()


def test_whoever_owns_an_idea_is_not_offered_what_only_its_guides_decide(client, team):
    owner = make_user()
    action = make_action(state=State.PARKED, team=team, owner=owner)
    assert (
        reverse("actions:drop", args=[action.reference])
        in client.get(action.get_absolute_url()).content.decode()
    )

    client.force_login(owner)
    assert (
        reverse("actions:drop", args=[action.reference])
        not in client.get(action.get_absolute_url()).content.decode()
    )


@pytest.mark.parametrize("is_seen", [True, False])
def test_an_answer_that_came_second_keeps_its_sentence(client, team, manager, monkeypatch, is_seen):
    """Also when somebody answers between the showing of the question and the keeping of it."""
    action = workflow.verify(in_state(team, State.DONE), by=manager, showed="I looked")
    action.effect_checks.update(due_on=timezone.localdate())
    check = action.effect_checks.order_by("days").last()
    effects.answer(check, by=make_user(), answer="held", sentence="Quiet all month")
    if not is_seen:
        monkeypatch.setattr(effects, "question", lambda action, *, today: check)

    sent = {"answer": "held", "sentence": "Nothing since March"}
    answer = client.post(reverse("actions:effect", args=[action.reference]), sent)

    page = answer.content.decode()
    assert answer.status_code == (409 if is_seen else 422)
    assert "Nothing since March</textarea>" in page
    if not is_seen:
        assert "Somebody else has answered it meanwhile. Its page shows their sentence." in page
        assert "Quiet all month" in page
