"""Does the title of an action say what will be done, to what, and when that is over?

Rules about language over lists of words, kept as data in a file for each language. It never blocks
and scores nobody: whoever writes the title is shown what is missing, with a better example.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from common import languages

_HERE = Path(__file__).parent / "title_words"
#: By the language of the interface: whoever reads in one writes titles in it.
_FILES = {languages.ENGLISH: "english"}
_WORD = re.compile(r"[^\W_]+(?:[’'./-][^\W_]+)*%?")
_NUMBER = re.compile(r"\d")
#: What is looked at; a title has at most 200 characters.
_READ = 300


@dataclass(frozen=True)
class Hint:
    """`lacks` is "verb", "object" or "end"."""

    lacks: str
    sentence: str
    example: str


@dataclass(frozen=True)
class _Words:
    verbs: frozenset[str]
    vague: frozenset[str]
    nameless: frozenset[str]
    filler: frozenset[str]
    before_the_verb: frozenset[str]
    vague_together: tuple[str, ...]
    exact_together: tuple[str, ...]
    endless: tuple[str, ...]
    ends: tuple[str, ...]
    say: dict[str, dict[str, str]]


@cache
def _words(language: str) -> _Words:
    data = tomllib.loads((_HERE / f"{language}.toml").read_text(encoding="utf-8"))
    return _Words(
        **{
            name: frozenset(each.split()) if isinstance(each, str) else tuple(each)
            for name, each in data.items()
            if name != "say"
        },
        say=data["say"],
    )


def hints(title: str) -> list[Hint]:
    """What the title leaves open, in the order verb, object, end; [] for a clear one, and for
    readers in a language whose words nobody has written down."""
    language = _FILES.get(languages.current())
    if language is None:
        return []
    known = _words(language)
    typed = _WORD.findall(title[:_READ])
    words = [word.lower().replace("’", "'") for word in typed]
    if not words:
        return []
    start = _first_verb(words, known)
    lacking = {
        "verb": not _is_verb(words[start], known),
        "object": not _names_something(typed[start + 1 :], known),
        "end": _has_no_end(words[start:], known),
    }
    if lacking["verb"]:
        # The whole of it may name the thing: "Host role in every prompt".
        lacking["object"] = not _names_something(typed[start:], known)
    return [Hint(name, **known.say[name]) for name, lacks in lacking.items() if lacks]


def _first_verb(words: Sequence[str], known: _Words) -> int:
    """ "Automatically restore …" begins with its verb, too."""
    is_adverb = words[0] in known.before_the_verb or _is_manner(words[0])
    return 1 if is_adverb and len(words) > 1 else 0


def _is_verb(word: str, known: _Words) -> bool:
    parts = {word, word.split("-")[-1], word.split("-")[0]}
    return bool(parts & (known.verbs | known.vague))


def _names_something(typed: Sequence[str], known: _Words) -> bool:
    return any(
        word not in known.filler | known.nameless | known.vague and not _is_manner(word)
        for word in map(str.lower, typed)
    )


def _is_manner(word: str) -> bool:
    """ "automatically", and not "apply"."""
    return word.endswith("ly") and len(word) > 5


def _has_no_end(words: Sequence[str], known: _Words) -> bool:
    text = f" {' '.join(words)} "
    if _NUMBER.search(text) or any(f" {sign} " in text for sign in known.ends):
        return False
    if any(f" {phrase} " in text for phrase in known.endless):
        return True
    if any(text.startswith(f" {phrase} ") for phrase in known.exact_together):
        return False
    is_vague = words[0] in known.vague
    return is_vague or any(text.startswith(f" {phrase} ") for phrase in known.vague_together)
