"""{% icon "bell" %}: an inline picture from the vendored icon set."""

import json
from functools import cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@cache
def _drawings() -> dict[str, str]:
    path = finders.find("vendor/icons/icons.json")
    if not path:
        raise FileNotFoundError("static/vendor/icons/icons.json: run make vendor")
    return json.loads(Path(path).read_text(encoding="utf-8"))


@register.simple_tag
@cache
def icon(name: str, extra_class: str = "") -> SafeString:
    """Draw the icon. It is decoration: the words beside it carry the meaning.

    Raises KeyError for a name that is not in the set, so that a test of the page finds it.
    """
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75"'
        ' stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">'
        "{}</svg>",
        f"icon {extra_class}".strip(),
        # Our own vendored drawings, checked against the manifest's checksum.
        mark_safe(_drawings()[name]),  # noqa: S308
    )
