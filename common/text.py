"""Markdown that people type, turned into HTML that cannot do anything.

Rendering happens when a text is saved; pages show the stored HTML. Raise RENDERER_VERSION when
the output changes, so that stored HTML can be made again.
"""

from __future__ import annotations

import re
import threading
from html import escape
from typing import TYPE_CHECKING

import nh3
from django.urls import reverse

if TYPE_CHECKING:
    from markdown import Markdown

RENDERER_VERSION = 2
MAX_LENGTH = 64_000
_MAX_BRACKETS = 1_000  # Python-Markdown is quadratic in them: 20 KB of "[" takes a minute.
_MAX_QUOTE_DEPTH = 20

_TAGS = {
    "a", "abbr", "blockquote", "br", "code", "dd", "del", "dl", "dt", "em", "h2", "h3", "h4", "h5",
    "hr", "img", "li", "ol", "p", "pre", "strong", "sub", "sup", "table", "tbody", "td", "th",
    "thead", "tr", "ul",
}  # fmt: skip
#: Where a picture of ours may be named from: file:12, or its address.
_OWN_PICTURE = re.compile(r"(?:file:|/(?:[\w-]+/)*files/)([0-9]{1,18})/?")
_EXTENSIONS = [
    "markdown.extensions.abbr",
    "markdown.extensions.def_list",
    "markdown.extensions.fenced_code",
    "markdown.extensions.sane_lists",
    "markdown.extensions.tables",
    "pymdownx.magiclink",
    "pymdownx.tilde",
]


#: One line of words and ordinary signs, in which nothing is a mark of Markdown. A list begins with
#: a number or a dash, a link with "www." or has a colon in it.
_ORDINARY = re.compile(r"[^\W\d_](?:[^\W_]|[ ,.;'()%/-])*(?<! )")
_of_thread = threading.local()


def plain(text: str) -> str:
    """The text as escaped paragraphs, for what is too heavy to parse."""
    paragraphs = re.split(r"\n{2,}", text.strip())
    return "".join(f"<p>{escape(p).replace(chr(10), '<br>')}</p>" for p in paragraphs if p)


def render(text: str) -> str:
    """Safe HTML for Markdown. Headings start at level 2; raw HTML is dropped, and so is every
    picture but an attached one, ![what it shows](file:12). Who may see that is asked when it is
    fetched, so the HTML is the same for all.

    Text with more than 1,000 square brackets, deep quotes or beyond 64,000 characters is shown
    unparsed instead of keeping the server busy.
    """
    if not text.strip():
        return ""
    if _ORDINARY.fullmatch(text) and "www." not in text.lower():
        return f"<p>{text}</p>"
    deep = re.search(rf"^(?:\s*>){{{_MAX_QUOTE_DEPTH}}}", text, re.MULTILINE)
    longest_word = max(map(len, text.split()), default=0)
    if len(text) > MAX_LENGTH or text.count("[") > _MAX_BRACKETS or deep or longest_word > 5_000:
        html = plain(text)
    else:
        html = _parser().reset().convert(text)
        html = re.sub(r"<(/?)h1>", r"<\1h2>", html)
    cleaned = _clean(html)
    if "<img" in cleaned:
        cleaned = _clean(re.sub(r'<img(?![^>]* src=")[^>]*>', "", cleaned))
    return cleaned


def _parser() -> Markdown:
    """One for each thread, since to put one together takes longer than a short text does. Loaded
    when the first text is."""
    if not hasattr(_of_thread, "parser"):
        from markdown import Markdown

        _of_thread.parser = Markdown(extensions=_EXTENSIONS, output_format="html")
    return _of_thread.parser


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "abbr": {"title"}, "img": {"alt", "src"}},
        attribute_filter=_only_own_pictures,
        url_schemes={"file", "http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


def _only_own_pictures(tag: str, attribute: str, value: str) -> str | None:
    """What an attribute becomes; None takes it out."""
    if tag == "img" and attribute == "src":
        found = _OWN_PICTURE.fullmatch(value)
        return reverse("file_in_text", args=[found.group(1)]) if found else None
    if attribute == "href" and value.lower().lstrip().startswith("file:"):
        return None
    return value


def one_line(text: str) -> str:
    """The text without control characters or line breaks, for headings, headers and logs."""
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", text).strip()


def first_sentence(text: str, *, longest: int = 240) -> str:
    """The first sentence, or as many whole words of it as fit."""
    line = one_line(text)
    sentence = re.split(r"(?<=[.!?])\s+(?=\S)", line, maxsplit=1)[0]
    if len(sentence) <= longest:
        return sentence
    return sentence[:longest].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"
