"""Markdown postmortems: headings, lists and tables as the usual public templates have them."""

from __future__ import annotations

import re
from datetime import date

from django.utils.translation import gettext

from common import when
from common.text import one_line
from config.importing import account as told
from config.importing.account import Account, Defaults, Event, NotUnderstood, Problem, Read
from config.importing.headings import Part, fact_of, keeps_heading, part_of
from config.importing.pieces import (
    LISTS,
    Block,
    blocks,
    cells,
    is_rule,
    items,
    joined,
    links,
    names,
    plain,
    promises,
)
from incidents.models import MILESTONES
from incidents.pasting import TooLong, understand
from postmortems.models import Goal, Section

_FACT = re.compile(
    r"\s*(?:[-*+]\s+)?(?:\*\*|__)?([A-Za-z][^:*_|]{1,40}?)(?:\*\*|__)?\s*:\s*(?:\*\*|__)?\s*(.*)"
)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
#: Above the two columns of such a table, which say nothing.
_TABLE_HEADS = {"field", "value", "metric", "key", "name", "item", "detail", "details", ""}
_GENERIC = re.compile(
    r"^\W*(?:incident\s+)?(?:post[\s-]?mortem|incident review|incident report|rca|"
    r"root cause analysis)\s*(?:report|review|document)?\s*[:\-–—|]*\s*",
    re.IGNORECASE,
)


def read(text: str, *, name: str, defaults: Defaults) -> Read:
    """One file, one postmortem. `name` of the file tells apart what has neither title nor day."""
    if "\x00" in text:
        return Read(problems=[Problem(1, told.not_taken(gettext("this is no text")))])
    try:
        account = _Reader(text.replace("\r\n", "\n").replace("\r", "\n"), name, defaults).account()
    except NotUnderstood as error:
        return Read(problems=[Problem(1, told.not_taken(error))])
    return told.sound([account])


class _Reader:
    def __init__(self, text: str, name: str, defaults: Defaults) -> None:
        self.text, self.name, self.defaults = text, name, defaults
        self.result = Account(key="", line=1, original=text)
        self.facts: dict[str, str] = {}

    def account(self) -> Account:
        # Hints of the template inside comments are nobody's words; lines keep their numbers.
        text = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), self.text)
        parts = list(blocks(self._after_front_matter(text)))
        self._title(parts)
        for block in parts:
            self._block(block)
        self._facts()
        result = self.result
        result.severity = result.severity or self.defaults.severity
        own = self.facts.get("key") or (result.title, self._when() or self.name)
        result.key = told.key_of("markdown", own)
        return result

    def _when(self) -> str:
        if self.result.times:
            return min(moment.at for moment in self.result.times.values()).isoformat()
        return str(self.result.day or "")

    def _after_front_matter(self, text: str) -> str:
        lines = text.split("\n")
        if lines[0].strip() != "---":
            return text
        for number, line in enumerate(lines[1:60], start=1):
            if line.strip() == "---":
                return "\n".join([""] * (number + 1) + lines[number + 1 :])
            if found := re.match(r"([\w \-]+):\s*(.*)", line):
                self._fact(found[1], found[2].strip("[]\"' "))
        return text

    def _title(self, parts: list[Block]) -> None:
        first = next((block for block in parts if block.heading), None)
        if first and first.part is Part.OTHER and not self.facts.get("title"):
            first.part = Part.FACTS
            self.facts["title"] = first.heading
        title = one_line(plain(self.facts.get("title", "")))
        self.result.title = (_GENERIC.sub("", title).strip("# ") or title)[: told.LONGEST_TITLE + 1]

    # The text below a heading ---------------------------------------------------------------------
    def _block(self, block: Block) -> None:
        result = self.result
        if not block.heading or block.part is Part.FACTS:
            self._lead(block)
        elif block.part is Part.PEOPLE:
            if block.text:
                left = gettext("“{heading}” was left out: it only names people.")
                result.notes.append(left.format(heading=block.heading))
        elif not block.text:
            return
        elif block.part is Part.SUMMARY:
            result.summary = joined(result.summary, block.text)
        elif block.part is Part.IMPACT:
            result.impact = joined(result.impact, plain(block.text))
        elif block.part is Part.DETECTION:
            self._section(Section.Kind.DETECTION, block)
        elif block.part is Part.TOGETHER:
            self._section(Section.Kind.TOGETHER, block)
        elif block.part is Part.TIMELINE:
            self._timeline(block)
        elif block.part is Part.ACTIONS:
            result.actions += promises(block.lines)
        elif block.part is Part.TRIGGER:
            result.trigger = joined(result.trigger, plain(block.text))
        elif block.part is Part.SOURCES:
            result.sources += links(block.text)
            self._section(Section.Kind.WHAT_HAPPENED, block)
        elif block.part in LISTS:
            self._listed(block)
        else:
            self._section(Section.Kind.WHAT_HAPPENED, block)

    def _lead(self, block: Block) -> None:
        """Facts by name; what else stands there is the summary."""
        rest = []
        for line in block.lines:
            row = cells(line)
            if is_rule(line) or ({cell.lower() for cell in row} <= _TABLE_HEADS and row):
                continue
            found = _FACT.match(line)
            label, value = row if len(row) == 2 else (found[1], found[2]) if found else ("", "")
            part = part_of(label) if label else Part.OTHER
            if label and self._fact(label, value):
                continue
            if part not in {Part.OTHER, Part.FACTS}:
                self._block(Block(plain(label), 6, block.line, part, [value]))
            else:
                rest.append(f"{label}: {value}" if row and label else line)
        words = "\n".join(rest).strip()
        if words:
            self.result.summary = joined(self.result.summary, words)

    def _fact(self, label: str, value: str) -> bool:
        name = fact_of(label)
        if name and value.strip() and name not in self.facts:
            self.facts[name] = value.strip()
        return bool(name)

    def _section(self, kind: Section.Kind, block: Block) -> None:
        text = block.text
        if keeps_heading(block.part):
            text = f"### {one_line(block.heading)}\n\n{text}"
        self.result.sections[kind] = joined(self.result.sections.get(kind, ""), text)

    def _listed(self, block: Block) -> None:
        found = [text for item in items(block.lines) if (text := plain(item))]
        if block.part is Part.FACTORS:
            self.result.factors += found
        elif block.part is Part.LUCK:
            self.result.luck += found
        elif block.part is Part.SURPRISES:
            self.result.surprises += found
        elif block.part is Part.LESSONS:
            self.result.lessons += found
        else:
            self.result.findings += [(_GOALS[block.part], item) for item in found]

    def _timeline(self, block: Block) -> None:
        day = self.result.day or self._day()
        text = "\n".join(block.lines)
        try:
            pasted = understand(text, now=self.defaults.now, zone=self.defaults.zone, date=day)
        except TooLong as error:
            why = gettext("the timeline is too long. {why}").format(why=error)
            raise NotUnderstood(why) from error
        for line in pasted.lines:
            if line.question:
                number = block.line + line.raw[0] if line.raw else block.line
                note = gettext(
                    "Line {number}: the time of “{text}” is in doubt, so it stands in its place "
                    "without one."
                )
                self.result.notes.append(note.format(number=number, text=told.cut(line.text, 60)))
            moment = None if line.question else line.moment
            self.result.events.append(Event(moment, plain(line.text), line.kind))
        left = [one.text for one in pasted.not_placed if one.text.strip()]
        if left:
            kind = Section.Kind.WHAT_HAPPENED
            words = "### Beside the timeline\n\n" + "\n".join(left)
            self.result.sections[kind] = joined(self.result.sections.get(kind, ""), words)

    # Facts ----------------------------------------------------------------------------------------
    def _day(self) -> date | None:
        for name in ("day", "started", "detected", "resolved"):
            if value := self.facts.get(name):
                try:
                    moment = told.moment_of(value, self.defaults)
                except NotUnderstood:
                    continue
                if moment:
                    return moment.at.astimezone(self.defaults.zone).date()
        return None

    def _facts(self) -> None:
        result, facts = self.result, self.facts
        for name in MILESTONES:
            if value := facts.get(name):
                self._milestone(name, value)
        result.day = self._day()
        try:
            told.moment_of(facts.get("day", ""), self.defaults)
        except NotUnderstood as error:
            result.notes.append(gettext("The day was left out: {why}.").format(why=error))
        if value := facts.get("severity"):
            result.severity = told.severity_of(value)
            if not result.severity:
                none = gettext("The severity “{severity}” is none of ours.")
                result.notes.append(none.format(severity=told.cut(value, 40)))
        result.kind = told.kind_of(facts.get("kind", ""))
        result.is_published = told.is_published(facts.get("status", ""))
        result.services += names(facts.get("services", ""))
        result.tags += names(facts.get("tags", ""))
        result.sources += links(facts.get("source", ""))
        result.summary = joined(facts.get("summary", ""), result.summary)
        result.impact = joined(plain(facts.get("impact", "")), result.impact)
        result.trigger = joined(plain(facts.get("trigger", "")), result.trigger)
        if value := facts.get("detection"):
            kind = Section.Kind.DETECTION
            result.sections[kind] = joined(value, result.sections.get(kind, ""))

    def _milestone(self, name: str, value: str) -> None:
        try:
            moment = told.moment_of(plain(value), self.defaults)
        except NotUnderstood as error:
            self.result.notes.append(told.stays_unknown(name, error))
            return
        if moment and moment.precision != "day":
            self.result.times[name] = when.Moment(moment.at, moment.zone, moment.precision)


_GOALS = {
    Part.RIGHT: Goal.RIGHT,
    Part.WRONG: Goal.WRONG,
    Part.DIFFERENTLY: Goal.DIFFERENTLY,
}
