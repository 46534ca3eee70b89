"""The time and the mark of a line as HTML, made here once instead of tag by tag in a template:
with hundreds of lines on a page that is most of what it takes to draw it."""

from __future__ import annotations

from functools import cache

from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.templatetags.icons import icon
from incidents.event_times import EventTime


def time_cell(time: EventTime) -> SafeString:
    if not time.local:
        return format_html(
            '<div class="at"><span><span class="visually-hidden">time </span>{}</span></div>',
            time.rough,
        )
    hedge = format_html("<span>{}</span>", time.hedge) if time.hedge else ""
    until = format_html("<span>and</span>{}", time.local_until) if time.local_until else ""
    return format_html(
        '<div class="at">{}<time class="t" datetime="{}" title="{} {}">{}</time>{}'
        "<span>{}</span></div>",
        hedge, time.iso, time.day_utc, time.utc_words, time.local, until, time.utc_words,
    )  # fmt: skip


@cache
def mark_cell(picture: str, colour: str, words: str) -> SafeString:
    return format_html(
        '<span class="mk {}" title="{}">{}<span class="visually-hidden">{}: </span></span>',
        colour, words, icon(picture), words,
    )  # fmt: skip
