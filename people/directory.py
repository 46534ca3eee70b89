"""The list of accounts for administrators, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q

from people.models import User

PAGE = 25


@dataclass(frozen=True)
class People:
    people: list[User]
    words: str
    #: The query string of the next page; empty on the last one.
    next_page: str
    is_first: bool


def page_of_people(*, words: str, after: str) -> People:
    """25 accounts by name, closed ones too, from behind the account whose number is `after`."""
    words = words.replace("\0", "").strip()[:100]
    found = User.objects.by_name().prefetch_related("teams")
    if words:
        found = found.filter(Q(name__icontains=words) | Q(email__icontains=words))
    last = User.objects.filter(pk=after).first() if after.isdecimal() and len(after) < 19 else None
    if last:
        found = found.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk))
    rows = list(found[: PAGE + 1])
    more = len(rows) > PAGE
    query = {"q": words} if words else {}
    next_page = urlencode(query | {"after": rows[PAGE - 1].pk}) if more else ""
    return People(rows[:PAGE], words, next_page, is_first=last is None)
