"""The language that texts are written in, SEARCH_LANGUAGE: the letters of its words, their endings,
and those that are too common to find anything by. As PostgreSQL's configuration of that name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path
from string import ascii_lowercase
from typing import Final

from django.conf import settings

from common.stems import porter

ENGLISH: Final = "english"
_RUSSIAN: Final = "russian"
#: What can be chosen, and the letters beside a to z.
LETTERS: Final[dict[str, str]] = {
    "danish": "æøå",
    "dutch": "ëï",
    ENGLISH: "",
    "finnish": "äöå",
    "french": "àâæçèéêëîïôùûüœ",
    "german": "äöüß",
    "hungarian": "áéíóöőúüű",
    "italian": "àèéìòù",
    "norwegian": "æøå",
    "portuguese": "àáâãçéêíóôõú",
    "romanian": "ăâîșț",
    _RUSSIAN: "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "spanish": "áéíñóúü",
    "swedish": "åäö",
    "turkish": "çğıöşü",
}
#: Endings of nouns, where the algorithm takes part of many a word for one: of "certifikatet" it
#: leaves "certifikat", and of that "certifik".
_ENDINGS = dict.fromkeys(("danish", "norwegian", "swedish"), ("en", "et", "er")) | {
    "turkish": ("lar", "ler")
}
#: Where the library calls an algorithm of PostgreSQL otherwise.
_ALGORITHMS = {"dutch": "dutch_porter"}

#: Letters with accents, and what the indexes of English texts hold instead. Elsewhere an accent
#: makes another word: får, far.
ACCENTS = ("àáâãäåçèéêëìíîïñòóôõöùúûüýÿ", "aaaaaaceeeeiiiinooooouuuuyy")
_PLAIN = str.maketrans(*ACCENTS)
_WORD = re.compile(r"[^\W_]+")
_LONGEST = 40


@dataclass(frozen=True, eq=False)
class Language:
    name: str
    #: A text in small letters, as the indexes hold it.
    plain: Callable[[str], str]
    #: A word, plain and without its endings.
    stem: Callable[[str], str]
    #: PostgreSQL's list: words too common to find anything by.
    stop_words: frozenset[str]
    #: With those that are rare in our texts, and still nothing to find by when there are other
    #: words: "never tested", "the thing that went down", "how do we find out whether".
    idle: frozenset[str]

    @property
    def is_english(self) -> bool:
        return self.name == ENGLISH

    def split(self, text: str) -> list[str]:
        """The words of a text, plain and without signs."""
        return [word[:_LONGEST] for word in _WORD.findall(self.plain(text))]

    def letters_of(self, word: str) -> str:
        """The alphabet that a word is written in."""
        own = LETTERS[self.name]
        if self.name == _RUSSIAN:
            return ascii_lowercase if word.isascii() else own
        return ascii_lowercase + own

    def other_forms(self, word: str) -> list[str]:
        """The same word where the algorithm makes two of it: certifikat, certifikatet."""
        if self.name not in _ENDINGS:
            return []
        bare = self.stem(word)
        longer = [word + ending for ending in _ENDINGS[self.name]]
        forms = [form for form in longer if self.stem(form) == word != bare][:1]
        return [*forms, bare] if self.stem(bare) != bare else forms


def language() -> Language:
    """The one that was chosen."""
    return named(settings.SEARCH_LANGUAGE)


@cache
def named(name: str) -> Language:
    plain, bare = (
        (_without_accents, porter.stem)
        if name == ENGLISH
        else (_in_small_letters, partial(_without_endings, name))
    )

    @lru_cache(maxsize=50_000)
    def stem(word: str) -> str:
        return bare(plain(word))

    stop_words, idle = _listed(name)
    if name == _RUSSIAN:
        # To PostgreSQL words in Latin letters are English there.
        stop_words, idle = stop_words | _listed(ENGLISH)[0], idle | _listed(ENGLISH)[1]
    return Language(name, plain, stem, stop_words, idle)


def _listed(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """The stop words, and with them those of a second paragraph; PostgreSQL has no Romanian."""
    file = Path(__file__).parent / f"stop_words/{name}.txt"
    text = file.read_text("utf-8") if file.exists() else ""
    return frozenset(text.partition("\n\n")[0].split()), frozenset(text.split())


def _without_accents(text: str) -> str:
    return text.lower().translate(_PLAIN)


def _in_small_letters(text: str) -> str:
    # Of the Turkish İ, Python makes an i and a dot apart.
    return text.lower().replace("i\u0307", "i")


def _without_endings(name: str, word: str) -> str:
    if name == _RUSSIAN and word.isascii():
        return porter.stem(word)
    # Three megabytes that English does without.
    import snowballstemmer

    # A new one for each word, which takes no time: it remembers what it is at, and threads would
    # share it.
    return snowballstemmer.stemmer(_ALGORITHMS.get(name, name)).stemWord(word)
