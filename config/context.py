"""What every page shows around its own content."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from actions.models import Action
from common.counts import CappedCount
from incidents.models import Incident
from people.models import User
from postmortems.models import Review

_MOST = 100


def _counts(user: User) -> dict[str, str]:
    """The numbers in the navigation, in one statement: "", "7" or "99+"."""
    numbers = (
        User.objects.filter(pk=user.pk)
        .values(
            ongoing=CappedCount(Incident.objects.visible_to(user).ongoing(), cap=_MOST),
            reviews=CappedCount(Review.objects.visible_to(user).under_way(), cap=_MOST),
            my_actions=CappedCount(
                Action.objects.visible_to(user).unfinished().owned_by(user), cap=_MOST
            ),
            unread=CappedCount(user.notifications.unread(), cap=_MOST),
        )
        .get()
    )
    return {
        name: f"{_MOST - 1}+" if number == _MOST else str(number or "")
        for name, number in numbers.items()
    }


def product(request: HttpRequest) -> dict[str, Any]:
    """Name, theme and, lazily, the counts in the navigation; fragments do not pay for them."""
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    return {
        "product_name": settings.PRODUCT_NAME,
        "theme": user.theme if signed_in else "auto",
        "navigation_counts": SimpleLazyObject(lambda: _counts(user)) if signed_in else {},
    }
