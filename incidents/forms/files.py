"""What people say about a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from common.forms import ProductForm
from incidents.models import Attachment, Incident, TimelineEvent

_SHOWN_OF_AN_EVENT = 70


class EventChoice(forms.ModelChoiceField):
    def label_from_instance(self, event: TimelineEvent) -> str:
        words = event.text.replace("\n", " ")
        shown = words[:_SHOWN_OF_AN_EVENT].rstrip()
        return f"{event.hedge}{shown}…" if len(words) > len(shown) else words

    def clean(self, value: Any) -> TimelineEvent | None:
        try:
            return super().clean(value)
        except OverflowError:  # a number beyond any key, which SQLite cannot be asked for
            raise forms.ValidationError(self.error_messages["invalid_choice"]) from None


class ShowsForm(ProductForm):
    """The files themselves are read from the request: each is taken or refused on its own."""

    description = forms.CharField(
        label=_("What does it show?"),
        help_text=_("In a sentence, for who cannot see it: “Connections climb from 40 to 500”."),
        max_length=500,
        required=False,
    )


class AttachForm(ShowsForm):
    event = EventChoice(
        queryset=TimelineEvent.objects.none(),
        label=_("Belongs to"),
        required=False,
        empty_label=_("the incident as a whole"),
        error_messages={"invalid_choice": _("That event is gone. Choose another, or none.")},
    )

    def __init__(self, data: QueryDict | None = None, *, incident: Incident, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["event"].queryset = incident.events.in_order()


class DescribeForm(AttachForm):
    """The same about a file that is there; `seen` is its mark when it was shown."""

    seen = forms.CharField(max_length=16, widget=forms.HiddenInput)

    def __init__(
        self, data: QueryDict | None = None, *, attachment: Attachment, **kwargs: Any
    ) -> None:
        initial = {
            "description": attachment.description,
            "event": attachment.event_id,
            "seen": attachment.mark,
        }
        super().__init__(data, incident=attachment.incident, initial=initial, **kwargs)
