"""Questions of the organisation's own: which are asked of which kind, and what was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

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


_ASKED = Prepared(lambda: CustomField.objects.filter(is_retired=False).order_by("position", "pk"))


def fields() -> list[CustomField]:
    """Every question that is still asked, in the administrators' order."""
    return _ASKED.objects()


def fields_for(kind: str, *, when_filing: bool = False) -> list[CustomField]:
    """The questions asked about this kind of incident; with `when_filing` those of its filing."""
    asked = [field for field in fields() if kind in field.kinds]
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


def in_text(given: Mapping[CustomField, Value]) -> list[str]:
    """The answers as the search text has them."""
    in_order = sorted(given.items(), key=lambda answer: answer[0].pk)
    return [text for _, value in in_order if (text := as_text(value))]


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
            defaults={
                "text": text,
                "number": value if isinstance(value, Decimal) else None,
                "start": text.lower()[:_START],
            },
        )
    return changed
