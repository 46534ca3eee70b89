"""{{ section.html|rendered }}: the one way by which markup that we made reaches a page."""

from django import template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def rendered(html: str) -> SafeString:
    """HTML that common.text.render has made and cleaned, as it stands.

    Only for columns and values that come from there; everything else is escaped.
    """
    return mark_safe(html)  # noqa: S308
