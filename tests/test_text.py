"""Markdown into HTML: each text by itself."""

import random

import markdown
import pytest

from common.text import _EXTENSIONS, MAX_LENGTH, _clean, render

ORDINARY = "abz AZé漢 019 ,.;'()%/- www. "
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


def test_an_ordinary_line_is_what_the_parser_would_make_of_it():
    choose = random.Random(142)
    lines = ["".join(choose.choices(ORDINARY, k=choose.randint(1, 30))) for _ in range(400)]
    lines += ["www.example.org is down", "See WWW.example.org", "a" * 70_000, "It was 3 % (about)."]

    made = [(line, render(line)) for line in lines]

    assert sum(html == f"<p>{line}</p>" for line, html in made) > 100
    for line, html in made:
        if len(line) <= MAX_LENGTH:
            assert html == _clean(markdown.markdown(line, extensions=_EXTENSIONS))
