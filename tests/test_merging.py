"""Combining two edits of one text, and marking what differs."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.merging import by_words, combine

BASE = "The copy waits.\n\nNothing said so.\n\nIt was late."
quickly = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=8).map("\n".join)


def test_edits_of_different_paragraphs_are_combined():
    mine = BASE.replace("It was late.", "It was past midnight.")
    theirs = BASE.replace("The copy waits.", "The copy waits for a checkpoint.")

    assert combine(BASE, mine, theirs) == (
        "The copy waits for a checkpoint.\n\nNothing said so.\n\nIt was past midnight."
    )


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("one\nTWO\nthree", "one\n2\nthree"),  # the same line
        ("one\nTWO\nthree", "one\ntwo\nTHREE"),  # lines that touch
        ("one\ntwo\nthree\nmine", "one\ntwo\nthree\ntheirs"),  # both at the end
    ],
)
def test_edits_that_collide_are_not_guessed(mine, theirs):
    assert combine("one\ntwo\nthree", mine, theirs) is None


def test_the_same_edit_made_twice_counts_once():
    assert combine("one\n\ntwo", "one\n\nTWO", "one\n\nTWO") == "one\n\nTWO"


@quickly
@given(base=LINES, mine=LINES)
def test_an_edit_beside_an_untouched_text_is_that_edit(base, mine):
    assert combine(base, mine, base) == "\n".join(mine.splitlines())
    assert combine(base, base, mine) == "\n".join(mine.splitlines())


def test_too_many_lines_are_not_combined():
    assert combine("\n" * 3_000, "mine", "theirs") is None


@quickly
@given(before=st.text(max_size=60), after=st.text(max_size=60))
def test_the_pieces_make_up_both_texts(before, after):
    pieces = by_words(before, after)

    assert "".join(text for tag, text in pieces if tag != "new") == before
    assert "".join(text for tag, text in pieces if tag != "gone") == after


def test_words_that_differ_are_marked():
    assert by_words("the old word", "the new word") == [
        ("same", "the "),
        ("gone", "old "),
        ("new", "new "),
        ("same", "word"),
    ]
