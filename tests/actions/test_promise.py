"""How soon actions are promised, and who helps to keep the promise."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from actions import promise, workflow
from actions.models import Action, PromisedDays
from common.history import mark_of
from incidents.models import Involvement
from people.models import Notification
from tests.make import make_action, make_incident, make_review, make_team, make_user

pytestmark = pytest.mark.django_db

FRIDAY = date(2026, 11, 27)


def agreed(due_on, **changed):
    return {
        "title": "Show the host role in every prompt", "kind": "prevent", "measure": "other",
        "priority": "high", "decision": "agree", "due_on": due_on.isoformat(),
        "owner": make_user().pk, "done_test": "A newcomer tells them apart",
    } | changed  # fmt: skip


@pytest.fixture
def guide(client):
    user = make_user()
    user.review = make_review(facilitator=user, incident=make_incident(severity="sev1"))
    client.force_login(user)
    return user


def test_the_gravest_severity_and_the_working_days_of_the_team_decide():
    team = make_team()
    incidents = [make_incident(severity="sev3"), make_incident(severity="sev1")]

    days = promise.days_by_priority(incidents, team, today=FRIDAY)

    assert days["high"] == date(2026, 12, 4)
    assert days["normal"] == date(2026, 12, 11)
    assert promise.days_by_priority([], team, today=FRIDAY) == {}


def test_administrators_say_how_many_days(client):
    admin = make_user()
    type(admin).objects.filter(pk=admin.pk).update(is_admin=True)
    client.force_login(type(admin).objects.get(pk=admin.pk))
    sent = {f"{severity}_{priority}": days for (severity, priority), days in promise.USUAL.items()}
    sent["mark"] = mark_of(promise.in_words(promise.USUAL))
    address = reverse("actions:promise")

    assert client.post(address, sent | {"sev1_high": 0}).status_code == 422
    client.post(address, sent | {"sev1_high": 2})

    assert PromisedDays.objects.get().working_days == 2
    assert promise.table() == promise.USUAL | {("sev1", "high"): 2}


def test_the_form_suggests_the_promised_day(client, guide):
    address = f"{reverse('actions:new')}?review={guide.review.reference}"
    days = promise.days_by_priority(
        [guide.review.incident], guide.review.incident.team, today=timezone.localdate()
    )

    page = client.get(address).content.decode()

    assert f'value="{days["normal"].isoformat()}"' in page
    assert "We promise" in page


def test_a_later_day_needs_a_reason_that_is_kept_and_shown(client, guide):
    address = f"{reverse('actions:new')}?review={guide.review.reference}"
    late = timezone.localdate() + timedelta(days=60)

    refused = client.post(address, agreed(late))
    client.post(address, agreed(late, later_because="The machine comes in spring."))

    assert refused.status_code == 422
    assert "A later day is fine" in refused.content.decode()
    action = Action.objects.get()
    assert action.is_later_than_promised
    assert "The machine comes in spring." in client.get(action.get_absolute_url()).content.decode()


def test_agreeing_on_a_parked_one_asks_the_same(client, guide):
    action = workflow.create(
        by=guide, values={"title": "Try it", "priority": "high"}, is_agreed=False,
        review=guide.review,
    )  # fmt: skip
    Action.objects.update(decide_from_on=None)
    address = reverse("actions:agree", args=[action.reference])
    late = timezone.localdate() + timedelta(days=60)

    assert client.post(address, agreed(late)).status_code == 422
    client.post(address, agreed(late, later_because="It waits for the new office."))

    action.refresh_from_db()
    assert (action.state, action.later_because) == ("accepted", "It waits for the new office.")
    assert action.promised_by is not None


def test_a_reason_that_was_not_needed_is_not_kept(client, guide):
    address = f"{reverse('actions:new')}?review={guide.review.reference}"

    client.post(address, agreed(timezone.localdate(), later_because="Just in case"))

    assert Action.objects.get().later_because == ""


def test_the_kind_is_a_choice_and_an_example_makes_it(client, guide):
    address = f"{reverse('actions:new')}?review={guide.review.reference}"
    sent = agreed(timezone.localdate())
    del sent["kind"]

    assert client.post(address, sent).status_code == 422
    assert 'name="kind" value="prevent" id="id_kind_0" class="form-check-input">' in (
        client.get(address).content.decode()
    )
    page = client.get(f"{address}&like=metric").content.decode()
    assert 'value="detect" id="id_kind_1" class="form-check-input" checked' in page
    assert "Alert when a nightly dump is missing" in page


# Helpers ----------------------------------------------------------------------------------------
def test_helpers_are_told_may_read_and_work_on_it_but_not_move_the_date(client):
    owner, helper = make_user(), make_user()
    incident = make_incident(visibility="restricted", participants=(owner, helper))
    Involvement.objects.filter(user=helper).delete()
    action = make_action(owner=owner)
    action.incidents.add(incident)

    action = workflow.set_helpers(action, [helper, owner], by=owner)

    assert list(action.helpers.all()) == [helper]
    assert Notification.objects.get().kind == "action_helped"
    assert action in Action.objects.visible_to(helper)
    client.force_login(helper)
    assert client.get(reverse("actions:finish", args=[action.reference])).status_code == 200
    assert client.get(reverse("actions:redate", args=[action.reference])).status_code == 403
    client.post(reverse("actions:finish", args=[action.reference]), {"proof": "Tried"})
    action.refresh_from_db()
    assert (action.state, action.done_by) == ("done", helper)


def test_a_helper_who_takes_it_over_no_longer_helps():
    owner, helper = make_user(), make_user()
    action = workflow.set_helpers(make_action(owner=owner), [helper], by=owner)

    action = workflow.assign(action, helper, by=owner)

    assert (action.owner, list(action.helpers.all())) == (helper, [])


def test_who_helps_is_told_once(client):
    owner, helper = make_user(), make_user()
    action = make_action(owner=owner)
    client.force_login(owner)
    address = reverse("actions:helpers", args=[action.reference])

    for _ in range(2):
        client.post(address, {"helpers": [helper.pk]})

    assert Notification.objects.filter(recipient=helper).count() == 1
    assert str(helper) in client.get(action.get_absolute_url()).content.decode()


def new_page(guide):
    return f"{reverse('actions:new')}?review={guide.review.reference}"


@pytest.mark.parametrize("left", ["as it was", "empty"])
def test_the_suggested_day_follows_how_soon(client, guide, left):
    form = client.get(new_page(guide)).context["form"]
    suggested = form["due_on"].value()
    assert suggested == form.suggested["normal"] != form.suggested["high"]

    sent = agreed(suggested, suggested_on=suggested.isoformat(), priority="high")
    client.post(new_page(guide), sent | ({"due_on": ""} if left == "empty" else {}))

    action = Action.objects.get()
    assert action.due_on == form.suggested["high"]
    assert not action.is_later_than_promised


def test_a_day_of_ones_own_is_left_alone(client, guide):
    today = timezone.localdate()
    suggested = (today + timedelta(days=10)).isoformat()

    client.post(new_page(guide), agreed(today, suggested_on=suggested))

    assert Action.objects.get().due_on == today


def test_a_day_is_suggested_where_nothing_is_promised_and_no_reason_is_asked(client):
    manager = make_user()
    team = make_team(manager=manager)
    client.force_login(manager)
    form = client.get(reverse("actions:new")).context["form"]

    assert form["due_on"].value() == form.suggested["normal"]
    assert "later_because" not in form.fields
    later = form.suggested["normal"] + timedelta(days=200)
    client.post(reverse("actions:new"), agreed(later, team=team.pk))
    assert (Action.objects.get().due_on, Action.objects.get().promised_by) == (later, None)


def test_why_later_is_not_called_optional(client, guide):
    page = client.get(new_page(guide)).content.decode()

    label = page.split("Why later than we promise?")[1].split("</label>")[0]
    assert "optional" not in label
