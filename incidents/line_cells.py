"""The time and the mark of a line as HTML, made here once instead of tag by tag in a template:
with hundreds of lines on a page that is most of what it takes to draw it."""

from __future__ import annotations

import re
from functools import cache

from django.template.defaultfilters import truncatechars, urlizetrunc
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.templatetags.icons import icon
from incidents.event_times import EventTime

#: An address and nothing else, which needs no search for where it ends.
_ADDRESS = re.compile(r"https?://[^\s]+")
_EDIT = SafeString(" data-edit")
#: What is seen and what is heard: it begins with the same words, so that they can be said to a
#: machine.
_WORDS = {
    "edit": (_("Edit"), _("Edit event {number}")),
    "account": (_("Another account"), _("Another account of event {number}")),
    "attach": (_("Attach"), _("Attach a file to event {number}")),
}


def time_cell(time: EventTime) -> SafeString:
    if not time.local:
        return format_html(
            '<div class="at"><span><span class="visually-hidden">{} </span>{}</span></div>',
            gettext("time"),
            time.rough,
        )
    hedge = format_html("<span>{}</span>", time.hedge) if time.hedge else ""
    until = (
        format_html("<span>{}</span>{}", gettext("and"), time.local_until)
        if time.local_until
        else ""
    )
    return format_html(
        '<div class="at">{}<time class="t" datetime="{}" title="{} {}">{}</time>{}'
        "<span>{}</span></div>",
        hedge, time.iso, time.day_utc, time.utc_words, time.local, until, time.utc_words,
    )  # fmt: skip


def edits_cell(number: int, deeds: list[tuple[str, str]]) -> SafeString | str:
    """The ways on from an event: (which, address). The first one that edits is what E follows."""
    links = format_html_join(
        "",
        '<a class="edit"{} href="{}" aria-label="{}">{}</a>',
        (
            (
                _EDIT if deed == "edit" else "",
                url,
                _WORDS[deed][1].format(number=number),
                _WORDS[deed][0],
            )
            for deed, url in deeds
        ),
    )
    return format_html('<div class="edits">{}</div>', links) if deeds else ""


def table_row(number: int, time: EventTime, said: str, text: str, known_from: str) -> SafeString:
    return format_html(
        '<tr><th scope="row" class="num">{}</th><td class="num">{}</td><td class="num">{}</td>'
        '<td>{}</td><td>{}</td><td class="told">{}</td><td>{}</td></tr>\n',
        number, time.day_and_clock, time.utc_words, time.precision_words, said, text, known_from,
    )  # fmt: skip


def linked(text: str) -> SafeString | str:
    """The text with its web addresses as links. Nothing but http and https becomes one."""
    if _ADDRESS.fullmatch(text):
        return format_html('<a href="{}" rel="nofollow">{}</a>', text, truncatechars(text, 60))
    return urlizetrunc(text, 60) if "://" in text else text


@cache
def mark_cell(picture: str, colour: str, words: str) -> SafeString:
    return format_html(
        '<span class="mk {}" title="{}">{}<span class="visually-hidden">{}: </span></span>',
        colour, words, icon(picture), words,
    )  # fmt: skip
