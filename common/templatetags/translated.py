"""Django's `i18n` tags, of which those that are always the same words are looked up once.

A template is compiled for each language (common/template_loading.py), so that a text without
variables is plain text in it and costs a page nothing. The settings let `{% load i18n %}` load
this.
"""

from __future__ import annotations

from collections.abc import Callable

from django import template
from django.conf import settings
from django.template.base import Node, Parser, TextNode, Token, TokenType
from django.template.context import Context
from django.templatetags import i18n
from django.templatetags.static import static
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common import languages
from common.templatetags.folded import is_constant

register = template.Library()
register.tags.update(i18n.register.tags)
register.filters.update(i18n.register.filters)


def _translate(parser: Parser, token: Token) -> Node:
    node = i18n.do_translate(parser, token)
    is_plain = isinstance(node, i18n.TranslateNode) and not node.asvar
    if is_plain and is_constant(node.filter_expression) and is_constant(node.message_context):
        return TextNode(node.render(Context()))
    return node


def _blocktranslate(parser: Parser, token: Token) -> Node:
    node = i18n.do_block_translate(parser, token)
    is_plain = not (node.extra_context or node.countervar or node.asvar) and all(
        part.token_type == TokenType.TEXT for part in node.singular
    )
    if not is_plain or not is_constant(node.message_context):
        return node
    words, _variables = node.render_token_list(node.singular)
    if node.message_context:
        said = translation.pgettext(node.message_context.resolve(Context()), words)
    else:
        said = translation.gettext(words)
    return TextNode(said % {})


_FOLDED: dict[str, Callable[[Parser, Token], Node]] = {
    "translate": _translate,
    "trans": _translate,
    "blocktranslate": _blocktranslate,
    "blocktrans": _blocktranslate,
}
register.tags.update(_FOLDED)


@register.tag
def language_of_page(parser: Parser, token: Token) -> Node:
    """Its code, for `lang`."""
    return TextNode(languages.current())


@register.simple_tag
def languages_offered() -> list[tuple[str, str]]:
    """Each with the name it has for itself, which is the same on every page."""
    return list(settings.LANGUAGES)


class _Words(Node):
    def __init__(self, language: str) -> None:
        self.path = f"js/words.{language}.js"

    def render(self, context: Context) -> SafeString:
        return format_html('<script src="{}" defer></script>\n  ', static(self.path))


@register.tag
def words_for_scripts(parser: Parser, token: Token) -> Node:
    """What our scripts say, in the language of the page; English stands in them."""
    language = languages.current()
    return TextNode("") if language == languages.ENGLISH else _Words(language)
