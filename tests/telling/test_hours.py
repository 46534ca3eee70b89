"""People are told on their working days, outside their quiet hours, where they are."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from people.hours import next_digest, next_open_moment
from people.models import User

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def person(**fields):
    """Somebody with the hours that everybody starts with."""
    return User(time_zone="Europe/Amsterdam", **fields)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-18 10:30", "2026-11-18 10:30"),  # Wednesday, at work
        ("2026-11-18 07:15", "2026-11-18 08:00"),
        ("2026-11-18 18:59", "2026-11-18 18:59"),
        ("2026-11-18 19:00", "2026-11-19 08:00"),
        ("2026-11-20 22:00", "2026-11-23 08:00"),  # Friday night
        ("2026-11-21 11:00", "2026-11-23 08:00"),
        ("2026-11-22 23:59", "2026-11-23 08:00"),
        ("2027-03-26 20:00", "2027-03-29 08:00"),  # over the start of summer time
    ],
)
def test_the_next_open_moment(now, expected):
    assert next_open_moment(at(now), person()) == at(expected)


def test_days_off_are_quiet():
    away = {date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20)}

    assert next_open_moment(at("2026-11-18 10:30"), person(), away) == at("2026-11-23 08:00")


def test_who_works_at_night_is_told_at_night():
    night = person(quiet_from=time(6), quiet_until=time(18), working_days="67")

    assert next_open_moment(at("2026-11-18 23:00"), night) == at("2026-11-21 00:00")
    assert next_open_moment(at("2026-11-21 07:00"), night) == at("2026-11-21 18:00")


def test_the_same_hour_twice_leaves_no_hour_quiet():
    always = person(quiet_from=time(8), quiet_until=time(8))

    assert next_open_moment(at("2026-11-18 03:00"), always) == at("2026-11-18 03:00")


@pytest.mark.parametrize(
    ("fields", "now", "expected"),
    [
        ({}, "2026-11-18 10:30", "2026-11-23 09:00"),
        ({}, "2026-11-23 08:59", "2026-11-23 09:00"),
        ({}, "2026-11-23 09:00", "2026-11-30 09:00"),
        ({"digest_on": 5, "digest_at": time(16)}, "2026-11-18 10:30", "2026-11-20 16:00"),
        ({"digest_every": "day"}, "2026-11-18 10:30", "2026-11-19 09:00"),
        ({"digest_every": "day"}, "2026-11-20 10:30", "2026-11-23 09:00"),
        # On a day off, or within quiet hours, it waits.
        ({"digest_on": 6}, "2026-11-18 10:30", "2026-11-23 08:00"),
        ({"digest_at": time(7)}, "2026-11-18 10:30", "2026-11-23 08:00"),
    ],
)
def test_the_next_digest(fields, now, expected):
    assert next_digest(at(now), person(**fields)) == at(expected)
