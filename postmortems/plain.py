"""What was published, as Markdown and as JSON: to keep it elsewhere, whatever becomes of this."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from common.languages import english
from postmortems import reading
from postmortems.models import Publication

_SIGNS = re.compile(r"([\\`*_\[\]<>|#])")


def as_data(publication: Publication) -> dict[str, Any]:
    """The snapshot as it is kept (snapshot.py tells its form), with its revision and moment."""
    return {
        "revision": publication.revision,
        "published_at": publication.published_at.isoformat(),
        **publication.snapshot,
    }


def as_markdown(publication: Publication) -> str:
    """The whole review, in the order of the page and with times in UTC."""
    with english():
        report = reading.read(publication.snapshot)
        return "\n\n".join(part for part in _parts(report, publication) if part) + "\n"


def _parts(report: dict[str, Any], publication: Publication) -> Iterator[str]:
    yield f"# {_line(report['title'])}"
    yield (
        f"Review of {report['reference']}, revision {publication.revision}, published "
        f"{publication.published_at:%Y-%m-%d}."
    )
    yield _line(report["lede"] or report["impact"])
    yield _list(f"**{name}**: {_line(words)}" for name, words in report["facts"])
    if report["summary"]:
        yield report["summary"]["text"]
    yield "## Milestones"
    yield _table(
        ("Moment", "UTC", "After the start"),
        ((one["name"], one["utc"], one["after"]) for one in report["milestone_rows"]),
    )
    for goal in report["goals"]:
        yield f"## {goal['title']}"
        yield _list(map(_card, goal["cards"])) or _line(goal["explanation"])
    for section in report["sections"]:
        yield f"## {section['title']}"
        yield section["text"]
    yield from _titled("What surprised us", (_line(one["text"]) for one in report["surprises"]))
    if report["how_known"] or report["known_sooner"] or report["detection"]:
        yield "## How it was noticed"
        yield f"Noticed after: {report['undetected']}."
        yield _line(report["how_known"])
        yield f"**Sooner:** {_line(report['known_sooner'])}" if report["known_sooner"] else ""
        yield report["detection"]["text"] if report["detection"] else ""
    if report["factors"] or report["trigger"]:
        yield "## Contributing factors"
        yield f"**Last event before:** {_line(report['trigger'])}" if report["trigger"] else ""
        yield _list(f"{_line(one['text'])} ({_line(one['category'])})" for one in report["factors"])
    yield from _titled(
        "What kept it from being worse",
        (
            _line(one["text"]) + (" (luck)" if one["is_luck"] else "")
            for one in report["mitigators"]
        ),
    )
    yield "## Actions"
    yield _table(
        ("Action", "", "How we will know it worked", "Owner", "Due", "State"),
        (
            (one["reference"], one["title"], one["done_test"], one["team"],
             one["due_on"].isoformat() if one["due_on"] else "", one["state_words"])
            for one in report["actions"]
        ),
    ) or "Nothing was agreed."  # fmt: skip
    if report["no_preventive_action_reason"]:
        yield f"Why there is no preventive action: {_line(report['no_preventive_action_reason'])}"
    yield from _titled("Still not understood", (_line(one["text"]) for one in report["still_open"]))
    yield from _titled(
        "Understood since",
        (f"{_line(one['text'])} **{_line(one['answer'])}**" for one in report["answered"]),
    )
    yield from _titled(
        "Lessons", (f"{_line(one['title'])} ({one['reference']})" for one in report["lessons"])
    )
    yield "## Timeline"
    yield _table(("", "UTC", "What happened"), map(_event, report["events"])) or "No moments."
    yield from _titled(
        "Where this comes from",
        (f"{_line(one['title'])}: <{one['url']}>" for one in report["sources"]),
    )
    yield _line(report["basis"])


def _card(card: dict[str, Any]) -> str:
    inside = [f"**{part['label']}:** {_line(part['text'])}" for part in card["inside"]]
    safer = [f"**Safer:** {_line(card['safer'])}"] if card["safer"] else []
    return "\n  - ".join([_line(card["text"]), *safer, *inside])


def _event(event: dict[str, Any]) -> tuple[str, str, str]:
    at = event["at"]
    when = f"{at.day} {at:%b %Y} {event['utc']}" if at else event["on"]
    return str(event["number"]), when, event["text"]


def _titled(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Nothing, where there is nothing to list."""
    listed = _list(lines)
    if listed:
        yield f"## {title}"
        yield listed


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """ "" without rows."""
    told = [f"| {' | '.join(_line(cell) for cell in row)} |" for row in rows]
    if not told:
        return ""
    return "\n".join([f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}", *told])


def _line(words: str) -> str:
    """Plain text as one line of Markdown that shows it as it was written."""
    return _SIGNS.sub(r"\\\1", " ".join(words.split()))
