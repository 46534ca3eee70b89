"""Reviews whose date is near or past are named to whoever guides them, once a stretch."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from people import mails
from people.models import Delivery, Notification
from people.working_days import MONDAY_TO_FRIDAY
from postmortems import freshness, reminders
from postmortems.models import Review
from tests.make import make_incident, make_review, make_team, make_user

pytestmark = pytest.mark.django_db

DUE = date(2026, 11, 20)


def on(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def days_told(review, days: range) -> list[int]:
    """The days around its date on which somebody was told anew."""
    return [day for day in days if reminders.remind(now=on(DUE + timedelta(days=day)))]


def test_the_facilitator_is_told_before_on_and_every_week_after():
    facilitator = make_user()
    review = make_review(facilitator=facilitator, due_on=DUE)

    assert days_told(review, range(-10, 23)) == [-3, 0, 7, 14, 21]
    told = Notification.objects.all()
    assert {(row.recipient, row.kind) for row in told} == {(facilitator, "review_due")}


def test_a_day_that_was_missed_is_made_up_once():
    make_review(facilitator=make_user(), due_on=DUE)

    assert reminders.remind(now=on(DUE + timedelta(days=2))) == 1
    assert reminders.remind(now=on(DUE + timedelta(days=3))) == 0


def test_a_second_run_tells_nobody():
    make_review(facilitator=make_user(), due_on=DUE)

    assert reminders.remind(now=on(DUE)) == 1
    assert reminders.remind(now=on(DUE)) == 0
    assert Notification.objects.count() == 1


def test_managers_are_told_while_nobody_guides_it():
    managers = [make_user(), make_user()]
    team = make_team(manager=managers[0], members=(make_user(),))
    team.memberships.create(user=managers[1], is_manager=True)
    make_review(incident=make_incident(team=team), state="requested", due_on=DUE)

    reminders.remind(now=on(DUE))

    told = Notification.objects.values_list("recipient", flat=True)
    assert set(told) == {manager.pk for manager in managers}


def test_who_looks_after_the_team_is_asked_to_name_a_guide_and_who_guides_it_is_not():
    manager, guide = make_user(), make_user()
    team = make_team(manager=manager)
    unguided = make_review(incident=make_incident(team=team), state="requested", due_on=DUE)
    make_review(incident=make_incident(team=team), facilitator=guide, due_on=DUE)
    reminders.remind(now=on(DUE))
    asking = Delivery.objects.filter(notification__kind="review_due")
    to_manager = asking.get(notification__recipient=manager)

    asked = mails.compose(to_manager).body
    assert "Name a facilitator" in asked
    assert "because you look after the team" in asked
    told = mails.compose(asking.get(notification__recipient=guide)).body
    assert "Name a facilitator" not in told
    assert "because you guide this review" in told

    unguided.facilitator = guide
    unguided.save()
    assert mails.compose(to_manager) is None


@pytest.mark.parametrize("state", ["published", "not_required", "archived"])
def test_what_is_over_is_not_named(state):
    make_review(facilitator=make_user(), due_on=DUE, state=state, not_required_reason="Nothing new")

    assert reminders.remind(now=on(DUE)) == 0


def test_a_new_date_is_told_anew():
    review = make_review(facilitator=make_user(), due_on=DUE)
    reminders.remind(now=on(DUE))
    review.due_on = DUE + timedelta(days=1)
    review.save()

    assert reminders.remind(now=on(DUE + timedelta(days=1))) == 1


def test_a_review_asked_for_early_gets_its_date_when_the_incident_is_resolved():
    incident = make_incident(state="mitigated")
    review = make_review(incident=incident, state="requested")
    assert reminders.give_dates() == 0

    incident.resolved_at = timezone.now()
    incident.save()

    assert reminders.give_dates() == 1
    review.refresh_from_db()
    assert review.due_on == MONDAY_TO_FRIDAY.after(timezone.localdate(incident.resolved_at), 5)


@pytest.mark.parametrize("rows", [1, 10])
def test_reminding_costs_the_same_for_any_number(django_assert_max_num_queries, rows):
    for _ in range(rows):
        make_review(facilitator=make_user(), due_on=DUE)

    with django_assert_max_num_queries(16):
        assert reminders.remind(now=on(DUE)) == rows
    assert Review.objects.count() == rows


@pytest.mark.parametrize(
    ("zone", "at", "told"),
    [
        ("Pacific/Auckland", datetime(2026, 11, 16, 9, tzinfo=UTC), 0),
        ("Pacific/Auckland", datetime(2026, 11, 16, 12, tzinfo=UTC), 1),
        ("America/Los_Angeles", datetime(2026, 11, 17, 5, tzinfo=UTC), 0),
        ("America/Los_Angeles", datetime(2026, 11, 17, 9, tzinfo=UTC), 1),
    ],
)
def test_three_days_before_is_counted_where_the_facilitator_is(zone, at, told):
    make_review(facilitator=make_user(time_zone=zone), due_on=DUE)

    assert reminders.remind(now=at) == told


def guided(**fields):
    manager = make_user()
    review = make_review(
        incident=make_incident(team=make_team(manager=manager)),
        facilitator=make_user(),
        due_on=DUE,
        **fields,
    )
    return review, manager


def test_managers_hear_once_before_memory_fades_that_there_is_no_time_to_meet():
    # The date is a Friday.
    _, manager = guided()
    told = Notification.objects.filter(kind="review_fading")

    reminders.remind(now=on(DUE - timedelta(days=2)))
    assert not told.exists()
    for day in (-1, 0, 1, 7, 14):
        reminders.remind(now=on(DUE + timedelta(days=day)))

    assert list(told.values_list("recipient", flat=True)) == [manager.pk]


def test_the_last_day_before_is_a_working_day_of_the_team():
    review, _ = guided()
    review.incident.team.days_off.create(on=DUE - timedelta(days=1))

    reminders.remind(now=on(DUE - timedelta(days=2)))

    assert Notification.objects.filter(kind="review_fading").count() == 1


@pytest.mark.parametrize("state", ["analysis", "drafting", "in_review", "approved"])
def test_what_people_look_at_or_write_up_is_no_fading_memory(state):
    review, _ = guided()
    reminders.remind(now=on(DUE + timedelta(days=7)))
    told = Notification.objects.filter(kind="review_due")
    assert told.count() == 1
    type(review).objects.filter(pk=review.pk).update(state=state)

    reminders.remind(now=on(DUE + timedelta(days=14)))

    assert told.count() == 1
    # What waits already is not sent any more either.
    assert mails.compose(told.get().deliveries.get()) is None


@pytest.mark.parametrize("fields", [{"meeting_at": on(DUE)}, {"state": "analysis"}])
def test_managers_hear_nothing_of_a_review_that_is_on_its_way(fields):
    guided(**fields)

    reminders.remind(now=on(DUE))

    assert not Notification.objects.filter(kind="review_fading").exists()


@pytest.mark.parametrize(
    ("days", "level", "sentence"),
    [
        (0, "fresh", "It ended today: memories are fresh"),
        (1, "fresh", "It ended yesterday: memories are fresh"),
        (3, "fading", "It ended 3 days ago: memories are fading"),
        (8, "faded", "It ended 8 days ago: notes tell more than memory"),
    ],
)
def test_the_clock_says_how_fresh_memory_is(client, days, level, sentence):
    person = make_user()
    incident = make_incident(
        started_at=timezone.now() - timedelta(days=days, hours=3),
        resolved_at=timezone.now() - timedelta(days=days),
    )
    review = make_review(incident=incident, participants=(person,))
    client.force_login(person)

    assert freshness.of(review, now=timezone.now()).level == level
    for address in (review.get_absolute_url(), reverse("postmortems:list"), reverse("home")):
        assert sentence in client.get(address).content.decode()


@pytest.mark.parametrize("fields", [{"state": "published"}, {"state": "drafting"}])
def test_the_clock_stops_once_people_have_looked_at_it(fields):
    assert freshness.of(make_review(**fields), now=timezone.now()) is None


def test_the_clock_does_not_run_while_the_incident_does():
    review = make_review(incident=make_incident(state="mitigated"))

    assert freshness.of(review, now=timezone.now()) is None
