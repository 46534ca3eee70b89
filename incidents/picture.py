"""The shape of an incident as a picture: pure geometry, written by picture_svg.py.

Twice: wide, and narrow for a phone. All geometry goes into SVG attributes, so that the page and
the PDF draw the same thing without a style attribute. Drawn once for each thing it can show, which
is in an Outline: whoever opens the page of an incident sees the same shape.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise

from django.utils.translation import gettext, gettext_lazy, ngettext

from common import durations, languages
from common.dates import say
from incidents import marks
from incidents.marks import Marked
from incidents.models import Incident, TimelineEvent
from incidents.scale import Scale, shown_pieces

Kind = TimelineEvent.Kind

#: Pictures that a process remembers, some kilobytes each; those not shown for longest go.
PICTURES_KEPT = 100

_LETTER = marks.LETTER
_LATER_LABEL = 23.0  # below the middle of its marks
_MILESTONE_WORDS = {
    "started": gettext_lazy("Started"),
    "detected": gettext_lazy("Noticed"),
    "acknowledged": gettext_lazy("Taken on"),
    "mitigated": gettext_lazy("Impact stopped"),
    "resolved": gettext_lazy("Resolved"),
}


@dataclass(frozen=True)
class Bar:
    """A rectangle; `style` is a class of app.css, or "hatch" for the pattern."""

    x: float
    y: float
    width: float
    height: float
    style: str


@dataclass(frozen=True)
class Words:
    x: float
    y: float
    text: str
    anchor: str = "start"
    strong: bool = False


@dataclass(eq=False)
class Drawing:
    width: int
    height: float = 0
    axis_y: float = 0
    bars: list[Bar] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    ticks: list[float] = field(default_factory=list)
    axis: list[tuple[float, float]] = field(default_factory=list)
    breaks: list[str] = field(default_factory=list)
    lines: list[float] = field(default_factory=list)
    marks: list[marks.Mark] = field(default_factory=list)


@dataclass(frozen=True)
class Picture:
    wide: Drawing
    narrow: Drawing
    description: str
    zone: str

    @property
    def variants(self) -> list[tuple[str, Drawing]]:
        return [("wide", self.wide), ("narrow", self.narrow)]

    @property
    def has_rough(self) -> bool:
        return any(mark.is_rough for mark in self.wide.marks)

    @property
    def has_clusters(self) -> bool:
        drawn = (*self.wide.marks, *self.narrow.marks)
        return any(mark.shape == "cluster" for mark in drawn)


@dataclass(frozen=True)
class Outline:
    """All that a picture shows. `now` is None when it is over."""

    known: tuple[tuple[str, datetime], ...]
    events: tuple[Marked, ...]
    is_near_miss: bool
    now: datetime | None

    @property
    def milestones(self) -> dict[str, datetime]:
        return dict(self.known)

    @property
    def moments(self) -> set[datetime]:
        told = (at for event in self.events for at in (event.at, event.until) if at)
        return {*self.milestones.values(), *told}


def picture(
    incident: Incident,
    events: Sequence[TimelineEvent],
    *,
    zone: zoneinfo.ZoneInfo,
    now: datetime,
    shown: Collection[int] | None = None,
) -> Picture | None:
    """The picture of an incident, or None when fewer than two different times are known.

    `events` are all of the timeline, in order: their numbers are those of the list. Only those
    whose keys are in `shown` get a mark; without it, all.
    """
    outline = Outline(
        tuple((milestone.name, milestone.at) for milestone in incident.milestones if milestone.at),
        tuple(
            Marked.of(number, event, at=event.at, is_shown=shown is None or event.pk in shown)
            for number, event in enumerate(events, start=1)
            if event.at
        ),
        is_near_miss=incident.kind == Incident.Kind.NEAR_MISS,
        now=now if incident.is_ongoing else None,
    )
    return _picture(outline, zone, languages.current())


@lru_cache(maxsize=PICTURES_KEPT)
def _picture(outline: Outline, zone: zoneinfo.ZoneInfo, language: str) -> Picture | None:
    moments, now = outline.moments, outline.now
    end = max(moments, default=None)
    if now and (end is None or now - end < timedelta(days=30)):
        moments.add(now)
        end = max(end or now, now)
    if end is None or end - min(moments) < timedelta(minutes=1):
        return None
    wide, narrow = (_draw(outline, sorted(moments), zone, end, width) for width in (1060, 390))
    return Picture(wide, narrow, _in_words(outline, zone), zone_in_words(zone, end))


def zone_in_words(zone: zoneinfo.ZoneInfo, at: datetime) -> str:
    """ "Amsterdam (CET, UTC+1)", as it was then."""
    if zone.key == "UTC":
        return zone.key
    local = at.astimezone(zone)
    place = zone.key.rsplit("/", 1)[-1].replace("_", " ")
    return f"{place} ({local:%Z}, {_offset(local)})"


def _draw(
    outline: Outline, moments: list[datetime], zone: zoneinfo.ZoneInfo, end: datetime, width: int
) -> Drawing:
    is_wide = width > 600
    scale = Scale(
        shown_pieces(moments), width, pad=26 if is_wide else 14, gap=34 if is_wide else 22
    )
    drawing = Drawing(width)
    _milestones(drawing, scale, outline.milestones)  # first: labels keep clear of their lines
    _impact(drawing, scale, outline, end)
    _phases(drawing, scale, outline, end)
    _marks(drawing, scale, [event for event in outline.events if event.is_shown], zone)
    _axis(drawing, scale, zone, is_wide=is_wide)
    return drawing


def _impact(drawing: Drawing, scale: Scale, outline: Outline, end: datetime) -> None:
    """A solid band while people feel it, hatched from the end of the impact to the resolution."""
    known = outline.milestones
    start = known.get("started")
    if start is None or outline.is_near_miss:
        return
    stopped = known.get("mitigated")
    over = known.get("resolved") or (end if outline.now else None)
    felt_until = stopped or over
    if felt_until is None:
        return
    _band(drawing, scale, start, felt_until, gettext("Impact"), "f-ink2")
    if stopped and over and over > stopped:
        _band(drawing, scale, stopped, over, gettext("Impact stopped"), "hatch")


def _band(
    drawing: Drawing, scale: Scale, start: datetime, end: datetime, label: str, style: str
) -> None:
    spans = scale.spans(start, end)
    for left, right in spans:
        drawing.bars.append(Bar(left, 64, max(1.5, right - left), 30, style))
    if not spans:
        return
    for text in (f"{label}, {durations.in_words(end - start)}", label):
        x = _clear_of_lines(drawing, spans[0][0] + 4, spans[-1][1], len(text) * _LETTER)
        if x is not None:
            drawing.words.append(Words(x, 55, text, strong=True))
            break


def _clear_of_lines(drawing: Drawing, left: float, right: float, room: float) -> float | None:
    """The first x where words of this width meet no milestone's line; None when nowhere."""
    starts = [left, *(line + 6 for line in sorted(drawing.lines) if left < line < right)]
    for x in starts:
        if x + room <= right and not any(x < line < x + room for line in drawing.lines):
            return x
    return None


def _phases(drawing: Drawing, scale: Scale, outline: Outline, end: datetime) -> None:
    known = outline.milestones
    start, noticed = known.get("started"), known.get("detected")
    over = known.get("resolved", end)
    from_here = noticed or start
    if from_here is None:
        return
    repairs = [event.at for event in outline.events if Kind(event.kind) in marks.REPAIRING]
    repair = min((at for at in repairs if at >= from_here), default=known.get("mitigated"))
    phases = []
    if start and noticed:
        phases.append((start, noticed, gettext("Noticing"), "f-diff-s"))
    if noticed:
        phases.append((noticed, repair or over, gettext("Finding out"), "f-why-s"))
    if repair:
        phases.append((repair, over, gettext("Repairing"), "f-right-s"))
    for begin, finish, label, style in phases:
        spans = scale.spans(begin, finish)
        for left, right in spans:
            drawing.bars.append(Bar(left, 104, max(0.0, right - left - 1.5), 22, style))
        if spans:
            left, right = spans[0]
            x = _clear_of_lines(drawing, left + 8, right - 6, len(label) * _LETTER)
            if x is not None:
                drawing.words.append(Words(x, 119.5, label, strong=True))


def _milestones(drawing: Drawing, scale: Scale, known: dict[str, datetime]) -> None:
    """A line each; labels take two rows and give way when there is no room."""
    taken: dict[float, float] = {14.0: -1.0, 28.0: -1.0}
    for name, at in known.items():
        x = scale.x(at)
        drawing.lines.append(x)
        label = str(_MILESTONE_WORDS[name])
        room = len(label) * _LETTER
        left = x if x + room <= drawing.width - 4 else x - room
        for y, used in taken.items():
            if left > used + 6 and left >= 0:
                anchor = "start" if left == x else "end"
                drawing.words.append(Words(x, y, label, anchor, strong=True))
                taken[y] = left + room
                break


def _marks(drawing: Drawing, scale: Scale, events: list[Marked], zone: zoneinfo.ZoneInfo) -> None:
    """The marks, and under them a row for what was learned only later."""
    lanes = marks.place(events, scale, drawing.width, zone)
    drawing.marks = lanes.marks
    if lanes.later_y is not None:
        line = lanes.later_y - 17
        drawing.breaks.append(f"M{scale.edges[0][0]} {line}H{scale.edges[-1][1]}")
        label, place = gettext("Learned later"), _LATER_LABEL
        drawing.words.append(Words(scale.edges[0][0], lanes.later_y + place, label))
    drawing.axis_y = lanes.bottom + (38 if lanes.later_y is None else 44)
    drawing.height = drawing.axis_y + 44


def _axis(drawing: Drawing, scale: Scale, zone: zoneinfo.ZoneInfo, *, is_wide: bool) -> None:
    y = drawing.axis_y
    drawing.axis = [(left, right) for left, right in scale.edges]
    for (_, left), (right, _) in pairwise(scale.edges):
        middle = (left + right) / 2
        drawing.breaks += [
            f"M{middle - 7:.1f} {y + 6:.1f}l6 -12",
            f"M{middle + 1:.1f} {y + 6:.1f}l6 -12",
        ]
    for middle, left_out in scale.breaks:
        if is_wide:
            drawing.words.append(Words(middle, 83, _roughly(left_out), "middle"))
    free_from, day_free_from = -1.0, -1.0
    last_day = None
    for local, x in scale.ticks(zone, room=60 if is_wide else 56):
        label = f"{local:%H:%M}" if scale.step < timedelta(days=1) else say(local, "j M")
        room = len(label) * _LETTER
        anchor = "start" if x < room / 2 else "end" if x > drawing.width - room / 2 else "middle"
        left = _left(x, room, anchor)
        if left > free_from:
            is_midnight = local.time() == time(0)
            drawing.ticks.append(x)
            drawing.words.append(
                Words(x, y + 18, label, anchor, strong=is_midnight and scale.step.days < 1)
            )
            free_from = left + room + 6
        if scale.step < timedelta(days=1) and local.date() != last_day:
            day = say(local, "D j M")
            room = len(day) * _LETTER
            anchor = "end" if x > drawing.width - 70 else "start"
            left = _left(x, room, anchor)
            if left > day_free_from:
                drawing.words.append(Words(x, y + 36, day, anchor))
                day_free_from = left + room + 10
            last_day = local.date()


def _left(x: float, room: float, anchor: str) -> float:
    """Where words begin that take so much room."""
    return x - {"start": 0.0, "middle": room / 2, "end": room}[anchor]


def _roughly(left_out: timedelta) -> str:
    """ "14 h", short enough for a break."""
    hours = left_out / timedelta(hours=1)
    if hours < 1:
        return f"{round(hours * 60)} min"
    return f"{round(hours)} h" if hours < 48 else f"{round(hours / 24)} d"


def _offset(local: datetime) -> str:
    """ "UTC+1", "UTC+5:30"."""
    minutes = round((local.utcoffset() or timedelta()) / timedelta(minutes=1))
    if not minutes:
        return "UTC"
    rest = f":{abs(minutes) % 60:02}" if minutes % 60 else ""
    return f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60}{rest}"


def _in_words(outline: Outline, zone: zoneinfo.ZoneInfo) -> str:
    known = outline.milestones
    count = sum(event.is_shown for event in outline.events)
    parts = [
        f"{_MILESTONE_WORDS[name]} {say(local, 'j M H:i T')}."
        for name, local in ((name, at.astimezone(zone)) for name, at in known.items())
    ]
    if {"started", "resolved"} <= known.keys() and known["started"] != known["resolved"]:
        lasted = durations.in_words(known["resolved"] - known["started"])
        parts.append(gettext("It lasted {duration}.").format(duration=lasted))
    parts.append(
        ngettext(
            "{count} event; the list below has the same information.",
            "{count} events; the list below has the same information.",
            count,
        ).format(count=count)
    )
    return " ".join(parts)
