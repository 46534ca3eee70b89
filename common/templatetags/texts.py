"""How texts and numbers reach a page."""

from django import template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def rendered(html: str) -> SafeString:
    """HTML that common.text.render has made and cleaned, as it stands: the one way by which
    markup that we made reaches a page.

    Only for columns and values that come from there; everything else is escaped.
    """
    return mark_safe(html)  # noqa: S308


_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@register.filter
def in_words(number: int) -> str:
    """Small numbers as a person writes them: "two", and "12" from ten on."""
    return _NUMBERS[number] if 0 <= number < len(_NUMBERS) else str(number)
