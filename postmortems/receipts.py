"""Receipt codes: what leads the author of a confidential note back to it, and nobody else.

A code is 28 letters and digits, 137 bits. The database keeps a keyed hash of it, and the key, the
pepper, is not in the database: a dump of it opens nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from django.conf import settings

#: Neither 0 nor O, neither 1, I nor L; and no U, so that no code spells a word to be sorry for.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 28
GROUP = 4


def new_secret() -> str:
    """For one showing of the form. It goes to the browser and comes back with the note; from both
    the code is made, so that sending the same form twice gives the same code."""
    return secrets.token_urlsafe(24)


def code_for(secret: str, words: str) -> str:
    """The code of a note with these words, sent with this secret: "7K3M-9QXW-…"."""
    number = int.from_bytes(_keyed("code", f"{secret}\n{words}"))
    letters = []
    for _ in range(LENGTH):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    return grouped("".join(letters))


def grouped(code: str) -> str:
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def normal(code: str) -> str:
    """The code as it was shown, however it is typed."""
    return grouped("".join(sign for sign in code.upper() if sign.isalnum()))


def receipt_of(code: str) -> str:
    """What the database keeps of a code: "<mark of the pepper>:<hash>"."""
    return f"{mark_of_pepper()}:{_keyed('receipt', normal(code)).hex()}"


def mark_of_pepper() -> str:
    """Tells receipts of this pepper from those of one that was lost."""
    return _keyed("mark", "").hex()[:8]


def _keyed(purpose: str, words: str) -> bytes:
    key = settings.NOTES_PEPPER.encode()
    return hmac.digest(key, f"second-story.notes.{purpose}\n{words}".encode(), hashlib.sha256)
