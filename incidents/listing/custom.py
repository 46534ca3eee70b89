"""Filters by the organisation's own fields: "x.customer", "x.cost.from", "x.paid_on.to"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext

from common.addresses import word
from common.templatetags.times import day_in_words
from common.wishes import Wish, day, either, params
from incidents.models import CustomField, CustomValue

#: Stands before the key of a field in the address. Keys hold no full stop.
PREFIX = "x."

Type = CustomField.Type
#: Types with a handful of answers, which are counted beside the choices.
CHOSEN = (Type.CHOICE, Type.YES_NO)
_BEGINNING = (Type.LINE, Type.LINK)
_RANGE = (Type.NUMBER, Type.DATE)
_START = CustomValue._meta.get_field("start").max_length
_LARGEST = Decimal(10) ** 18


@dataclass(frozen=True)
class Question:
    """A field as the panel asks for it."""

    field: CustomField
    asked: QueryDict

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.field.key}"

    @property
    def ask(self) -> str:
        """ "choices", "range" or "beginning"."""
        if self.field.type in CHOSEN:
            return "choices"
        return "range" if self.field.type in _RANGE else "beginning"

    @property
    def choices(self) -> list[tuple[str, str]]:
        if self.field.type == Type.YES_NO:
            return [("yes", gettext("Yes")), ("no", gettext("No"))]
        return [(str(choice), str(choice)) for choice in self.field.choices]

    @property
    def beginning(self) -> str:
        return word(self.asked, self.name, longest=_START)

    @property
    def bounds(self) -> tuple[str, str]:
        """What was asked for as from and to, as far as it means something."""
        return self._bound("from"), self._bound("to")

    def _bound(self, end: str) -> str:
        text = word(self.asked, f"{self.name}.{end}", longest=40)
        value = day(text) if self.field.type == Type.DATE else _number(text)
        return "" if value is None else str(value)

    def wish(self) -> Wish | None:
        read = {"choices": self._one_of, "range": self._between, "beginning": self._begins}
        return read[self.ask]()

    def _wish(self, words: str, values: tuple[tuple[str, str], ...], **answer: object) -> Wish:
        answers = CustomValue.objects.filter(field=self.field, **answer)
        return Wish(
            self.name, self.field.label, words, values, Q(pk__in=answers.values("incident"))
        )

    def _one_of(self) -> Wish | None:
        wanted = self.asked.getlist(self.name)
        found = [(value, label) for value, label in self.choices if value in wanted]
        if not found:
            return None
        values = [value for value, _ in found]
        starts = [start_of(value) for value in values]
        words = either(label for _, label in found)
        return self._wish(words, params(self.name, values), start__in=starts)

    def _begins(self) -> Wish | None:
        if not self.beginning:
            return None
        words = gettext("begins with “{beginning}”").format(beginning=self.beginning)
        return self._wish(
            words, params(self.name, [self.beginning]), start__startswith=start_of(self.beginning)
        )

    def _between(self) -> Wish | None:
        low, high = self.bounds
        if not low and not high:
            return None
        is_day = self.field.type == Type.DATE
        column = "start" if is_day else "number"
        asked = [("from", "gte", low), ("to", "lte", high)]
        rule = {f"{column}__{sign}": text for _, sign, text in asked if text}
        values = tuple((f"{self.name}.{end}", text) for end, _, text in asked if text)
        said = [self._in_words(text) for text in (low, high)]
        if low and high:
            words = gettext("is {low} to {high}").format(low=said[0], high=said[1])
        elif is_day:
            words = (
                gettext("since {day}").format(day=said[0])
                if low
                else gettext("until {day}").format(day=said[1])
            )
        else:
            words = (
                gettext("at least {number}").format(number=said[0])
                if low
                else gettext("at most {number}").format(number=said[1])
            )
        return self._wish(words, values, **rule)

    def _in_words(self, text: str) -> str:
        if not text or self.field.type != Type.DATE:
            return f"{text} {self.field.unit}".strip()
        return day_in_words(date.fromisoformat(text), today=timezone.localdate())


def start_of(text: str) -> str:
    """As CustomValue keeps the beginning of an answer."""
    return text.lower()[:_START]


def questions(asked: QueryDict, *, all_of_them: bool) -> list[Question]:
    """The fields that are asked for in the address, or with those that could be. Costs nothing
    when there is nothing to look up."""
    keys = set(_keys(asked))
    if not keys and not all_of_them:
        return []
    fields = CustomField.objects.order_by("position", "pk")
    return [
        Question(field, asked)
        for field in fields
        if field.key in keys or (not field.is_retired and field.type != Type.TEXT and all_of_them)
    ]


def _keys(asked: QueryDict) -> Iterator[str]:
    for name in asked:
        if name.startswith(PREFIX):
            yield name.removeprefix(PREFIX).removesuffix(".from").removesuffix(".to")


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < _LARGEST else None
