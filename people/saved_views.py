"""Lists as people filter them, kept under a name.

Each list that can be kept says so once (config/apps.py): where it is, and which names in an
address are its filters. Nothing else of an address is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.db import transaction
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from people.models import SavedView, User

_LONGEST_QUERY = SavedView._meta.get_field("query").max_length


class Refused(Exception):
    """Nothing was saved. The message says why, and what to do."""


@dataclass(frozen=True)
class ListPage:
    url_name: str
    keeps: Callable[[str], bool]


_PAGES: dict[str, ListPage] = {}


def register(page: str, *, url_name: str, keeps: Callable[[str], bool]) -> None:
    """Let a list be kept. `keeps` tells of a name in the address whether it is a filter."""
    _PAGES[page] = ListPage(url_name, keeps)


def pages() -> Collection[str]:
    return _PAGES.keys()


def clean(page: str, query: str) -> str:
    """The filters in a query string. Raises Refused when they are too many to keep."""
    asked = QueryDict(query[: 20 * _LONGEST_QUERY].replace("\0", "").encode(errors="ignore"))
    kept = QueryDict(mutable=True)
    for name, values in asked.lists():
        if _PAGES[page].keeps(name):
            kept.setlist(name, [value for value in values if value.strip()])
    found = kept.urlencode()
    if len(found) > _LONGEST_QUERY:
        raise Refused(
            gettext("Not saved. These are more filters than a view can keep. Drop some of them.")
        )
    return found


def address_of(view: SavedView) -> str:
    path = reverse(_PAGES[view.page].url_name)
    return f"{path}?{view.query}" if view.query else path


def pinned_by(user: User) -> list[tuple[str, str]]:
    """(name, address) of the views in somebody's sidebar, in one statement."""
    views = SavedView.objects.usable_by(user).filter(pinned_by=user).by_name()
    return [(view.name, address_of(view)) for view in views if view.page in _PAGES]


@transaction.atomic
def save(
    *, owner: User, page: str, name: str, query: str, is_shared: bool, is_pinned: bool,
    replace: bool = False,
) -> SavedView:  # fmt: skip
    """Keep a list under a name of one's own. Raises Refused when the name is taken and it is not
    to replace what it stands for."""
    query = clean(page, query)
    # One owner at a time, so that two clicks make one view.
    User.objects.select_for_update().get(pk=owner.pk)
    view = SavedView.objects.filter(owner=owner, page=page, name=name).first()
    if view is None:
        view = SavedView(owner=owner, page=page, name=name)
    elif view.query != query and not replace:
        raise Refused(
            gettext(
                "You have a view “{name}” with other filters. Replace it, or choose a name."
            ).format(name=name)
        )
    view.query, view.is_shared = query, is_shared
    view.save()
    pin(view, owner, is_pinned)
    return view


def pin(view: SavedView, user: User, is_pinned: bool) -> None:
    if is_pinned:
        view.pinned_by.add(user)
    else:
        view.pinned_by.remove(user)
