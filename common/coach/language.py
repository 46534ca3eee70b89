"""The words and rules of one language, read once from the folder that carries its name."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from common.coach.matching import Pattern

_HERE = Path(__file__).parent
LABELS = ("person_as_cause", "blameful", "counterfactual", "absolutist")


@dataclass(frozen=True, slots=True)
class Rule:
    """A construction of the language: how it looks, and what is said to the writer."""

    label: str
    patterns: tuple[Pattern, ...]
    why: str
    question: str
    instead: str


@dataclass(frozen=True)
class Language:
    """``guards`` are constructions inside which nothing is marked."""

    classes: dict[str, frozenset[str]]
    names: frozenset[str]
    rules: tuple[Rule, ...]
    guards: tuple[Pattern, ...]

    @cached_property
    def starting_points(self) -> dict[str, list[tuple[int, Rule, Pattern]]]:
        """The patterns that one word or class makes worth trying, numbered in their order."""
        found: dict[str, list[tuple[int, Rule, Pattern]]] = defaultdict(list)
        pairs = ((rule, pattern) for rule in self.rules for pattern in rule.patterns)
        for number, (rule, pattern) in enumerate(pairs):
            for key in pattern.rarest:
                found[key].append((number, rule, pattern))
        return found

    def classes_of(self, word: str) -> frozenset[str]:
        known = self.classes.get(word)
        if known is not None:
            return known
        found = {word}
        if word.endswith("ed") and len(word) > 4:
            found |= {"<past>", "<done>"}
        elif word.endswith("ly") and len(word) > 4:
            found.add("<adverb>")
        elif word.isdigit():
            found.add("<number>")
        return frozenset(found)


@cache
def language(code: str = "english") -> Language:
    folder = _HERE / code
    words = _read(folder / "words.toml")
    rules = _read(folder / "rules.toml")
    labels, macros = rules["label"], rules["macros"]
    return Language(
        classes=_classes(words),
        names=frozenset(_read(folder / "names.toml")["given"].split()),
        rules=tuple(_rule(entry, labels, macros) for entry in rules["rule"]),
        guards=tuple(_patterns(rules["guard"], macros)),
    )


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


def _rule(entry: dict[str, Any], labels: dict[str, dict[str, str]], macros: dict[str, str]) -> Rule:
    of_label = labels[entry["label"]]
    return Rule(
        label=entry["label"],
        patterns=tuple(_patterns(entry, macros)),
        why=entry.get("why", of_label["why"]),
        question=entry.get("question", of_label["question"]),
        instead=entry.get("instead", ""),
    )


def _patterns(entry: dict[str, Any], macros: dict[str, str]) -> Iterator[Pattern]:
    for line in entry["patterns"]:
        yield Pattern(re.sub(r"\$([a-z-]+)", lambda found: macros[found[1]], line))


def _classes(words: dict[str, Any]) -> dict[str, frozenset[str]]:
    """Each known word with itself and the names of its classes."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, listed in words["words"].items():
        for word in listed.split():
            found[word].add(f"<{name}>")
    doubling = set(words["doubling"]["words"].split())
    for name, listed in words["verbs"].items():
        for base in listed.split():
            for tense, form in _forms(base, words["irregular"], doubling):
                found[form] |= {f"<{name}>", f"<{name}.{tense}>", f"<{tense}>"}
    for base, forms in words["irregular"].items():
        past, done = forms.split()
        for form in past.split("/"):
            found[form].add("<past>")
        found[done].add("<done>")
        found[base].add("<now>")
    for word, classes in found.items():
        if word.endswith("ed") and classes.isdisjoint({"<past>", "<done>", "<now>"}):
            classes |= {"<past>", "<done>"}
    return {word: frozenset({word, *classes}) for word, classes in found.items()}


def _forms(base: str, irregular: dict[str, str], doubling: set[str]) -> list[tuple[str, str]]:
    """Base, third person, past, participle and -ing form, each with the tense it stands for."""
    if base.endswith(("s", "x", "z", "ch", "sh", "o")):
        third = base + "es"
    elif base.endswith("y") and base[-2] not in "aeiou":
        third = base[:-1] + "ies"
    else:
        third = base + "s"
    stem = base + base[-1] if base in doubling or base.split("-")[-1] in doubling else base
    if base.endswith("e") and not base.endswith(("ee", "oe", "ye")):
        ing, past = base[:-1] + "ing", base + "d"
    elif base.endswith("y") and base[-2] not in "aeiou":
        ing, past = base + "ing", base[:-1] + "ied"
    else:
        ing, past = stem + "ing", stem + ("d" if base.endswith("e") else "ed")
    done = past
    if base in irregular:
        past, done = irregular[base].split()
        if (
            len(base) <= 4
            and base[-1] not in "eywx"
            and base[-2] in "aeiou"
            and base[-3:-2] not in "aeiou"
        ):
            ing = base + base[-1] + "ing"
    return [("now", base), ("now", third), ("past", past), ("done", done), ("ing", ing)]
