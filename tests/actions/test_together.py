"""Several actions changed at once, and taken back."""

import html
import re
from datetime import timedelta

import pytest
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from actions import together, workflow
from actions.models import Action
from common import undo
from common.models import Activity
from people import mails
from people.models import Delivery, Notification
from tests.make import make_action, make_incident, make_team, make_user

pytestmark = pytest.mark.django_db
TOGETHER, UNDO = "/actions/together/", "/actions/together/undo/"
State = Action.State


@pytest.fixture
def manager(client):
    user = make_user()
    user.team = make_team(manager=user)
    client.force_login(user)
    return user


@pytest.fixture
def mine(manager):
    return [make_action(team=manager.team, title=f"Change {number}") for number in range(3)]


def send(client, actions, deed, **values):
    data = {"pick": [action.reference for action in actions], "deed": deed, "back": "view=all"}
    return client.post(TOGETHER, data | values, follow=True)


def undo_token(response):
    [message] = response.context["messages"]
    return message.extra_tags.split()[1]


def in_days(days):
    return timezone.localdate() + timedelta(days=days)


def test_the_page_asks_and_says_what_changes_and_what_stays(client, mine):
    other = make_action(title="Of another team")

    page = client.get(TOGETHER, {"pick": [mine[0].reference, other.reference], "deed": "date"})

    words = page.content.decode()
    assert [row.pk for row in page.context["changed"]] == [mine[0].pk]
    assert [row.pk for row, _ in page.context["left"]] == [other.pk]
    assert "only its owner, and those who guide where it comes from" in words


def test_a_day_on_offer_goes_into_the_form_and_the_picked_rows_stay_picked(client, mine):
    page = client.get(TOGETHER, {"pick": [row.reference for row in mine[:2]], "deed": "date"})
    [week, _, _] = page.context["form"].offers
    hrefs = re.findall(r'class="chip" href="([^"]+)"', page.content.decode())
    assert len(hrefs) == 3

    page = client.get(TOGETHER + html.unescape(hrefs[0]))

    assert page.context["form"]["due_on"].value() == week.isoformat()
    assert {row.pk for row in page.context["changed"]} == {row.pk for row in mine[:2]}


def test_dates_move_with_a_reason_and_the_old_ones_stay_visible(client, mine):
    before = [action.due_on for action in mine]

    send(client, mine, "date", due_on=in_days(50), reason="The machines come in May")

    for action, was in zip(mine, before, strict=True):
        action.refresh_from_db()
        [change] = action.due_date_changes.all()
        assert (action.due_on, change.before) == (in_days(50), was)
        assert change.reason == "The machines come in May"


def test_a_date_can_be_typed_as_weeks_from_today(client, mine):
    send(client, mine, "date", due_on="+2w", reason="The machines come later")

    assert {Action.objects.get(pk=action.pk).due_on for action in mine} == {in_days(14)}


@pytest.mark.parametrize(
    ("typed", "kind", "shown"),
    [("+2w", "date", 14), ("two weeks", "text", "two weeks"), ("2026-02-31", "text", "2026-02-31")],
)
def test_a_typed_day_comes_back_with_the_form(client, mine, typed, kind, shown):
    page = send(client, mine, "date", due_on=typed, reason="")

    shown = in_days(shown).isoformat() if isinstance(shown, int) else shown
    [field] = re.findall(r'<input[^>]*name="due_on"[^>]*>', page.content.decode())
    assert f'type="{kind}"' in field
    assert f'value="{shown}"' in field


def test_a_date_without_a_reason_is_asked_for_and_the_picked_rows_stay_picked(client, mine):
    response = send(client, mine, "date", due_on=in_days(50), reason="")

    assert response.status_code == 422
    assert [row.pk for row in response.context["picked"]] == [action.pk for action in mine]
    assert not Activity.objects.about(mine[0]).exists()


def test_taking_it_back_restores_exactly_what_was_there(client, mine):
    was = mine[0].due_on
    token = undo_token(send(client, mine, "date", due_on=in_days(50), reason="Later"))

    client.post(UNDO, {"token": token})

    mine[0].refresh_from_db()
    assert mine[0].due_on == was
    assert not mine[0].due_date_changes.exists()
    assert Activity.objects.about(mine[0]).order_by("-pk").first().verb == "took back a move"


def test_what_somebody_changed_meanwhile_is_not_taken_back(client, mine, manager):
    token = undo_token(send(client, mine, "date", due_on=in_days(50), reason="Later"))
    workflow.redate(mine[0], by=manager, due_on=in_days(60), reason="Later still")

    client.post(UNDO, {"token": token})

    mine[0].refresh_from_db()
    mine[1].refresh_from_db()
    assert mine[0].due_on == in_days(60)
    assert mine[1].due_on != in_days(50)


def test_an_undo_is_its_makers_and_lasts_an_hour(client, mine, monkeypatch):
    token = undo_token(send(client, mine, "date", due_on=in_days(50), reason="Later"))

    with pytest.raises(undo.CannotUndo):
        together.undo(token, by=make_user())
    monkeypatch.setattr(undo, "UNDO_WITHIN", -1)
    response = client.post(UNDO, {"token": token}, follow=True)

    assert "That can be done for an hour" in response.content.decode()
    mine[0].refresh_from_db()
    assert mine[0].due_on == in_days(50)


def test_a_made_up_undo_changes_nothing(client, mine, manager):
    before = mine[0].due_on
    forged = signing.dumps([manager.pk, [[mine[0].pk, 1, {"due_on": "2020-01-01"}]]], salt="else")

    client.post(UNDO, {"token": forged})

    mine[0].refresh_from_db()
    assert mine[0].due_on == before


def test_a_new_owner_is_told_of_each_and_must_be_able_to_read_it(client, mine, manager):
    hidden = make_incident(visibility="restricted", team=manager.team)
    mine[0].incidents.add(hidden)
    owner = make_user()

    response = send(client, mine, "owner", owner=owner.pk)

    mine[0].refresh_from_db()
    assert mine[0].owner != owner
    assert "cannot read where it comes from" in response.content.decode()
    told = Notification.objects.filter(recipient=owner, kind="action_assigned")
    assert {row.object_id for row in told} == {mine[1].pk, mine[2].pk}


def test_finished_ones_stay_as_they_are_with_the_reason(client, mine):
    Action.objects.filter(pk=mine[0].pk).update(state=State.DONE)

    response = send(client, mine, "state", to="start")

    for action in mine:
        action.refresh_from_db()
    assert [action.state for action in mine] == [State.DONE, State.IN_PROGRESS, State.IN_PROGRESS]
    assert "Two actions changed." in response.content.decode()
    assert f"{mine[0].reference} stays as it was" in response.content.decode()


def test_what_one_cannot_see_is_neither_changed_nor_counted(client, mine):
    hidden = make_action()
    hidden.incidents.add(make_incident(visibility="restricted"))

    response = send(client, [hidden], "state", to="start")

    assert "Choose some actions of the list first" in response.content.decode()
    hidden.refresh_from_db()
    assert hidden.state == State.ACCEPTED


def test_a_team_is_given_and_taken_back(client, mine, manager):
    other = make_team()

    token = undo_token(send(client, mine[:1], "team", team=other.pk))
    mine[0].refresh_from_db()
    given = mine[0].team
    client.post(UNDO, {"token": token})
    mine[0].refresh_from_db()

    assert (given, mine[0].team) == (other, manager.team)


def test_laying_aside_and_back_keeps_what_it_waited_for(client, mine):
    Action.objects.filter(pk=mine[0].pk).update(state=State.BLOCKED, blocked_on="A machine")

    token = undo_token(send(client, mine[:1], "state", to="aside"))
    mine[0].refresh_from_db()
    laid = (mine[0].state, mine[0].blocked_on)
    client.post(UNDO, {"token": token})
    mine[0].refresh_from_db()

    assert laid == (State.ACCEPTED, "")
    assert (mine[0].state, mine[0].blocked_on) == (State.BLOCKED, "A machine")


def test_who_may_no_longer_change_them_takes_nothing_back(client, mine, manager):
    token = undo_token(send(client, mine, "date", due_on=in_days(50), reason="Later"))
    manager.memberships.all().delete()

    client.post(UNDO, {"token": token})

    mine[0].refresh_from_db()
    assert mine[0].due_on == in_days(50)


def test_a_former_owner_who_can_no_longer_read_it_does_not_get_it_back(client, mine, manager):
    owner = make_user()
    token = undo_token(send(client, mine[:1], "owner", owner=owner.pk))
    was = mine[0].owner
    type(was).objects.filter(pk=was.pk).update(is_active=False)

    client.post(UNDO, {"token": token})

    mine[0].refresh_from_db()
    assert mine[0].owner == owner


def test_a_helper_who_became_the_owner_helps_again(client, mine, manager):
    helper = make_user()
    mine[0].helpers.add(helper)

    token = undo_token(send(client, mine[:1], "owner", owner=helper.pk))
    client.post(UNDO, {"token": token})

    assert mine[0].helpers.contains(helper)


@pytest.mark.parametrize("day", ["9999-12-31", "2999-01-01"])
def test_nobody_promises_for_the_next_century(client, mine, day):
    response = send(client, mine, "date", due_on=day, reason="Later")

    assert response.status_code == 422
    assert "more than ten years ahead" in response.content.decode()


def test_nobody_is_told_of_a_date_that_was_taken_back(client, mine):
    token = undo_token(send(client, mine[:1], "date", due_on=in_days(50), reason="Later"))
    delivery = Delivery.objects.get(notification__kind="action_changed")
    told = mails.compose(delivery)

    client.post(UNDO, {"token": token})

    assert told is not None
    assert told.subject.startswith("New date")
    assert mails.compose(Delivery.objects.get(pk=delivery.pk)) is None


def test_one_key_asks_for_the_state_and_one_action_has_a_word_of_its_own(client, mine):
    page = client.get("/actions/together/", {"deed": "state", "pick": mine[0].reference})
    several = client.get(
        "/actions/together/", {"deed": "state", "pick": [row.reference for row in mine]}
    )

    assert "<h1>Where it is by now</h1>" in page.content.decode()
    assert reverse("actions:finish", args=[mine[0].reference]) in page.content.decode()
    assert "<h1>Where they are by now</h1>" in several.content.decode()


def test_what_waits_says_for_what(client, mine):
    assert send(client, mine[:1], "state", to="wait").status_code == 422

    send(client, mine[:1], "state", to="wait", blocked_on="The new switch")

    mine[0].refresh_from_db()
    assert (mine[0].state, mine[0].blocked_on) == (State.BLOCKED, "The new switch")
