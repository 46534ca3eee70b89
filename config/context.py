"""What every page shows around its own content."""

from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from actions.models import Action
from common.counts import CappedCount
from incidents.models import Incident
from people import saved_views
from people.models import Notification, SavedView, User
from people.settings_pages import section_of
from postmortems.models import Review

_MOST = 100


#: Stands in the statement where the reader's key goes.
_READER = -1


@cache
def _statement() -> tuple[tuple[str, ...], str, tuple[Any, ...]]:
    """The numbers' names, the SQL and its parameters.

    Built once: to put it together from the rules of every app takes longer than the rest of a
    page, and from one reader to the next only the key differs.
    """
    reader = User(pk=_READER)
    counted = {
        "ongoing": Incident.objects.visible_to(reader).ongoing(),
        "reviews": Review.objects.visible_to(reader).under_way(),
        "my_actions": Action.objects.visible_to(reader).unfinished().owned_by(reader),
        "unread": Notification.objects.visible_to(reader).unread(),
        # Whether to look them up at all.
        "pinned": SavedView.objects.usable_by(reader).filter(pinned_by=reader),
    }
    numbers = User.objects.filter(pk=_READER).values(
        **{name: CappedCount(rows, cap=_MOST) for name, rows in counted.items()}
    )
    return tuple(counted), *numbers.query.sql_with_params()


def _counts(user: User) -> dict[str, str]:
    """The numbers in the navigation, in one statement: "", "7" or "99+"."""
    names, sql, parameters = _statement()
    with connection.cursor() as cursor:
        cursor.execute(sql, [user.pk if each == _READER else each for each in parameters])
        numbers = cursor.fetchone()
    return {
        name: f"{_MOST - 1}+" if number == _MOST else str(number or "")
        for name, number in zip(names, numbers, strict=True)
    }


def product(request: HttpRequest) -> dict[str, Any]:
    """Name, theme and, lazily, what the navigation shows; fragments do not pay for it."""
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    counts: Any = SimpleLazyObject(lambda: _counts(user)) if signed_in else {}

    def views() -> list[tuple[str, str]]:
        return saved_views.pinned_by(user) if counts["pinned"] else []

    return {
        "product_name": settings.PRODUCT_NAME,
        "theme": user.theme if signed_in else "auto",
        "current_section": section_of(request.resolver_match),
        "navigation_counts": counts,
        "pinned_views": SimpleLazyObject(views) if signed_in else [],
    }
