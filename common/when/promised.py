"""Times to come, as people promise them: "22:15", "in 30 min", "tomorrow 9:00"."""

from __future__ import annotations

import re
import zoneinfo
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from common.when.moments import Moment, NotRead
from common.when.reading import read
from common.when.swedish import in_english

_IN = re.compile(r"(?:in\s+|\+\s*)(?P<amount>\S.*)", re.IGNORECASE)
#: A clock time that passed longer ago than this is tomorrow's.
_LONG_PAST = timedelta(hours=6)


def read_promise(text: str, *, now: datetime, zone: zoneinfo.ZoneInfo) -> Moment:
    """Understand a whole text as one time that is still ahead.

    A bare clock time is the next one; one that has just passed is asked about. Raises NotRead.
    """
    typed = " ".join(text.split())[:100]
    text = in_english(typed)
    if found := _IN.fullmatch(text):
        return _from_now(typed, found["amount"], now, zone)
    moment = read(text, now=now, zone=zone, may_be_ahead=True)
    if moment.at > now:
        return moment
    try:
        later = read(f"tomorrow {text}", now=now, zone=zone, may_be_ahead=True)
    except NotRead:
        raise NotRead(_("That has passed. Write a time ahead, such as in 30 min.")) from None
    if now - moment.at > _LONG_PAST:
        return later
    tomorrow = _("tomorrow")
    offers = (_("in 30 min"), f"{tomorrow} {typed}")
    raise NotRead(_("That has just passed. Write a time ahead."), offers)


def _from_now(text: str, amount: str, now: datetime, zone: zoneinfo.ZoneInfo) -> Moment:
    """As far ahead as "<amount> ago" lies back."""
    minute = now.replace(second=0, microsecond=0)
    try:
        back = read(f"{amount} ago", now=minute, zone=zone)
        at = minute + (minute - back.at)
    except (NotRead, OverflowError):
        said = _("“{typed}” could not be read as a time. Write it like 22:15 or in 30 min.")
        raise NotRead(said.format(typed=text[:60])) from None
    if at <= now:
        raise NotRead(_("That is now. Write a time ahead, such as in 30 min."))
    return Moment(at, back.zone)
