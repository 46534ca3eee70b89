"""Questions of the organisation's own: which are asked of which kind, and what was answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from common import dates
from common.prepared import Prepared
from common.templatetags.times import rough_day
from incidents.models import CustomField, CustomValue, Incident

_START = CustomValue._meta.get_field("start").max_length

#: What an answer may be once a form has read it.
Value = str | Decimal | date | None


@dataclass(frozen=True)
class Answer:
    """One answered question. `text` is as it is kept: ISO for dates, "yes" or "no"."""

    field: CustomField
    text: str

    @property
    def shown(self) -> str:
        """ "31 Jan 2017", "Yes", "1,200 GB"."""
        if self.field.type == CustomField.Type.DATE:
            return rough_day(self.text)
        if self.field.type == CustomField.Type.YES_NO:
            return gettext("Yes") if self.text == "yes" else gettext("No")
        if self.field.type == CustomField.Type.NUMBER:
            return f"{dates.exact(Decimal(self.text))} {self.field.unit}".strip()
        return self.text

    @property
    def is_link(self) -> bool:
        return self.field.type == CustomField.Type.LINK


_EVERY = Prepared(lambda: CustomField.objects.order_by("position", "pk"))


def every_field() -> list[CustomField]:
    """In the administrators' order, with those that are no longer asked."""
    return _EVERY.objects()


def fields_for(
    kind: str, *, when_filing: bool = False, among: Iterable[CustomField] | None = None
) -> list[CustomField]:
    """The questions asked about this kind of incident; with `when_filing` those of its filing.
    `among` are all that there are, where somebody holds them already."""
    every = every_field() if among is None else among
    asked = [field for field in every if kind in field.kinds and not field.is_retired]
    return [field for field in asked if field.when_filing] if when_filing else asked


def answers(incident: Incident) -> list[Answer]:
    """What was answered, also to questions that are no longer asked, in one statement."""
    values = incident.custom_values.select_related("field")
    return [
        Answer(value.field, value.text) for value in values.order_by("field__position", "field_id")
    ]


def as_text(value: Value) -> str:
    """An answer as it is kept; "" is none."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else (value or "").strip()


def as_kept(given: Mapping[CustomField, Value]) -> dict[int, str]:
    """The answers by the key of their question, without those that are none, in the order in which
    the search text has them."""
    texts = {field.pk: as_text(value) for field, value in given.items()}
    return {pk: text for pk, text in sorted(texts.items()) if text}


@transaction.atomic
def save(incident: Incident, given: Mapping[CustomField, Value]) -> list[tuple[CustomField, str]]:
    """Write these answers; an empty one takes the answer away.

    Returns the questions whose answer changed, each with the earlier text. The search text is the
    caller's to refresh.
    """
    held = {value.field_id: value for value in incident.custom_values.select_for_update()}
    changed = []
    for field, value in given.items():
        text = as_text(value)
        before = held[field.pk].text if field.pk in held else ""
        if text == before:
            continue
        changed.append((field, before))
        if not text:
            held[field.pk].delete()
            continue
        CustomValue.objects.update_or_create(
            incident=incident,
            field=field,
            defaults=_columns(value),
        )
    return changed


def rows_of_new(incident: Incident, given: Mapping[CustomField, Value]) -> list[CustomValue]:
    """What `save` would write for an incident that has no answers yet."""
    answered = {field: value for field, value in given.items() if as_text(value)}
    return [
        CustomValue(incident=incident, field=field, **_columns(value))
        for field, value in answered.items()
    ]


def _columns(value: Value) -> dict[str, Any]:
    text = as_text(value)
    number = value if isinstance(value, Decimal) else None
    return {"text": text, "number": number, "start": text.lower()[:_START]}
