"""Stored HTML made ready to be read at length: headings one can point to, tables and code that
scroll by themselves, pictures with their words below.

It takes what common.text.render has made, and nothing else: there, every tag is closed and every
attribute stands in double quotes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape

from django.utils.html import escape
from django.utils.text import slugify
from django.utils.translation import gettext as _

#: A whole tag with its attributes: what looks like a tag inside of one is never taken for one.
_TAG = re.compile(r'(<[^<>"]*(?:"[^"]*"[^<>"]*)*>)')
_HEADING = re.compile(r"<h([2-5])>")
_IMAGE_WORDS = re.compile(r' alt="([^"]*)"')
#: The level of the uppermost heading in a text; above it stand the page's and the part's.
_UPPERMOST = 3
_LONGEST_ID = 60


def for_screen(html: str, *, under: str) -> str:
    """Ids of headings begin with `under`, so that several texts can share a page."""
    return "".join(_made_ready(_TAG.split(html), under, _UPPERMOST))


def for_paper(html: str, *, uppermost: int = _UPPERMOST) -> str:
    """Without what a hand or a keyboard would need."""
    return "".join(_made_ready(_TAG.split(html), None, uppermost))


def _made_ready(pieces: list[str], under: str | None, uppermost: int) -> Iterator[str]:
    """`pieces` are text and tags in turns, beginning and ending with text."""
    levels = [int(found[1]) for tag in pieces[1::2] if (found := _HEADING.fullmatch(tag))]
    lower = uppermost - min(levels, default=uppermost)
    taken: Counter[str] = Counter()
    at = 0
    while at < len(pieces):
        piece = pieces[at]
        is_tag = at % 2
        if is_tag and (found := _HEADING.fullmatch(piece)):
            end = pieces.index(f"</h{found[1]}>", at)
            level = int(found[1]) + lower
            yield _heading(pieces[at + 1 : end], level, under, taken)
            at = end
        elif is_tag and piece == "<p>" and _is_picture_alone(pieces, at):
            yield _figure(pieces[at + 2])
            at += 4
        elif is_tag and _says_its_address(pieces, at):
            yield piece.replace("<a ", '<a class="bare" ', 1)
        elif is_tag and under is not None and piece == "<table>":
            yield _region("div", _("Table"), css="scroll-x") + piece
        elif is_tag and under is not None and piece == "</table>":
            yield f"{piece}</div>"
        elif is_tag and under is not None and piece == "<pre>":
            yield _region("pre", _("Code"))
        else:
            yield piece
        at += 1


def _region(tag: str, words: str, *, css: str = "") -> str:
    """What can be scrolled is reached by keyboard, and says what it is."""
    looks = f' class="{css}"' if css else ""
    return f'<{tag}{looks} tabindex="0" role="region" aria-label="{escape(words)}">'


def _heading(inside: list[str], level: int, under: str | None, taken: Counter[str]) -> str:
    html = "".join(inside)
    if under is None:
        return f"<h{level}>{html}</h{level}>"
    said = unescape("".join(inside[::2])).strip()
    words = slugify(said)[:_LONGEST_ID].strip("-") or "part"
    name = f"{under}-{words}"
    taken[name] += 1
    if taken[name] > 1:
        name = f"{name}-{taken[name]}"
    if said and "<a " not in html:
        html = f'<a class="anchor" href="#{escape(name)}">{html}</a>'
    return f'<h{level} id="{escape(name)}">{html}</h{level}>'


def _says_its_address(pieces: list[str], at: int) -> bool:
    """<a href="…">, the same address, </a>: paper need not add it."""
    return pieces[at].startswith(f'<a href="{pieces[at + 1]}"') and pieces[at + 2] == "</a>"


def _is_picture_alone(pieces: list[str], at: int) -> bool:
    """<p>, nothing, <img …>, nothing, </p>."""
    if len(pieces) <= at + 4 or not pieces[at + 2].startswith("<img "):
        return False
    return not (pieces[at + 1].strip() or pieces[at + 3].strip()) and pieces[at + 4] == "</p>"


def _figure(image: str) -> str:
    """The words of a picture are its caption, too: read aloud once, seen by everybody."""
    words = _IMAGE_WORDS.search(image)
    if not words or not words[1].strip():
        return f"<figure>{image}</figure>"
    return f'<figure>{image}<figcaption aria-hidden="true">{words[1]}</figcaption></figure>'
