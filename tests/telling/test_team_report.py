"""Managers hear how a week or a month went, in counts and spreads, and of no person."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from actions.models import Action
from common.history import record
from config import reminders, team_report
from config.team_report import Period
from people import deliveries, preferences
from people.models import Notification, User
from people.topics import How
from tests.make import make_action, make_incident, make_lesson, make_review, make_team, make_user

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)
WEEK = Period(date(2026, 11, 16), date(2026, 11, 22))
WITHIN = datetime(2026, 11, 18, 12, tzinfo=UTC)


def report(team, reader):
    return team_report.make(team, reader, WEEK, today=MONDAY.date())


@pytest.mark.parametrize(
    ("every", "day", "words"),
    [
        ("week", date(2026, 11, 23), "16 to 22 November"),
        ("week", date(2026, 11, 29), "16 to 22 November"),
        ("week", date(2026, 12, 7), "30 November to 6 December"),
        ("month", date(2026, 12, 1), "November 2026"),
        ("month", date(2027, 1, 31), "December 2026"),
    ],
)
def test_it_is_about_the_last_whole_week_or_month(every, day, words):
    assert str(Period.of(every, day)) == words


def test_it_counts_what_happened_in_that_time(monkeypatch):
    manager = make_user()
    team = make_team(manager=manager)
    for at in (WITHIN, WITHIN - timedelta(days=7)):
        make_incident(team=team, started_at=at, resolved_at=at)
        make_review(incident=make_incident(team=team, started_at=None, resolved_at=None),
                    state="published", published_at=at)  # fmt: skip
        make_action(team=team, state=Action.State.VERIFIED, verified_at=at, created_at=at)
        # Parked long before, and agreed then.
        promised = make_action(team=team, created_at=at - timedelta(days=30))
        make_action(team=team, created_at=at, state=Action.State.DECLINED)
        monkeypatch.setattr("django.utils.timezone.now", lambda at=at: at)
        record(manager, "agreed", promised)
        monkeypatch.undo()
        make_lesson(published_at=at, title=f"Learned on {at.date()}")
        make_lesson(published_at=at, title=f"Ours of {at.date()}", team=team)

    found = report(team, manager)

    assert (found.incidents, found.reviews, found.agreed, found.verified) == (1, 1, 1, 1)
    assert [lesson.title for lesson in found.lessons] == ["Ours of 2026-11-18"]
    assert [lesson.title for lesson in found.elsewhere] == ["Learned on 2026-11-18"]
    assert found.lines[0] == ("Incident or near miss that began", 1)


def test_the_words_follow_the_number():
    manager = make_user()
    team = make_team(manager=manager)
    for _ in range(2):
        make_incident(team=team, started_at=WITHIN)

    lines = report(team, manager).lines

    assert lines[:2] == [
        ("Incidents and near misses that began", 2), ("Reviews published", 0),
    ]  # fmt: skip


def test_it_spreads_open_actions_by_age_and_names_the_oldest():
    manager = make_user()
    team = make_team(manager=manager)
    ages = [1, 10, 30, 31, 90, 91, 180, 181, 400]
    actions = [
        make_action(team=team, created_at=MONDAY - timedelta(days=days), due_on=MONDAY.date())
        for days in ages
    ]

    found = report(team, manager)

    assert found.ages == [
        ("up to a month", 3),
        ("one to three months", 2),
        ("three to six months", 2),
        ("more than half a year", 2),
    ]
    assert [action.pk for action in found.oldest] == [row.pk for row in reversed(actions[4:])]
    assert found.spread == (20, 90, 180)
    assert (found.open, found.past) == (9, 0)


def test_a_handful_has_no_spread():
    manager = make_user()
    team = make_team(manager=manager)
    make_action(team=team, created_at=MONDAY)

    assert report(team, manager).spread is None


def test_what_its_reader_may_not_see_is_not_counted():
    manager = make_user()
    team = make_team(manager=manager)
    hidden = make_action(team=team, created_at=WITHIN)
    assert report(team, manager).open == 1

    hidden.incidents.add(make_incident(visibility="restricted"))

    found = report(team, manager)
    assert (found.open, found.agreed, found.oldest) == (0, 0, [])


@pytest.mark.parametrize("number", [1, 20])
def test_it_takes_the_same_statements_for_any_number(django_assert_num_queries, number):
    manager = make_user()
    team = make_team(manager=manager)
    for _ in range(number):
        make_action(team=team, created_at=WITHIN)
        make_lesson(published_at=WITHIN)
        make_lesson(published_at=WITHIN, team=team)
    report(team, manager)

    with django_assert_num_queries(10):
        report(team, manager)


def test_each_manager_hears_once_a_week_and_who_wants_so_once_a_month():
    weekly, monthly = make_user(), make_user(report_every=User.ReportEvery.MONTH)
    for manager in (weekly, monthly):
        team = make_team(manager=manager, members=(make_user(),))
        make_action(team=team, created_at=datetime(2026, 10, 8, tzinfo=UTC))

    for days in range(10):
        reminders.tell_reports(now=MONDAY + timedelta(days=days))

    told = Notification.objects.filter(kind="team_report").order_by("pk")
    assert [row.data["first"] for row in told.filter(recipient=weekly)] == [
        "2026-11-16", "2026-11-23",
    ]  # fmt: skip
    assert [row.data["first"] for row in told.filter(recipient=monthly)] == [
        "2026-10-01", "2026-11-01",
    ]  # fmt: skip
    assert set(told.values_list("recipient", flat=True)) == {weekly.pk, monthly.pk}


def test_a_week_with_nothing_in_it_is_not_reported():
    manager = make_user()
    team = make_team(manager=manager)
    # What one may not see would make a report of zeros: that would tell of it.
    hidden = make_action(team=team, created_at=WITHIN)
    hidden.incidents.add(make_incident(visibility="restricted"))
    make_action(team=team, created_at=MONDAY)

    reminders.tell_reports(now=MONDAY)

    assert not Notification.objects.exists()


@pytest.mark.parametrize(
    "what",
    [
        lambda team: make_incident(team=team, started_at=WITHIN),
        lambda team: make_action(team=team, created_at=WITHIN - timedelta(days=90)),
        lambda team: make_action(
            team=team, created_at=WITHIN, state=Action.State.VERIFIED, verified_at=WITHIN
        ),
        lambda team: make_review(
            incident=make_incident(team=team), state="published", published_at=WITHIN
        ),
        lambda team: make_lesson(team=team, published_at=WITHIN),
    ],
)
def test_anything_in_it_is_reported_once(what, django_assert_num_queries):
    team = make_team(manager=make_user())
    what(team)

    assert reminders.tell_reports(now=MONDAY) == 1
    with django_assert_num_queries(2):
        assert reminders.tell_reports(now=MONDAY) == 0


def test_two_teams_in_one_mail_are_two_reports():
    manager = make_user()
    for name, title in (("Database", "Rehearse a restore"), ("Network", "Draw the links")):
        team = make_team(manager=manager, name=name)
        make_action(team=team, title=title, created_at=WITHIN)
        make_lesson(team=team, title=f"A lesson of {name}", published_at=WITHIN)
        make_incident(team=team, started_at=WITHIN)

    reminders.tell_reports(now=MONDAY)
    deliveries.deliver_waiting(now=MONDAY)

    [message] = mail.outbox
    for page in (message.body, message.alternatives[0].content):
        for words in ("Rehearse a restore", "Draw the links", "A lesson of Database"):
            assert page.count(words) == 1
        assert page.count("Incident or near miss that began") == 2
        assert "Reviews published" not in page


def test_it_comes_by_mail_unless_its_reader_opts_out():
    manager, silent = make_user(), make_user()
    team = make_team(manager=manager, name="Database")
    make_team(manager=silent)
    preferences.silence(silent, ["team_report"])
    created_at = timezone.now() - timedelta(days=40)
    make_action(team=team, title="Rehearse a restore", created_at=created_at)

    reminders.tell_reports(now=timezone.now())
    deliveries.deliver_waiting()

    [message] = mail.outbox
    assert message.to == [manager.email]
    assert message.subject.startswith("How it went for Database: ")
    assert "Rehearse a restore" in message.body
    assert preferences.of(silent).choices == {"team_report": How.BELL}


def test_the_page_says_the_same(client):
    manager = make_user()
    team = make_team(manager=manager, name="Database")
    make_action(team=team, title="Rehearse a restore")
    client.force_login(manager)

    page = client.get(f"/teams/{team.slug}/report/?every=month").content.decode()

    assert "What Database learned and changed" in page
    assert "Rehearse a restore" in page
    assert 'href="?every=month" aria-current="page"' in page
    assert f"/teams/{team.slug}/report/" in client.get(f"/teams/{team.slug}/").content.decode()


def test_it_is_for_those_who_look_after_the_team(client):
    manager, elsewhere = make_user(), make_user()
    team = make_team(manager=manager)
    make_team(manager=elsewhere)
    answers = []
    for user in (manager, elsewhere, make_user(), make_user(is_admin=True)):
        client.force_login(user)
        answers.append(client.get(f"/teams/{team.slug}/report/").status_code)

    assert answers == [200, 403, 403, 403]
    assert client.get("/teams/of-nobody/report/").status_code == 404
