"""The timeline as a page shows it: days of moments, each with the accounts given of it."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from incidents import event_times
from incidents.event_times import EventTime
from incidents.line_cells import edits_cell, linked, mark_cell, table_row, time_cell
from incidents.models import TimelineEvent

Kind = TimelineEvent.Kind

_SHORTEST_GAP = timedelta(hours=1)

#: Icon and colour class of each kind, as in the design's timeline.
MARKS = {
    Kind.TRIGGER: ("bolt", ""),
    Kind.DETECTION: ("bell", "mk-detect"),
    Kind.DIAGNOSIS: ("zoom-question", "mk-diag"),
    Kind.ESCALATION: ("users", "mk-detect"),
    Kind.DECISION: ("route", "mk-diag"),
    Kind.ACTION: ("tool", "mk-repair"),
    Kind.COMMUNICATION: ("message-2", ""),
    Kind.MITIGATION: ("lifebuoy", "mk-repair"),
    Kind.RESOLUTION: ("circle-check", "mk-repair"),
    Kind.OBSERVATION: ("eye", ""),
}
LABELS = dict(Kind.choices)


@dataclass
class Line:
    """One event, or one account of a moment, with all that is said of it."""

    event: TimelineEvent
    number: int
    time: EventTime
    icon: str
    mark: str
    url: str = ""
    may_edit: bool = False
    may_tell: bool = False
    attach_url: str = ""
    #: Addresses of the cards on the board of the review that point here.
    cards: list[str] = field(default_factory=list)

    @property
    def edits(self) -> SafeString | str:
        deeds = [("edit", self.url)] if self.may_edit else []
        deeds += [("account", f"{self.url}account/")] if self.may_tell else []
        deeds += [("attach", self.attach_url)] if self.attach_url else []
        return edits_cell(self.number, deeds)

    @property
    def anchor(self) -> str:
        return f"e{self.event.pk}"

    @property
    def cells(self) -> SafeString:
        """Time and mark, the first two columns."""
        return time_cell(self.time) + mark_cell(self.icon, self.mark, self.mark_in_words)

    @property
    def table_row(self) -> SafeString:
        return table_row(self.number, self.time, self.said, self.event.text, self.known_from)

    @property
    def css(self) -> str:
        return "is-later" if self.event.learned_later else "is-then"

    @property
    def kind_words(self) -> str:
        return str(LABELS[self.event.kind])

    @property
    def mark_in_words(self) -> str:
        if not self.event.is_key:
            return self.kind_words
        return gettext("Key moment, {kind}").format(kind=self.kind_words)

    @property
    def has_files(self) -> bool:
        return bool(self.event.attachments.all())

    @property
    def said(self) -> str:
        """Kind and standing, for the table."""
        key = gettext(", key moment") if self.event.is_key else ""
        later = gettext(", learned later") if self.event.learned_later else ""
        return f"{self.kind_words}{key}{later}"

    @property
    def known_from(self) -> str:
        return ", ".join(filter(None, [self.event.source, self.event.evidence]))

    @property
    def changes_in_words(self) -> str:
        """How often it was changed since it was first told."""
        times = self.event.version - 1
        if not times:
            return ""
        said = {1: gettext("changed once"), 2: gettext("changed twice")}
        return said.get(times) or gettext("changed {times} times").format(times=times)

    @property
    def is_without_source(self) -> bool:
        return not (self.event.source or self.event.evidence)

    @property
    def source_linked(self) -> SafeString | str:
        return linked(self.event.source)

    @property
    def evidence_linked(self) -> SafeString | str:
        return linked(self.event.evidence)


@dataclass
class Moment:
    """The accounts of one moment, the first one told first; nearly always there is only one.

    `gap` is the quiet time before it, when that is worth naming.
    """

    lines: list[Line]
    gap: timedelta | None = None

    @property
    def is_told_often(self) -> bool:
        return len(self.lines) > 1


@dataclass
class Day:
    """The moments of one day in the reader's zone; `on` is None while no day is known."""

    on: date | None
    moments: list[Moment] = field(default_factory=list)


def lines_of(
    events: Sequence[TimelineEvent],
    *,
    zone: zoneinfo.ZoneInfo,
    url: str = "",
    editable: Collection[int] = (),
) -> list[Line]:
    """The events, in order, numbered. `url` is where they are, each under its key; `editable` holds
    the keys of those the reader may change."""
    lines = []
    for number, event in enumerate(events, start=1):
        drawn, mark = ("flag", "mk-key") if event.is_key else MARKS[Kind(event.kind)]
        time = event_times.told(event, zone)
        lines.append(
            Line(event, number, time, drawn, mark, f"{url}{event.pk}/", event.pk in editable)
        )
    return lines


def by_day(
    lines: Sequence[Line], *, zone: zoneinfo.ZoneInfo, newest_first: bool = False
) -> list[Day]:
    """The lines as days of moments. An account stands beside the one it was added to, also when
    that one has been taken out and several are left."""
    threshold = _gap_worth_naming([line.event for line in lines])
    found: list[tuple[date | None, Moment]] = []
    by_root: dict[int, Moment] = {}
    before: TimelineEvent | None = None
    on: date | None = None
    for line in lines:
        event = line.event
        root = event.beside_id or event.pk
        if root in by_root:
            by_root[root].lines.append(line)
            continue
        moment = by_root[root] = Moment([line])
        on = event_times.local_day(event, zone) or on
        if event.at:
            if before and before.at and event.at - before.at >= threshold:
                moment.gap = event.at - before.at
            before = event
        found.append((on, moment))
    if newest_first:
        found.reverse()
    days: list[Day] = []
    for day, moment in found:
        if not days or days[-1].on != day:
            days.append(Day(day))
        days[-1].moments.append(moment)
    return days


def _gap_worth_naming(events: Sequence[TimelineEvent]) -> timedelta:
    """At least an hour and a fifth of the whole story."""
    times = [event.at for event in events if event.at]
    if len(times) < 3:
        return timedelta.max
    return max(_SHORTEST_GAP, (times[-1] - times[0]) / 5)
