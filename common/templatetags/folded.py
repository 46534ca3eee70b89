"""Tags that say the same on every page, looked up once, when the template is compiled.

`{% url "home" %}`, `{% static "css/site.css" %}` and `{% icon "bell" %}` are plain text in a
compiled template and cost a page nothing. With a variable in them they are what Django and icons.py
make of them. translated.py does the same for words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import template
from django.template import defaulttags
from django.template.base import FilterExpression, Node, Parser, TextNode, Token
from django.template.context import Context
from django.templatetags import static as statics
from django.urls import NoReverseMatch

from common.templatetags import icons

register = template.Library()

Compile = Callable[[Parser, Token], Any]


def is_constant(expression: FilterExpression | None) -> bool:
    """A text in quotes, and no filter that could look at anything else."""
    if expression is None:
        return True
    if expression.filters:
        return False
    literal = getattr(expression.var, "literal", expression.var)
    return isinstance(literal, str)


def _fold(name: str, compiled: Compile, says_the_same: Callable[[Any], bool]) -> None:
    def tag(parser: Parser, token: Token) -> Node:
        node: Node = compiled(parser, token)
        if says_the_same(node):
            try:
                return TextNode(node.render(Context()))
            except NoReverseMatch:  # perhaps in a part that is never shown
                pass
        return node

    register.tag(name, tag)


_fold(
    "url",
    defaulttags.url,
    lambda node: is_constant(node.view_name) and not (node.args or node.kwargs or node.asvar),
)
_fold(
    "static",
    statics.do_static,
    lambda node: node.varname is None and is_constant(node.path),
)
_fold(
    "icon",
    icons.register.tags["icon"],
    lambda node: node.target_var is None and all(map(is_constant, node.args)) and not node.kwargs,
)
