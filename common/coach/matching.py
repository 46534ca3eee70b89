"""Patterns over tokens. The grammar is described in docs/wording-coach.md."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MARKS = frozenset(",.;:!?()|…–—")
_NONE: frozenset[str] = frozenset()
_GAP = re.compile(r"(?P<dots>\.{2,3})(?P<most>\d+)")

#: What the tokens of a sentence are, one after another: each its word and its classes.
Keys = Sequence[frozenset[str]]


@dataclass(frozen=True, slots=True)
class Step:
    """``most`` tokens with one of the ``keys``, at least ``least``; a gap has no keys.

    ``crosses`` lets a gap run over commas and the like; ``looks`` only looks at the next token
    (or, with ``behind``, the one before) and takes none.
    """

    keys: frozenset[str] = frozenset()
    least: int = 1
    most: int = 1
    crosses: bool = False
    looks: bool = False
    behind: bool = False
    negated: bool = False


class Pattern:
    """One line of a rule, ready to be matched against a sentence."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.steps: list[Step] = []
        self.opens = self.closes = -1
        self.at_start = False
        for part in line.split():
            if part == "[":
                self.opens = len(self.steps)
            elif part == "]":
                self.closes = len(self.steps)
            elif part == "^":
                self.at_start = True
            else:
                self.steps.append(_step(part))
        if (self.opens < 0) != (self.closes < 0) or not self.steps:
            raise ValueError(f"Not a pattern: {line!r}")
        if any("" in step.keys for step in self.steps):
            raise ValueError(f"An empty alternative: {line!r}")
        #: For each step what the token after it must have one of; empty when that depends.
        self._after = [
            following.keys
            if following.least == following.most == 1 and not following.looks
            else _NONE
            for following in [*self.steps[1:], Step()]
        ]
        #: A sentence that lacks any of these cannot match.
        self.needs = [
            step.keys for step in self.steps if step.keys and step.least and not step.looks
        ]

    @property
    def keys(self) -> frozenset[str]:
        """Every word and class the line names."""
        return frozenset().union(*(step.keys for step in self.steps))

    def find(self, tokens: Keys) -> list[tuple[int, int]]:
        """Where it matches: first and last token of the marked part, end exclusive."""
        found = []
        at = 0
        starts = 1 if self.at_start else len(tokens)
        first = self.steps[0]
        must_begin = bool(first.least and first.keys and not first.looks)
        while at < starts:
            if must_begin and first.keys.isdisjoint(tokens[at]):
                at += 1
                continue
            marks = [at, 0]
            end = self._match(tokens, at, 0, marks)
            if end >= 0:
                if self.opens < 0:
                    marks = [at, end]
                found.append((marks[0], marks[1]))
                at = max(end, at + 1)
            else:
                at += 1
        return found

    def _match(self, tokens: Keys, at: int, number: int, marks: list[int]) -> int:
        """The token after the match of all steps from ``number`` on, or -1."""
        while True:
            if number == self.opens:
                marks[0] = at
            if number == self.closes:
                marks[1] = at
            if number == len(self.steps):
                return at
            step = self.steps[number]
            if step.looks:
                place = at - 1 if step.behind else at
                there = 0 <= place < len(tokens) and not step.keys.isdisjoint(tokens[place])
                if there == step.negated:
                    return -1
            elif step.least == step.most == 1:
                if at == len(tokens) or step.keys.isdisjoint(tokens[at]):
                    return -1
                at += 1
            else:
                break
            number += 1
        taken = 0
        lengths = []
        if step.least == 0:
            lengths.append(at)
        while taken < step.most and at + taken < len(tokens):
            keys = tokens[at + taken]
            if step.keys:
                if step.keys.isdisjoint(keys):
                    break
            elif not step.crosses and not MARKS.isdisjoint(keys):
                break
            taken += 1
            if taken >= step.least:
                lengths.append(at + taken)
        # A gap is as short as it can be unless it comes last, what may repeat as long as it can be.
        is_short = not step.keys and number + 1 < len(self.steps)
        follows = self._after[number]
        for after in lengths if is_short else reversed(lengths):
            if follows and (after == len(tokens) or follows.isdisjoint(tokens[after])):
                continue
            end = self._match(tokens, after, number + 1, marks)
            if end >= 0:
                return end
        return -1


def _step(part: str) -> Step:
    gap = _GAP.fullmatch(part)
    if gap:
        return Step(least=0, most=int(gap["most"]), crosses=len(gap["dots"]) == 3)
    if part.startswith(("!", "&", "~")):
        mark, word = part[0], part[1:]
        behind = mark == "~"
        return Step(frozenset(word.split("/")), looks=True, behind=behind, negated=mark != "&")
    least, most = 1, 1
    if part.endswith("?") and len(part) > 1:
        part, least = part[:-1], 0
    elif part.endswith("*") and len(part) > 1:
        part, least, most = part[:-1], 0, 4
    elif part.endswith("+") and len(part) > 1:
        part, most = part[:-1], 4
    return Step(frozenset(part.split("/")), least, most)
