"""What people fill in to move an incident, to name somebody on it, or to connect it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from common.forms import ProductForm
from common.when.fields import MomentField
from incidents import links
from incidents.forms.severity import ImpactQuestions
from incidents.forms.timed import TimedForm, with_answers
from incidents.models import Incident, Involvement
from people.models import User


class MoveForm(TimedForm):
    """A move to another state, with what that state needs."""

    to = forms.ChoiceField(choices=Incident.State.choices, widget=forms.HiddenInput)
    at = MomentField(label="When?", help_text="Empty means now", required=False)
    close_reason = forms.ChoiceField(
        label="Why is it closed?",
        choices=Incident.CloseReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why it is closed."},
    )
    duplicate_of = forms.CharField(
        label="Which incident is it a duplicate of?",
        help_text="Its reference, such as INC-142",
        required=False,
        max_length=20,
    )
    reason = forms.CharField(
        label="In a sentence",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say in a sentence what came back or was missed."},
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        others: QuerySet[Incident],
        to: str,
        is_back: bool,
        **kwargs: Any,
    ) -> None:
        self.others = others
        super().__init__(data, **kwargs)
        self.fields["close_reason"].required = to == Incident.State.CLOSED
        self.fields["reason"].required = is_back

    def clean_duplicate_of(self) -> Incident | None:
        return _named(self.cleaned_data["duplicate_of"], self.others)


class SeverityForm(ImpactQuestions, ProductForm):
    severity = forms.ChoiceField(
        label="How does it feel for the people who use it?",
        choices=Incident.Severity.choices,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="What is now known?",
        help_text="One sentence. It stays in the history.",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say in a sentence what is now known about the effect."},
    )

    def __init__(self, data: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(with_answers(data), **kwargs)


class PersonForm(ProductForm):
    """Name somebody on an incident."""

    person = forms.ModelChoiceField(
        User.objects.none(),
        label="Who?",
        empty_label="Pick somebody",
        error_messages={"required": "Pick somebody."},
    )
    capacity = forms.ChoiceField(
        label="As",
        choices=[
            (capacity, capacity.label)
            for capacity in (Involvement.Capacity.PARTICIPANT, Involvement.Capacity.LEARNER)
        ],
    )
    role_words = forms.CharField(
        label="Role in the response",
        help_text="Such as database engineer. Reviews show the role, not the name.",
        required=False,
        max_length=80,
    )

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people


class JoinForm(ProductForm):
    role_words = forms.CharField(
        label="Your role in the response",
        help_text="Such as database engineer. Reviews show the role, not the name.",
        required=False,
        max_length=80,
    )


class LinkForm(ProductForm):
    other = forms.CharField(
        label="Reference of the other incident",
        help_text="Such as INC-142",
        max_length=20,
        error_messages={"required": "Write the reference of the other incident."},
    )
    kind = forms.ChoiceField(
        label="How are they connected?",
        choices=links.CHOICES,
    )

    def __init__(self, *args: Any, others: QuerySet[Incident], **kwargs: Any) -> None:
        self.others = others
        super().__init__(*args, **kwargs)

    def clean_other(self) -> Incident | None:
        return _named(self.cleaned_data["other"], self.others)


def _named(reference: str, others: QuerySet[Incident]) -> Incident | None:
    """The incident with that reference among those the person may see."""
    if not reference.strip():
        return None
    found = others.filter(reference=reference.strip().upper()).first()
    if found is None:
        raise forms.ValidationError(f"There is no {reference.strip()[:20]}. Check the reference.")
    return found
