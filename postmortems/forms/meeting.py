"""What people type before and during the meeting."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.forms import ProductForm, SharedForm, SharedModelForm
from postmortems import meeting
from postmortems.models import AgendaStep, BankQuestion

_CARD = 5_000
_AFTER_A_PERSON = re.compile(
    r"\bwho(m|se)?\b|\bwhy (did|didn['’]t|do|don['’]t) you\b", re.IGNORECASE
)


class AgendaForm(SharedForm):
    """The minutes of every step, each under the name of its kind; 0 leaves it out."""

    def __init__(self, *args: Any, steps: list[AgendaStep], **kwargs: Any) -> None:
        self.base_fields = {
            step.kind: forms.IntegerField(
                label=step.get_kind_display(),
                initial=step.minutes,
                min_value=0,
                max_value=240,
                error_messages={
                    "required": gettext("Say how many minutes “{step}” takes, or 0.").format(
                        step=step.get_kind_display()
                    ),
                    "invalid": gettext("Write the minutes as a number."),
                    "max_value": gettext("A step takes at most 240 minutes."),
                    "min_value": gettext("Write 0 to leave the step out."),
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
        error_messages={"required": _("Choose what it is.")},
    )
    text = forms.CharField(
        label=_("Capture what was said, by role"),
        max_length=_CARD,
        error_messages={"required": _("Write a line, then press Enter.")},
    )
    event = forms.IntegerField(required=False, widget=forms.HiddenInput)


class BankQuestionForm(SharedModelForm):
    class Meta:
        model = BankQuestion
        fields = ("text", "follow_up", "situation", "part")
        labels = {
            "text": _("What do you ask?"),
            "follow_up": _("What do you ask next?"),
            "situation": _("In which situation does it help?"),
            "part": _("Which part of the board does it feed?"),
        }
        help_texts = {"text": _("How and what open a story. “Who” and “why did you” close it.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["situation"].required = True
        self.fields["part"].choices = [
            ("", gettext("None in particular")),
            *[choice for choice in self.fields["part"].choices if choice[0]],
        ]

    def clean_text(self) -> str:
        return _asks_about_the_work(self.cleaned_data["text"])

    def clean_follow_up(self) -> str:
        return _asks_about_the_work(self.cleaned_data["follow_up"])


def _asks_about_the_work(text: str) -> str:
    if _AFTER_A_PERSON.search(text):
        raise ValidationError(
            gettext(
                "This asks after a person. Try “What did it look like from that seat?” or "
                "“What made that step the reasonable one?”"
            )
        )
    return text
