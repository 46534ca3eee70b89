"""One brace too few turns the rest of the sheet off, and no browser says so."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHEET = ROOT / "static" / "css" / "app.css"


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


# Letters ----------------------------------------------------------------------------------------
def faces(family: str) -> list[str]:
    found = re.findall(r"@font-face \{(.*?)\}", SHEET.read_text(), re.DOTALL)
    return [face for face in found if f'"{family}"' in face]


def letters_of(face: str) -> set[int]:
    told = re.search(r"unicode-range: ([^;]*);", face)
    ranges = [one.strip().removeprefix("U+").split("-") for one in told[1].split(",")]
    return {n for ends in ranges for n in range(int(ends[0], 16), int(ends[-1], 16) + 1)}


def test_a_letter_is_taken_from_either_file_of_a_font():
    """Browsers look for it among the faces of one range of weights alone."""
    weights = [re.search(r"font-weight: ([^;]*);", face)[1] for face in faces("Inter")]

    assert len(weights) == 2
    assert len(set(weights)) == 1


def test_no_letter_is_in_both_files():
    whole, small = map(letters_of, faces("Inter"))

    assert whole & small == set()


def test_every_language_is_written_with_the_small_file():
    """The first paint waits for it, and the whole one comes for a page with other letters."""
    _whole, small = map(letters_of, faces("Inter"))
    for catalogue in ROOT.glob("locale/*/LC_MESSAGES/django.po"):
        words = "".join(re.findall(r'^msgstr(?:\[\d\])? "(.*)"$', catalogue.read_text(), re.M))
        letters = {letter for letter in words if letter.isalpha()}

        assert letters
        assert {letter for letter in letters if ord(letter) not in small} == set()
