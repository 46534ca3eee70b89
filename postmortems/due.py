"""By when a review should have happened: while people still remember."""

from datetime import date, timedelta

WORKING_DAYS = 5


def after_working_days(day: date, count: int) -> date:
    """The `count`th working day (Monday to Friday) after `day`, which itself is not counted."""
    while count:
        day += timedelta(days=1)
        if day.weekday() < 5:
            count -= 1
    return day


def due_on(*, resolved_on: date | None, requested_on: date) -> date | None:
    """Five working days after the incident was resolved; None while it is still going on.

    When that day was over before anybody asked for a review, the five days count from the request.
    """
    if resolved_on is None:
        return None
    due = after_working_days(resolved_on, WORKING_DAYS)
    return due if due >= requested_on else after_working_days(requested_on, WORKING_DAYS)
