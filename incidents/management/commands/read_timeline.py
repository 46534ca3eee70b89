"""Show what a pasted timeline would be understood as, without saving anything."""

from __future__ import annotations

import json
import sys
import zoneinfo
from argparse import ArgumentParser
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common.when import zones
from incidents.pasting import LONGEST, Line, Pasted, TooLong, understand
from incidents.pasting.files import text_of


class Command(BaseCommand):
    help = (
        "Read notes, a chat, a log or a table and print its events as JSON, with the lines that "
        "could not be placed (docs/pasting-timelines.md). Nothing is saved."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="any text file; - reads what is piped in")
        parser.add_argument(
            "--zone",
            default="UTC",
            help="of times that name none, such as Europe/Amsterdam (default: %(default)s)",
        )
        parser.add_argument(
            "--date",
            default="",
            help="the day, such as 2017-01-31, of clock times at the beginning (default: the "
            "first date in the file, else today)",
        )

    def handle(self, *, file: str, zone: str, date: str, **options: Any) -> None:
        told_in, on = _zone(zone), _day(date)
        text = text_of(_bytes(file))
        try:
            pasted = understand(text, now=timezone.now(), zone=told_in, date=on)
        except TooLong as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(json.dumps(as_json(pasted), ensure_ascii=False, indent=2))


def as_json(pasted: Pasted) -> dict[str, list[dict[str, object]]]:
    """Events in the order of the file; a line whose time is in doubt is one that is not placed."""
    not_placed: list[dict[str, object]] = [
        {"line": left.number, "text": left.text, "why": left.why} for left in pasted.not_placed
    ]
    not_placed += [
        {"line": line.raw[0], "text": f"{line.typed} {line.text}", "why": line.question}
        for line in pasted.lines
        if line.question
    ]
    return {
        "events": [_event(line) for line in pasted.lines if not line.question],
        "not_placed": sorted(not_placed, key=lambda left: int(str(left["line"]))),
    }


def _event(line: Line) -> dict[str, object]:
    def told(at: datetime | None) -> str | None:
        return at.astimezone(line.told_in).isoformat() if at else None

    event: dict[str, object] = {
        "at": told(line.at),
        "precision": line.precision,
        "kind": line.kind,
        "text": line.text,
        "source": line.source,
    }
    if line.until:
        event["until"] = told(line.until)
    if line.on:
        event["on"] = line.on.isoformat()
    return event


def _bytes(file: str) -> bytes:
    limit = LONGEST * 4 + 4  # bytes of the longest text in the widest encoding
    try:
        if file == "-":
            return sys.stdin.buffer.read(limit)
        with Path(file).open("rb") as opened:
            return opened.read(limit)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CommandError(f"{file} cannot be read: {reason}.") from None


def _zone(name: str) -> zoneinfo.ZoneInfo:
    known = zones.of_area(name.strip())
    if known is None:
        raise CommandError(f"{name} is no time zone. Write one such as Europe/Amsterdam or UTC.")
    return known


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise CommandError(f"{text} is no date. Write it like 2017-01-31.") from None
