"""{% bias_help "wrong" %}: the short cards beside this field."""

from django import template

from postmortems import bias

register = template.Library()


@register.inclusion_tag("postmortems/_bias.html")
def bias_help(field: str) -> dict[str, list[bias.BiasCard]]:
    return {"cards": bias.beside(field)}
