"""What people fill in to move an incident, to name somebody on it, or to connect it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

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
    at = MomentField(label=_("When?"), help_text=_("Empty means now"), required=False)
    close_reason = forms.ChoiceField(
        label=_("Why is it closed?"),
        choices=Incident.CloseReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose why it is closed.")},
    )
    duplicate_of = forms.CharField(
        label=_("Which incident is it a duplicate of?"),
        help_text=_("Its reference, such as INC-142"),
        required=False,
        max_length=20,
    )
    reason = forms.CharField(
        label=_("In a sentence"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say in a sentence what came back or was missed.")},
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
        label=_("How does it feel for the people who use it?"),
        choices=Incident.Severity.choices,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("What is now known?"),
        help_text=_("One sentence. It stays in the history."),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say in a sentence what is now known about the effect.")},
    )

    def __init__(self, data: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(with_answers(data), **kwargs)


class PersonForm(ProductForm):
    """Name somebody on an incident."""

    person = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Who?"),
        empty_label=_("Pick somebody"),
        error_messages={"required": _("Pick somebody.")},
    )
    capacity = forms.ChoiceField(
        label=_("As"),
        choices=[
            (capacity, capacity.label)
            for capacity in (Involvement.Capacity.PARTICIPANT, Involvement.Capacity.LEARNER)
        ],
    )
    role_words = forms.CharField(
        label=_("Role in the response"),
        help_text=_("Such as database engineer. Reviews show the role, not the name."),
        required=False,
        max_length=80,
    )

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people


class JoinForm(ProductForm):
    role_words = forms.CharField(
        label=_("Your role in the response"),
        help_text=_("Such as database engineer. Reviews show the role, not the name."),
        required=False,
        max_length=80,
    )


class LinkForm(ProductForm):
    other = forms.CharField(
        label=_("Reference of the other incident"),
        help_text=_("Such as INC-142"),
        max_length=20,
        error_messages={"required": _("Write the reference of the other incident.")},
    )
    kind = forms.ChoiceField(
        label=_("How are they connected?"),
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
        raise forms.ValidationError(
            gettext("There is no {reference}. Check the reference.").format(
                reference=reference.strip()[:20]
            )
        )
    return found
