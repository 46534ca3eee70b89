"""{% field form.title %}: label, hint, error and input, wired for screen readers."""

from django import template
from django.forms import BoundField
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.drafts import new_token

register = template.Library()


@register.simple_tag
def field(bound: BoundField, **extra: object) -> SafeString:
    """Render one form field by templates/components/field.html.

    The widget gets Tabler's class for its kind; `extra` is handed to the template.
    """
    return render_to_string("components/field.html", {"field": bound, **extra})


@register.simple_tag
def form_token() -> SafeString:
    """Names this showing of a form that makes something, so that a second click makes nothing:
    see drafts.sending."""
    return format_html('<input type="hidden" name="form_token" value="{}">', new_token())


@register.filter
def optional(bound: BoundField) -> bool:
    """Nobody ever has to fill it in. What is asked for under a condition says so itself."""
    return not bound.field.required and bound.name not in getattr(bound.form, "conditional", ())
