"""What people type before and during the meeting."""

from __future__ import annotations

from typing import Any

from django import forms

from common.forms import NoteForm, ProductForm
from postmortems import meeting
from postmortems.models import AgendaStep

_CARD = 5_000


class AgendaForm(NoteForm):
    """The minutes of every step, each under the name of its kind; 0 leaves it out."""

    def __init__(self, *args: Any, steps: list[AgendaStep], **kwargs: Any) -> None:
        self.base_fields = {
            step.kind: forms.IntegerField(
                label=step.get_kind_display(),
                initial=step.minutes,
                min_value=0,
                max_value=240,
                error_messages={
                    "required": f"Say how many minutes “{step.get_kind_display()}” takes, or 0.",
                    "invalid": "Write the minutes as a number.",
                    "max_value": "A step takes at most 240 minutes.",
                    "min_value": "Write 0 to leave the step out.",
                },
            )
            for step in steps
        } | self.base_fields
        kwargs.setdefault("initial", {"mark": meeting.mark_of_agenda(steps)})
        super().__init__(*args, **kwargs)

    @property
    def minutes(self) -> dict[str, int]:
        return {kind: self.cleaned_data[kind] for kind in AgendaStep.Kind}


class CaptureForm(ProductForm):
    kind = forms.ChoiceField(
        choices=meeting.CAPTURE_AS,
        error_messages={"required": "Choose what it is."},
    )
    text = forms.CharField(
        label="Capture what was said, by role",
        max_length=_CARD,
        error_messages={"required": "Write a line, then press Enter."},
    )
    event = forms.IntegerField(required=False, widget=forms.HiddenInput)
