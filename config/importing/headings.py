"""What the headings of the usual public templates mean here; headings.toml lists them."""

from __future__ import annotations

import re
import tomllib
from enum import Enum
from pathlib import Path


class Part(Enum):
    """Where the text below a heading goes."""

    SUMMARY = "summary"
    IMPACT = "impact"
    STORY = "story"
    DETECTION = "detection"
    TOGETHER = "together"
    TIMELINE = "timeline"
    FACTORS = "factors"
    TRIGGER = "trigger"
    RIGHT = "right"
    WRONG = "wrong"
    LUCK = "luck"
    DIFFERENTLY = "differently"
    ACTIONS = "actions"
    LESSONS = "lessons"
    SURPRISES = "surprises"
    SOURCES = "sources"
    FACTS = "facts"
    PEOPLE = "people"
    OTHER = "other"


_KNOWN = tomllib.loads((Path(__file__).parent / "headings.toml").read_text("utf-8"))
_PARTS = {name: Part(part) for part, names in _KNOWN["parts"].items() for name in names}
_FACTS = {name: fact for fact, names in _KNOWN["facts"].items() for name in names}
#: What comes here has its heading above it: others come to the same place.
_WITH_HEADING = {Part.STORY, Part.OTHER, Part.TOGETHER, Part.SOURCES}


def folded(heading: str) -> str:
    """In small letters, without numbering, emoji, links and signs: "3. What Went Well? 🎉" becomes
    "what went well"."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    text = re.sub(r"\([^)]*\)", " ", text)
    text = re.sub(r"^\W*\d+(?:\.\d+)*[.)]?\s", " ", text)
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


def part_of(heading: str) -> Part:
    return _PARTS.get(folded(heading), Part.OTHER)


def keeps_heading(part: Part) -> bool:
    return part in _WITH_HEADING


def fact_of(label: str) -> str:
    """Field of an account; "" for what is no fact we keep."""
    return _FACTS.get(folded(label), "")
