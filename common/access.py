"""The one way a view refuses a deed."""

from django.core.exceptions import PermissionDenied


def require(allowed: bool, why: str = "") -> None:
    """Raise PermissionDenied (403) unless `allowed`. `why` is shown to the person."""
    if not allowed:
        raise PermissionDenied(why)
