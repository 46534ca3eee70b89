"""Two people changed the same text: show where, and combine what does not collide."""

import re
from difflib import SequenceMatcher
from itertools import pairwise

_WORDS = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")
_MOST_LINES = 2_000  # Comparing takes the square of it in the worst case.


def _edits(base: list[str], other: list[str]) -> list[tuple[int, int, list[str]]]:
    """What turned `base` into `other`: (from, to, instead), in order."""
    matcher = SequenceMatcher(None, base, other, autojunk=False)
    return [
        (i1, i2, other[j1:j2]) for tag, i1, i2, j1, j2 in matcher.get_opcodes() if tag != "equal"
    ]


def combine(base: str, mine: str, theirs: str) -> str | None:
    """Both edits of `base` in one text, line by line; None when they touch the same lines.

    Edits that meet without a line between them collide too: their order would be a guess. The
    same edit made by both counts once. Line endings become "\\n". Texts of more than 2,000 lines
    are not combined.
    """
    lines = base.splitlines()
    if max(len(lines), mine.count("\n"), theirs.count("\n")) > _MOST_LINES:
        return None
    edits = []
    for edit in sorted(
        _edits(lines, mine.splitlines()) + _edits(lines, theirs.splitlines()),
        key=lambda edit: edit[:2],
    ):
        if edit not in edits:
            edits.append(edit)
    for (_, before_ends, _), (after_begins, _, _) in pairwise(edits):
        if after_begins <= before_ends:
            return None
    combined, at = [], 0
    for begins, ends, instead in edits:
        combined += lines[at:begins] + instead
        at = ends
    return "\n".join(combined + lines[at:])


def by_words(before: str, after: str) -> list[tuple[str, str]]:
    """The way from `before` to `after` as pieces: ("same" | "gone" | "new", text).

    Texts of more than 20,000 characters are compared by lines: by words it would take seconds.
    """
    if len(before) + len(after) > 20_000:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    else:
        old, new = _WORDS.findall(before), _WORDS.findall(after)
    pieces = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new).get_opcodes():
        if tag == "equal":
            pieces.append(("same", "".join(old[i1:i2])))
            continue
        if i2 > i1:
            pieces.append(("gone", "".join(old[i1:i2])))
        if j2 > j1:
            pieces.append(("new", "".join(new[j1:j2])))
    return pieces
