"""Reminders come in working hours, where the reader is."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from people.hours import next_working_moment

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-18 10:30", "2026-11-18 10:30"),  # Wednesday, at work
        ("2026-11-18 07:15", "2026-11-18 09:00"),
        ("2026-11-18 18:00", "2026-11-19 09:00"),
        ("2026-11-20 22:00", "2026-11-23 09:00"),  # Friday night
        ("2026-11-21 11:00", "2026-11-23 09:00"),
        ("2026-11-22 23:59", "2026-11-23 09:00"),
        ("2027-03-26 20:00", "2027-03-29 09:00"),  # over the start of summer time
    ],
)
def test_the_next_working_moment(now, expected):
    at = datetime.fromisoformat(now).replace(tzinfo=AMSTERDAM)

    found = next_working_moment(at, AMSTERDAM)

    assert found == datetime.fromisoformat(expected).replace(tzinfo=AMSTERDAM)
