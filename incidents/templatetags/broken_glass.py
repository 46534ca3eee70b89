"""Says on every page of it that a restricted incident is read by broken glass."""

from __future__ import annotations

from typing import Any

from django import template

from incidents import glass

register = template.Library()


@register.inclusion_tag("incidents/_read_by_glass.html", takes_context=True)
def read_by_glass(context: dict[str, Any]) -> dict[str, Any]:
    """With the `incident` of the page, or that of its `review`."""
    user, incident = context["user"], context.get("incident")
    if incident is None:
        incident = getattr(context.get("review"), "incident", None)
    if not user.is_admin or not getattr(incident, "is_restricted", False):
        return {}
    return {"glass": glass.held_open(incident, user), "incident": incident}
