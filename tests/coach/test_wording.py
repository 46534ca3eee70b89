"""Which constructions of English are marked, and which only look like them."""

from __future__ import annotations

import pytest

from common.coach import hints, label


@pytest.mark.parametrize(
    "sentence",
    [
        "Kerstin forgot to rotate the key.",
        "@pat.k skipped the rehearsal.",
        "The night operator wiped the volume.",
        "The outage was caused by Kwame.",
        "It was Beatriz who stopped the importer.",
        "Root cause: Imran's edit of the zone file.",
        "Rosa should have called the vendor.",
        "Because of Tariq the queue ran full.",
        "He typed the wrong shard number.",
    ],
)
def test_one_person_in_the_place_of_the_cause(sentence):
    assert label(sentence) == "person_as_cause"


@pytest.mark.parametrize(
    "sentence",
    [
        "The storage team failed to test the restore.",
        "A sloppy merge broke checkout.",
        "The cause is human error.",
        "Support couldn't be bothered to call back.",
        "The planners were too lazy to write it down.",
        "It shows a lack of diligence.",
    ],
)
def test_a_judgement_of_people(sentence):
    assert label(sentence) == "blameful"


@pytest.mark.parametrize(
    "sentence",
    [
        "The probe should have paged us.",
        "We could've noticed it at lunch.",
        "In retrospect the drain was too early.",
        "If only the quota had been raised.",
        "A dry run would have shown the gap.",
        "The loss was entirely preventable.",
        "Why didn't anybody look at the queue?",
    ],
)
def test_what_did_not_happen(sentence):
    assert label(sentence) == "counterfactual"


@pytest.mark.parametrize(
    "sentence",
    [
        "Nobody ever looks at this board.",
        "The vendor never answers.",
        "Of course the switch died.",
        "The only cause is the old driver.",
        "This must never happen again.",
    ],
)
def test_a_sweeping_statement(sentence):
    assert label(sentence) == "absolutist"


@pytest.mark.parametrize(
    "sentence",
    [
        "The fan failed and the blade shut down.",
        "The watchdog should fire after ten minutes.",
        "Each volume should have a second copy.",
        "The on-call engineer restarted the proxy.",
        "We avoid saying human error in reviews.",
        'The phrase "should have known" is gone.',
        "Call `obviously()` before the lookup.",
        "Subscribers could pay again at noon.",
        "The counter never goes down.",
        "A canary would show this within minutes.",
        "The page fault came from the driver.",
    ],
)
def test_what_only_looks_like_it_is_left_alone(sentence):
    assert hints(sentence) == []


def test_a_name_is_known_from_the_directory():
    sentence = "The array was lost because of Ubuntu."
    assert hints(sentence) == []

    (hint,) = hints(sentence, names=["Ubuntu Dlamini"])

    assert hint.phrase == "Ubuntu"
    assert hint.label == "person_as_cause"


def test_a_hint_says_where_why_and_what_to_ask():
    text = "At noon 🙂 the crew failed to look."

    (hint,) = hints(text)

    assert text[hint.start : hint.end] == hint.phrase == "failed to"
    assert hint.label == "blameful"
    assert hint.why
    assert hint.question.endswith("?")
    assert hint.instead == "did not"


@pytest.mark.parametrize(
    "text",
    [
        "```\nThe crew failed to look.\n```",
        "> The crew failed to look.",
        "Text.\n\n    The crew failed to look.",
        "The log says `the crew failed to look`.",
        "One wrote “the crew failed to look”.",
        "See [the notes](https://example.org/crew-failed-to-look).",
    ],
)
def test_code_quotations_and_addresses_are_not_read(text):
    assert hints(text) == []
