"""Fields that several forms about actions share."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common import when
from people.models import User


class DayInput(forms.DateInput):
    """A day from the calendar of the browser or, by keys, as far ahead as is typed: "+2w". What
    was understood of that is what the page shows again; what was not stands there as it was."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        typed = super().value_from_datadict(data, files, name)
        return when.read_ahead(typed or "", today=timezone.localdate()) or typed

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"]["data-ahead"] = timezone.localdate().isoformat()
        if not _is_shown_by_calendars(context["widget"]["value"]):
            context["widget"]["type"] = "text"
        return context


def _is_shown_by_calendars(text: str | None) -> bool:
    try:
        return not text or date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


class OwnerField(forms.ModelChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            User.objects.none(),
            empty_label=_("Nobody yet"),
            error_messages={
                "invalid_choice": _("Choose somebody who can read where it comes from.")
            },
            **kwargs,
        )


#: Nobody promises further ahead; a slip of the finger writes the year 9999.
FURTHEST = timedelta(days=3_653)


def date_field(**kwargs: Any) -> forms.DateField:
    return forms.DateField(
        widget=DayInput(),
        error_messages={
            "invalid": _("Write the day as 2026-02-14 or +2w, or pick it from the calendar.")
        },
        **kwargs,
    )


def not_past(due_on: date | None, *, today: date) -> date | None:
    if due_on is not None and due_on < today:
        raise ValidationError(gettext("That day has passed. Choose today or a later day."))
    if due_on is not None and due_on > today + FURTHEST:
        raise ValidationError(gettext("That is more than ten years ahead. Choose an earlier day."))
    return due_on
