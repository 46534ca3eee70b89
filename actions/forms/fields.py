"""Fields that several forms about actions share."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from people.models import User


class OwnerField(forms.ModelChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            User.objects.none(),
            empty_label="Nobody yet",
            error_messages={"invalid_choice": "Choose somebody who can read where it comes from."},
            **kwargs,
        )


#: Nobody promises further ahead; a slip of the finger writes the year 9999.
FURTHEST = timedelta(days=3_653)


def date_field(**kwargs: Any) -> forms.DateField:
    return forms.DateField(
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Write the day as 2026-02-14, or pick it from the calendar."},
        **kwargs,
    )


def not_past(due_on: date | None, *, today: date) -> date | None:
    if due_on is not None and due_on < today:
        raise ValidationError("That day has passed. Choose today or a later day.")
    if due_on is not None and due_on > today + FURTHEST:
        raise ValidationError("That is more than ten years ahead. Choose an earlier day.")
    return due_on
