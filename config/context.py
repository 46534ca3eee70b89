"""What every page shows around its own content."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from actions.models import Action
from incidents.models import Incident
from postmortems.models import Review


def _counts(request: HttpRequest) -> dict[str, int]:
    user = request.user
    return {
        "ongoing": Incident.objects.visible_to(user).ongoing().count(),
        "reviews": Review.objects.visible_to(user).under_way().count(),
        "my_actions": Action.objects.visible_to(user).unfinished().owned_by(user).count(),
        "unread": user.notifications.unread().count(),
    }


def product(request: HttpRequest) -> dict[str, Any]:
    """Name, theme and, lazily, the counts in the navigation; fragments do not pay for them."""
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    return {
        "product_name": settings.PRODUCT_NAME,
        "theme": user.theme if signed_in else "auto",
        "navigation_counts": (lambda: _counts(request)) if signed_in else {},
    }
