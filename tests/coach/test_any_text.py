"""What holds for every text: offsets, speed, and that quotations and code are left alone."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.coach import LABELS, hints

_PIECES = st.sampled_from(
    [
        "the operator", "Kwame", "@pat", "failed to", "should have", "been", "careless", "never",
        "of course", "human error", "it was", "who", "because of", "the fan", "wiped", "’s", "'",
        '"', "“", "”", "`", "```", "\n", "\n\n", "> ", "    ", "- ", "# ", "[", "](", ")", ",",
        ".", "?", "🙂", "e\u0301", "\ud800", "\x00", "@", "the", "had", "if", "would have", "no",
        "one", "one of", "named", "on", "call", "|", "<b", "https://", "\r\n", "\u2028",
    ]
)  # fmt: skip
_TEXTS = st.one_of(st.text(max_size=300), st.lists(_PIECES, max_size=40).map(" ".join))


@settings(max_examples=300, deadline=None)
@given(_TEXTS)
def test_hints_lie_in_the_text_in_order_and_apart(text):
    found = hints(text)

    for hint in found:
        assert 0 <= hint.start < hint.end <= len(text)
        assert text[hint.start : hint.end] == hint.phrase
        assert hint.label in LABELS
    for earlier, later in itertools.pairwise(found):
        assert earlier.end <= later.start


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from(["the crew", "failed to", "look", "careless", "🙂", ","]), max_size=9)
)
def test_nothing_is_marked_in_code_or_in_a_quotation(words):
    inside = " ".join(words)

    assert hints(f"Seen: `{inside}` there.") == []
    assert hints(f"Seen: “{inside}” there.") == []
    assert hints(f"```\n{inside}\n```") == []


@pytest.mark.parametrize(
    "piece",
    [
        '"',
        "'a ",
        "` ",
        "[",
        "![a](",
        "<a ",
        "should have ",
        "Kwame and ",
        "had ",
        "@",
        "a-",
        "'ve",
        "the ",
    ],
)
def test_a_hostile_text_takes_no_time_out_of_proportion(piece):
    text = piece * (100_000 // len(piece))
    started = time.process_time()

    hints(text)

    assert time.process_time() - started < 5
