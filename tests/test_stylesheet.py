"""One brace too few turns the rest of the sheet off, and no browser says so."""

import re
from pathlib import Path

import pytest

SHEET = Path(__file__).resolve().parent.parent / "static" / "css" / "app.css"


def faults(css: str) -> list[str]:
    """Braces without their pair, and numbered sections that begin inside another rule."""
    found = []
    opened: list[int] = []
    for number, line in enumerate(css.splitlines(), 1):
        if opened and re.match(r"/\* \d+\. ", line):
            found.append(f"line {number}: a section inside what line {opened[-1]} opens")
        for sign in re.findall(r"[{}]", re.sub(r"/\*.*?\*/", "", line)):
            if sign == "{":
                opened.append(number)
            elif opened:
                opened.pop()
            else:
                found.append(f"line {number}: closes what nothing opened")
    return found + [f"line {number}: never closed" for number in opened]


def test_every_brace_of_the_sheet_has_its_pair():
    assert faults(SHEET.read_text()) == []


@pytest.mark.parametrize(
    ("css", "fault"),
    [
        ("a { color: red; }\n}", "line 2: closes what nothing opened"),
        ("@media print {\na { color: red; }", "line 1: never closed"),
        ("@media print {\n/* 2. Next */\n}", "line 2: a section inside what line 1 opens"),
    ],
)
def test_a_lost_brace_is_noticed(css, fault):
    assert fault in faults(css)
