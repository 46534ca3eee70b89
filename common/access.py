"""The one way a view refuses a deed, and where it may send somebody on to."""

from django.core.exceptions import PermissionDenied
from django.utils.http import url_has_allowed_host_and_scheme


def require(allowed: bool, why: str = "") -> None:
    """Raise PermissionDenied (403) unless `allowed`. `why` is shown to the person."""
    if not allowed:
        raise PermissionDenied(why)


def is_own_address(address: str | None) -> bool:
    """A path on this site. Anything that names a host is refused, our own host too."""
    return (
        bool(address)
        and address.startswith("/")
        and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    )
