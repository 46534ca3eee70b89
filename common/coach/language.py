"""The words and rules of one language, read once from the folder that carries its name."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from common.coach.matching import MARKS, Pattern

_HERE = Path(__file__).parent
Kind = TypeVar("Kind")
_Entry = tuple[int, Kind, Pattern, list[frozenset[str]]]
_NONE: frozenset[str] = frozenset()
_FUNCTION_WORDS = frozenset({"<det>", "<prep>", "<conj>", "<be>", "<have>", "<aux>", "<not>"})
LABELS = ("person_as_cause", "blameful", "counterfactual", "absolutist")


@dataclass(frozen=True, slots=True)
class Rule:
    """A construction of the language: how it looks, and what is said to the writer."""

    label: str
    patterns: tuple[Pattern, ...]
    why: str
    question: str
    instead: str


class Index(Generic[Kind]):
    """Patterns, each with what it stands for, by the words that make them worth trying."""

    def __init__(
        self, pairs: Iterable[tuple[Kind, Pattern]], classes: dict[str, frozenset[str]]
    ) -> None:
        self._by_key: dict[str, list[_Entry[Kind]]] = defaultdict(list)
        for number, (kind, pattern) in enumerate(pairs):
            needs = sorted(pattern.needs, key=lambda keys: _commonness(keys, classes))
            for key in needs[0]:
                self._by_key[key].append((number, kind, pattern, needs[1:]))

    def worth_trying(self, present: set[str]) -> list[tuple[Kind, Pattern]]:
        """What can match a sentence in which these keys are present, in the order of the file."""
        found: dict[int, tuple[Kind, Pattern]] = {}
        for key in present & self._by_key.keys():
            for number, kind, pattern, needs in self._by_key[key]:
                for keys in needs:
                    if keys.isdisjoint(present):
                        break
                else:
                    found[number] = kind, pattern
        return [found[number] for number in sorted(found)]


def _commonness(keys: frozenset[str], classes: dict[str, frozenset[str]]) -> int:
    """How many sentences have one of these, roughly: classes are common, and so is "the"."""
    return sum(
        50
        if key[0] == "<"
        else 20
        if key in MARKS or classes.get(key, _NONE) & _FUNCTION_WORDS
        else 1
        for key in keys
    )


@dataclass(frozen=True)
class Language:
    """``phrases`` are constituents that rules name; inside ``guards`` nothing is marked."""

    classes: dict[str, frozenset[str]]
    names: frozenset[str]
    phrases: Index[str]
    rules: Index[Rule]
    guards: Index[None]

    def classes_of(self, word: str) -> frozenset[str]:
        known = self.classes.get(word)
        return known if known is not None else frozenset({word, *_by_ending(word)})


@cache
def language(code: str = "english") -> Language:
    folder = _HERE / code
    words = _read(folder / "words.toml")
    rules = _read(folder / "rules.toml")
    labels, macros = rules["label"], rules["macros"]
    named = {name: list(_patterns(lines, macros)) for name, lines in rules["phrases"].items()}
    read = [(rule, rule.patterns) for rule in (_rule(one, labels, macros) for one in rules["rule"])]
    guards = [pattern for lines in rules["guard"].values() for pattern in _patterns(lines, macros)]
    used = [*named.values(), *(patterns for _, patterns in read), guards]
    lemmas = {key[1:] for patterns in used for one in patterns for key in one.keys if key[0] == "="}
    classes = _classes(words, lemmas)
    phrases = ((name, one) for name, patterns in named.items() for one in patterns)
    return Language(
        classes=classes,
        names=_names(_read(folder / "names.toml")),
        phrases=Index(phrases, classes),
        rules=Index(((rule, one) for rule, patterns in read for one in patterns), classes),
        guards=Index(((None, one) for one in guards), classes),
    )


def _names(listed: dict[str, str]) -> frozenset[str]:
    return frozenset(word for names in listed.values() for word in names.split())


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


def _rule(entry: dict[str, Any], labels: dict[str, dict[str, str]], macros: dict[str, str]) -> Rule:
    of_label = labels[entry["label"]]
    return Rule(
        label=entry["label"],
        patterns=tuple(_patterns(entry["patterns"], macros)),
        why=entry.get("why", of_label["why"]),
        question=entry.get("question", of_label["question"]),
        instead=entry.get("instead", ""),
    )


def _patterns(lines: list[str], macros: dict[str, str]) -> Iterator[Pattern]:
    for line in lines:
        yield Pattern(re.sub(r"\$([a-z-]+)", lambda found: macros[found[1]], line))


def _classes(words: dict[str, Any], lemmas: set[str]) -> dict[str, frozenset[str]]:
    """Each known word with itself, the names of its classes and the verbs it is a form of.

    ``lemmas`` are the base forms that rules write as "=take".
    """
    found: dict[str, set[str]] = defaultdict(set)
    for name, listed in words["words"].items():
        for word in listed.split():
            found[word].add(f"<{name}>")
    doubling = set(words["doubling"]["words"].split())
    for name, listed in words["verbs"].items():
        for base in listed.split():
            for tense, form in _forms(base, words["irregular"], doubling):
                found[form] |= {f"<{name}>", f"<{name}.{tense}>", f"<{tense}>"}
    for base in lemmas:
        for tense, form in _forms(base, words["irregular"], doubling):
            found[form] |= {f"={base}", f"<{tense}>"}
    for base, forms in words["irregular"].items():
        past, done = forms.split()
        for form in past.split("/"):
            found[form].add("<past>")
        found[done].add("<done>")
        found[base].add("<now>")
    for word, classes in found.items():
        if classes.isdisjoint({"<past>", "<done>", "<now>"}):
            classes |= _by_ending(word) - {"<doer>"}
    return {word: frozenset({word, *classes}) for word, classes in found.items()}


def _by_ending(word: str) -> set[str]:
    """What the form of a word tells about it."""
    if len(word) > 4 and word.endswith("ed"):
        return {"<past>", "<done>"}
    if len(word) > 4 and word.endswith("ing"):
        return {"<ing>"}
    if len(word) > 4 and word.endswith("ly"):
        return {"<adverb>"}
    if len(word) > 7 and word.endswith(("master", "keeper", "smith", "wright", "monger", "woman")):
        return {"<role>"}
    if len(word) > 5 and word.endswith(("er", "or", "isation", "ization", "ations")):
        return {"<doer>"}
    return {"<number>"} if word.isdigit() else set()


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
    forms = [("now", base), ("now", third), ("done", done), ("ing", ing)]
    forms += [("past", form) for form in past.split("/")]
    if base.endswith("l") and base[-2] in "aeo" and base[-3] not in "aeiou" and len(base) > 4:
        # "labelled" and "labelling" beside "labeled" and "labeling"
        forms += [("past", base + "led"), ("done", base + "led"), ("ing", base + "ling")]
    return forms
