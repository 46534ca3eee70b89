"""The home page: what goes on, what waits for whom, what is new."""

from datetime import timedelta

import pytest
from django.utils import timezone

from postmortems import waiting as reviews_waiting
from postmortems.models import Perspective
from tests.make import (
    make_action,
    make_incident,
    make_lesson,
    make_review,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db


def home(client, user) -> str:
    client.force_login(user)
    return client.get("/").content.decode()


def test_a_participant_is_asked_for_a_perspective_until_it_is_shared(client):
    user = make_user()
    review = make_review(participants=(user,))
    assert f"Share how {review.reference} looked from where you were" in home(client, user)

    Perspective.objects.create(review=review, author=user, noticed="A page came in.")
    assert f"Share how {review.reference} looked" in home(client, user)

    review.perspectives.update(audience="review")
    assert f"Share how {review.reference} looked" not in home(client, user)


def test_each_role_finds_its_own_next_step(client):
    facilitator, reviewer, manager = make_user(), make_user(), make_user()
    team = make_team(manager=manager)
    asked_for = make_review(incident=make_incident(team=team), state="requested")
    guided = make_review(facilitator=facilitator)
    read = make_review(reviewer=reviewer, state="in_review")
    ready = make_review(
        incident=make_incident(team=team, title="Slow logins"),
        state="approved",
    )

    assert f"Name who guides the review of {asked_for.reference}" in home(client, manager)
    assert f"Name who guides the review of {asked_for.reference}" not in home(client, facilitator)
    assert f"You facilitate the review of {guided.reference}" in home(client, facilitator)
    assert f"Be the second pair of eyes for {read.reference}" in home(client, reviewer)
    assert "Be the second pair of eyes" not in home(client, facilitator)
    assert "You facilitate" not in home(client, reviewer)
    assert f"Ready to publish: {ready.incident.title}" in home(client, manager)


@pytest.mark.parametrize(
    ("role", "state"),
    [("participants", "gathering"), ("facilitator", "gathering"), ("reviewer", "in_review")],
)
def test_a_review_that_is_hidden_by_now_waits_for_nobody(role, state):
    user, now = make_user(), timezone.now()
    theirs = {role: (user,) if role == "participants" else user}
    review = make_review(state=state, **theirs)
    assert len(reviews_waiting.waiting_for(user, now=now)) == 1

    review.also_covers.add(make_incident(visibility="restricted"))
    assert reviews_waiting.waiting_for(user, now=now) == []


def test_a_manager_is_asked_for_the_ten_that_wait_longest():
    manager, now = make_user(), timezone.now()
    team, days = make_team(manager=manager), timedelta(days=1)
    theirs = {"state": "requested", "due_on": None}
    never = [make_review(incident=make_incident(team=team), **theirs)]
    later = [
        make_review(incident=make_incident(team=team), **theirs | {"due_on": now.date() + n * days})
        for n in range(9, 0, -1)
    ]
    approved = [
        make_review(incident=make_incident(team=team), state="approved", approved_at=now - n * days)
        for n in (1, 2)
    ]
    make_review(incident=make_incident(team=make_team()), state="approved", approved_at=now)
    make_review(incident=make_incident(team=team), state="gathering")

    asked = reviews_waiting.waiting_for(manager, now=now)

    expected = [*approved[::-1], *later[::-1], *never][:10]
    assert [row.url.split("/")[2] for row in asked] == [review.reference for review in expected]


def test_an_action_past_its_date_offers_a_new_one(client):
    user = make_user()
    make_action(
        owner=user,
        title="Pause the autoscaler",
        due_on=timezone.localdate() - timedelta(days=9),
    )

    page = home(client, user)

    assert "Pause the autoscaler" in page
    assert "overdue" not in page.lower()


def test_the_line_for_the_timeline_is_there_for_whom_may_add(client):
    user = make_user()
    incident = make_incident(state="reported", participants=(user,))

    assert f"Add to the timeline of {incident.reference}" in home(client, user)
    assert f"Add to the timeline of {incident.reference}" not in home(client, make_user())


def test_an_incident_whose_impact_stopped_says_so(client):
    started = timezone.now() - timedelta(hours=5)
    make_incident(state="mitigated", started_at=started, mitigated_at=started + timedelta(hours=2))

    page = home(client, make_user())

    assert "Impact stopped 3 h ago" in page
    assert "Ongoing, " not in page


def test_nothing_hidden_shows(client):
    hidden = make_incident(state="reported", visibility="restricted", title="Canary in the dark")
    make_review(incident=hidden)

    assert "Canary in the dark" not in home(client, make_user())


def test_an_empty_home_offers_a_lesson(client):
    make_lesson(title="Clocks can step backwards")

    page = home(client, make_user())

    assert "All clear" in page
    assert "Clocks can step backwards" in page


def test_the_page_costs_the_same_with_more_of_everything(client, django_assert_max_num_queries):
    user = make_user()
    client.force_login(user)

    def more() -> None:
        make_incident(state="reported", participants=(user,))
        make_review(participants=(user,))
        make_review(facilitator=user)
        make_action(owner=user, due_on=timezone.localdate() - timedelta(days=3))
        make_lesson()

    def statements() -> int:
        with django_assert_max_num_queries(25) as spent:
            client.get("/")
        return len(spent.captured_queries)

    more()
    few = statements()
    for _ in range(6):
        more()

    assert statements() == few
