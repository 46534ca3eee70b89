"""Time zones by city, with the offset now."""

from datetime import UTC, datetime

import pytest

from people import zones

WINTER = datetime(2017, 2, 9, 20, 52, tzinfo=UTC)
SUMMER = datetime(2017, 7, 9, 20, 52, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "now", "label"),
    [
        ("Europe/Amsterdam", WINTER, "Amsterdam (UTC+1, now 21:52)"),
        ("Europe/Amsterdam", SUMMER, "Amsterdam (UTC+2, now 22:52)"),
        ("America/St_Johns", WINTER, "St Johns (UTC−3:30, now 17:22)"),
        ("Asia/Kathmandu", WINTER, "Kathmandu (UTC+5:45, now 02:37)"),
        ("Europe/London", WINTER, "London (UTC, now 20:52)"),
        ("UTC", WINTER, "UTC (now 20:52)"),
    ],
)
def test_a_label_names_city_offset_and_time(name, now, label):
    assert zones.label(name, now=now) == label


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Europe/Amsterdam", "Europe/Amsterdam"),
        ("europe/amsterdam", "Europe/Amsterdam"),
        (" Amsterdam ", "Europe/Amsterdam"),
        ("Amsterdam (UTC+1, now 21:52)", "Europe/Amsterdam"),
        ("New York", "America/New_York"),
        ("são paulo", "America/Sao_Paulo"),
        ("utc", "UTC"),
        ("US/Pacific", "US/Pacific"),
        ("Atlantis", None),
        ("", None),
        ("../../etc/passwd", None),
        ("Europe/Amsterdam\0", None),
    ],
)
def test_what_people_type_is_found(typed, name):
    assert zones.find(typed) == name


def test_every_zone_offered_is_understood_and_its_label_too():
    for zone in zones.choices(now=WINTER):
        assert zones.find(zone.name) == zone.name
        assert zones.find(zone.label) in {zone.name, None}
