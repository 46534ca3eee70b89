"""A reader of wording: what judges people, or tells what did not happen, and what to ask instead.

Knows nothing of what a text is about. It works by rules about language, kept as data in the folder
of each language; docs/wording-coach.md explains them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from common.coach.language import LABELS, Language, Rule, language
from common.coach.reading import sentences
from common.coach.tokens import Token

__all__ = ["BLAMELESS", "LABELS", "Hint", "hints", "label"]

BLAMELESS = "blameless"


@dataclass(frozen=True, slots=True)
class Hint:
    """A marked phrase. ``start`` and ``end`` count code points, end exclusive.

    ``instead`` is one wording that can stand in the phrase's place, or "".
    """

    start: int
    end: int
    phrase: str
    label: str
    why: str
    question: str
    instead: str


def hints(text: str, *, names: Collection[str] = (), spoken: str = "english") -> list[Hint]:
    """The phrases of a text that get in the way of learning, in order, none overlapping.

    ``names`` are people's names that a list of given names does not know, as full names or parts;
    a part that means something in the rules is no name. ``spoken`` is the folder of a language.
    """
    rules = language(spoken)
    parts = {part for name in names for part in name.lower().split() if len(part) > 1}
    known = frozenset(part for part in parts if part not in rules.classes)
    found: list[Hint] = []
    for sentence in sentences(text, rules, known):
        found.extend(_in_sentence(text, sentence, rules))
    return found


def label(sentence: str) -> str:
    """The one label that fits a sentence best, "blameless" when nothing is marked."""
    given = {hint.label for hint in hints(sentence)}
    return next((one for one in LABELS if one in given), BLAMELESS)


def _in_sentence(text: str, tokens: list[Token], spoken: Language) -> list[Hint]:
    keys, present = _with_phrases(tokens, spoken)
    guarded: list[tuple[int, int]] | None = None
    found: list[tuple[int, int, int, Rule]] = []
    for rule, pattern in spoken.rules.worth_trying(present):
        for first, after in pattern.find(keys):
            if guarded is None:
                guards = spoken.guards.worth_trying(present)
                guarded = [span for _, guard in guards for span in guard.find(keys)]
            if any(start < after and first < end for start, end in guarded):
                continue
            start, end = tokens[first].start, tokens[after - 1].end
            found.append((LABELS.index(rule.label), start, end, rule))
    return _without_overlap(text, found)


def _with_phrases(tokens: list[Token], spoken: Language) -> tuple[list[frozenset[str]], set[str]]:
    """The keys of each token, with the phrases that begin or end at it; and all keys there are."""
    keys = [token.keys for token in tokens]
    present = set().union(*keys)
    for name, pattern in spoken.phrases.worth_trying(present):
        for first, after in pattern.find(keys):
            keys[first] |= {f"<{name}>"}
            keys[after - 1] |= {f"<{name}.end>"}
            present |= {f"<{name}>", f"<{name}.end>"}
    return keys, present


def _without_overlap(text: str, found: list[tuple[int, int, int, Rule]]) -> list[Hint]:
    """Where several rules mark the same words, the first of the labels, then the first rule."""
    taken: list[Hint] = []
    for _, start, end, rule in sorted(found, key=lambda one: one[0]):
        if all(end <= hint.start or hint.end <= start for hint in taken):
            taken.append(
                Hint(start, end, text[start:end], rule.label, rule.why, rule.question, rule.instead)
            )
    return sorted(taken, key=lambda hint: hint.start)
