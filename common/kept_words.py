"""Words of ours that are kept in English, such as the details of the trail, told to a reader.

Whoever writes such words says beside it how they are told: `@shape(pattern)` over a function that
takes the named groups. They are all known once the addresses of the site are loaded. What somebody
typed has no shape of ours, and stays as it is.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from datetime import date
from typing import TypeVar

from common import dates, languages

Say = TypeVar("Say", bound=Callable[..., str])

_SHAPES: list[tuple[re.Pattern[str], Callable[..., str]]] = []


def shape(pattern: str) -> Callable[[Say], Say]:
    """The whole of what is kept must match."""

    def keep(say: Say) -> Say:
        _SHAPES.append((re.compile(pattern, re.DOTALL), say))
        return say

    return keep


def for_reader(kept: str) -> str:
    """In the language of whoever reads; as it was kept where it is in no shape of ours, or only
    looks like one: "until 31 Sep" is no day of ours."""
    if languages.current() == languages.ENGLISH:
        return kept
    for pattern, say in _SHAPES:
        if found := pattern.fullmatch(kept):
            try:
                return say(**found.groupdict())
            except ValueError:
                return kept
    return kept


def label(choices: Iterable[tuple[str, object]], kept: str) -> str:
    """A choice by its English name, in any case of letters, by the name its reader knows."""
    choices = list(choices)
    with languages.english():
        known = {str(name).lower(): value for value, name in choices}
    value = known.get(kept.lower())
    return str(dict(choices)[value]) if value else kept


def day(kept: str) -> str:
    """ "5 Mar 2026" or "5 Mar", with the reader's months."""
    has_year = kept.count(" ") == 2
    on = date(*time.strptime(kept if has_year else f"{kept} 2000", "%d %b %Y")[:3])
    return dates.say(on, "j M Y" if has_year else "j M")
