"""Durations in words. Unknown, not applicable and zero are three different things."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def in_words(duration: timedelta | None) -> str:
    """ "22 min", "1 h 30 min", "3 days 4 h"; "not known" for None, "no time" for zero."""
    if duration is None:
        return _("not known")
    seconds = round(abs(duration.total_seconds()))
    if seconds == 0:
        return _("no time")
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    words = ngettext("{days} day", "{days} days", days).format(days=days)
    return f"{words} {hours} h" if hours and days < 14 else words
