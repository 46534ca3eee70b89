"""A message with a button that takes back what was just done."""

from django.contrib import messages
from django.http import HttpRequest


def say_with_undo(request: HttpRequest, text: str, *, address: str, token: str) -> None:
    """Show `text` on the next page, with a button that posts `token` to `address`.

    components/messages.html reads both out of the extra tags.
    """
    messages.success(request, text, extra_tags=f"{address} {token}")
