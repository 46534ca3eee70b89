"""Parts that stand in a page again and again, rendered once for each thing they can say."""

from collections.abc import Hashable
from datetime import date
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from common import languages

register = template.Library()

#: Parts that a process remembers, some kilobytes each; those not shown for longest go.
PARTS_KEPT = 2_000


@register.simple_tag
def remembered(template_name: str, row: Hashable) -> SafeString:
    """{% remembered "incidents/_row.html" row %}: the template, which knows `row` and nothing else.

    `row` is a frozen value that holds all the part shows, down to what the reader may know, so
    that the same row looks the same to whoever sees it: days in words, zone and language are
    taken care of here, and who reads is not to be had in the template.
    """
    zone = timezone.get_current_timezone_name()
    return _rendered(template_name, row, languages.current(), zone, timezone.localdate())


@lru_cache(maxsize=PARTS_KEPT)
def _rendered(
    template_name: str, row: Hashable, language: str, zone: str, today: date
) -> SafeString:
    return render_to_string(template_name, {"row": row})
