"""Show moments: never a bare clock time, the reader's zone first, UTC on hover."""

from datetime import UTC, date, datetime, timedelta

from django import template
from django.template import defaultfilters
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from common import dates, durations
from common.dates import say

register = template.Library()


@register.filter(name="date", expects_localtime=True)
def date_by(value: date | datetime | None, pattern: str | None = None) -> str:
    """Django's `date`, with months as each language writes them within a date: "4 mars 2024"."""
    if isinstance(value, date) and pattern and dates.is_plain(pattern):
        return say(value, pattern)
    return str(defaultfilters.date(value, pattern))


def day_in_words(day: date, *, today: date) -> str:
    """ "today", "yesterday", "31 Jan", or with the year when it is another year."""
    if day == today:
        return _("today")
    if day == today - timedelta(days=1):
        return _("yesterday")
    if day == today + timedelta(days=1):
        return _("tomorrow")
    return say(day, "j M" if day.year == today.year else "j M Y")


def moment_in_words(at: datetime, *, now: datetime) -> str:
    """ "31 Jan 20:00 CET", in the zone that is active."""
    local = timezone.localtime(at)
    return f"{day_in_words(local.date(), today=timezone.localtime(now).date())} {local:%H:%M %Z}"


def _time_element(at: datetime, words: str) -> SafeString:
    """With UTC on hover. `data-utc` is what the style sheet sets beside it on paper and while
    “Show UTC” is ticked; it names the day only where that is another one."""
    utc, local = at.astimezone(UTC), timezone.localtime(at)
    iso, title = utc.strftime("%Y-%m-%dT%H:%M:%SZ"), f"{say(utc, 'j M Y H:i')} UTC"
    if not local.utcoffset():
        return format_html('<time class="t" datetime="{}" title="{}">{}</time>', iso, title, words)
    day = "" if utc.date() == local.date() else f"{say(utc, 'j M')} "
    return format_html(
        '<time class="t" datetime="{}" title="{}" data-utc="{}">{}</time>',
        iso,
        title,
        f"{day}{utc:%H:%M} UTC",
        words,
    )


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """A day and clock time with its zone, as a <time> element."""
    if at is None:
        return _("not known")
    return _time_element(at, moment_in_words(at, now=timezone.now()))


@register.filter
def clock(at: datetime | None) -> SafeString | str:
    """The clock time alone, for places that name day and zone beside it."""
    if at is None:
        return "–"
    return _time_element(at, timezone.localtime(at).strftime("%H:%M"))


@register.filter
def utc_clock(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%H:%M} UTC" if at else ""


@register.filter
def day(value: date | datetime | None) -> SafeString | str:
    """A day in words, as a <time> element."""
    if value is None:
        return _("no date")
    exactly = value.astimezone(UTC) if isinstance(value, datetime) else None
    on = timezone.localtime(exactly).date() if exactly else value
    weekday = say(on, "l j F Y")
    return format_html(
        '<time class="t" datetime="{}" title="{}">{}</time>',
        exactly.strftime("%Y-%m-%dT%H:%M:%SZ") if exactly else on.isoformat(),
        f"{weekday}; {say(exactly, 'j M Y H:i')} UTC" if exactly else weekday,
        day_in_words(on, today=timezone.localdate()),
    )


@register.filter
def rough_day(text: str) -> str:
    """ "2017-01-31", "2017-01" or "2017" as "31 Jan 2017", "Jan 2017" or "2017"."""
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 1:
        return text
    on = date(parts[0], parts[1], parts[2] if len(parts) > 2 else 1)
    return say(on, "j M Y" if len(parts) > 2 else "M Y")


@register.filter
def long_day(value: date | datetime | None) -> str:
    """ "Tuesday 31 January 2017", for headings."""
    if value is None:
        return _("No date")
    on = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return capfirst(say(on, "l j F Y"))


@register.filter
def duration(value: timedelta | None) -> str:
    return durations.in_words(value)


@register.filter
def ago(at: datetime | None) -> str:
    """How long ago, in words, without a sign: put "ago" or "for" around it."""
    return durations.in_words(timezone.now() - at) if at else _("not known")
