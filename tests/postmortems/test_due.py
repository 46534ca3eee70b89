"""Five working days after the incident was resolved."""

from datetime import date

import pytest

from postmortems.due import after_working_days, due_on

MONDAY = date(2026, 11, 16)


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
    assert after_working_days(day, 5) == expected


def test_the_days_count_from_the_resolution():
    asked_on = date(2026, 11, 18)

    assert due_on(resolved_on=MONDAY, requested_on=asked_on) == date(2026, 11, 23)


def test_a_review_asked_for_late_gets_five_days_from_then():
    assert due_on(resolved_on=date(2017, 1, 31), requested_on=MONDAY) == date(2026, 11, 23)


def test_no_date_while_the_incident_goes_on():
    assert due_on(resolved_on=None, requested_on=MONDAY) is None
