"""What a template may not hold: nothing inline, nothing unescaped, nothing from elsewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted(
    path
    for folder in (ROOT, *(app.parent for app in ROOT.glob("*/apps.py")))
    for path in (folder / "templates").rglob("*")
    if path.suffix in {".html", ".txt", ".svg", ".xml"}
)
#: Mail programs know no style sheets, and a text mail has nothing to escape for.
IN_MAIL = {"style attribute", "style element", "autoescape off"}

RULES = {
    "style attribute": r"<[^>]*\sstyle\s*=",
    "style element": r"<style\b",
    "inline script": r"<script\b(?![^>]*\bsrc\s*=)",
    "event attribute": r"<[^>]*\son[a-z]+\s*=",
    "htmx that needs eval": r"\bhx-on\b|\bhx-on:|hx-(?:vals|headers|vars)\s*=\s*['\"]\s*js:",
    "javascript address": r"javascript:",
    "unescaped value": r"\|\s*safe\b|\|\s*safeseq\b",
    "autoescape off": r"\{%\s*autoescape\s+off",
    "something from another site": r"<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)\s*=\s*"
    r"['\"](?:https?:)?//",
    "frame": r"<(?:iframe|object|embed)\b",
    "new window without protection": r"target\s*=\s*['\"]_blank['\"](?![^>]*noopener)",
}


def broken(text: str, *, is_mail: bool = False) -> set[str]:
    text = re.sub(r"\{%\s*comment.*?endcomment\s*%\}|\{#.*?#\}", "", text, flags=re.DOTALL)
    return {
        rule
        for rule, pattern in RULES.items()
        if re.search(pattern, text, re.IGNORECASE) and not (is_mail and rule in IN_MAIL)
    }


def test_templates_are_found():
    names = {path.relative_to(ROOT).as_posix() for path in TEMPLATES}

    assert {"templates/base.html", "templates/account/login.html"} <= names


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_template_keeps_the_rules(path):
    is_mail = "mail" in path.relative_to(ROOT).parts

    assert broken(path.read_text(encoding="utf-8"), is_mail=is_mail) == set()


@pytest.mark.parametrize(
    ("planted", "rule"),
    [
        ('<p style="color:red">', "style attribute"),
        ("<p\n  class='a'\n  style='x'>", "style attribute"),
        ("<style>p{}</style>", "style element"),
        ("<script>alert(1)</script>", "inline script"),
        ('<script type="module">import "x"</script>', "inline script"),
        ('<a href="/" onclick="go()">', "event attribute"),
        ('<div hx-on:click="go()">', "htmx that needs eval"),
        ("<div hx-vals='js:{a: 1}'>", "htmx that needs eval"),
        ('<a href="javascript:go()">', "javascript address"),
        ("{{ text|safe }}", "unescaped value"),
        ("{{ text | safe }}", "unescaped value"),
        ("{% autoescape off %}{{ a }}{% endautoescape %}", "autoescape off"),
        ('<script src="https://cdn.example/x.js"></script>', "something from another site"),
        ('<img alt="" src="//cdn.example/x.png">', "something from another site"),
        ("<iframe></iframe>", "frame"),
        ('<a target="_blank" href="x">', "new window without protection"),
    ],
)
def test_each_rule_notices(planted, rule):
    assert rule in broken(planted)


def test_good_markup_passes():
    good = (
        '<script src="/static/js/site.js" type="module"></script><a href="https://example.org" '
        'rel="noopener" data-on="x">once = more</a>{# style="" #}'
    )

    assert broken(good) == set()
