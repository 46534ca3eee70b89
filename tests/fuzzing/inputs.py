"""What somebody could type, paste or forge: made from a seed, so that every find comes again."""

from __future__ import annotations

import random
from collections.abc import Callable

Sent = dict[str, list[str]]

_WORDS = (
    "saving fails", "the replica lags behind", "Ärger mit dem Zertifikat", "сбой записи",
    "データベースが応答しない", "قاعدة البيانات لا تستجيب", "שגיאה בשמירה", "🧯🔥 down again",
    "e\u0301te\u0301 \u00e9t\u00e9", "a\u200db\u200cc\u2060d", "\u202eright to left\u202c",
    "zero\u200bwidth", "ﬁnal ½ ①", "＝1+1", "İstanbul ı ſ ẞ",
)  # fmt: skip
_SIGNS = (
    "<script>alert(1)</script>", "</textarea><b>x", "&amp; &lt; &#39; \" ' `", "<!-- -->",
    "{{ 7*7 }} {% csrf_token %}", "%s %(x)s {0.__class__}", "'; DROP TABLE x; --", "\\0 \\n \\",
    "=cmd|' /C calc'!A0", "../../etc/passwd", "javascript:alert(1)", "[x](javascript:alert(1))",
)  # fmt: skip
_MARKDOWN = (
    "# Heading\n\n- one\n- two\n  - three", "> quoted\n\n```sql\nDROP TABLE x;\n```",
    "| a | b |\n|---|---|\n| 1 | 2 |", "**bold *both** odd*", "[ref]: <http://x>\n[ref]",
    "![](x)![](y)", "* * *\n***\n___", "1. a\n1. b\n\n\n\n1) c", "\\*not\\* `code``",
)  # fmt: skip
_TIMES = (
    "21:30", "yesterday 23:10", "25 min ago", "2017-01-31 23:27Z", "between 14:00 and 14:20",
    "about 9", "before noon", "31.12.2025 24:00", "2026-02-30", "0000-00-00", "99:99", "23:59:60",
    "9999-12-31T23:59:59-14:00", "0001-01-01 00:00+14:00", "next week", "2026-03-29 02:30",
    "-5 min ago", "1e9 min ago", "2²:30", "٢١:٣٠", "t+5", "+1h", "tomorrow 25:00", "12",
)  # fmt: skip
_NUMBERS = (
    "0", "-1", "1", "2147483648", "9223372036854775808", "9" * 30, "9" * 5_000, "1e309", "NaN",
    "Infinity", "٣", "1_000", " 7 ", "0x10", "1,5", "½",
)  # fmt: skip
_WHITE = ("", " ", "\t", "\n\n", "\r\n", "\u00a0", "\u2028", "\u3000", "\x0b\x0c", "\ufeff")
_BROKEN = ("a\x00b", "\ud800 alone", "low \udfff", "\x01\x02\x1b[31m", "\x7f\x85", "\ufffe\uffff")
_REFERENCES = ("INC-4100", "INC-4101", "INC-999999", "inc 4100", "INC-٤١٠٠", "A-4100", "INC-", "-1")
_CHOICES = (
    "incident", "near_miss", "sev1", "sev9", "open", "restricted", "resolved", "investigating",
    "closed", "duplicate", "learned", "on", "off", "true", "__proto__", "constructor", "null",
)  # fmt: skip


def text(dice: random.Random) -> str:
    """Some of everything; sometimes very long."""
    pools = (_WORDS, _SIGNS, _MARKDOWN, _TIMES, _NUMBERS, _WHITE, _BROKEN, _REFERENCES, _CHOICES)
    weights = (8, 6, 4, 6, 3, 2, 2, 2, 4)
    parts = [
        dice.choice(dice.choices(pools, weights)[0])
        for _ in range(dice.choices((1, 2, 5), (6, 3, 1))[0])
    ]
    typed = dice.choice((" ", "\n", "\r\n", "", ", ")).join(parts)
    if dice.random() < 0.03:
        typed = (typed or "long ") * (dice.choice((210, 2_100, 60_000)) // max(1, len(typed)) + 1)
    if dice.random() < 0.05:
        typed += "".join(chr(dice.randrange(0x20, 0xD7FF)) for _ in range(20))
    return typed


def mutated(dice: random.Random, right: Sent, names: list[str]) -> Sent:
    """A right answer with some fields turned into anything, left out, or sent several times."""
    sent = {name: list(values) for name, values in right.items()}
    for name in dice.sample(names, k=min(len(names), dice.choice((1, 1, 2, 3, len(names))))):
        deed: Callable[[], list[str]] = dice.choices(
            (
                lambda: [text(dice)],
                list,
                lambda: [text(dice), text(dice)],
                lambda: [dice.choice(_NUMBERS)],
                lambda: [dice.choice(_TIMES)],
                lambda: [dice.choice(_REFERENCES)],
                lambda: [dice.choice(_CHOICES)],
            ),
            (10, 1, 1, 1, 2, 1, 1),
        )[0]
        sent[name] = deed()
    if dice.random() < 0.05:
        sent["__proto__"] = [text(dice)]
    return sent


def can_be_kept(typed: str) -> bool:
    """NUL is refused by PostgreSQL, and half of a surrogate pair is no character: neither is kept.
    A page that shows them shows the replacement character instead."""
    return "\0" not in typed and not any("\ud800" <= sign <= "\udfff" for sign in typed)
