"""Durations in words. Unknown, not applicable and zero are three different things."""

from datetime import timedelta


def in_words(duration: timedelta | None) -> str:
    """ "22 min", "1 h 30 min", "3 days 4 h"; "not known" for None, "no time" for zero."""
    if duration is None:
        return "not known"
    seconds = round(abs(duration.total_seconds()))
    if seconds == 0:
        return "no time"
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    if days >= 14:
        return f"{days} days"
    return f"{days} days {hours} h" if hours else f"{days} days"
