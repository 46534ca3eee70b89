"""When somebody may be told: on their working days, outside their quiet hours, where they are."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from people.models import User

_DAY = timedelta(days=1)


def next_open_moment(now: datetime, person: User, days_off: Collection[date] = ()) -> datetime:
    """`now` itself when it is neither a quiet hour nor a quiet day of theirs, else the first
    moment after it that is not."""
    moment = now.astimezone(person.zone)
    while True:
        if not works_on(moment.date(), person, days_off):
            moment = datetime.combine(moment.date() + _DAY, time(), person.zone)
        elif is_quiet(moment.time(), person):
            passes_midnight = person.quiet_until <= person.quiet_from <= moment.time()
            day = moment.date() + _DAY * passes_midnight
            moment = datetime.combine(day, person.quiet_until, person.zone)
        else:
            return moment


def next_digest(now: datetime, person: User, days_off: Collection[date] = ()) -> datetime:
    """The next time their digest goes out: every working day, or on their day of the week. On a
    day off it waits for the next open moment."""
    here = now.astimezone(person.zone)
    day = here.date()
    while True:
        moment = datetime.combine(day, person.digest_at, person.zone)
        is_its_day = (
            day.isoweekday() == person.digest_on
            if person.digest_every == User.Every.WEEK
            else works_on(day, person, days_off)
        )
        if is_its_day and moment > here:
            return next_open_moment(moment, person, days_off)
        day += _DAY


def works_on(day: date, person: User, days_off: Collection[date]) -> bool:
    return str(day.isoweekday()) in person.working_days and day not in days_off


def is_quiet(hour: time, person: User) -> bool:
    """The same hour twice means that none is quiet."""
    begins, ends = person.quiet_from, person.quiet_until
    if begins <= ends:
        return begins <= hour < ends
    return hour >= begins or hour < ends
