"""What people mean by what they type into a search box. Knows no database: see common/search.py."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from html import escape  # Django's looks first for texts that are translated later
from pathlib import Path

from django.utils.safestring import SafeString, mark_safe

from common.stems import Language, language

#: Words next to each other. A single word is a phrase of one.
Phrase = tuple[str, ...]

MOST_TERMS = 12
MOST_ALTERNATIVES = 8
_LONGEST_TEXT = 400
_SHORTEST_TO_MEND = 4
_LONG = 6
_VERY_LONG = 8
_EXCERPT = 200
#: A year or a port; longer numbers are often written in groups of three.
_LONGEST_PLAIN_NUMBER = 4

_TYPED = re.compile(r'(?<!\S)(-?)"([^"]*)"|(\S+)')
# A minus before one or two letters belongs to a command: rm -rf, kill -9. So do two of them.
_UNWANTED = re.compile(r"-(?=[^\W_]{3})(\S+)")


@dataclass(frozen=True)
class Term:
    """One thing that is wanted: any of `phrases`, the typed one first, or of what is `related`,
    which takes the room that they leave."""

    phrases: tuple[Phrase, ...]
    is_quoted: bool = False
    related: tuple[Phrase, ...] = ()
    # The last letters may be missing: "rest" finds "restore".
    is_open: bool = False

    @property
    def typed(self) -> str:
        return " ".join(self.phrases[0])

    @property
    def alternatives(self) -> tuple[Phrase, ...]:
        return self.phrases + self.related

    @property
    def beginnings(self) -> list[str]:
        """What a word of an open term may begin with.

        The index holds words without their endings, so the last letters of a long one may be in
        the way: "authenticat" is found as "authent".
        """
        if not self.is_open:
            return []
        word = self.phrases[0][-1]
        return [word, word[: max(6, len(word) - 4)]] if len(word) >= _VERY_LONG else [word]


@dataclass(frozen=True)
class Query:
    """All of `wanted`, none of `unwanted`."""

    wanted: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()


def split(text: str) -> list[str]:
    """The words of a text in small letters, without signs and, in English, without accents."""
    return language().split(text)


def understand(text: str, *, open_ended: bool = False) -> Query:
    """Read a query: every word is wanted, "quotes" keep words together, a minus excludes.

    Never fails, whatever is typed. Words of the trade bring their synonyms along. With
    `open_ended` the last word may be unfinished.
    """
    wanted: list[Term] = []
    unwanted: list[Term] = []
    loose: list[str] = []
    for minus, quoted, plain in _TYPED.findall(text[:_LONGEST_TEXT]):
        refused = _UNWANTED.fullmatch(plain)
        if plain and not refused:
            loose += split(plain)
        elif phrase := tuple(split(refused[1] if refused else quoted)):
            term = Term((phrase,), is_quoted=True)
            (unwanted if minus or refused else wanted).append(term)
    terms = list(_with_synonyms(loose))
    if open_ended and terms and text[-1:].isalnum() and loose[-1] == terms[-1].typed:
        terms[-1] = Term(terms[-1].phrases, is_open=True)
    return Query(tuple((wanted + terms)[:MOST_TERMS]), tuple(unwanted[:MOST_TERMS]))


def telling(text: str) -> list[str]:
    """The words of a sentence that say what it is about, each once, at most twelve."""
    words = dict.fromkeys(split(text[:_LONGEST_TEXT]))
    idle = language().idle
    return [word for word in words if word not in idle and len(word) > 1][:MOST_TERMS]


def _with_synonyms(loose: list[str]) -> Iterator[Term]:
    """A term for each word worth looking for, with what else it may be called.

    A synonym of several words, such as "out of memory", helps each of the words it is made of,
    and so does writing two words as one.
    """
    same: list[list[Phrase]] = [[(word,), *_spelled(word)] for word in loose]
    related: list[list[Phrase]] = [[] for _ in loose]
    for length in (3, 2, 1):
        for start in range(len(loose) - length + 1):
            typed = tuple(loose[start : start + length])
            others = synonyms_of(typed)
            for place in range(start, start + length):
                same[place] += others.same
                related[place] += others.related
                if length == 2:
                    same[place] += [("".join(typed),)]
    own = language()
    idle = own.idle if set(loose) - own.idle else own.stop_words
    seen = set()
    for word, phrases, near in zip(loose, same, related, strict=True):
        if word not in idle and stem(word) not in seen:
            seen.add(stem(word))
            first = _each_once(phrases)
            further = _each_once(phrases + near)[len(first) :]
            yield Term(
                first[:MOST_ALTERNATIVES],
                related=further[: max(0, MOST_ALTERNATIVES - len(first))],
            )


def _each_once(phrases: Iterable[Phrase]) -> tuple[Phrase, ...]:
    """The first of those that differ by their endings only."""
    first: dict[Phrase, Phrase] = {}
    for phrase in phrases:
        first.setdefault(_stemmed(phrase), phrase)
    return tuple(first.values())


_BRITISH = re.compile(r"(?<=[a-z]{3})(is|iz|ys|yz)(?=(?:e[sdr]?|ers|ing|ations?)$)")
_MEASURED = re.compile(r"([0-9]+)([a-z]{2,})")
_COLOURS = re.compile(r"(?<=[a-z]{3})(ou?r)(?=(?:s|ed|ing|al)?$)")


def _spelled(word: str) -> list[Phrase]:
    """The same word as others spell it: organisation, organization; behaviour, behavior; 65536,
    65,536; 32bit, 32-bit. Where it is not English, with another ending: certifikatet."""
    if measured := _MEASURED.fullmatch(word):
        return [(measured[1], measured[2])]
    if word.isascii() and word.isdigit() and len(word) > _LONGEST_PLAIN_NUMBER:
        return [tuple(f"{int(word):,}".split(","))] if word[0] != "0" else []
    if not language().is_english:
        return [(other,) for other in language().other_forms(word)]
    other = _BRITISH.sub(lambda found: found[1].translate(_SWAPPED), word)
    other = _COLOURS.sub(lambda found: "our" if found[1] == "or" else "or", other)
    return [(other,)] if other != word else []


_SWAPPED = str.maketrans("sz", "zs")


def _stemmed(phrase: Phrase) -> Phrase:
    return tuple(map(stem, phrase))


@dataclass
class Synonyms:
    """What else finds the same thing, and what is near enough to help."""

    same: list[Phrase] = field(default_factory=list)
    related: list[Phrase] = field(default_factory=list)


def synonyms_of(phrase: Phrase) -> Synonyms:
    """By its words as they are or, failing that, without their endings: "kill-switches"."""
    by_word, by_stem = synonyms()
    return by_word.get(phrase) or by_stem.get(_stemmed(phrase)) or Synonyms()


def synonyms() -> tuple[dict[Phrase, Synonyms], dict[Phrase, Synonyms]]:
    """By phrase, and by phrase without endings. Source: common/synonyms.txt."""
    return _synonyms(language())


@cache
def _synonyms(own: Language) -> tuple[dict[Phrase, Synonyms], dict[Phrase, Synonyms]]:
    by_word: dict[Phrase, Synonyms] = {}
    by_stem: dict[Phrase, Synonyms] = {}
    for line in Path(__file__).with_name("synonyms.txt").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        same, _, related = line.partition(">")
        phrases = [tuple(own.split(part)) for part in same.split("=")]
        further = [tuple(own.split(part)) for part in related.split(",") if part]
        for phrase in phrases:
            others = [other for other in phrases if other != phrase]
            for found in (
                by_word.setdefault(phrase, Synonyms()),
                by_stem.setdefault(tuple(map(own.stem, phrase)), Synonyms()),
            ):
                found.same += others
                found.related += further
    return by_word, by_stem


def near(word: str) -> list[Phrase]:
    """What may have been meant by a word that nothing holds, likeliest first.

    One slip away: two letters swapped or one doubled; in longer words also one too many, missing
    or wrong; or two words written as one. A short word is too near to too many others.
    """
    letters, stop_words = language().letters_of(word), language().stop_words
    if len(word) < _SHORTEST_TO_MEND or set(word) - set(letters):
        return []
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    mended = [a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1]
    mended += [a + b[0] + b for a, b in cuts if b]
    if len(word) >= _LONG:
        mended += [a + b[1:] for a, b in cuts if b]
        mended += [a + letter + b for a, b in cuts for letter in letters]
        mended += [a + letter + b[1:] for a, b in cuts if b for letter in letters]
    single = dict.fromkeys(mended).keys() - stop_words - {word}
    apart = [(a, b) for a, b in cuts if min(len(a), len(b)) > 2 and not {a, b} & stop_words]
    return apart + [(other,) for other in mended if other in single]


def without_doubles(phrases: Iterable[Phrase]) -> list[Phrase]:
    """The longest of those that differ by their ending only: "kubernetes", not "kubernets"."""
    best: dict[str, Phrase] = {}
    for phrase in phrases:
        key = " ".join(map(stem, phrase))
        best[key] = max(best.get(key, phrase), phrase, key=lambda one: len(" ".join(one)))
    return list(best.values())


def beginning(word: str) -> str:
    """The part of a long word that is likely right when its ending is not; else nothing."""
    return word[: max(5, len(word) // 2)] if len(word) >= _VERY_LONG else ""


# Showing where it matched -----------------------------------------------------------------------
def stem(word: str) -> str:
    """The word as the indexes hold it: in small letters and without endings."""
    return language().stem(word)


class _Wanted(dict[str, str]):
    """By word its stem where it is wanted, else nothing; each is looked at once."""

    def __init__(self, stems: set[str], beginnings: tuple[str, ...]) -> None:
        super().__init__()
        self._stems, self._beginnings, self._stem = stems, beginnings, language().stem

    def __missing__(self, word: str) -> str:
        stem = self._stem(word)
        is_wanted = stem in self._stems or word.lower().startswith(self._beginnings)
        self[word] = stem if is_wanted else ""
        return self[word]


class Marker:
    """Marks the words of a query in texts. What it returns is escaped HTML with <mark>."""

    def __init__(self, terms: Iterable[Term] = ()) -> None:
        stop_words = language().stop_words
        self._stems: set[str] = set()
        self._beginnings: tuple[str, ...] = ()
        for term in terms:
            for phrase in term.alternatives:
                self._stems |= {
                    stem(word) for word in phrase if len(phrase) == 1 or word not in stop_words
                }
            if term.is_open:
                self._beginnings += (term.phrases[0][-1],)
        self._begins = _word_that_begins(
            frozenset(word[:1] for word in (*self._stems, *self._beginnings))
        )
        self._wanted = _Wanted(self._stems, self._beginnings)

    def _hits(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, stem) of each word of the text that is wanted."""
        return [
            (word.start(), word.end(), wanted)
            for word in self._begins.finditer(text)
            if (wanted := self._wanted[word[0]])
        ]

    def mark(self, text: str) -> SafeString:
        parts, done = [], 0
        for start, end, _ in self._hits(text):
            parts += [escape(text[done:start]), f"<mark>{escape(text[start:end])}</mark>"]
            done = end
        # Every piece of the text went through escape().
        return mark_safe("".join([*parts, escape(text[done:])]))  # noqa: S308

    def excerpt(self, *texts: str) -> SafeString:
        """The part of the texts that holds the most of the words, or their beginning."""
        text = " ".join(" ".join(texts).split())
        if len(text) <= _EXCERPT:
            return self.mark(text)
        best = _densest([(start, hit) for start, _, hit in self._hits(text)], within=_EXCERPT - 60)
        start = text.rfind(" ", 0, max(0, best - 60)) + 1 if best > _EXCERPT - 60 else 0
        end = text.rfind(" ", start, start + _EXCERPT)
        end = len(text) if len(text) <= start + _EXCERPT else max(end, start + _EXCERPT // 2)
        before, after = "… " if start else "", " …" if end < len(text) else ""
        return self.mark(f"{before}{text[start:end].rstrip(' ,;:')}{after}")


@lru_cache(maxsize=2_000)
def _word_that_begins(initials: frozenset[str]) -> re.Pattern[str]:
    """A word that begins with one of these letters, small or large, or with a letter that may
    stand for one of them: endings are all that a stem lacks."""
    letters = "".join(sorted(initials | {initial.upper() for initial in initials}))
    return re.compile(rf"[{re.escape(letters)}\u0080-\U0010ffff](?<=[^\W_])(?<![^\W_].)[^\W_]*")


def _densest(hits: list[tuple[int, str]], *, within: int) -> int:
    """Where the stretch begins that holds the most different words, the first one of several."""
    best, most, last = 0, 0, 0
    held: Counter[str] = Counter()
    for start, stem_of_first in hits:
        while last < len(hits) and hits[last][0] < start + within:
            held[hits[last][1]] += 1
            last += 1
        if len(held) > most:
            best, most = start, len(held)
        held[stem_of_first] -= 1
        if not held[stem_of_first]:
            del held[stem_of_first]
    return best
