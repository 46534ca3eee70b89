"""Working days of the team, counted from the end of the incident."""

from datetime import date

import pytest

from people.working_days import WorkingDays
from postmortems.due import due_on

MONDAY = date(2026, 11, 16)


def test_the_days_count_from_the_resolution():
    asked_on = date(2026, 11, 18)

    assert due_on(resolved_on=MONDAY, requested_on=asked_on) == date(2026, 11, 23)


def test_a_review_asked_for_late_gets_five_days_from_then():
    assert due_on(resolved_on=date(2017, 1, 31), requested_on=MONDAY) == date(2026, 11, 23)


def test_no_date_while_the_incident_goes_on():
    assert due_on(resolved_on=None, requested_on=MONDAY) is None


@pytest.mark.parametrize(("days", "expected"), [(1, 17), (3, 19), (10, 30)])
def test_a_rule_says_how_many_days(days, expected):
    due = due_on(resolved_on=MONDAY, requested_on=MONDAY, days=days)

    assert due == date(2026, 11, expected)


def test_the_days_are_those_the_team_works():
    closed = WorkingDays(days_off=frozenset({date(2026, 11, 18), date(2026, 11, 23)}))
    sunday_to_thursday = WorkingDays(weekdays=frozenset({6, 0, 1, 2, 3}))

    assert due_on(resolved_on=MONDAY, requested_on=MONDAY, team=closed) == date(2026, 11, 25)
    assert due_on(resolved_on=MONDAY, requested_on=MONDAY, team=sunday_to_thursday) == date(
        2026, 11, 23
    )
