"""When somebody may be reminded: on working days, from nine to six where they are."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

OPENS, CLOSES = time(9), time(18)
_SATURDAY = 5


def next_working_moment(now: datetime, zone: ZoneInfo) -> datetime:
    """`now` itself in working hours, else nine o'clock on the next working day in `zone`."""
    local = now.astimezone(zone)
    if local.weekday() < _SATURDAY and OPENS <= local.time() < CLOSES:
        return now
    day = local.date() if local.time() < OPENS else local.date() + timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    return datetime.combine(day, OPENS, zone)
