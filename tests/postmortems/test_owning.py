"""Whatever decides which team an incident is of, PostgreSQL tells it of its review, and a manager
is asked about the reviews of their teams."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.state import ProjectState

from incidents.models import Incident
from people.models import Membership
from postmortems.models import Review
from postmortems.owning import TellTheTeam, TellTheTeamOfThoseThere
from tests.make import make_incident, make_review, make_team, make_user
from tests.turns import while_the_other_waits

on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="on SQLite nobody keeps it"
)


def taken_over(team, incident):
    Incident.objects.filter(pk=incident.pk).update(team=team)


# Each way that a review comes to be of a team -----------------------------------------------------
def by_its_incident(team):
    return make_review(incident=make_incident(team=team))


def by_its_incident_that_another_team_takes_over(team):
    review = make_review()
    taken_over(team, review.incident)
    return review


def by_its_incident_that_is_saved_whole(team):
    review = make_review()
    review.incident.team = team
    review.incident.save()
    return review


def by_another_incident(team):
    review = make_review()
    Review.objects.filter(pk=review.pk).update(incident=make_incident(team=team))
    return review


def by_an_incident_that_comes_after_it(team):
    number = make_incident().pk + 1_000
    review = Review.objects.create(incident_id=number)
    make_incident(pk=number, team=team)
    return review


def by_an_incident_that_gets_its_number(team):
    incident = make_incident(team=team)
    review = Review.objects.create(incident_id=incident.pk + 1_000)
    Incident.objects.filter(pk=incident.pk).update(id=incident.pk + 1_000)
    return review


def also_when_it_is_saved_as_it_was_read_before(team):
    review = make_review()
    review.refresh_from_db()
    taken_over(team, review.incident)
    review.save()
    return review


def also_when_somebody_says_otherwise(team):
    review = make_review(incident=make_incident(team=team))
    Review.objects.update(of_team=make_team())
    return review


WAYS = [way for name, way in list(globals().items()) if name.startswith(("by_", "also_"))]


@pytest.mark.django_db
@pytest.mark.parametrize("way", WAYS)
def test_a_manager_is_asked_about_the_reviews_of_their_teams(way):
    team, other, manager = make_team(), make_review(), make_user()
    Membership.objects.create(team=team, user=manager, is_manager=True)
    Membership.objects.create(team=other.incident.team, user=manager)

    review = way(team)

    assert list(Review.objects.managed_by(manager.pk)) == [review]
    if connection.vendor == "postgresql":
        for each in Review.objects.select_related("incident"):
            assert each.of_team_id == each.incident.team_id


@on_postgresql
@pytest.mark.django_db
def test_the_steps_of_the_migrations_tell_it_of_those_there_and_can_be_taken_back(monkeypatch):
    tell, of_before = TellTheTeam("review"), TellTheTeamOfThoseThere("review")
    state = ProjectState.from_apps(apps)
    with connection.schema_editor(atomic=False) as editor:
        tell.database_backwards("postmortems", editor, state, state)
    for _ in range(5):
        make_review()
    assert not Review.objects.exclude(of_team=None).exists()

    monkeypatch.setattr(TellTheTeamOfThoseThere, "SIZE", 2)
    with connection.schema_editor(atomic=False) as editor:
        for step in (tell, of_before):
            step.database_forwards("postmortems", editor, state, state)
    make_review()

    told = Review.objects.values_list("of_team", "incident__team")
    assert len(told) == 6
    assert all(team == of_incident for team, of_incident in told)


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("review_first", [True, False])
def test_a_review_asked_for_while_a_team_takes_over_is_of_that_team(review_first):
    incident, team = make_incident(), make_team()
    steps = [lambda: make_review(incident=incident), lambda: taken_over(team, incident)]
    one, another = steps if review_first else reversed(steps)

    while_the_other_waits(one, another)

    assert Review.objects.get().of_team == team
