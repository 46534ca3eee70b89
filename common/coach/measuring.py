"""How well the hints agree with people who labelled sentences."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from common.coach import BLAMELESS, LABELS, label

ALL_LABELS = (*LABELS, BLAMELESS)


class NotReadable(Exception):
    """A line that is not a labelled sentence; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    label: str


@dataclass
class Agreement:
    """``counts`` by label given by people and label found; ``misses`` with the label found."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    misses: list[tuple[Sentence, str]] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Of the sentences that are marked, how many should be. 1.0 when none is marked."""
        return _share(self._marked_rightly, self._sum(lambda _, found: found != BLAMELESS))

    @property
    def recall(self) -> float:
        """Of the sentences that should be marked, how many are. 1.0 when none should be."""
        return _share(self._marked_rightly, self._sum(lambda given, _: given != BLAMELESS))

    @property
    def f1(self) -> float:
        return _mean(self.precision, self.recall)

    def f1_of(self, one: str) -> float:
        agreed = self.counts[one, one]
        found = self._sum(lambda _, found: found == one)
        given = self._sum(lambda given, _: given == one)
        return _share(2 * agreed, found + given)

    @property
    def macro_f1(self) -> float:
        """The mean over the labels that occur."""
        occurring = [one for one in ALL_LABELS if any(one in pair for pair in self.counts)]
        return sum(self.f1_of(one) for one in occurring) / len(occurring) if occurring else 1.0

    @property
    def _marked_rightly(self) -> int:
        return self._sum(lambda given, found: BLAMELESS not in {given, found})

    def _sum(self, counts: Callable[[str, str], bool]) -> int:
        return sum(number for pair, number in self.counts.items() if counts(*pair))


def read_sentences(lines: Iterable[str]) -> list[Sentence]:
    """One JSON object a line with "text" and "label"; empty lines are passed over."""
    return [_sentence(number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _sentence(number: int, line: str) -> Sentence:
    try:
        entry = json.loads(line)
    except ValueError as error:
        raise NotReadable(f"Line {number} is not JSON: {error}.") from error
    if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
        raise NotReadable(f'Line {number} has no "text".')
    if entry.get("label") not in ALL_LABELS:
        known = ", ".join(ALL_LABELS)
        raise NotReadable(
            f"Line {number} has the label {entry.get('label')!r}. Known labels: {known}."
        )
    return Sentence(entry["text"], entry["label"])


def measure(sentences: Iterable[Sentence]) -> Agreement:
    agreement = Agreement()
    for sentence in sentences:
        found = label(sentence.text)
        agreement.counts[sentence.label, found] += 1
        if found != sentence.label:
            agreement.misses.append((sentence, found))
    return agreement


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _mean(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0
