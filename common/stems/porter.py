"""English words without their endings, by Porter's algorithm ("An algorithm for suffix stripping",
1980). SQLite's full-text index does the same, and PostgreSQL's nearly so."""

from __future__ import annotations

_SHORTEST = 3
_LONGEST = 64

# Endings of endings, in the order they are tried, each with what it comes from.
_LONG = {
    "ational": "ate", "tional": "tion", "enci": "ence", "anci": "ance", "izer": "ize",
    "logi": "log", "bli": "ble", "alli": "al", "entli": "ent", "eli": "e", "ousli": "ous",
    "ization": "ize", "ation": "ate", "ator": "ate", "alism": "al", "iveness": "ive",
    "fulness": "ful", "ousness": "ous", "aliti": "al", "iviti": "ive", "biliti": "ble",
}  # fmt: skip
_LESS_LONG = {
    "icate": "ic", "ative": "", "alize": "al", "iciti": "ic", "ical": "ic", "ful": "", "ness": "",
}  # fmt: skip
_LAST = dict.fromkeys(
    """ement ment ance ence able ible ant ent sion tion ism ate iti ous ive ize al er ic ou
    """.split(),
    "",
) | {"sion": "s", "tion": "t"}


def stem(word: str) -> str:
    """A word in small letters without its endings: "restored" and "restoring" are "restor"."""
    if not _SHORTEST <= len(word) <= _LONGEST:
        return word
    word = _without_past(_without_plural(word))
    if word.endswith("y") and _has_vowel(word[:-1]):
        word = word[:-1] + "i"
    word = _ended(_ended(word, _LONG, over=0), _LESS_LONG, over=0)
    return _without_last_letter(_ended(word, _LAST, over=1))


def _kinds(word: str) -> str:
    """A "v" for each vowel and a "c" for each consonant; y is either, by what is before it."""
    kinds = ""
    for letter in word:
        is_vowel = letter in "aeiou" or (letter == "y" and kinds.endswith("c"))
        kinds += "v" if is_vowel else "c"
    return kinds


def _measure(word: str) -> int:
    """How often consonants follow vowels, which is about how many syllables end in one."""
    return _kinds(word).count("vc")


def _has_vowel(word: str) -> bool:
    return "v" in _kinds(word)


def _ends_short(word: str) -> bool:
    """As "hop" does, from "hope"."""
    return _kinds(word).endswith("cvc") and word[-1] not in "wxy"


def _without_plural(word: str) -> str:
    if word.endswith(("sses", "ies")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _without_past(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for ending in ("ed", "ing"):
        rest = word.removesuffix(ending)
        if rest == word:
            continue
        if not _has_vowel(rest):
            return word
        if rest.endswith(("at", "bl", "iz")) or (_measure(rest) == 1 and _ends_short(rest)):
            return rest + "e"
        is_doubled = len(rest) > 1 and rest[-1] == rest[-2] and _kinds(rest).endswith("c")
        return rest[:-1] if is_doubled and rest[-1] not in "lsz" else rest
    return word


def _ended(word: str, endings: dict[str, str], *, over: int) -> str:
    for ending, instead in endings.items():
        if word.endswith(ending):
            rest = word[: len(word) - len(ending)] + (instead if over else "")
            if _measure(rest) <= over:
                return word
            return rest + ("" if over else instead)
    return word


def _without_last_letter(word: str) -> str:
    if word.endswith("e"):
        measure = _measure(word[:-1])
        if measure > 1 or (measure == 1 and not _ends_short(word[:-1])):
            word = word[:-1]
    return word[:-1] if word.endswith("ll") and _measure(word[:-1]) > 1 else word
