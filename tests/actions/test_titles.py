"""Titles that say what will be done, to what, and when it is over."""

import json
import tomllib
from pathlib import Path

import pytest
from django.utils import translation

from actions import titles, workflow
from tests.make import make_action, make_user

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def labelled() -> list[tuple[set[str], str]]:
    rows = []
    for line in (HERE / "titles.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            lacks, title = line.split("\t")
            rows.append((set(lacks.split(",")) - {"-"}, title))
    return rows


def lacking(title: str) -> set[str]:
    return {hint.lacks for hint in titles.hints(title)}


def rate(pairs: list[tuple[bool, bool]]) -> tuple[float, float]:
    """(precision, recall) of (wanted, found)."""
    both = sum(wanted and found for wanted, found in pairs)
    return both / sum(found for _, found in pairs), both / sum(wanted for wanted, _ in pairs)


def test_the_set_is_large_enough():
    rows = labelled()

    assert len(rows) == len({title for _, title in rows}) >= 80
    assert sum(not lacks for lacks, _ in rows) >= 40


@pytest.mark.parametrize("kind", ["verb", "object", "end"])
def test_what_is_missing_is_found_and_little_else(kind):
    precision, recall = rate(
        [(kind in lacks, kind in lacking(title)) for lacks, title in labelled()]
    )

    assert precision >= 0.9
    assert recall >= 0.9


def test_clear_titles_are_left_alone():
    marked = [title for lacks, title in labelled() if not lacks and lacking(title)]

    assert marked == []


def demo_titles() -> list[str]:
    stories = ROOT / "config" / "demo_data" / "stories"
    return [
        action["title"]
        for path in sorted(stories.glob("*.toml"))
        for action in tomllib.loads(path.read_text(encoding="utf-8"))
        .get("review", {})
        .get("actions", [])
    ]


def test_titles_of_the_demo_are_clear():
    assert demo_titles()
    assert [title for title in demo_titles() if lacking(title)] == []


def test_a_hint_says_why_and_shows_a_better_one():
    [hint] = titles.hints("Improve the monitoring of the replica")

    assert hint.lacks == "end"
    assert "What will be there when it is done" in hint.sentence
    assert "instead of" in hint.example


@pytest.mark.parametrize("title", ["", "   ", "?!", "—", "\u202e", "x" * 10_000, "1", "ﷺ" * 200])
def test_anything_can_be_typed(title):
    assert json.dumps([hint.lacks for hint in titles.hints(title)])


@pytest.mark.django_db
def test_while_one_types_hints_and_the_same_promise_are_shown(client):
    client.force_login(make_user())
    same = make_action(title="Improve the alerts of the nightly dump")
    workflow.touch(same)

    page = client.get("/actions/title/", {"title": "Improve the alerts for the nightly dump"})

    text = page.content.decode()
    assert "What will be there when it is done" in text
    assert same.get_absolute_url() in text
    besides = {"title": same.title, "besides": same.reference}
    assert same.get_absolute_url() not in client.get("/actions/title/", besides).content.decode()


@pytest.mark.django_db
def test_an_unclear_title_is_saved_all_the_same_and_its_page_says_so(client):
    user = make_user()
    action = make_action(title="Be more careful", owner=user)
    client.force_login(user)

    assert "Find other words" in client.get(action.get_absolute_url()).content.decode()
    client.force_login(make_user())
    assert "Find other words" not in client.get(action.get_absolute_url()).content.decode()


def test_titles_in_a_language_without_words_are_left_alone():
    with translation.override("sv"):
        assert titles.hints("Improve the monitoring of the replica") == []
