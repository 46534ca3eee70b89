"""What a later revision of a publication says otherwise, part by part and word by word."""

from __future__ import annotations

from typing import NamedTuple

from common.history import compare
from common.merging import by_words
from postmortems import snapshot
from postmortems.snapshot import Snapshot

#: With less than this share of its letters kept, a text is shown as another one: single words that
#: happen to stand in both would only confuse.
_ALIKE = 0.4

Pieces = list[tuple[str, str]]


class Change(NamedTuple):
    """Lines that differ, as pieces ("same" | "gone" | "new", text); empty where there were none."""

    before: Pieces
    after: Pieces


def changed_parts(old: Snapshot, new: Snapshot) -> list[tuple[str, list[Change]]]:
    """Each part that differs, by its name, in the order of the newer one."""
    texts = snapshot.by_part(old), snapshot.by_part(new)
    parts = [
        (part, _changes(texts[0].get(part, ""), texts[1].get(part, "")))
        for part in dict.fromkeys([*texts[1], *texts[0]])
    ]
    return [(part, changes) for part, changes in parts if changes]


def _changes(before: str, after: str) -> list[Change]:
    return [_change(gone, came) for tag, gone, came in compare(before, after) if tag != "equal"]


def _change(before: str, after: str) -> Change:
    pieces = by_words(before, after)
    kept = sum(len(text) for tag, text in pieces if tag == "same")
    if kept < _ALIKE * max(len(before), len(after)):
        return Change([("gone", before)] if before else [], [("new", after)] if after else [])
    return Change(
        [piece for piece in pieces if piece[0] != "new"],
        [piece for piece in pieces if piece[0] != "gone"],
    )
