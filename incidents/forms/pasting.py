"""A pasted timeline between reading and saving: what was understood, and what somebody corrected.

Nothing is kept between the steps: the text comes along, is read again, and what differs from the
reading that was on the page was typed by hand and stays.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common import when
from common.dates import number
from common.forms import ProductForm
from common.when.days import FIRST_YEAR, LAST_YEAR
from incidents.forms.timed import LONGEST_TEXT
from incidents.models import TimelineEvent
from incidents.pasting import LONGEST, Line, Pasted, understand
from incidents.timeline import Reading
from people.forms.account import ZoneField

#: Looked over on one page. Five fields each have to fit into DATA_UPLOAD_MAX_NUMBER_FIELDS.
MOST_EVENTS, MOST_LEFT, MOST_SPEAKERS = 500, 200, 50
_LONGEST_SOURCE = 120
_TOLERANCE = timedelta(minutes=2)


class PasteForm(ProductForm):
    """What is read, and what its clock times refer to."""

    text = forms.CharField(
        label=_("Notes, a chat, a log or a table"),
        help_text=_("Copy it as it is. Several sources below one another are fine."),
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false"}),
        error_messages={"required": _("Paste what was written down.")},
    )
    zone = ZoneField(label=_("Time zone"), help_text=_("Of times that do not name one"))
    date = forms.DateField(
        label=_("First day"),
        help_text=_("Only needed when no day stands in the text"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write the day like 2017-01-31.")},
    )

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if not text.strip():
            raise ValidationError(gettext("Paste what was written down."), code="required")
        return text

    def clean_date(self) -> object:
        day = self.cleaned_data["date"]
        if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValidationError(
                gettext("The year {year} cannot be right. Check the date.").format(year=day.year)
            )
        return day


@dataclass(frozen=True)
class Story:
    """What a paste belongs to: its incident's span, and what its timeline already tells."""

    now: datetime
    around: when.Span | None
    known: frozenset[tuple[str, str]]
    may_be_ahead: bool = False


@dataclass
class Row:
    """One event on the page. `error` is why it cannot be saved as it is."""

    number: int
    keep: bool
    time: str
    kind: str
    text: str
    source: str
    moment: when.Moment | None = None
    is_known: bool = False
    error: str = ""
    offers: tuple[str, ...] = ()

    @property
    def text_rows(self) -> int:
        return min(8, sum(1 + len(line) // 70 for line in self.text.split("\n")))


@dataclass
class Left:
    """A line that belongs to no event; `choice` is "", "attach" or "event"."""

    number: int
    text: str
    why: str
    choice: str = ""


@dataclass
class Speaker:
    place: int
    handle: str
    role: str


@dataclass
class Preview:
    """The page between reading and saving."""

    zone: str
    date: date | None
    rows: list[Row]
    left: list[Left]
    speakers: list[Speaker]
    more_left: int = 0
    passed_over: int = 0
    events: int = 0
    errors: list[tuple[str, str]] = field(default_factory=list)

    @property
    def kept(self) -> list[Row]:
        return [row for row in self.rows if row.keep]

    @property
    def known(self) -> int:
        return sum(row.is_known for row in self.rows)

    def check(self) -> bool:
        """Whether it can be saved; `errors` then says where not, as (id of the field, why)."""
        if self.events > MOST_EVENTS:
            told = gettext(
                "These are {events} events; {most} fit on this page. Paste it in parts."
            ).format(events=number(self.events), most=MOST_EVENTS)
            self.errors.append(("id_text", told))
        for row in self.kept:
            if not row.text.strip():
                row.error = gettext("Say what happened, or leave it out.")
                self.errors.append((f"t-{row.number}", row.error))
            elif row.error:
                self.errors.append((f"w-{row.number}", row.error))
        if not self.readings() and not self.errors:
            self.errors.append(
                ("id_text", gettext("Nothing is ticked. Tick what belongs to the story."))
            )
        return not self.errors

    def readings(self) -> list[Reading]:
        """What is saved: ticked events and the lines put back, in the order of the paste."""
        roles = _Roles(self.speakers)
        told: list[tuple[int, Row]] = [(row.number, row) for row in self.kept]
        texts = {row.number: row.text.strip() for row in self.kept}
        for left in self.left:
            above = max((number for number, _ in told if number < left.number), default=None)
            if left.choice == "attach" and (above or texts):
                if above:
                    texts[above] += f"\n{left.text.strip()}"
                else:
                    first = min(texts)
                    texts[first] = f"{left.text.strip()}\n{texts[first]}"
            elif left.choice:
                row = Row(left.number, True, "", TimelineEvent.Kind.OBSERVATION, left.text, "")
                told.append((left.number, row))
                texts[left.number] = left.text.strip()
        told.sort(key=lambda each: each[0])
        return [
            Reading(
                row.moment,
                roles.instead(texts[number])[:LONGEST_TEXT],
                row.kind,
                source=roles.of(row.source)[:_LONGEST_SOURCE],
            )
            for number, row in told
        ]


class _Roles:
    """Puts the words for a role in the place of a handle, in sources and in texts."""

    def __init__(self, speakers: list[Speaker]) -> None:
        self.roles = {one.handle: one.role for one in speakers if one.role}
        handles = sorted(map(re.escape, self.roles), key=len, reverse=True)
        self.pattern = re.compile(rf"(?<![\w@])@?({'|'.join(handles)})(?!\w)") if handles else None

    def of(self, source: str) -> str:
        return self.roles.get(source, source)

    def instead(self, text: str) -> str:
        if self.pattern is None:
            return text
        return self.pattern.sub(lambda found: self.roles[found[1]], text)


def preview(asked: Mapping[str, str], cleaned: Mapping[str, object], story: Story) -> Preview:
    """Read the text of a valid PasteForm; what was corrected on the page before stays."""
    text, zone, day = str(cleaned["text"]), zoneinfo.ZoneInfo(str(cleaned["zone"])), cleaned["date"]
    pasted = _read(text, zone, day, story)
    before, before_zone = pasted, zone
    if "read_zone" in asked:
        earlier = PasteForm(
            {"text": text, "zone": asked["read_zone"], "date": asked.get("read_date", "")}
        )
        if earlier.is_valid():
            before_zone = zoneinfo.ZoneInfo(earlier.cleaned_data["zone"])
            if (before_zone, earlier.cleaned_data["date"]) != (zone, day):
                before = _read(text, before_zone, earlier.cleaned_data["date"], story)
    shown = {line.raw[0]: _row(line, before_zone, story) for line in before.lines[:MOST_EVENTS]}
    rows = []
    for line in pasted.lines[:MOST_EVENTS]:
        row = _row(line, zone, story)
        _correct(row, shown.get(row.number, row), asked)
        _read_time(row, line, zone, story)
        rows.append(row)
    left = [
        Left(each.number, each.text, each.why, _choice(asked.get(f"n-{each.number}", "")))
        for each in pasted.not_placed[:MOST_LEFT]
    ]
    speakers = [
        Speaker(place, handle, " ".join(_clean(asked.get(f"role-{place}", "")).split())[:80])
        for place, handle in enumerate(pasted.speakers[:MOST_SPEAKERS])
    ]
    return Preview(
        zone.key, day if isinstance(day, date) else None, rows, left, speakers,
        more_left=max(0, len(pasted.not_placed) - MOST_LEFT),
        passed_over=len(pasted.passed_over), events=len(pasted.lines),
    )  # fmt: skip


def _read(text: str, zone: zoneinfo.ZoneInfo, day: object, story: Story) -> Pasted:
    on = day if isinstance(day, date) else None
    return understand(text, now=story.now, zone=zone, date=on, around=story.around)


def _row(line: Line, zone: zoneinfo.ZoneInfo, story: Story) -> Row:
    """As it is shown before anybody corrects anything."""
    typed = line.typed if line.question else ""
    if line.moment and line.on:
        typed = line.on.isoformat()
    elif line.moment:
        typed = when.written(line.moment.at, zone, line.precision, line.until)
    is_known = key(line.moment, line.text) in story.known
    row = Row(line.raw[0], not is_known, typed, line.kind, line.text, line.source)
    row.moment, row.is_known = line.moment, is_known
    return row


def key(moment: when.Moment | None, text: str) -> tuple[str, str]:
    """Two events with the same one tell the same: minute, or day, and words."""
    if moment is None:
        return "", " ".join(text.split())
    day_is_all = moment.precision == "day"
    return f"{moment.at:{'%Y-%m-%d' if day_is_all else '%Y-%m-%d %H:%M'}}", " ".join(text.split())


def _correct(row: Row, shown: Row, asked: Mapping[str, str]) -> None:
    """Keep what differs from what was shown: somebody typed it."""
    for name, code in (("time", "w"), ("kind", "c"), ("text", "t"), ("source", "s")):
        typed = asked.get(f"{code}-{row.number}")
        if typed is not None and (typed := _clean(typed)) != _clean(getattr(shown, name)):
            setattr(row, name, typed)
    if f"w-{row.number}" in asked:
        keep = f"k-{row.number}" in asked
        row.keep = keep if keep != shown.keep else row.keep
    if row.kind not in TimelineEvent.Kind.values:
        row.kind = shown.kind
    row.time, row.source = row.time[:100], row.source[:_LONGEST_SOURCE]
    row.text = row.text[:LONGEST_TEXT]


def _clean(typed: str) -> str:
    return typed.replace("\r\n", "\n").replace("\0", "").strip()


def _read_time(row: Row, line: Line, zone: zoneinfo.ZoneInfo, story: Story) -> None:
    """The moment of what stands in the field, or the question it raises."""
    unchanged = row.time == _row(line, zone, story).time
    ahead = (
        line.moment
        and not story.may_be_ahead
        and (line.until or line.moment.at) > story.now + _TOLERANCE
    )
    if unchanged and line.question:
        row.error, row.offers = line.question, line.offers
    elif not row.time:
        row.moment = None
    elif not unchanged or ahead:
        try:
            row.moment = read_time(row.time, zone, story)
        except when.NotRead as refusal:
            row.moment, row.error, row.offers = None, refusal.message, refusal.offers


def read_time(typed: str, zone: zoneinfo.ZoneInfo, story: Story) -> when.Moment:
    """Raises when.NotRead."""
    return when.read(
        typed,
        now=story.now,
        zone=zone,
        around=story.around,
        day_is_enough=True,
        may_be_between=True,
        may_be_ahead=story.may_be_ahead,
    )


def _choice(typed: str) -> str:
    return typed if typed in {"attach", "event"} else ""
