"""What administrators set up for all actions."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from actions import promise
from actions.models import Action, ParkingRule, ReminderRule, Tracker
from common.forms import ProductModelForm, SharedForm, SharedModelForm
from common.history import mark_of
from incidents.models import Incident


class ParkingRuleForm(SharedModelForm):
    class Meta:
        model = ParkingRule
        fields = ("working_days",)
        labels = {"working_days": _("How many working days does a parked idea rest?")}
        help_texts = {
            "working_days": _(
                "From 0, which is not at all, to 20. It holds for ideas parked from now on."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["working_days"].max_value = 20
        self.fields["working_days"].validators.append(
            MaxValueValidator(20, gettext("At most 20 working days: ideas go stale, too."))
        )


class ReminderRuleForm(SharedModelForm):
    class Meta:
        model = ReminderRule
        fields = ("list_after_days",)
        labels = {
            "list_after_days": _("After how many days past its date does the team's list have it?")
        }
        help_texts = {
            "list_after_days": _(
                "From 1 to 90. Managers get the list once a week; it names actions, not people."
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = self.fields["list_after_days"]
        days.min_value, days.max_value = 1, 90
        days.validators += [
            MinValueValidator(1, gettext("At least one day, so that the owner answers first.")),
            MaxValueValidator(90, gettext("At most 90 days: after that nobody remembers why.")),
        ]


class PromiseForm(SharedForm):
    """Working days for every severity and priority."""

    def __init__(self, *args: Any, held: dict[tuple[str, str], int], **kwargs: Any) -> None:
        super().__init__(*args, initial={"mark": mark_of(promise.in_words(held))}, **kwargs)
        for severity, label in Incident.Severity.choices:
            for priority, words in Action.Priority.choices:
                what = f"{label}, {words.lower()}"
                self.fields[f"{severity}_{priority}"] = forms.IntegerField(
                    label=gettext("{what}: within how many working days?").format(what=what),
                    min_value=1,
                    max_value=260,
                    initial=held[severity, priority],
                    widget=forms.NumberInput(
                        attrs={"class": "form-control", "inputmode": "numeric"}
                    ),
                    error_messages=dict.fromkeys(
                        ("required", "invalid", "min_value", "max_value"),
                        gettext("{what}: write a number of working days, from 1 to 260.").format(
                            what=what
                        ),
                    ),
                )

    @property
    def rows(self) -> list[tuple[str, list[tuple[str, forms.BoundField]]]]:
        """(severity, [(words of the priority, field)])."""
        return [
            (
                severity,
                [
                    (label, self[f"{severity}_{priority}"])
                    for priority, label in Action.Priority.choices
                ],
            )
            for severity in Incident.Severity.values
        ]

    @property
    def wanted(self) -> dict[tuple[str, str], int]:
        return {
            (severity, priority): self.cleaned_data[f"{severity}_{priority}"]
            for severity in Incident.Severity.values
            for priority in Action.Priority.values
        }


class TrackerForm(ProductModelForm):
    address = forms.URLField(
        label=_("Where do people see it?"),
        help_text=_(
            "The beginning of its addresses: https://github.com, or "
            "https://jira.example.org/tracker."
        ),
        max_length=200,
        assume_scheme="https",
        error_messages={
            "unique": _("This one is connected already. Take it away first for a new secret.")
        },
    )

    class Meta:
        model = Tracker
        fields = ("kind", "address")
        labels = {"kind": _("Which one is it?")}
        widgets = {"kind": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = Tracker.Kind.choices

    def clean_address(self) -> str:
        address = self.cleaned_data["address"].rstrip("/")
        parts = urlsplit(address)
        if parts.query or parts.fragment or parts.username:
            raise ValidationError(
                gettext("Leave out everything behind the path, and names before the host.")
            )
        return address
