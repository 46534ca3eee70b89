"""What every page shows around its own content."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from actions.models import Action
from common.counts import capped_count
from common.prepared import Prepared
from common.readonly import is_read_only
from incidents.models import Incident
from people import saved_views
from people.models import Notification, SavedView, User
from people.settings_pages import section_of
from postmortems.models import Review

_MOST = 100


def _counted(reader: int) -> QuerySet[User]:
    """The numbers of this person's navigation, as columns of one row."""
    user = User(pk=reader)
    actions = Action.objects.each_visible_to(user).unfinished()
    counted: dict[str, Sequence[QuerySet]] = {
        "ongoing": [Incident.objects.visible_to(user).ongoing()],
        "reviews": [Review.objects.visible_to(user).under_way()],
        "my_actions": actions.worked_on_in_parts(user),
        "unread": [Notification.objects.visible_to(user).unread()],
        # Whether to look them up at all.
        "pinned": [SavedView.objects.usable_by(user).filter(pinned_by=user)],
    }
    numbers = {name: capped_count(parts, cap=_MOST) for name, parts in counted.items()}
    return User.objects.filter(pk=reader).values(**numbers)


_NUMBERS = Prepared(_counted, reader=int)


def _counts(user: User) -> dict[str, str]:
    """The numbers in the navigation, in one statement: "", "7" or "99+"."""
    [numbers] = _NUMBERS.rows(reader=user.pk)
    return {
        name: f"{_MOST - 1}+" if number == _MOST else str(number or "")
        for name, number in numbers.items()
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
        "is_read_only": is_read_only(),
        "pinned_views": SimpleLazyObject(views) if signed_in else [],
    }
