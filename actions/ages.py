"""How old the open actions are, as a picture: a square for each, by what it does and by age.

Pure geometry, drawn by templates/actions/_ages.html; the table behind it holds the numbers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.db.models import BooleanField, Case, ExpressionWrapper, Q, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from actions.board import of, view_of
from actions.listing.filters import Filters
from actions.listing.wishes import AGES
from actions.models import Action
from actions.querysets import OPEN
from common import dates
from common.keys import naming_rules

#: Actions looked at, those with the earliest date first.
MOST = 2_000
#: Squares of one cell; a number says how many more there are.
MOST_SQUARES = 40
_SIDE, _GAP, _PER_ROW = 11, 3, 8
_STEP = _SIDE + _GAP
_LABEL, _COLUMN, _HEAD = 170, 140, 34


@dataclass(frozen=True)
class Cell:
    """Actions of one kind and one age; `past` of them have passed their date."""

    kind: str
    age: str
    number: int
    past: int
    url: str

    @property
    def words(self) -> str:
        words = ngettext("{number} action", "{number} actions", self.number)
        if self.past:
            words = ngettext(
                "{number} action, {past} past the date",
                "{number} actions, {past} past the date",
                self.number,
            )
        return words.format(number=self.number, past=self.past)


@dataclass(frozen=True)
class Square:
    x: float
    y: float
    is_past: bool


@dataclass(frozen=True)
class Block:
    """The squares of one cell, and what is written behind them when there are more."""

    cell: Cell
    squares: list[Square]
    more: str
    more_x: float
    more_y: float


@dataclass(frozen=True)
class Row:
    label: str
    y: float
    cells: list[Cell]
    blocks: list[Block]


@dataclass(frozen=True)
class Picture:
    """`sentence` is the answer in words; nothing else is drawn when there are no `rows`."""

    sentence: str
    ages: list[tuple[float, str]]
    rows: list[Row]
    width: float
    height: float
    is_cut: bool


def picture(filters: Filters, *, today: date) -> Picture:
    """Draw what the filters show, in one statement."""
    rows = naming_rules(filters.narrow(of(view_of(filters), filters.user).open()))
    is_past = ExpressionWrapper(Q(due_on__lt=today), BooleanField())
    first = rows.order_by("due_on", "pk").values_list("kind", _age(today), is_past)
    found = list(first[: MOST + 1])
    numbers = Counter((kind, age) for kind, age, _ in found[:MOST])
    past = Counter((kind, age) for kind, age, late in found[:MOST] if late)
    kinds = [(kind, label) for kind, label in Action.Kind.choices if _any(numbers, kind)]
    drawn, y = [], float(_HEAD)
    for kind, label in kinds:
        cells = [
            Cell(kind, age, numbers[kind, age], past[kind, age], _list_of(filters, kind, age))
            for age in AGES
        ]
        blocks = [_block(cell, _LABEL + at * _COLUMN, y) for at, cell in enumerate(cells)]
        drawn.append(Row(label, y + _SIDE, cells, [each for each in blocks if each.squares]))
        lines = max(-(-len(block.squares) // _PER_ROW) for block in blocks)
        y += max(lines, 1) * _STEP + 18
    return Picture(
        sentence(numbers, past),
        [(_LABEL + at * _COLUMN, words) for at, (words, _, _) in enumerate(AGES.values())],
        drawn,
        width=_LABEL + len(AGES) * _COLUMN,
        height=y,
        is_cut=len(found) > MOST,
    )


def _age(today: date) -> Case:
    """The name in AGES of how old it is, in days of the reader: moments of the midnights between
    are compared, for to make a day of each moment takes longer than all the rest."""
    younger = [
        When(created_at__gte=_midnight(today - timedelta(days=oldest - 1)), then=Value(name))
        for name, (_, _, oldest) in AGES.items()
        if oldest is not None
    ]
    return Case(*younger, default=Value(list(AGES)[-1]))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def sentence(numbers: Counter[tuple[str, str]], past: Counter[tuple[str, str]]) -> str:
    """The answer in words."""
    total, late = sum(numbers.values()), sum(past.values())
    if not total:
        return gettext("Nothing is open.")
    old = sum(number for (_, age), number in numbers.items() if age in {"1y", "old"})
    aged = gettext("none is older than half a year")
    if old:
        aged = ngettext(
            "one is older than half a year", "{number} are older than half a year", old
        ).format(number=dates.number(old))
    if not late:
        return gettext("{total} open: {aged}.").format(total=dates.number(total), aged=aged)
    passed = ngettext("one has passed the date", "{number} have passed the date", late)
    return gettext("{total} open: {aged} and {passed}.").format(
        total=dates.number(total), aged=aged, passed=passed.format(number=dates.number(late))
    )


def _any(numbers: Counter[tuple[str, str]], kind: str) -> bool:
    return any(numbers[kind, age] for age in AGES)


def _block(cell: Cell, x: float, y: float) -> Block:
    shown = min(cell.number, MOST_SQUARES)
    # Those past their date first: an open square among full ones is easily overlooked.
    hollow = min(cell.past, shown)
    squares = [
        Square(x + at % _PER_ROW * _STEP, y + at // _PER_ROW * _STEP, at < hollow)
        for at in range(shown)
    ]
    more = f"+{dates.number(cell.number - shown)}" if cell.number > shown else ""
    return Block(cell, squares, more, x, y + -(-shown // _PER_ROW) * _STEP + 8)


def _list_of(filters: Filters, kind: str, age: str) -> str:
    kept = [pair for pair in filters.params() if pair[0] not in {"view", "kind", "age", "group"}]
    kept += [("view", view_of(filters)), ("kind", kind), ("age", age)]
    kept += [("state", state) for state in OPEN if "state" not in filters.wishes]
    return f"{reverse('actions:list')}?{urlencode(kept)}"
