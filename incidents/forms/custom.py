"""The organisation's own questions as fields of a form, and the form that makes such a question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.forms import SharedModelForm
from incidents.custom import Value
from incidents.forms.timed import LONGEST_TEXT
from incidents.models import CustomField, Incident

_LONGEST_LINK = 2_000
_MOST_CHOICES = 60


def name_of(field: CustomField) -> str:
    """The name of its input."""
    return f"q_{field.key}"


def form_fields(
    asked: Iterable[CustomField], held: Mapping[int, str] | None = None
) -> dict[str, forms.Field]:
    """An input for each question. `held` are the texts answered so far by the key of the row."""
    held = held or {}
    return {name_of(field): _form_field(field, held.get(field.pk, "")) for field in asked}


def given(asked: Iterable[CustomField], cleaned: Mapping[str, Any]) -> dict[CustomField, Value]:
    """The answers out of a form's cleaned data."""
    return {field: cleaned[name_of(field)] for field in asked if name_of(field) in cleaned}


def _form_field(field: CustomField, held: str) -> forms.Field:
    kinds = CustomField.Type
    label = f"{field.label} ({field.unit})" if field.unit else field.label
    common: dict[str, Any] = {
        "label": label, "help_text": field.hint, "required": field.is_required, "initial": held,
    }  # fmt: skip
    if field.type == kinds.TEXT:
        widget = forms.Textarea(attrs={"rows": 2})
        return forms.CharField(max_length=LONGEST_TEXT, widget=widget, **common)
    if field.type == kinds.NUMBER:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        wrong = {
            "invalid": gettext("“{label}” takes a number, such as 1200 or 0.5.").format(
                label=field.label
            )
        }
        return forms.DecimalField(
            max_digits=24, decimal_places=6, widget=widget, error_messages=wrong, **common
        )
    if field.type == kinds.DATE:
        wrong = {
            "invalid": gettext("“{label}” takes a day, such as 2017-01-31.").format(
                label=field.label
            )
        }
        return forms.DateField(
            widget=forms.DateInput(attrs={"type": "date"}), error_messages=wrong, **common
        )
    if field.type == kinds.LINK:
        wrong = {
            "invalid": gettext("“{label}” takes an address, such as https://example.org/.").format(
                label=field.label
            )
        }
        return forms.URLField(
            max_length=_LONGEST_LINK, assume_scheme="https", error_messages=wrong, **common
        )
    if field.type in {kinds.YES_NO, kinds.CHOICE}:
        return forms.ChoiceField(choices=_choices(field, held), **common)
    return forms.CharField(max_length=500, **common)


def _choices(field: CustomField, held: str) -> list[tuple[str, str]]:
    """An answer given when the list read differently stays choosable."""
    if field.type == CustomField.Type.YES_NO:
        offered = [("yes", gettext("Yes")), ("no", gettext("No"))]
    else:
        offered = [(each, each) for each in field.choices]
    if held and held not in dict(offered):
        offered.append((held, held))
    return [("", gettext("Not answered")), *offered]


class QuestionForm(SharedModelForm):
    """A question of one's own. Its key stays once it is made, and its type once it is answered."""

    kinds = forms.MultipleChoiceField(
        label=_("Asked about"),
        choices=Incident.Kind.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one kind.")},
    )
    choices = forms.CharField(
        label=_("What one can choose from"),
        help_text=_("One on each line. Only for “One of a list”."),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    class Meta:
        model = CustomField
        fields = [
            "label", "hint", "key", "type", "choices", "unit", "kinds", "when_filing",
            "is_required",
        ]  # fmt: skip
        labels = {
            "label": _("Question"),
            "hint": _("Hint below it"),
            "key": _("Name in addresses and exports"),
            "type": _("Answered by"),
            "unit": _("Unit"),
            "when_filing": _("Ask it when filing already"),
            "is_required": _("It must be answered"),
        }
        help_texts = {
            "hint": _("An example says more than a rule."),
            "key": _("Small letters, digits and dashes. Empty: made from the question. It stays."),
            "unit": _("Only for numbers, such as GB or customers."),
            "when_filing": _("Else it is asked on the page for editing, when there is time."),
            "is_required": _("Filing is done under pressure: require little."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].required = False
        question = self.instance
        self.initial["choices"] = "\n".join(question.choices)
        if question.pk:
            del self.fields["key"]
            if question.values.exists():
                self.fields["type"].disabled = True
                self.fields["type"].help_text = gettext("It stays: there are answers already.")

    def clean_choices(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["choices"].splitlines()]
        return list(dict.fromkeys(line[:200] for line in lines if line))[:_MOST_CHOICES]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("type") == CustomField.Type.CHOICE and len(cleaned.get("choices", ())) < 2:
            self.add_error("choices", gettext("Write at least two, one on each line."))
        if "key" in self.fields and "key" not in self.errors:
            self._settle_key(cleaned)
        return cleaned

    def _settle_key(self, cleaned: dict[str, Any]) -> None:
        longest = CustomField._meta.get_field("key").max_length
        key = cleaned.get("key", "").lower() or slugify(cleaned.get("label", ""))[:longest]
        cleaned["key"] = key.strip("-_")
        if not cleaned["key"]:
            self.add_error("key", gettext("Give it a name of small letters and digits."))
        elif CustomField.objects.filter(key=cleaned["key"]).exists():
            self.add_error(
                "key",
                gettext("“{key}” is taken. Choose another name.").format(key=cleaned["key"]),
            )
