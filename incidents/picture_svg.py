"""The shape of an incident as SVG, written here instead of tag by tag in a template: its two sizes
were a fifth of what it took to make the page."""

from __future__ import annotations

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from incidents.marks import Mark
from incidents.picture import Drawing

_ROUGH = SafeString(" rough")
_STRONG = SafeString(' class="t-strong"')


def svg(drawing: Drawing, *, name: str, description: str) -> SafeString:
    """`name` keeps the ids of several on one page apart."""
    return format_html(
        '<svg viewBox="0 0 {} {}" role="group" aria-labelledby="pic-{name}-t"'
        ' aria-describedby="pic-{name}-d"><title id="pic-{name}-t">{}</title>'
        '<desc id="pic-{name}-d">{}</desc><defs><pattern id="pic-{name}-hatch" width="6" height="6"'
        ' patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="f-hover"'
        ' width="6" height="6"/><line class="s-ink2" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>'
        "{}{}{}{}{}{}{}</svg>",
        drawing.width, _short(drawing.height), gettext("Shape of the incident"), description,
        format_html_join(
            "",
            '<line class="grid" x1="{0}" y1="58" x2="{0}" y2="{1}"/>',
            ((x, drawing.axis_y) for x in drawing.ticks),
        ),
        format_html_join(
            "",
            '<line class="axis" x1="{0}" y1="{2}" x2="{1}" y2="{2}"/>',
            ((left, right, drawing.axis_y) for left, right in drawing.axis),
        ),
        _bars(drawing, name),
        format_html_join("", '<path class="lead" d="{}"/>', ((path,) for path in drawing.breaks)),
        format_html_join(
            "",
            '<line class="s-ink" x1="{0}" y1="32" x2="{0}" y2="128"/>',
            ((x,) for x in drawing.lines),
        ),
        format_html_join(
            "",
            '<text{} x="{}" y="{}" text-anchor="{}">{}</text>',
            (
                (_STRONG if each.strong else "", _short(each.x), _short(each.y), each.anchor,
                 each.text)
                for each in drawing.words
            ),
        ),
        mark_safe("".join(map(_mark, drawing.marks))),  # noqa: S308 each of them is made below
        name=name,
    )  # fmt: skip


def _bars(drawing: Drawing, name: str) -> SafeString:
    return format_html_join(
        "",
        '<rect {} x="{}" y="{}" width="{}" height="{}" rx="2"/>',
        (
            (
                format_html('fill="url(#pic-{}-hatch)"', name)
                if bar.style == "hatch"
                else format_html('class="{}"', bar.style),
                bar.x, bar.y, _short(bar.width), bar.height,
            )
            for bar in drawing.bars
        ),
    )  # fmt: skip


def _mark(mark: Mark) -> SafeString:
    reach = (
        format_html(
            '<path class="s-ink2" d="M{0} -5v10M{0} 0H{1}M{1} -5v10"/>', mark.bar[0], mark.bar[1]
        )
        if mark.bar
        else ""
    )
    accounts = SafeString('<circle class="lead" r="13"/>') if mark.has_accounts else ""
    is_cluster = mark.shape == "cluster"
    return format_html(
        '<a href="{}" aria-label="{}"><g transform="translate({} {})">{}{}{}'
        '<text{} y="{}" text-anchor="middle" class="{}">{}</text></g></a>',
        mark.href, mark.label, mark.x, mark.y, reach, accounts, _shape(mark),
        format_html(' x="{}"', mark.middle) if is_cluster else "",
        6 if mark.shape == "triangle" else 4,
        "t-strong" if mark.is_rough or is_cluster else "t-on",
        mark.number,
    )  # fmt: skip


def _shape(mark: Mark) -> SafeString:
    rough = _ROUGH if mark.is_rough else ""
    match mark.shape:
        case "circle":
            return format_html('<circle class="f-diff{}" r="9.5"/>', rough)
        case "square":
            return format_html(
                '<rect class="f-right{}" x="-9" y="-9" width="18" height="18" rx="3"/>', rough
            )
        case "triangle":
            return format_html('<path class="f-why{}" d="{}"/>', rough, mark.path)
        case "cluster":
            return format_html(
                '<rect class="cluster" x="{}" y="-9.5" width="{}" height="19" rx="9.5"/>',
                mark.left, mark.width,
            )  # fmt: skip
    return format_html('<path class="f-wrong{}" d="{}"/>', rough, mark.path)


def _short(number: float) -> str:
    """ "12", "12.5"."""
    return f"{number:.1f}".removesuffix(".0")
