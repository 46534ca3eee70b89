"""Every text of the interface is marked for translation, and is there in every language."""

from __future__ import annotations

import ast
import gettext
import re

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import translation

from common import languages
from config.audit import deeds
from tests import marked_texts as texts
from tests.servers import ROOT

OTHERS = [code for code, _ in settings.LANGUAGES if code != languages.ENGLISH]

_FIELD = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
_ELEMENT = re.compile(r"</?\w+[^>]*>")

#: Not marked, and why.
EXCEPT = (
    # Nobody knows who reads in a room of a chat: people/post_words.py.
    "templates/post/",
)
#: What is called so in every language.
NAMES = {
    "'GitHub'",
    "'GitLab'",
    "'Jira'",
    "'Alertmanager'",
    "'Grafana'",
    "'PagerDuty'",
    "'Slack'",
    "'Microsoft Teams'",
    "'Mattermost'",
    "'SEV 1'",
    "'SEV 2'",
    "'SEV 3'",
    "'SEV 4'",
}


def entries(language: str) -> dict[texts.Key, texts.Entry]:
    return texts.catalogue(ROOT / f"locale/{language}/LC_MESSAGES/django.po")


def unmarked(paths, *, by) -> dict[str, list[str]]:
    found = {
        str(path.relative_to(ROOT)): [words for words in by(path) if words not in NAMES]
        for path in paths
    }
    return {path: words for path, words in found.items() if words and not path.startswith(EXCEPT)}


def test_every_text_of_templates_is_marked():
    assert unmarked(texts.templates(), by=texts.unmarked_in_template) == {}


def test_every_text_of_forms_refusals_and_messages_is_marked():
    assert unmarked(texts.sources(), by=texts.unmarked_in_python) == {}


@pytest.mark.parametrize("source", ["<p>Some words</p>", '<a title="Some words">{{ x }}</a>',
                                    "<b>{{ number }} things</b>", "{% if x %}or so{% endif %}",
                                    '{% include "x.html" with words="Some words" %}'])  # fmt: skip
def test_texts_that_are_not_marked_are_found(source, tmp_path):
    (tmp_path / "page.html").write_text(source)

    assert list(texts.unmarked_in_template(tmp_path / "page.html"))


@pytest.mark.parametrize("language", OTHERS)
def test_every_marked_text_is_there_in_every_language(language):
    known = entries(language)
    missing = {key: path for key, path in texts.marked().items() if key not in known}
    unsaid = [key for key, entry in known.items() if not all(entry.words)]

    assert missing == {}
    assert unsaid == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_deed_of_the_audit_trail_is_there_in_every_language(language):
    assert {(None, verb) for verb in deeds.ALL} <= entries(language).keys()


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_compiled_is_what_was_written(language):
    folder = ROOT / f"locale/{language}/LC_MESSAGES"
    with (folder / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    for entry in entries(language).values():
        if not all(entry.words):
            continue
        if entry.plural is not None:
            said = [compiled.ngettext(entry.text, entry.plural, number) for number in (1, 2)]
            if entry.context:
                said = [
                    compiled.npgettext(entry.context, entry.text, entry.plural, number)
                    for number in (1, 2)
                ]
        elif entry.context:
            said = [compiled.pgettext(entry.context, entry.text)]
        else:
            said = [compiled.gettext(entry.text)]
        assert said == entry.words


@pytest.mark.parametrize("language", OTHERS)
def test_fields_and_elements_are_the_same_in_every_language(language):
    for entry in entries(language).values():
        wanted = [entry.text] + [entry.plural] * (len(entry.words) - 1)
        for text, words in zip(wanted, entry.words, strict=True):
            if not words:
                continue
            fields = set(_FIELD.findall(entry.plural or text))
            assert set(_FIELD.findall(words)) <= fields, words
            if text == (entry.plural or entry.text):
                assert set(_FIELD.findall(words)) == set(_FIELD.findall(text)), words
            assert sorted(_ELEMENT.findall(words)) == sorted(_ELEMENT.findall(text)), words


@pytest.mark.django_db
@pytest.mark.parametrize("language", [languages.ENGLISH, *OTHERS])
def test_no_language_asks_for_a_migration(language):
    with translation.override(language):
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_no_text_is_put_together_before_it_is_looked_up():
    """An f-string, or words with a value in them, are in no catalogue."""
    for path in texts.sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in texts.LOOKED_UP:
                assert not isinstance(node.args[0], ast.JoinedStr | ast.BinOp), (
                    path,
                    ast.unparse(node),
                )


def test_no_text_stands_inside_another_where_it_is_not_gathered():
    """`make messages` reads no words inside an f-string, and would let their translation go."""
    inside = {
        (path.name, ast.unparse(call))
        for path in texts.sources()
        for text in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") in texts.LOOKED_UP
        and isinstance(call.args[0], ast.Constant)
    }

    assert inside == set()
