"""Markdown that people type, turned into HTML that cannot do anything.

Rendering happens when a text is saved; pages show the stored HTML. Raise RENDERER_VERSION when
the output changes, so that stored HTML can be made again.
"""

import re
from html import escape

import nh3

RENDERER_VERSION = 1
MAX_LENGTH = 64_000
_MAX_BRACKETS = 1_000  # Python-Markdown is quadratic in them: 20 KB of "[" takes a minute.
_MAX_QUOTE_DEPTH = 20

_TAGS = {
    "a", "abbr", "blockquote", "br", "code", "dd", "del", "dl", "dt", "em", "h2", "h3", "h4", "h5",
    "hr", "li", "ol", "p", "pre", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead",
    "tr", "ul",
}  # fmt: skip
_EXTENSIONS = [
    "markdown.extensions.abbr",
    "markdown.extensions.def_list",
    "markdown.extensions.fenced_code",
    "markdown.extensions.sane_lists",
    "markdown.extensions.tables",
    "pymdownx.magiclink",
    "pymdownx.tilde",
]


def plain(text: str) -> str:
    """The text as escaped paragraphs, for what is too heavy to parse."""
    paragraphs = re.split(r"\n{2,}", text.strip())
    return "".join(f"<p>{escape(p).replace(chr(10), '<br>')}</p>" for p in paragraphs if p)


def render(text: str) -> str:
    """Safe HTML for Markdown. Headings start at level 2; images and raw HTML are dropped.

    Text with more than 1,000 square brackets, deep quotes or beyond 64,000 characters is shown
    unparsed instead of keeping the server busy.
    """
    import markdown

    deep = re.search(rf"^(?:\s*>){{{_MAX_QUOTE_DEPTH}}}", text, re.MULTILINE)
    longest_word = max(map(len, text.split()), default=0)
    if len(text) > MAX_LENGTH or text.count("[") > _MAX_BRACKETS or deep or longest_word > 5_000:
        html = plain(text)
    else:
        html = markdown.markdown(text, extensions=_EXTENSIONS, output_format="html")
        html = re.sub(r"<(/?)h1>", r"<\1h2>", html)
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "abbr": {"title"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


def one_line(text: str) -> str:
    """The text without control characters or line breaks, for headings, headers and logs."""
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", text).strip()
