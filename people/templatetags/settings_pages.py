"""The list of the pages under Settings."""

from typing import Any

from django import template

from people.settings_pages import groups_for

register = template.Library()


@register.simple_tag(takes_context=True)
def settings_groups(context: dict[str, Any]) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """(heading, [(label, name of the address, whether it is this page)])."""
    request = context["request"]
    here = request.resolver_match.view_name
    return [
        (title, [(page.label, page.view, page.holds(here)) for page in pages])
        for title, pages in groups_for(request.user)
    ]
