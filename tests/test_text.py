"""Markdown into HTML: each text by itself."""

import markdown
import pytest

from common.text import _EXTENSIONS, render

TEXTS = [
    "A line.",
    "OOM and [a]\n\n*[OOM]: out of memory\n\n[a]: https://example.org",
    "OOM and [a]",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "```\ncode <b>\n```\n\nAfter it.",
    "<div>raw\n\nhtml",
    "Term\n: what it is\n\n~~gone~~ https://example.org/x",
    "1. one\n2. two\n\n> said\n> so",
    "# Head\n\nText *on* it.",
]


@pytest.mark.parametrize("before", TEXTS)
def test_what_one_text_defines_is_unknown_to_the_next(before):
    fresh = {text: markdown.markdown(text, extensions=_EXTENSIONS) for text in TEXTS}

    render(before)

    assert render("OOM and [a]") == fresh["OOM and [a]"] == "<p>OOM and [a]</p>"
    assert [render(text) for text in TEXTS] == [render(text) for text in TEXTS]
