"""Who guides a review, who listens in, and whom the page suggests."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.models import Duty, Involvement, Update
from people.models import Notification, TeamDayOff
from postmortems import pool, seats, taking_part, workflow
from postmortems.models import Perspective, Review
from tests.make import make_event, make_incident, make_review, make_team, make_user
from tests.postmortems.places import at, everyone

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 27)


def in_pool(**fields):
    return make_user(is_in_facilitator_pool=True, **fields)


def guiding(person, count):
    for _ in range(count):
        make_review(facilitator=person)


def offered(review, by=None):
    return pool.candidates(review, seen_by=by or make_user(), today=TODAY)


def test_the_best_fit_comes_first_with_what_speaks_against_the_others():
    people = everyone(state="assigned")
    review, team = people.review, people.review.incident.team
    busy, free, near, leads = (in_pool(name=name) for name in ("Busy", "Free", "Near", "Leads"))
    guiding(busy, 2)
    team.memberships.create(user=people.participant)
    make_team(manager=leads, members=(people.colleague,))
    review.participants.create(user=near)

    found = offered(review)

    assert [(each.user.name, each.load, each.conflict_words) for each in found] == [
        ("Free", "guides none now", ""),
        ("Fay Guide", "guides 1 now", ""),
        ("Busy", "guides 2 now", ""),
        ("Leads", "guides none now", "manages somebody who took part"),
        ("Near", "guides none now", "took part"),
    ]
    assert pool.best(found, review).user == free


def test_everything_that_speaks_against_somebody_is_named():
    people = everyone(state="requested")
    incident = people.review.incident
    person = in_pool()
    incident.reporter = person
    incident.save()
    Duty.objects.create(incident=incident, kind="leads", user=person)
    make_team(manager=people.participant, members=(person,))

    assert pool.conflicts(people.review, [person.pk]) == {
        person.pk: ("filed it", "took part", "is managed by somebody who took part")
    }


def test_taking_part_in_any_incident_of_the_review_counts():
    review = make_review()
    person = in_pool()
    review.also_covers.add(make_incident(participants=(person,)))

    assert pool.conflicts(review, [person.pk]) == {person.pk: ("took part",)}


def test_a_review_that_the_reader_may_not_know_of_is_no_load():
    review = make_review(state="requested")
    person, reader = in_pool(), make_user()
    make_review(incident=make_incident(visibility="restricted"), facilitator=person)

    assert [each.guides_now for each in offered(review, by=reader)] == [0]
    assert [each.guides_now for each in offered(review, by=person)] == [1]


def test_somebody_whose_team_has_a_day_off_comes_later():
    review = make_review(state="requested")
    away, here = in_pool(name="Ann"), in_pool(name="Zoe")
    guiding(here, 1)
    TeamDayOff.objects.create(team=make_team(members=(away,)), on=TODAY)

    assert [(each.user, each.is_away) for each in offered(review)] == [(here, False), (away, True)]


def test_nobody_is_suggested_when_everybody_was_near_it():
    person = in_pool()
    review = make_review(participants=(person,), state="requested")

    assert pool.best(offered(review), review) is None


@pytest.mark.parametrize("size", [1, 12])
def test_the_pool_costs_the_same_for_any_size(django_assert_num_queries, size):
    review = make_review(participants=(make_user(), make_user()))
    reader = make_user()
    for _ in range(size):
        guiding(in_pool(), 1)

    with django_assert_num_queries(8):
        assert len(offered(review, by=reader)) == size


def test_naming_somebody_who_was_near_needs_a_reason_that_is_kept(client):
    people = everyone(state="requested")
    leads = in_pool()
    make_team(manager=leads, members=(people.participant,))
    client.force_login(people.manager)

    refused = client.post(at("assign", people.review), {"facilitator": leads.pk})
    assert refused.status_code == 422
    assert "manages somebody who took part. Choose somebody" in refused.content.decode()

    reason = "Nobody else knows how this machine is built."
    client.post(at("assign", people.review), {"facilitator": leads.pk, "override_reason": reason})
    people.review.refresh_from_db()
    assert (people.review.facilitator, people.review.override_reason) == (leads, reason)


def test_the_page_warns_suggests_and_is_for_who_names(client):
    people = everyone(state="requested")
    client.force_login(people.manager)
    free = in_pool(name="Free")

    html = client.get(at("people", people.review) + "?suggest").content.decode()

    assert f'value="{free.pk}" checked' in html
    assert "guides none now" in html
    client.force_login(people.participant)
    assert client.get(at("people", people.review)).status_code == 403


# Offering -------------------------------------------------------------------------------------
def test_somebody_of_the_pool_offers_to_guide_and_takes_it_back(client):
    people = everyone(state="requested")
    Review.objects.update(facilitator=None)
    person = in_pool()
    client.force_login(person)
    assert "I can guide this one" in client.get(at("detail", people.review)).content.decode()

    for _ in range(2):
        client.post(at("offer", people.review))

    [candidate] = [each for each in offered(people.review) if each.user == person]
    assert candidate.has_offered
    client.force_login(people.manager)
    assert "Somebody offers to guide it" in client.get(reverse("home")).content.decode()
    client.force_login(person)
    client.post(at("offer", people.review), {"can": "no"})
    assert not people.review.offers.exists()


def test_offering_is_for_the_pool_and_while_nobody_guides_it(client):
    people = everyone()
    client.force_login(people.stranger)
    assert client.post(at("offer", people.review)).status_code == 403

    with pytest.raises(workflow.Refused, match="Somebody guides it by now"):
        pool.offer(people.review, by=in_pool(), can=True)


# Listening in ---------------------------------------------------------------------------------
def test_a_learner_reads_the_draft_and_writes_nothing(client):
    people = everyone()
    guest = make_user()
    client.force_login(people.facilitator)
    client.post(at("seat", people.review), {"people": guest.email})
    told = Notification.objects.get(kind="review_seat")
    assert (told.recipient, told.data["beside"]) == (guest, False)

    client.force_login(guest)
    assert client.get(at("detail", people.review)).status_code == 200
    assert client.post(at("add_finding", people.review, "right"), {"text": "x"}).status_code == 403
    assert client.post(at("premises", people.review), {"accept": "on"}).status_code == 403
    assert client.get(at("people", people.review)).status_code == 403


def test_who_sits_beside_the_facilitator_reads_no_closed_perspective(client):
    people = everyone()
    guest = make_user()
    Perspective.objects.create(
        review=people.review, author=people.participant, noticed="The graph was flat",
        audience="review", shared_at=timezone.now(),
    )  # fmt: skip
    Perspective.objects.create(
        review=people.review, author=people.colleague, noticed="For one reader only",
        audience="facilitator", shared_at=timezone.now(),
    )  # fmt: skip
    seats.seat(people.review, [guest], by=people.facilitator, beside=True)
    client.force_login(guest)

    page = client.get(at("detail", people.review)).content.decode()
    assert "The graph was flat" not in page

    workflow.open_perspectives(people.review, by=people.facilitator)

    page = client.get(at("detail", people.review)).content.decode()
    assert "The graph was flat" in page
    assert "For one reader only" not in page


def test_one_person_sits_there_and_nobody_who_has_another_part():
    people = everyone()
    by, first, second = people.facilitator, make_user(), make_user()

    with pytest.raises(workflow.NotReady, match="One person at a time"):
        seats.seat(people.review, [first, second], by=by, beside=True)
    for person, words in ((people.participant, "takes part"), (by, "guides this review")):
        with pytest.raises(workflow.NotReady, match=words):
            seats.seat(people.review, [person], by=by, beside=True)

    seats.seat(people.review, [first], by=by, beside=True)
    seats.seat(people.review, [second], by=by, beside=True)

    people.review.refresh_from_db()
    assert people.review.shadow == second
    learners = people.review.incident.involvements.filter(capacity="learner")
    assert set(learners.values_list("user", flat=True)) == {first.pk, second.pk}


def test_taken_off_they_read_nothing_more_and_can_be_asked_again(client):
    people = everyone()
    guest = make_user()
    seats.seat(people.review, [guest], by=people.facilitator, beside=True)
    named = Involvement.objects.get(user=guest)
    client.force_login(people.facilitator)

    client.post(at("unseat", people.review, named.pk))

    people.review.refresh_from_db()
    assert people.review.shadow is None
    client.force_login(guest)
    assert client.get(at("detail", people.review)).status_code == 403
    assert seats.seat(people.review, [guest], by=people.facilitator) == [guest]
    assert Notification.objects.filter(kind="review_seat").count() == 1


def test_whoever_takes_part_or_guides_no_longer_only_listens():
    people = everyone()
    guest, next_one = make_user(), in_pool()
    seats.seat(people.review, [guest, next_one], by=people.facilitator)
    seats.seat(people.review, [next_one], by=people.facilitator, beside=True)

    taking_part.invite(people.review, [guest], by=people.facilitator)
    taking_part.assign(people.review, next_one, by=people.manager)

    people.review.refresh_from_db()
    assert people.review.shadow is None
    assert not people.review.incident.involvements.filter(capacity="learner").exists()


# Who is asked -----------------------------------------------------------------------------------
def test_everybody_who_left_a_trace_in_the_incident_is_suggested():
    people = everyone(state="assigned")
    incident = people.review.incident
    filed, led, wrote, told, named = (make_user(name=name) for name in "ABCDE")
    incident.reporter = filed
    incident.save()
    Duty.objects.create(incident=incident, kind="leads", user=led)
    make_event(incident, author=wrote)
    Update.objects.create(incident=incident, text="Slow", by=told)
    covered = make_incident(participants=(named,))
    people.review.also_covers.add(covered)

    found = taking_part.suggested(people.review)

    assert [(each.user.name, each.why) for each in found] == [
        ("A", "Filed it"),
        ("B", "Led the response"),
        ("C", "Wrote in the timeline"),
        ("D", "Told people how it went"),
        ("E", "Took part"),
    ]
