"""Days ahead, as people type them with few keys: "+2w"."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

_AHEAD = re.compile(r"\+\s*(?P<number>\d{1,3})\s*(?P<unit>[dwm])", re.IGNORECASE)
_DAYS = {"d": 1, "w": 7}


def read_ahead(text: str, *, today: date) -> date | None:
    """So many days, weeks or months from today: "+10d", "+2w", "+1m". A month later is the same
    number of the day, or the last day of a month that is shorter. None for anything else."""
    found = _AHEAD.fullmatch(text.strip())
    if not found:
        return None
    number, unit = int(found["number"]), found["unit"].lower()
    if unit in _DAYS:
        return today + timedelta(days=number * _DAYS[unit])
    year, month = divmod(today.year * 12 + today.month - 1 + number, 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))
