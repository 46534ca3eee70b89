"""A valid incident file whose every value can be told from every other."""

import copy
import json
from pathlib import Path
from typing import Any

from config.loading.files import IncidentFile, read

SLUG = "example-2021-full-disk"

FULL: dict[str, Any] = {
    "schema_version": 1,
    "slug": SLUG,
    "organisation": "Example Organisation",
    "title": "A full disk stops the index",
    "summary": "The index stopped. A disk was full. It was made larger.",
    "kind": "near_miss",
    "severity": "SEV3",
    "severity_basis": "Our own judgement: a part was slow.",
    "date": "2021-03-04",
    "timezone": "Europe/Copenhagen",
    "services": ["Index of pages", "Crawler of pages"],
    "impact": {
        "text": "Searching took longer for half of the readers.",
        "numbers": [
            {"label": "readers", "value": 4711, "unit": "people", "qualifier": "at_least"},
            {"label": "delay", "value": 2.75, "unit": "seconds", "qualifier": "below"},
        ],
    },
    "started_at": "2021-03-04T09:01:00+01:00",
    "detected_at": "2021-03-04T09:12:00+01:00",
    "mitigated_at": "2021-03-04T05:23:00-04:00",
    "resolved_at": "2021-03-04T11:34:00+01:00",
    "approximate": ["detected_at"],
    "timeline": [
        {
            "at": "2021-03-04T09:02:00+01:00",
            "on": "2021-03-04",
            "precision": "minute",
            "kind": "trigger",
            "text": "The last block of the disk is written.",
        },
        {
            "at": None,
            "on": None,
            "precision": "unknown",
            "kind": "observation",
            "text": "Readers write that pages are slow.",
        },
        {
            "at": "2021-03-04T09:13:00+01:00",
            "on": "2021-03-04",
            "precision": "approximate",
            "kind": "detection",
            "text": "The queue's graph is looked at.",
        },
        {
            "at": None,
            "on": "2021-03",
            "precision": "month",
            "kind": "communication",
            "text": "A note is sent to all readers.",
        },
    ],
    "review": {
        "went_right": ["A larger disk was at hand.", "The graph was easy to find."],
        "do_differently": ["Order disks before they are needed."],
        "went_wrong": [
            {
                "what": "The disk's level was on no graph.",
                "alternative_or_safety_measure": "Put the level beside the queue.",
            }
        ],
        "made_sense": ["The level had been the same for a year."],
    },
    "contributing_factors": [
        {"category": "monitoring", "text": "Levels of disks were not watched."},
        {"category": "capacity", "text": "The index grew faster in spring."},
    ],
    "actions": [
        {
            "title": "Watch the level of every disk",
            "kind": "telemetry",
            "owner": "Storage team of the account",
            "owner_stated": True,
            "status": "in_progress",
            "origin": "source",
        },
        {
            "title": "Rehearse making a disk larger",
            "kind": "training",
            "owner": "Search team of the account",
            "owner_stated": False,
            "status": None,
            "origin": "editor",
        },
    ],
    "lessons": [
        {
            "title": "A level that stays the same is still a level",
            "text": "Watch what does not move, too.",
            "tags": ["disk levels", "quiet graphs"],
        }
    ],
    "unknown": ["How long the disk had been nearly full is not told."],
    "basis": "Times follow the account; what made sense is our reading.",
    "editor_notes": "Two times in the account differ by a minute.",
    "source": {
        "title": "What we saw on 4 March",
        "url": "https://example.org/what-we-saw",
        "published": "2021-04-05",
        "also": [{"title": "A talk about it", "url": "https://example.org/talk"}],
    },
}


def full_file() -> dict[str, Any]:
    return copy.deepcopy(FULL)


def written(folder: Path, data: Any, *, name: str = f"{SLUG}.json") -> Path:
    """The data as a file in the folder."""
    path = folder / name
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def checked(folder: Path, data: Any, **names: str) -> IncidentFile:
    return read(written(folder, data, **names))


def replaced(data: Any, key: str, value: Any) -> Any:
    """The data with the value at a path such as timeline[0].at replaced."""
    holder, last = _holder(data, key)
    holder[last] = value
    return data


def without(data: Any, key: str) -> Any:
    holder, last = _holder(data, key)
    del holder[last]
    return data


def _holder(data: Any, key: str) -> tuple[Any, Any]:
    parts = key.replace("[", ".[").split(".")
    steps = [int(part[1:-1]) if part.startswith("[") else part for part in parts]
    for step in steps[:-1]:
        data = data[step]
    return data, steps[-1]
