"""How much of a timeline comes back when a chat, a log or notes of it are pasted.

Renders the timelines of the ten richest incidents of the demo data as five tools would show them,
and in three harder settings, reads each text as the page and `read_timeline` do, and prints which
share of the events came back exactly: same minute in UTC, same text, same speaker.

    .venv/bin/python benchmarks/paste_recovery.py [--show]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("INSECURE_HTTP", "1")
# Nothing is signed here, and no database is opened.
os.environ.setdefault("SECRET_KEY", "only-for-this-measurement-" * 3)

ZONE = zoneinfo.ZoneInfo("Europe/Amsterdam")
PEOPLE = ("amara", "henrik", "jun", "mei-ling")
FULL_NAMES = ("Amara Nwosu", "Henrik Dahl", "Jun Tanaka", "Mei-Ling Chen")
_LONGEST_GAP = timedelta(hours=21)


@dataclass(frozen=True)
class Told:
    """An event of the demo data; `at` is None when only a day, or nothing, is known."""

    at: datetime | None
    on: date | None
    precision: str
    text: str
    speaker: int

    @property
    def local(self) -> datetime:
        assert self.at is not None
        return self.at.astimezone(ZONE)


@dataclass(frozen=True)
class Rendered:
    """A paste, the events that can be seen in it, and their speakers."""

    text: str
    events: list[Told]
    names: tuple[str, ...] = ()


def ordinal(number: int) -> str:
    if 10 < number < 14:
        return f"{number}th"
    return str(number) + {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def clock_12(at: datetime) -> str:
    return f"{at.hour % 12 or 12}:{at:%M} {'AM' if at.hour < 12 else 'PM'}"


def timed(events: list[Told]) -> list[Told]:
    return [event for event in events if event.at]


def by_day(
    events: list[Told], day: Callable[[datetime], str], one: Callable[[Told, Told | None], str]
) -> str:
    lines: list[str] = []
    before: Told | None = None
    for event in events:
        if before is None or before.local.date() != event.local.date():
            lines.append(day(event.local))
            before = None
        lines.append(one(event, before))
        before = event
    return "\n".join(lines)


def slack(events: list[Told]) -> Rendered:
    """A copy from the window: headers, follow-ups with a time only, reactions, replies."""

    def one(event: Told, before: Told | None) -> str:
        tail = (":eyes: 2", "2 replies", "", "")[event.speaker]
        follows = (
            before is not None
            and before.speaker == event.speaker
            and event.local - before.local < timedelta(minutes=5)
        )
        head = (
            clock_12(event.local)
            if follows
            else f"{PEOPLE[event.speaker]}  {clock_12(event.local)}"
        )
        return "\n".join(part for part in (head, event.text, tail) if part)

    kept = timed(events)
    text = by_day(kept, lambda at: f"{at:%A, %B} {ordinal(at.day)}", one)
    return Rendered(text, kept, PEOPLE)


def teams(events: list[Told]) -> Rendered:
    kept = timed(events)
    blocks = (f"{FULL_NAMES[e.speaker]}  {e.local:%d/%m/%Y %H:%M}\n{e.text}\n" for e in kept)
    return Rendered("\n".join(blocks), kept, FULL_NAMES)


def irc(events: list[Told]) -> Rendered:
    def one(event: Told, before: Told | None) -> str:
        said = f"{event.local:%H:%M:%S} <{PEOPLE[event.speaker]}> {event.text}"
        joins = (
            f"{event.local:%H:%M:%S} -!- {PEOPLE[event.speaker]} [~u@example.org] has joined #ops"
        )
        return f"{joins}\n{said}" if before is None else said

    kept = timed(events)
    return Rendered(by_day(kept, lambda at: f"--- Day changed {at:%a %b %d %Y}", one), kept, PEOPLE)


def whatsapp(events: list[Told]) -> Rendered:
    kept = timed(events)
    lines = (f"{e.local:%d/%m/%Y, %H:%M} - {FULL_NAMES[e.speaker]}: {e.text}" for e in kept)
    first = f"{kept[0].local:%d/%m/%Y, %H:%M} - Messages and calls are end-to-end encrypted."
    return Rendered("\n".join([first, *lines]), kept, FULL_NAMES)


def markdown(events: list[Told]) -> Rendered:
    """Notes with a heading for each day, in UTC, with every event, also those without a time."""
    lines, on = ["# Timeline", "", "All times in UTC"], None
    kept: list[Told] = []
    for event in events:
        day = event.at.date() if event.at else None
        if day and day != on:
            lines += ["", f"## {day.day} {day:%B %Y}", ""]
            on = day
        if event.at:
            hedge = "about " if event.precision == "approximate" else ""
            lines.append(f"- {hedge}{event.at:%H:%M} {event.text}")
        elif event.on:
            lines.append(f"- {event.on.day} {event.on:%b %Y}: {event.text}")
        elif kept:
            lines.append(f"- {event.text}")
        else:
            continue
        kept.append(event)
    return Rendered("\n".join(lines), kept)


def american(events: list[Told]) -> Rendered:
    """Month first, two digits of the year, 12-hour clock."""
    kept = timed(events)
    lines = (
        f"{e.local.month}/{e.local.day}/{e.local:%y}, {clock_12(e.local)} - "
        f"{FULL_NAMES[e.speaker]}: {e.text}"
        for e in kept
    )
    return Rendered("\n".join(lines), kept, FULL_NAMES)


def undated(events: list[Told]) -> Rendered:
    """Clock times only, over midnight, as far as there is no gap of most of a day."""
    kept: list[Told] = []
    for event in timed(events):
        if kept and event.local - kept[-1].local > _LONGEST_GAP:
            break
        kept.append(event)
    return Rendered("\n".join(f"{e.local:%H:%M} {e.text}" for e in kept), kept)


def mixed(events: list[Told]) -> Rendered:
    """Every style, a fifth of the story each, one below the other."""
    kept = timed(events)
    share = -(-len(kept) // 5)
    parts, names = [], []
    for place, style in enumerate((slack, teams, irc, whatsapp, markdown)):
        piece = kept[place * share : (place + 1) * share]
        if piece:
            rendered = style(piece)
            parts.append(rendered.text)
            names += [rendered.names[e.speaker] if rendered.names else "" for e in piece]
    return Rendered("\n\n".join(parts), kept, tuple(names))


STYLES: dict[str, Callable[[list[Told]], Rendered]] = {
    "Slack copy": slack,
    "Teams": teams,
    "IRC": irc,
    "WhatsApp export": whatsapp,
    "Markdown notes": markdown,
}
HARD: dict[str, Callable[[list[Told]], Rendered]] = {
    "12 hours, month first": american,
    "clock times only": undated,
    "all styles in one": mixed,
}


def richest(count: int) -> list[tuple[str, list[Told]]]:
    stories = []
    for file in sorted((ROOT / "config/demo_data/incidents").glob("*.json")):
        rows = json.loads(file.read_text())["timeline"]
        stories.append((file.stem, [_told(row, number) for number, row in enumerate(rows)]))
    return sorted(stories, key=lambda story: -len(story[1]))[:count]


def _told(row: dict[str, str | None], number: int) -> Told:
    at, on = row["at"], row["on"]
    day = date.fromisoformat(on) if on and len(on) == 10 and not at else None
    text = str(row["text"])
    # People take turns, sometimes two lines each.
    speaker = (number // 2 + len(text)) % 4
    told_at = datetime.fromisoformat(at).astimezone(UTC) if at else None
    return Told(told_at, day, str(row["precision"]), text, speaker)


def recovered(rendered: Rendered, style: str) -> tuple[int, list[str]]:
    """How many events came back exactly, and a line for each that did not."""
    from incidents.pasting import understand

    first = next(event for event in rendered.events if event.at)
    pasted = understand(
        rendered.text, now=datetime(2026, 11, 20, tzinfo=UTC), zone=ZONE, date=first.local.date()
    )
    found: dict[tuple[object, ...], int] = {}
    for line in pasted.lines:
        key = (line.at.replace(second=0) if line.at else line.on, line.text, line.source)
        found[key] = found.get(key, 0) + 1
    good, missing = 0, []
    for place, event in enumerate(rendered.events):
        name = ""
        if rendered.names:
            name = rendered.names[place if style == "all styles in one" else event.speaker]
        key = (event.at.replace(second=0) if event.at else event.on, event.text, name)
        if found.get(key):
            found[key] -= 1
            good += 1
        else:
            missing.append(f"{style}: {key}")
    return good, missing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", action="store_true", help="print each event that was missed")
    show = parser.parse_args().show
    import django

    django.setup()
    stories = richest(10)
    for title, styles in (("Styles", STYLES), ("Harder", HARD)):
        good_in_all = told_in_all = 0
        print(f"{title}, {len(stories)} incidents")
        for style, render in styles.items():
            good = told = 0
            begun = perf_counter()
            for _, events in stories:
                rendered = render(events)
                count, missing = recovered(rendered, style)
                good, told = good + count, told + len(rendered.events)
                if show:
                    print(*missing, sep="\n", end="\n" if missing else "")
            spent = (perf_counter() - begun) * 1000
            print(f"  {style:<22} {good:>4} of {told:<4} {good / told:7.1%}  {spent:6.0f} ms")
            good_in_all, told_in_all = good_in_all + good, told_in_all + told
        share = good_in_all / told_in_all
        print(f"  {'in all':<22} {good_in_all:>4} of {told_in_all:<4} {share:7.1%}")


if __name__ == "__main__":
    main()
