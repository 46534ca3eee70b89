"""Whom a text calls by "@Name"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from people.models import User


def called(text: str, readers: Iterable[User], *, by: User | None) -> list[User]:
    """Those of the `readers` whose name stands in it after an @. Only people who may read it are
    asked for, so that a name tells nothing else; `by` does not call themselves."""
    if "@" not in text:
        return []
    words = text.casefold()
    found = []
    # The longest name first: "@Ann Smith" does not call Ann, too.
    for user in sorted(readers, key=lambda one: -len(one.name)):
        name = f"@{user.name.casefold()}"
        if name not in words:
            continue
        words, count = re.subn(rf"{re.escape(name)}(?!\w)", "@", words)
        if count and user != by:
            found.append(user)
    return found
