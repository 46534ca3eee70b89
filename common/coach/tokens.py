"""The words and marks of a text, each with its classes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from common.coach.language import Language

TOKEN = re.compile(
    r"(?P<handle>(?<![\w.])@\w[\w.-]*\w)"
    r"|(?P<word>[^\W_]+(?:[-./_][^\W_]+|(?<=\d):\d+|['’](?=[^\W\d_])[^\W\d_]+)*['’]?)"
    r"|(?P<whose>(?<=\w)['’]s(?!\w))"
    r"|(?P<mark>[.,;:!?()\[\]|…–—])"
)
_TAILS = (("n't", "not"), ("'ve", "have"), ("'re", "are"), ("'ll", "will"), ("'m", "am"))
_STEMS = {"ca": "can", "wo": "will", "sha": "shall"}


@dataclass(slots=True)
class Token:
    """A word, a mark, or a person who may be several words.

    ``keys`` are the word itself in lower case and its classes in angle brackets; ``start`` and
    ``end`` count code points of the whole text.
    """

    start: int
    end: int
    keys: frozenset[str]
    word: str
    is_capital: bool = False


class Vocabulary:
    """What is known of the words of one text: a language, and the names of people."""

    def __init__(self, language: Language, names: frozenset[str]) -> None:
        self.language = language
        self._names = names
        self._met: dict[tuple[str, bool], frozenset[str]] = {}

    def keys_of(self, word: str, is_capital: bool) -> frozenset[str]:
        """The keys of a word in lower case. Texts say the same again: each is looked up once."""
        keys = self._met.get((word, is_capital))
        if keys is None:
            keys = self._met[word, is_capital] = self._look_up(word, is_capital)
        return keys

    def _look_up(self, word: str, is_capital: bool) -> frozenset[str]:
        keys = self.language.classes_of(word)
        if not is_capital:
            return keys
        keys |= {"<capital>"}
        names = self.language.names
        if word in names or word in self._names or _bare(word) in names:
            return keys | {"<name>"}
        if len(keys - {"<doer>"}) == 2 and len(word) > 3 and word.replace("-", "").isalpha():
            return keys | {"<stranger>"}
        return keys


def split(match: re.Match[str], vocabulary: Vocabulary) -> Iterable[Token]:
    """One token, or two for a contraction or a possessive: "shouldn't" is "should" and "not"."""
    start, end = match.span()
    raw = match[0]
    if match.lastgroup == "handle":
        return (Token(start, end, frozenset({"<name>", "<handle>"}), raw.lower(), True),)
    if match.lastgroup == "mark":
        return (Token(start, end, frozenset({raw}), raw),)
    if match.lastgroup == "whose":  # of a handle: "@pat's"
        return (Token(start, end, frozenset({"'s"}), "'s"),)
    word = raw.replace("’", "'").lower()
    is_capital = raw[0].isupper()
    if is_capital and not raw.istitle() and raw.isalpha():  # "DockerHub", "DNS"
        keys = vocabulary.language.classes_of(word) | {"<capital>"}
        if raw.isupper() and "<acronym-group>" in keys:
            keys |= {"<group>"}
        return (Token(start, end, keys, word, True),)
    if "'" in word or word == "cannot":
        return _parts(start, end, word, is_capital, vocabulary)
    return (Token(start, end, vocabulary.keys_of(word, is_capital), word, is_capital),)


def _parts(
    start: int, end: int, word: str, is_capital: bool, vocabulary: Vocabulary
) -> Iterator[Token]:
    """The words of a contraction, however many: "shouldn't've" is three of them."""
    last: list[Token] = []
    while cut := _cut(end, word, vocabulary.language):
        word, end, token = cut
        last += token
    yield Token(start, end, vocabulary.keys_of(word, is_capital), word, is_capital)
    yield from reversed(last)


def _cut(end: int, word: str, language: Language) -> tuple[str, int, list[Token]] | None:
    """What is before the last part of a contraction, where that ends, and the last part."""
    if word == "cannot":
        return "can", end - 3, [Token(end - 3, end, language.classes_of("not"), "not")]
    for tail, meaning in _TAILS:
        if word.endswith(tail) and len(word) > len(tail):
            stem, at = word[: -len(tail)], end - len(tail)
            said = Token(at, end, language.classes_of(meaning), meaning)
            return _STEMS.get(stem, stem), at, [said]
    if word.endswith("'s") and len(word) > 2:
        is_verb = word[:-2] in {"it", "that", "this", "there", "here", "what", "who", "he", "she"}
        keys = language.classes_of("is" if is_verb else "'s")
        return word[:-2], end - 2, [Token(end - 2, end, keys | {"'s"}, "'s")]
    if word.endswith("'d") and len(word) > 2:
        keys = frozenset({"'d", "would", "had", "<aux>"})
        return word[:-2], end - 2, [Token(end - 2, end, keys, "would")]
    if word.endswith("'"):
        is_whose = word.endswith("s'")
        return word[:-1], end - 1, [Token(end - 1, end, frozenset({"'s"}), "'s")] * is_whose
    return None


def _bare(word: str) -> str:
    """Without accents, as the list of names is written."""
    return "".join(one for one in unicodedata.normalize("NFD", word) if one < "\u0300")
