"""Which constructions of English are marked, and which only look like them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from common import coach
from common.coach import hints, label

TENSES = ("past", "done", "now", "ing")
#: What the reader of a sentence finds, rather than a list of words.
FOUND = (
    *TENSES, "adverb", "number", "capital", "quote", "person", "one", "many", "named", "he",
    "all-of", "judged", "ideal.person", "any", "every", "no", "the-one", "single", "stranger",
    "one.of", "named.of", "role.of", "many.of", "person.of", "novice.of", "doer",
)  # fmt: skip


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
        "The site went dark after Iveta touched the router.",
        "The freezer thawed because the porter closed the wrong valve.",
        "An administrator accidentally dropped the table.",
        "What broke the feed was Leandro's rename.",
        "The clerk, new to the desk, wiped the ledger.",
        "He typed the wrong shard number.",
        "My last commit broke the site.",
        "The fire drill failed since Rosa had no idea where the keys were.",
        "The trail leads to the night porter.",
        "Person responsible: Dr. Nowak.",
        "If he had asked, nothing would have been lost.",
        "Imran was too quick with the mouse.",
        "The night auditor gave the code to a stranger.",
        "I am the reason the belt stopped.",
        "Because Min-seo was on leave, nobody opened the gate.",
        "After the porter moved the sign, nobody could find the door.",
        "Everything hinges on what Rosa typed.",
        "The key got out through Imran.",
        "A flood was started by a plumber.",
        "The belt was brought down by an apprentice.",
        "The clerk opened an infected file.",
        "@pat.k's rename broke the feed.",
        "Kowalska unplugged the freezer.",
        "The driver of the milk lorry hit the gate.",
        "The tokens were posted by an apprentice.",
        "Rosa was in a hurry.",
        "I typed the wrong shard number.",
        "Were it not for the porter, the yard would be open.",
        "Guilty: Imran.",
        "The clerk made an error.",
        "The conductor booked two coaches onto the same track.",
        "The list was altered by Rosa.",
        "The fitter lifted the wrong crate.",
        "It was the night editor who sold the list.",
        "The porter locked the guests in the yard.",
        "The rota was drawn by Rosa, and it broke the drill.",
        "Ogun's typo broke the feed.",
        "The person at fault is the porter.",
        "The yard was flooded by the sluicekeeper.",
        "The leak was caused by a controller in training.",
        "Rosa sailed against all advice.",
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
        "Whoever set this limit was not thinking.",
        "The vendor's staff looked the other way.",
        "They chose speed over safety.",
        "Two clerks were reprimanded for the spill.",
        "The crew bypassed the second check.",
        "They acted in haste.",
        "That was an apprentice's error and a beginner's trick.",
        "The porters jumped to conclusions.",
        "It is the user's fault.",
        "The porters acted against better knowledge.",
        "The note shows a disregard for our guests.",
        "The fitter plainly had not read the plan.",
        "The error lies with those people.",
        "The crew went on against all advice.",
        "The porters handled the claim badly.",
        "The crew's attitude to locks is the trouble.",
        "The crew handled the flood poorly.",
        "Support keeps breaking the index.",
        "The planners let the lease lapse.",
        "The porters went ahead anyway.",
        "The porters were putting guests at risk.",
        "The draft was badly planned.",
        "It was the attitude of the fitters.",
        "The problem is the night shift.",
        "The crew opened the wrong lock.",
        "The planners took far too long to answer.",
        "The fitters knew of the leak and kept quiet.",
        "The porters closed the claim without solving it.",
        "The mistake was made by the planners.",
        "The alarm was deliberately ignored.",
        "It was our own fault.",
        "The crew ignored every warning.",
        "The crew strayed from the plan.",
        "The yard was mismanaged.",
        "The clerks mistakenly assumed that it was empty.",
        "The crew did the bare minimum.",
        "The clerks came up with excuses.",
        "The planners would not listen.",
        "The vendor misled the guests.",
        "The clerks set the wrong priorities.",
        "The fitters went too fast.",
        "The porters did it wrong.",
        "The crew argued instead of acting.",
        "The planners cost us a season.",
        "The night shift is the reason for the flood.",
        "The crew is behind the spill.",
        "The fitters need to wake up.",
        "The clerks showed off in the vault.",
        "The crew gave up at the first bend.",
        "The draft was made by people without a clue.",
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
        "Had the lamp been red, the crew would have stopped.",
        "The chance to stop was missed.",
        "The index rebuild did not have to run at noon.",
        "The crew shouldn't've opened the vent.",
        "We would have been done within minutes with a map.",
        "The drain needed to start at eight, not at ten.",
        "Looking at it now, the gauge was off.",
        "It could so easily have been tested.",
        "The draft was supposed to go to the printer.",
        "The clerk was supposed to answer within a minute.",
        "Why was there no lamp?",
        "The jam was perfectly predictable.",
        "It was high time to swap the pump.",
        "Nobody asked the obvious question.",
        "How was this leak not noticed?",
        "The rollback was started far too late.",
        "Wasn't there a map?",
        "The crew was in a position to stop it.",
        "The leak was known and nobody acted on it.",
        "From today's point of view the drain was too early.",
        "The draft was flawed from the start.",
        "Unless the seal had been broken, the vault would be dry.",
        "A glance at the gauge would do.",
        "The key must have been visible to them.",
        "Shouldn't the lamp have lit up?",
        "The crew had enough diesel to turn back.",
        "The porters needed to be told at noon.",
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
        "No sane person deploys on a Friday.",
        "The whole process is a farce.",
        "Nobody in the stores takes it seriously.",
        "Such a spill cannot happen again.",
        "It is totally obvious what broke.",
        "Nothing went right.",
        "Any operator knows this.",
        "The answer is simple: keep to the plan.",
        "The plans are all worthless.",
        "None of them cares.",
        "Whatever we do, it breaks.",
        "The drills never work.",
        "It is hard to believe that anyone read it.",
        "Everyone should know how to drain a tank.",
        "It is as simple as reading the plan.",
        "Nothing can excuse this.",
        "The draft process is fundamentally broken.",
        "One thing is certain: it was luck.",
        "The cutover was a disaster.",
        "At no point did anyone call.",
        "It is totally unacceptable that the lamp was off.",
        "Never has a drill gone well.",
        "Any porter knows that.",
        "The whole crew is against it.",
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
        "Thanks to Rosa's note the crew found the valve.",
        "The operator reverted the change and the errors stopped.",
        "Users did not have to log in again.",
        "The lazy loader fetches images on demand.",
        "The root cause analysis is published.",
        "The greedy tokeniser was replaced.",
        "The replica lost the election.",
        "The chart always shows the last full hour.",
        "The review is not looking for a single cause.",
        "The pump was too slow to answer.",
        "Nobody lost a parcel.",
        "Without a second feeder the hall goes dark.",
        "The clerk had no reason to doubt the seal.",
        "Every alert fails over within a second.",
        "Thanks to Rosa, the yard was open again at noon.",
        "The porter was never told about the drill.",
        "The query planner made a wrong guess.",
        "The crew was down to one person.",
        "The dumb flag of the parser is documented.",
        "The kernel is deliberately lazy.",
        "It went to a list that nobody reads any more.",
        "Thanks to the drill in April, the lamp was found.",
        "Rosa closed the valve within the hour.",
        "The porter found a badly worn belt.",
        "The crew took the pump offline for cleaning.",
        "We lost forty parcels.",
        "The chart was reviewed by Kwame.",
        "The leak was found by Rosa.",
        "Had the tank been empty, the lamp would be on, so the crew read the gauge.",
        "The tank would have been cold, which is why the crew waited.",
        "The fitter replaced the worn valve.",
        "User errors return code 4.",
        "It was not possible to see the gate.",
        "The porter delivered the second crate.",
        "The crew spent two hours on the map.",
        "How can we make the gate easier to see?",
        "The root cause field is optional.",
        "The flag is never read.",
        "You should have received a key by mail.",
        "The crew chose not to fail over.",
        "Nobody owns the list today.",
        "Thanks to Rosa, the delay was short.",
        "Negligence is a word that we avoid.",
        "The minister spoke of negligence.",
        "The fitter relabelled the crates.",
        "Rosa's patch fixed the race.",
        "No point of the map showed the gate.",
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


def test_what_was_not_done_gets_a_question_and_no_other_word_for_not_doing_it():
    (hint,) = hints("The crew failed to look.")

    assert hint.instead == ""
    assert hint.question == "What did they see at that moment, and what would have shown it?"


def test_one_cause_can_be_replaced_by_one_of_several():
    sentence = "The root cause was the old driver."

    (hint,) = hints(sentence)

    better = sentence[: hint.start] + hint.instead + sentence[hint.end :]
    assert better == "The contributing factor was the old driver."
    assert hints(better) == []


def test_every_word_of_a_sentence_that_does_so_is_marked():
    found = hints("The operator obviously forgot to check the runbook and should have asked.")

    assert [(hint.phrase, hint.label) for hint in found] == [
        ("The operator", "person_as_cause"),
        ("obviously", "absolutist"),
        ("forgot to", "blameful"),
        ("should have asked", "counterfactual"),
    ]


def test_a_person_is_known_by_what_stands_around():
    """By their post, their place, what they are called and the order of the words."""
    for person in (
        "The support agent on the late shift",
        "The clerk on duty",
        "A trainee named Bo",
        "Dr. Nowak",
        "Employee 4471",
        "Somebody called Sven",
    ):
        (hint,) = hints(f"{person} wiped the volume.")
        assert hint.phrase == person
    assert hints("The operator console crashed the session.") == []
    assert hints("The package manager broke the build.") == []


def test_a_verb_of_a_rule_stands_for_all_of_its_forms():
    for told in ("cuts corners", "cut corners", "is cutting corners", "has cut some corners"):
        assert label(f"The crew {told}.") == "blameful"


def test_both_spellings_of_a_participle_are_known():
    for spelling in ("mislabeled", "mislabelled"):
        assert label(f"The tubes were {spelling} by the chemist.") == "person_as_cause"


def test_a_time_of_day_is_one_word_without_a_colon():
    assert hints("The incident of 08:30 Mei summarised at noon.") == []
    assert label("The cause at 08:30: Mei.") == "person_as_cause"


def test_any_fool_is_a_sweeping_word_and_a_fool_a_verdict():
    assert label("Any fool can read that gauge.") == "absolutist"
    assert label("Only a fool reads that gauge.") == "blameful"


def test_praise_is_left_alone_whoever_it_goes_to():
    assert hints("Credit goes to the porter who noticed the smell.") == []


def test_the_classes_and_verbs_that_rules_name_exist():
    folder = Path(coach.__file__).parent / "english"
    words = tomllib.loads((folder / "words.toml").read_text())
    rules = tomllib.loads((folder / "rules.toml").read_text())
    tenses = [f"{verbs}.{tense}" for verbs in words["verbs"] for tense in TENSES]
    ends = [f"{phrase}.end" for phrase in rules["phrases"]]
    listed = {*words["words"], *words["verbs"], *tenses, *rules["phrases"], *ends, *FOUND}

    named = set(re.findall(r"<([a-z.-]+)>", (folder / "rules.toml").read_text()))

    assert named - listed == {"class", "name", "name.end"}  # in the remarks


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
