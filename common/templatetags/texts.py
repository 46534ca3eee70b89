"""How texts and numbers reach a page."""

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import pgettext_lazy

from common import dates, kept_words, longtext, text

register = template.Library()


@register.filter
def rendered(html: str) -> SafeString:
    """HTML that common.text.render has made and cleaned, as it stands: the one way by which
    markup that we made reaches a page.

    Only for columns and values that come from there; everything else is escaped.
    """
    return mark_safe(html)  # noqa: S308


@register.filter
def for_reading(html: str, under: str) -> SafeString:
    """`rendered`, for a page that is read at length; ids of its headings begin with `under`."""
    return rendered(longtext.for_screen(html, under=under))


@register.filter
def on_paper(html: str, uppermost: int = 3) -> SafeString:
    """`rendered`, for a page that is printed; `uppermost` is the level of its first headings."""
    return rendered(longtext.for_paper(html, uppermost=uppermost))


_NUMBERS = (
    pgettext_lazy("number of things", "no"),
    pgettext_lazy("number of things", "one"),
    pgettext_lazy("number of things", "two"),
    pgettext_lazy("number of things", "three"),
    pgettext_lazy("number of things", "four"),
    pgettext_lazy("number of things", "five"),
    pgettext_lazy("number of things", "six"),
    pgettext_lazy("number of things", "seven"),
    pgettext_lazy("number of things", "eight"),
    pgettext_lazy("number of things", "nine"),
)


@register.filter
def in_words(number: int) -> str:
    """Small numbers as a person writes them: "two", and "12" from ten on."""
    return str(_NUMBERS[number] if 0 <= number < len(_NUMBERS) else number)


@register.filter
def for_reader(kept: str) -> str:
    """Words of ours that are kept in English, in the language of the page."""
    return kept_words.for_reader(kept)


@register.filter
def grouped(number: float) -> str:
    """ "1,234", or "1 234" in Swedish."""
    return dates.number(number)


@register.filter
def first_sentence(words: str) -> str:
    return text.first_sentence(words)
