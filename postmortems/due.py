"""By when a review should have happened: while people still remember."""

from __future__ import annotations

from datetime import date

from people.working_days import MONDAY_TO_FRIDAY, WorkingDays

WORKING_DAYS = 5


def due_on(
    *,
    resolved_on: date | None,
    requested_on: date,
    days: int = WORKING_DAYS,
    team: WorkingDays = MONDAY_TO_FRIDAY,
) -> date | None:
    """So many working days of the team after the incident was resolved; None while it goes on.

    When that day was over before anybody asked for a review, the days count from the request.
    """
    if resolved_on is None:
        return None
    due = team.after(resolved_on, days)
    return due if due >= requested_on else team.after(requested_on, days)
