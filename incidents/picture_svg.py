"""The shape of an incident as SVG, written here instead of tag by tag in a template: its two sizes
were a fifth of what it took to make the page.

Geometry is numbers of ours and goes in as it is; every word goes through `escape`.
"""

from __future__ import annotations

from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from incidents.marks import Mark
from incidents.picture import Bar, Drawing, Words


def svg(drawing: Drawing, *, name: str, description: str) -> SafeString:
    """`name` keeps the ids of several on one page apart."""
    picture, y = f"pic-{escape(name)}", drawing.axis_y
    parts = [
        _head(drawing, picture, description),
        *(f'<line class="grid" x1="{x}" y1="58" x2="{x}" y2="{y}"/>' for x in drawing.ticks),
        *(
            f'<line class="axis" x1="{left}" y1="{y}" x2="{right}" y2="{y}"/>'
            for left, right in drawing.axis
        ),
        *(_bar(bar, f"{picture}-hatch") for bar in drawing.bars),
        *(f'<path class="lead" d="{path}"/>' for path in drawing.breaks),
        *(f'<line class="s-ink" x1="{x}" y1="32" x2="{x}" y2="128"/>' for x in drawing.lines),
        *map(_words, drawing.words),
        *map(_mark, drawing.marks),
        "</svg>",
    ]
    return mark_safe("".join(parts))  # noqa: S308 each of them is made here


def _head(drawing: Drawing, picture: str, description: str) -> str:
    # Outside the f-string, where `make messages` finds it.
    title = gettext("Shape of the incident")
    return (
        f'<svg viewBox="0 0 {drawing.width} {_short(drawing.height)}" role="group"'
        f' aria-labelledby="{picture}-t" aria-describedby="{picture}-d">'
        f'<title id="{picture}-t">{escape(title)}</title>'
        f'<desc id="{picture}-d">{escape(description)}</desc><defs><pattern id="{picture}-hatch"'
        ' width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect'
        ' class="f-hover" width="6" height="6"/><line class="s-ink2" x1="0" y1="0" x2="0" y2="6"/>'
        "</pattern></defs>"
    )


def _bar(bar: Bar, hatch: str) -> str:
    look = f'fill="url(#{hatch})"' if bar.style == "hatch" else f'class="{bar.style}"'
    return (
        f'<rect {look} x="{bar.x}" y="{bar.y}" width="{_short(bar.width)}" height="{bar.height}"'
        ' rx="2"/>'
    )


def _words(words: Words) -> str:
    strong = ' class="t-strong"' if words.strong else ""
    return (
        f'<text{strong} x="{_short(words.x)}" y="{_short(words.y)}" text-anchor="{words.anchor}">'
        f"{escape(words.text)}</text>"
    )


def _mark(mark: Mark) -> str:
    accounts = '<circle class="lead" r="13"/>' if mark.has_accounts else ""
    is_cluster = mark.shape == "cluster"
    middle = f' x="{mark.middle}"' if is_cluster else ""
    return (
        f'<a href="{escape(mark.href)}" aria-label="{escape(mark.label)}">'
        f'<g transform="translate({mark.x} {mark.y})">{_reach(mark)}{accounts}{_shape(mark)}'
        f'<text{middle} y="{6 if mark.shape == "triangle" else 4}" text-anchor="middle"'
        f' class="{"t-strong" if mark.is_rough or is_cluster else "t-on"}">'
        f"{escape(mark.number)}</text></g></a>"
    )


def _reach(mark: Mark) -> str:
    if not mark.bar:
        return ""
    start, end = mark.bar
    return f'<path class="s-ink2" d="M{start} -5v10M{start} 0H{end}M{end} -5v10"/>'


def _shape(mark: Mark) -> str:
    rough = " rough" if mark.is_rough else ""
    match mark.shape:
        case "circle":
            return f'<circle class="f-diff{rough}" r="9.5"/>'
        case "square":
            return f'<rect class="f-right{rough}" x="-9" y="-9" width="18" height="18" rx="3"/>'
        case "triangle":
            return f'<path class="f-why{rough}" d="{mark.path}"/>'
        case "cluster":
            return (
                f'<rect class="cluster" x="{mark.left}" y="-9.5" width="{mark.width}" height="19"'
                ' rx="9.5"/>'
            )
    return f'<path class="f-wrong{rough}" d="{mark.path}"/>'


def _short(number: float) -> str:
    """ "12", "12.5"."""
    return f"{number:.1f}".removesuffix(".0")
