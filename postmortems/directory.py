"""Who could be meant in a text, and how to speak of them instead."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Any

from people.models import Service, User
from postmortems.given_names import SHORT_NAMES
from postmortems.models import Review
from postmortems.ordinary_words import ABBREVIATIONS, ORDINARY_WORDS, PRODUCTS, SHARED_MAILBOXES

SOMEONE_HERE = "someone who took part"
COLLEAGUE = "a colleague"

# Characters that are not seen: a name with one of them inside is still that name.
_UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_LETTER = rf"(?:[^\W\d_]|[{_UNSEEN}])"
#: Letters that hold together: "Keller", "O'Brien", "Anna-Lena".
WORD = re.compile(rf"{_LETTER}+(?:['’\-]{_LETTER}+)*")
#: Scripts written without spaces, where a name is looked for inside a run of letters.
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_WORDS = ORDINARY_WORDS | SHARED_MAILBOXES
# Small words inside family names, no names themselves.
_PARTICLES = frozenset(
    "al bin da das de del della den der di do dos du el ibn la le van vom von zu zum".split()
)
_SHORT_FORMS: dict[str, list[str]] = {}
for _short, _names in SHORT_NAMES.items():
    for _name in _names:
        _SHORT_FORMS.setdefault(_name, []).append(_short)


class Directory:
    """Looked up by folded words. `things` are names of services, which people may bear too."""

    def __init__(
        self, people: Iterable[tuple[str, str, str]], *, things: Iterable[str] = ()
    ) -> None:
        """`people` are (name, e-mail, role words); role words are "" for those not involved."""
        self.things = PRODUCTS | {
            fold(word.group()) for one in things for word in WORD.finditer(one)
        }
        self.words: dict[str, tuple[str, bool]] = {}  # folded word: role, sure
        self.names: dict[tuple[str, ...], str] = {}  # folded words of a whole name: role
        self.accounts: dict[str, str] = {}  # "anna.keller", "akeller": role
        self.mailboxes: dict[str, str] = {}  # whole e-mail address: role
        self.initials: dict[str, str] = {}  # "ak": role
        self.unspaced: dict[str, str] = {}
        self._short: dict[str, list[str]] = {}
        held: Counter[str] = Counter()
        for name, email, role in people:
            self._add(name, email, role or COLLEAGUE)
            held[" ".join(role.lower().split())] += 1
        #: Role words that one person alone held: those lead to that person.
        self.single_roles = sorted(
            role
            for role, holders in held.items()
            if holders == 1 and role not in {"", SOMEONE_HERE}
        )
        self.longest = max(map(len, self.names), default=0)
        self.name_parts = frozenset(part for name in self.names for part in name)
        self._squeezed = {_squeeze(account): role for account, role in self.accounts.items()}
        self._add_short_forms()

    @classmethod
    def around(cls, review: Review) -> Directory:
        """Everybody with an account, with the role words of those named on this review.

        Four statements: two for the roles, one for the people, one for the services; three when
        the participants are prefetched.
        """
        roles = {
            user_id: role_words or SOMEONE_HERE
            for user_id, role_words in review.incident.involvements.filter(
                capacity__in=["reporter", "participant"]
            ).values_list("user_id", "role_words")
        }
        for one in review.participants.all():
            if one.role_words or one.user_id not in roles:
                roles[one.user_id] = one.role_words or SOMEONE_HERE
        people = User.objects.values_list("pk", "name", "email")
        return cls(
            (
                (name, email, roles.get(pk, ""))
                for pk, name, email in people.iterator(chunk_size=2000)
            ),
            things=Service.objects.values_list("name", flat=True),
        )

    def account(self, written: str) -> str | None:
        """The role of whoever goes by this account name: "a-keller" and "akeller2" included."""
        account = fold(written)
        role = self.accounts.get(account)
        if role is None:
            bare = _squeeze(account).rstrip("0123456789")
            role = self._squeezed.get(bare) if len(bare) >= 5 else None
        return role

    def is_thing(self, folded: str) -> bool:
        return folded in self.things

    def is_ordinary(self, folded: str) -> bool:
        return folded in ORDINARY_WORDS or folded in self.things

    def _add(self, name: str, email: str, role: str) -> None:
        role = in_a_sentence(role)
        parts = [fold(word.group()) for word in WORD.finditer(name)]
        mailbox = fold(email)
        local = mailbox.partition("@")[0]
        if mailbox:
            self.mailboxes[mailbox] = role
        whole = [part for part in parts if part]
        if len(whole) > 1:
            self._prefer(self.names, tuple(whole), role)
            first, last = whole[0], whole[-1]
            joined = [first + last, first[0] + last, first + last[0], last + first[0], last + first]
            for account in [*joined, f"{first}.{last}", f"{first[0]}.{last}"]:
                if len(account) >= 5 and account not in _WORDS:
                    self._prefer(self.accounts, account, role)
            initials = first[0] + last[0]
            if initials not in ABBREVIATIONS and not UNSPACED.search(initials):
                self._prefer(self.initials, initials, role)
        for part in whole:
            for piece in {part, *part.split("-")}:
                if UNSPACED.search(piece):
                    self._prefer(self.unspaced, piece, role)
                elif len(piece) > 1 and piece not in _PARTICLES:
                    is_sure = len(piece) > 2 and piece not in _WORDS and piece not in self.things
                    known = self.words.get(piece)
                    if known is None or known[0] == COLLEAGUE:
                        self.words[piece] = (role, is_sure)
        if whole:
            for short in _SHORT_FORMS.get(whole[0], ()):
                self._short.setdefault(short, []).append(role)
        if local and local not in SHARED_MAILBOXES:
            self._prefer(self.accounts, local, role)

    def _add_short_forms(self) -> None:
        """Kate for Katherine, when one person alone can be meant: of those who took part, or of
        everybody."""
        for short, roles in self._short.items():
            near = [role for role in roles if role != COLLEAGUE] or roles
            if len(near) == 1 and short not in self.words:
                is_sure = short not in _WORDS and short not in self.things
                self.words[short] = (near[0], is_sure)

    @staticmethod
    def _prefer(known: dict[Any, str], key: object, role: str) -> None:
        """Whoever took part is meant rather than a namesake elsewhere."""
        if known.get(key, COLLEAGUE) == COLLEAGUE:
            known[key] = role


def fold(word: str) -> str:
    """What stays when case, accents and unseen characters are put aside."""
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKD", word.translate({ord(sign): None for sign in _UNSEEN}))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return letters.casefold().replace("’", "'")


def _squeeze(account: str) -> str:
    if account.isalnum():
        return account
    return account.replace(".", "").replace("_", "").replace("-", "")


@cache
def in_a_sentence(role: str) -> str:
    """ "Database engineer" becomes "the database engineer"; words with an article stay."""
    role = " ".join(role.split())
    first, _, rest = role.partition(" ")
    if first.lower() in {"a", "an", "the", "our", "one", "someone", "somebody", "another"}:
        return f"{first.lower()} {rest}".strip()
    if first[1:].islower() or len(first) == 1:
        first = first.lower()
    return f"the {first} {rest}".strip()


_COORDINATED = {"lead", "leader", "manager", "commander", "coordinator", "chief", "head", "captain"}


def broader(role: str) -> str:
    """Words that fit more people than this role does: "an engineer" for "database engineer"."""
    head = re.split(r"\s+(?:on|of|for|in|at|from)\s+", role)[0].split()[-1]
    if head in _COORDINATED:
        return "someone who coordinated"
    if " " not in role or "-" in head or len(head) <= 3:
        return SOMEONE_HERE
    return f"{'an' if head[0] in 'aeiou' else 'a'} {head}"
