"""Components that stand in every row of a list, rendered once for each of their few values: to
include a template costs more than all the rest of a cell. And what stands once on the page of an
incident: its picture, and the way to its other pages."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from common import languages
from common.templatetags.remembered import remembered
from incidents import picture_svg
from incidents.picture import PICTURES_KEPT, Drawing

register = template.Library()

#: The words are the organisation's own and may change while a process runs.
_KEPT = 100


@register.simple_tag
def severity(value: str, words: str = "") -> str:
    """{% severity incident.severity level.name %}"""
    return _severity(value, str(words), languages.current())


@lru_cache(maxsize=_KEPT)
def _severity(value: str, words: str, language: str) -> str:
    return render_to_string("components/severity.html", {"severity": value, "words": words})


@register.simple_tag
def badge(kind: str, severity: str) -> str:
    """{% badge incident.kind incident.severity %}: how bad it was, or what kind of thing."""
    return _badge(kind, severity, languages.current())


@lru_cache(maxsize=_KEPT)
def _badge(kind: str, severity: str, language: str) -> str:
    return render_to_string("components/badge.html", {"kind": kind, "severity": severity})


@register.simple_tag
@lru_cache(maxsize=_KEPT)
def ring(arc: str) -> str:
    """{% ring review.progress_arc %}"""
    return render_to_string("components/ring.html", {"arc": arc})


@dataclass(frozen=True, slots=True)
class Sections:
    """The pages of an incident: which is open, and how much the others hold where that is known."""

    reference: str
    open: str
    events: int | None
    evidence: int | None
    actions: int | None


@register.simple_tag(takes_context=True)
def sections(context: template.Context, open_now: str) -> SafeString:
    """{% sections "impact" %} of the `incident`, with `event_count` and `evidence_count` where the
    page knows them."""
    incident = context["incident"]
    around: dict[str, Any] = getattr(incident, "around", {})
    row = Sections(
        incident.reference,
        open_now,
        events=context.get("event_count"),
        evidence=context.get("evidence_count") or around.get("evidence_count"),
        actions=around.get("action_count"),
    )
    return remembered("incidents/_subnav.html", row)


@register.simple_tag
def shape(drawing: Drawing, name: str, description: str) -> SafeString:
    """{% shape picture.wide "wide" picture.description %}"""
    return _shape(drawing, name, description, languages.current())


@lru_cache(maxsize=2 * PICTURES_KEPT)
def _shape(drawing: Drawing, name: str, description: str, language: str) -> SafeString:
    return picture_svg.svg(drawing, name=name, description=description)
