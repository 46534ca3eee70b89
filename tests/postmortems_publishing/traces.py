"""Texts of traces.txt with what leads to a person in them, and how much of it is found."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from postmortems.directory import Directory
from postmortems.spoken_of import Span, spans

TRACES = Path(__file__).parent / "traces.txt"
_MARK = re.compile(r"\{([a-z]+):([^{}]+)\}")

#: (name, e-mail, role words) of everybody the texts speak of; the last ones did not take part.
PEOPLE = [
    ("Anna Keller", "anna.keller@example.org", "Database engineer"),
    ("Anders Nyström", "anders.nystrom@example.org", "On-call engineer"),
    ("Katherine Doyle", "k.doyle@example.org", "Incident lead"),
    ("Jonas Bergqvist", "jonas.bergqvist@example.org", "Support lead"),
    ("Yuki Tanaka", "yuki@example.org", "Network engineer"),
    ("Will Grant", "will.grant@example.org", "Storage engineer"),
    ("Mei Zhou", "mei.zhou@example.org", "Storage engineer"),
    ("田中 由紀", "y.tanaka@example.org", ""),
    ("佐藤 健", "sato@example.org", ""),
    ("Jürgen Weiß", "jweiss@example.org", ""),
    ("Åsa Öberg", "asa.oberg@example.org", ""),
    ("Mark Hansen", "mark.hansen@example.org", ""),
    ("April Reyes", "april.reyes@example.org", ""),
    ("Grace Lindberg", "grace.lindberg@example.org", ""),
    ("Tom Jenkins", "tom.jenkins@example.org", ""),
    ("José Müller-Ortiz", "jmo@example.org", ""),
    ("Siobhán O'Brien", "siobhan@example.org", ""),
    ("Priya Raghunathan", "priya.r@example.org", ""),
    ("Dmitri Volkov", "dmitri.volkov@example.org", ""),
    ("Robert Mercer", "robert.mercer@example.org", ""),
    ("Ingrid Sjöström", "ingrid.sjostrom@example.org", ""),
    ("Ludwig van Beek", "lvbeek@example.org", ""),
    ("May Chen", "may.chen@example.org", ""),
    ("Rose Fielding", "rose.fielding@example.org", ""),
    ("Maximilian Huber", "m.huber@example.org", ""),
    ("Chukwuemeka Obi", "c.obi@example.org", ""),
    ("Maja Winther", "maja.winther@example.org", ""),
]
SERVICES = ["Mercer", "Checkout", "Object storage"]


@dataclass(frozen=True)
class Marked:
    """One text without its marks, and (start, end, class) of what was marked."""

    text: str
    marks: list[tuple[int, int, str]]


@dataclass
class Tally:
    """Found and missed marks by class, right and wrong finds by kind, the lines they are in."""

    found: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    misses: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    surplus: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def recall(self) -> float:
        return self.found.total() / (self.found.total() + self.missed.total())

    @property
    def precision(self) -> float:
        return self.right.total() / (self.right.total() + self.wrong.total())


def marked_texts() -> Iterator[Marked]:
    for line in TRACES.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        text, marks, position = "", [], 0
        for mark in _MARK.finditer(line):
            text += line[position : mark.start()].replace("\\n", "\n")
            marks.append((len(text), len(text) + len(mark[2]), mark[1]))
            text, position = text + mark[2], mark.end()
        yield Marked(text + line[position:].replace("\\n", "\n"), marks)


def tally(texts: Iterable[Marked], directory: Directory) -> Tally:
    """A mark is found when all its letters and digits are. A find is right when it touches a
    mark, or is one of the roles that one person alone held."""
    told = Tally()
    for text in texts:
        finds = spans(text.text, directory)
        covered = {place for find in finds for place in range(find.start, find.end)}
        for start, end, kind in text.marks:
            wanted = {at for at in range(start, end) if text.text[at].isalnum()}
            if wanted <= covered:
                told.found[kind] += 1
            else:
                told.missed[kind] += 1
                told.misses[kind].append(text.text)
        for find in finds:
            if find.kind == "role" or any(find.start < end and start < find.end
                                          for start, end, _ in text.marks):  # fmt: skip
                told.right[find.kind] += 1
            else:
                told.wrong[find.kind] += 1
                told.surplus[find.kind].append(_cut(text.text, find))
    return told


def _cut(text: str, find: Span) -> str:
    return f"{text[: find.start]}[{text[find.start : find.end]}]{text[find.end :]}"
