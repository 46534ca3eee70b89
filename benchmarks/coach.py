"""How long the wording coach takes for a text of 30 KB, and for hostile ones of 200 KB.

.venv/bin/python benchmarks/coach.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import median
from time import process_time

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from common.coach import hints  # noqa: E402

SIZE = 30_000
REPEATS = 15
HOSTILE = ('"', "'a ", "` ", "[", "![a](", "<a ", "should have ", "Kwame and ", "had ", "the ")


def ordinary_text() -> str:
    """The stories of the demo data, one after another."""
    told = []
    for path in sorted((ROOT / "config" / "demo_data").rglob("*.json")):
        told.extend(_strings(json.loads(path.read_text())))
    text = " ".join(told)
    return (text * (SIZE // len(text) + 1))[:SIZE]


def _strings(value: object) -> list[str]:
    """All sentences in it, however deep."""
    if isinstance(value, str):
        return [value] if " " in value else []
    if isinstance(value, dict):
        value = list(value.values())
    return [text for child in value for text in _strings(child)] if isinstance(value, list) else []


def milliseconds(text: str, repeats: int) -> float:
    hints("The rules are read once.")
    spent = []
    for _ in range(repeats):
        started = process_time()
        hints(text)
        spent.append((process_time() - started) * 1000)
    return median(spent)


def main() -> None:
    print(f"{SIZE:,} characters of the demo data: {milliseconds(ordinary_text(), REPEATS):.0f} ms")
    full = "Kwame should have looked. The crew failed to act, of course. " * 500
    print(f"{SIZE:,} characters full of hints: {milliseconds(full[:SIZE], REPEATS):.0f} ms")
    for piece in HOSTILE:
        spent = milliseconds(piece * (200_000 // len(piece)), 1)
        print(f"200,000 characters of {piece!r}: {spent:.0f} ms")


if __name__ == "__main__":
    main()
