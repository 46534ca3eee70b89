"""When a team works: what its managers write down, and how days are counted by it."""

from datetime import date

import pytest
from django.urls import reverse

from common.history import mark_of
from common.models import Activity
from common.when import NotRead
from people import working_days
from people.working_days import MONDAY_TO_FRIDAY, WorkingDays
from tests.make import make_team, make_user
from tests.postmortems.places import marks

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 16)
TODAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (MONDAY, date(2026, 11, 23)),
        (date(2026, 11, 20), date(2026, 11, 27)),  # Friday
        (date(2026, 11, 21), date(2026, 11, 27)),  # Saturday
        (date(2026, 11, 22), date(2026, 11, 27)),  # Sunday
    ],
)
def test_five_working_days_skip_the_weekend(day, expected):
    assert MONDAY_TO_FRIDAY.after(day, 5) == expected


def test_days_off_are_skipped_in_both_directions():
    days = WorkingDays(days_off=frozenset({date(2026, 12, 25), date(2026, 12, 28)}))

    assert days.after(date(2026, 12, 24), 1) == date(2026, 12, 29)
    assert days.before(date(2026, 12, 29), 1) == date(2026, 12, 24)


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("2026-12-25 Christmas Day", {date(2026, 12, 25): "Christmas Day"}),
        ("25 Dec 2026: Christmas Day", {date(2026, 12, 25): "Christmas Day"}),
        ("- 1 Jan", {date(2027, 1, 1): ""}),
        ("30.04.2027\tKoningsdag", {date(2027, 4, 30): "Koningsdag"}),
        ("30 November", {date(2026, 11, 30): ""}),
        (
            "2026-12-31 – 2027-01-01 Closed",
            {date(2026, 12, 31): "Closed", date(2027, 1, 1): "Closed"},
        ),
        ("31 Dec to 1 Jan", {date(2026, 12, 31): "", date(2027, 1, 1): ""}),
    ],
)
def test_days_off_are_read_as_people_write_them(line, days):
    assert working_days.read(f"\n{line}\r\n\n", today=TODAY) == days


@pytest.mark.parametrize(
    "line", ["Christmas", "31 Feb 2027", "2026-12-31 – 2026-12-01", "2026-01-01 – 2027-01-01"]
)
def test_a_line_that_is_not_understood_is_named(line):
    with pytest.raises(NotRead):
        working_days.read(f"2026-12-25\n{line}", today=TODAY)


def test_what_is_written_down_reads_back_the_same():
    team = make_team()
    text = "2026-12-25 Christmas Day\n2026-12-26"
    working_days.save(
        team,
        weekdays=["7", "1"],
        time_zone="",
        days_off=working_days.read(text, today=TODAY),
        mark=mark_of(working_days.in_words(team, ())),
        by=make_user(),
    )
    team.refresh_from_db()

    assert working_days.as_text(team.days_off.order_by("on")) == text
    assert working_days.of(team) == WorkingDays(
        frozenset({6, 0}), frozenset({date(2026, 12, 25), date(2026, 12, 26)})
    )


@pytest.fixture
def manager(client):
    user = make_user()
    client.force_login(user)
    return user


def send(client, team, **answers):
    address = reverse("people:team_days", args=[team.slug])
    answers = {"weekdays": ["1", "2", "3", "4"], "days_off": "2026-12-25 Christmas"} | answers
    return client.post(address, marks(client.get(address)) | answers)


def test_a_manager_says_when_the_team_works(client, manager):
    team = make_team(manager=manager)

    assert send(client, team, time_zone="Amsterdam").status_code == 302

    team.refresh_from_db()
    assert (team.working_days, team.time_zone) == ("1234", "Europe/Amsterdam")
    assert [(off.on, off.name) for off in team.days_off.all()] == [
        (date(2026, 12, 25), "Christmas")
    ]
    assert Activity.objects.about(team).get().verb == "changed working days"
    assert "Christmas" in client.get(reverse("people:team", args=[team.slug])).content.decode()


def test_neither_a_member_nor_a_manager_elsewhere_does(client, manager):
    make_team(manager=manager)
    team = make_team(members=(manager,))

    assert send(client, team).status_code == 403
    assert not team.days_off.exists()


def test_an_administrator_does(client):
    client.force_login(make_user(is_admin=True))
    team = make_team()

    assert send(client, team).status_code == 302
    assert team.days_off.count() == 1


def test_a_team_that_works_on_no_day_is_refused(client, manager):
    answer = send(client, make_team(manager=manager), weekdays=[])

    assert answer.status_code == 422
    assert "Tick at least one day" in answer.content.decode()


def test_what_somebody_else_saved_meanwhile_is_shown_and_not_lost(client, manager):
    team = make_team(manager=manager)
    send(client, team)

    answer = send(client, team, days_off="2027-01-06 Epiphany", mark="")

    html = answer.content.decode()
    assert answer.status_code == 409
    assert "2026-12-25 Christmas" in html
    assert "2027-01-06 Epiphany" in html
    assert [off.name for off in team.days_off.all()] == ["Christmas"]
    again = send(client, team, days_off="2027-01-06 Epiphany",
                 **marks(answer))  # fmt: skip
    assert again.status_code == 302
    assert [off.name for off in team.days_off.all()] == ["Epiphany"]
