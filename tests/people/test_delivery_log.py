"""Administrators see what was told, what was given up and why, and have it tried again."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.models import Involvement
from people.models import Delivery, Endpoint, Post
from people.notifications import notify
from people.posts import Announcement, announce
from tests.make import make_action, make_incident, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    person = make_user(is_admin=True, name="Ada Admin")
    client.force_login(person)
    return person


def told(name="Olga Owner", *, action=None, **changes):
    owner = make_user(name=name)
    action = action or make_action(owner=owner, title="Words that are nobody’s business here")
    delivery = notify(
        owner, kind="action_assigned", about=action, occasion=f"new-{owner.pk}"
    ).deliveries.get()
    Delivery.objects.filter(pk=delivery.pk).update(**changes)
    delivery.refresh_from_db()
    return delivery


def posted(**changes):
    Endpoint.objects.get_or_create(
        name="Storage room",
        kind="slack",
        address="https://hooks.example.org/x",
        occasions=["incident_filed"],
    )
    incident = make_incident()
    announce([Announcement("incident_filed", incident, f"{incident.pk}", set())])
    Post.objects.filter(object_id=incident.pk).update(**changes)
    return Post.objects.latest("pk")


def page(client, **query):
    return client.get(reverse("people:deliveries"), query).content.decode()


def again(client, row):
    by = "channels" if isinstance(row, Post) else "mail"
    client.post(reverse("people:try_again", args=[by, row.pk]))
    row.refresh_from_db()


def test_it_says_who_was_told_what_and_no_text(client, admin):
    delivery = told(state="sent", sent_at=timezone.now())

    seen = page(client)

    reference = delivery.notification.object.reference
    assert "Olga Owner" in seen
    assert f"An action that became theirs · {reference}" in seen
    assert "nobody’s business" not in seen
    assert "Sent" in seen


def test_it_says_why_something_was_given_up(client, admin):
    told(state="failed", last_error="550 No such mailbox")
    posted(state="failed", last_error="404 Not Found “no_service”")

    assert "550 No such mailbox" in page(client)
    seen = page(client, by="channels")
    assert "404 Not Found “no_service”" in seen
    assert "Storage room" in seen
    assert "An incident is filed" in seen


def test_it_can_be_narrowed_down(client, admin):
    told("Waiting Willa")
    told("Failed Fay", state="failed")
    told("Bounced Bruno", state="bounced")
    told("Sent Sam", state="sent", sent_at=timezone.now())

    def shown(**query):
        seen = page(client, **query)
        return {name for name in ("Willa", "Fay", "Bruno", "Sam") if name in seen}

    assert shown() == {"Willa", "Fay", "Bruno", "Sam"}
    assert shown(state="waiting") == {"Willa"}
    assert shown(state="given-up") == {"Fay", "Bruno"}
    assert shown(state="sent") == {"Sam"}
    assert shown(q="fay") == {"Fay"}
    assert shown(state="nonsense", by="nonsense") == {"Willa", "Fay", "Bruno", "Sam"}


def test_nothing_about_what_the_reader_may_not_know(client, admin):
    action = make_action()
    told("Olga Owner", action=action, state="failed")
    incident = make_incident(visibility="restricted")
    action.incidents.add(incident)
    Involvement.objects.filter(incident=incident).delete()

    seen = page(client)
    assert "Olga Owner" not in seen
    assert "Try all again" not in seen
    row = Delivery.objects.get()
    answer = client.post(reverse("people:try_again", args=["mail", row.pk]))
    assert answer.status_code == 404


@pytest.mark.parametrize("state", ["failed", "bounced"])
def test_what_was_given_up_is_tried_again_with_a_day_ahead_of_it(client, admin, state):
    delivery = told(
        state=state,
        attempts=30,
        first_failed_at=timezone.now() - timedelta(days=2),
        due_at=timezone.now() + timedelta(hours=1),
    )

    again(client, delivery)

    assert (delivery.state, delivery.attempts, delivery.first_failed_at) == ("waiting", 0, None)
    assert delivery.due_at <= timezone.now()


def test_after_another_try_the_log_shows_the_rest_of_what_was_asked_for(client, admin):
    delivery = told("Olga", state="failed")
    told("Oscar", state="failed")
    shown = page(client, state="given-up", q="O")
    assert shown.count('<input type="hidden" name="state" value="given-up">') == 3

    answer = client.post(
        reverse("people:try_again", args=["mail", delivery.pk]), {"state": "given-up", "q": "O"}
    )

    assert answer["Location"] == reverse("people:deliveries") + "?by=mail&state=given-up&q=O"


def test_a_post_is_tried_again(client, admin):
    post = posted(state="failed")

    again(client, post)

    assert post.state == "waiting"


def test_what_was_sent_is_not_sent_again(client, admin):
    delivery = told(state="sent", sent_at=timezone.now())

    again(client, delivery)

    assert delivery.state == "sent"


def test_all_are_tried_again_also_those_that_are_not_shown(client, admin):
    action = make_action()
    hidden = told("One", action=action, state="failed")
    incident = make_incident(visibility="restricted")
    action.incidents.add(incident)
    Involvement.objects.filter(incident=incident).delete()
    told("Two", state="bounced")
    told("Three", state="dropped")

    client.post(reverse("people:try_all_again", args=["mail"]))

    assert sorted(Delivery.objects.values_list("state", flat=True)) == [
        "dropped",
        "waiting",
        "waiting",
    ]
    hidden.refresh_from_db()
    assert hidden.state == "waiting"


def test_only_administrators_see_it(client):
    client.force_login(make_user())
    delivery = told(state="failed")

    assert client.get(reverse("people:deliveries")).status_code == 403
    again(client, delivery)
    assert delivery.state == "failed"


@pytest.mark.parametrize("rows", [1, 25])
@pytest.mark.parametrize(("by", "make"), [("mail", told), ("channels", posted)])
def test_the_log_costs_the_same_for_any_length(
    client, admin, django_assert_num_queries, by, make, rows
):
    for _ in range(rows):
        make()

    with django_assert_num_queries(6 if by == "mail" else 5):
        page(client, by=by)
