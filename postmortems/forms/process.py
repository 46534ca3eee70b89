"""What administrators say about how the organisation reviews."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.forms import ProductForm, SharedForm
from common.history import mark_of
from incidents.models import Incident
from postmortems import depths, rules
from postmortems.models import Block, Review, ReviewRule, ReviewTemplate


class Row(NamedTuple):
    severity: str
    depth: BoundField
    days: BoundField


class RulesForm(SharedForm):
    """For one kind of incident: which severities are due a review, how deep and how soon."""

    def __init__(self, *args: Any, kind: str, held: dict[str, ReviewRule], **kwargs: Any) -> None:
        self.kind = kind
        seen = mark_of(rules.in_words(held.values()))
        super().__init__(*args, prefix=kind, initial={"mark": seen}, **kwargs)
        for severity, label in Incident.Severity.choices:
            rule = held.get(severity)
            self.fields[f"{severity}_depth"] = forms.ChoiceField(
                label=gettext("{label}: is a review due?").format(label=label),
                choices=[("", gettext("Only when somebody asks")), *Review.Depth.choices],
                required=False,
                initial=rule.depth if rule else "",
                widget=forms.Select(attrs={"class": "form-select"}),
            )
            self.fields[f"{severity}_days"] = forms.IntegerField(
                label=gettext("{label}: within how many working days?").format(label=label),
                min_value=1,
                max_value=60,
                required=False,
                initial=rule.working_days if rule else 5,
                widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
                error_messages=dict.fromkeys(
                    ("invalid", "min_value", "max_value"),
                    gettext("{label}: write a number of working days, from 1 to 60.").format(
                        label=label
                    ),
                ),
            )

    @property
    def label(self) -> str:
        return Incident.Kind(self.kind).label

    @property
    def rows(self) -> list[Row]:
        return [
            Row(severity, self[f"{severity}_depth"], self[f"{severity}_days"])
            for severity in Incident.Severity.values
        ]

    @property
    def wanted(self) -> dict[str, tuple[str, int]]:
        """{severity: (depth, working days)} of the rules there are to be."""
        answers = self.cleaned_data
        return {
            severity: (answers[f"{severity}_depth"], answers[f"{severity}_days"] or 5)
            for severity in Incident.Severity.values
            if answers.get(f"{severity}_depth")
        }


class TemplateForm(SharedForm):
    """What a review of one depth shows besides its four parts."""

    shows = forms.MultipleChoiceField(
        label=_("What the page shows besides the four parts"),
        choices=Block.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, template: ReviewTemplate, **kwargs: Any) -> None:
        self.template = template
        hidden = set(template.hides)
        kwargs["initial"] = {
            "shows": [name for name in Block.values if name not in hidden],
            "mark": mark_of(depths.in_words(template.hides)),
        }
        super().__init__(*args, prefix=template.depth, **kwargs)

    @property
    def hides(self) -> list[str]:
        return [name for name in Block.values if name not in self.cleaned_data["shows"]]


class DepthForm(ProductForm):
    depth = forms.ChoiceField(label=_("How deep does it go?"), choices=Review.Depth.choices)
