"""Asking for a review, the list, and who may open one."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from people.models import Notification
from postmortems.due import due_on
from postmortems.models import Review
from tests.make import make_finding, make_incident, make_review, make_team, make_user
from tests.postmortems.places import at, everyone

pytestmark = pytest.mark.django_db


def test_anyone_who_sees_an_incident_may_ask_for_its_review(client):
    manager = make_user()
    incident = make_incident(team=make_team(manager=manager))
    asker = make_user()
    client.force_login(asker)

    answer = client.post(reverse("postmortems:request", args=[incident.reference]))

    review = Review.objects.get(incident=incident)
    assert answer.status_code == 302
    assert (review.state, review.requested_by) == ("requested", asker)
    assert review.due_on == due_on(
        resolved_on=timezone.localdate(incident.resolved_at), requested_on=timezone.localdate()
    )
    assert list(Notification.objects.values_list("recipient", "kind")) == [
        (manager.pk, "review_requested")
    ]


def test_whoever_asks_learns_who_comes_next(client):
    looked_after = make_incident(team=make_team(manager=make_user(), name="Payments"))
    orphan = make_incident(team=make_team(name="Library"))
    client.force_login(make_user())

    def asked(incident) -> str:
        address = reverse("postmortems:request", args=[incident.reference])
        return client.post(address, follow=True).content.decode()

    assert "The managers of Payments name who guides it." in asked(looked_after)
    assert "Nobody manages Library yet" in asked(orphan)


def test_asking_twice_keeps_one_review(client):
    incident = make_incident()
    client.force_login(make_user())

    for _ in range(2):
        client.post(reverse("postmortems:request", args=[incident.reference]))

    assert Review.objects.filter(incident=incident).count() == 1


def test_an_incident_that_goes_on_gives_no_date_yet(client):
    incident = make_incident(state="investigating")
    client.force_login(make_user())

    client.post(reverse("postmortems:request", args=[incident.reference]))

    assert Review.objects.get(incident=incident).due_on is None


def test_asking_needs_a_post(client):
    incident = make_incident()
    client.force_login(make_user())

    assert client.get(reverse("postmortems:request", args=[incident.reference])).status_code == 405
    assert not Review.objects.exists()


def test_a_hidden_incident_cannot_be_asked_about(client):
    incident = make_incident(visibility="restricted")
    client.force_login(make_user())
    hidden = client.post(reverse("postmortems:request", args=[incident.reference]))
    missing = client.post(reverse("postmortems:request", args=["INC-99999"]))

    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert not Review.objects.exists()


def test_the_list_shows_the_views_and_their_reviews(client):
    people = everyone()
    published = make_review(state="published")
    unneeded = make_review(state="not_required", not_required_reason="A copy of INC-1")
    client.force_login(people.participant)

    def shown(view: str) -> list[str]:
        page = client.get(reverse("postmortems:list"), {"view": view}).context["page"]
        return [row.reference for row in page.rows]

    assert shown("") == [people.review.reference]
    assert shown("invited") == [people.review.reference]
    assert shown("mine") == []
    assert shown("published") == [published.reference]
    assert shown("not-needed") == [unneeded.reference]


def test_the_list_filters_by_stage_and_words(client):
    drafting = make_review(
        state="drafting", incident=make_incident(title="Certificate expires unseen")
    )
    make_review(state="gathering")
    client.force_login(make_user())

    def shown(**query) -> list[str]:
        page = client.get(reverse("postmortems:list"), query).context["page"]
        return [row.reference for row in page.rows]

    assert shown(stage="drafting") == [drafting.reference]
    assert shown(q="certificate") == [drafting.reference]
    assert shown(q=drafting.reference.lower()) == [drafting.reference]
    assert shown(q="nowhere") == []


def test_the_list_pages_without_loss(client):
    now = timezone.now()
    reviews = [make_review(requested_at=now - timedelta(hours=hour)) for hour in range(27)]
    client.force_login(make_user())

    first = client.get(reverse("postmortems:list")).context["page"]
    second = client.get(reverse("postmortems:list") + first.pages.next_url).context["page"]

    shown = [row.reference for row in [*first.rows, *second.rows]]
    assert shown == [review.reference for review in reviews]
    assert second.pages.next_url == ""


def test_restricted_reviews_are_absent_for_strangers(client):
    people = everyone(restricted=True)
    client.force_login(people.stranger)

    page = client.get(reverse("postmortems:list"))

    assert page.context["page"].rows == []
    assert people.review.get_absolute_url() not in page.content.decode()
    client.force_login(people.participant)
    page = client.get(reverse("postmortems:list"))
    assert people.review.get_absolute_url() in page.content.decode()


def test_a_stranger_may_not_read_an_unpublished_review(client):
    people = everyone()
    make_finding(people.review, text="The snapshot was complete.")
    client.force_login(people.stranger)

    answer = client.get(at("detail", people.review))

    assert answer.status_code == 403
    assert "not open to you yet" in answer.content.decode()
    assert "The snapshot was complete." not in answer.content.decode()
    client.force_login(people.participant)
    assert "The snapshot was complete." in client.get(at("detail", people.review)).content.decode()


def test_a_stranger_learns_who_names_the_facilitator(client):
    people = everyone(state="requested")
    client.force_login(people.stranger)

    page = client.get(at("detail", people.review)).content.decode()

    assert f"the managers of {people.review.incident.team} name who guides it" in page


def test_a_stranger_goes_to_what_was_published(client):
    people = everyone(state="published")
    client.force_login(people.stranger)

    answer = client.get(at("detail", people.review))

    assert (answer.status_code, answer.url) == (302, at("published", people.review))


@pytest.mark.parametrize("role", ["stranger", "admin"])
def test_a_restricted_review_does_not_exist_for_others(client, role):
    people = everyone(restricted=True)
    client.force_login(getattr(people, role))

    assert client.get(at("detail", people.review)).status_code == 404
    assert client.get(at("premises", people.review)).status_code == 404
    assert client.post(at("add_finding", people.review, "right")).status_code == 404


@pytest.mark.parametrize("rows", [1, 10])
def test_the_list_costs_the_same_for_any_length(client, django_assert_num_queries, rows):
    user = make_user()
    for _ in range(rows):
        make_review(participants=(make_user(), make_user()), facilitator=make_user())
    client.force_login(user)

    with django_assert_num_queries(5):  # session with user, rules, tabs, rows, navigation
        answer = client.get(reverse("postmortems:list"))

    assert len(answer.context["page"].rows) == rows
