"""What people change about an incident."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from common import when
from common.forms import CoachedTextarea, OwnFields
from incidents import custom, figures, milestones
from incidents.figures import Figure
from incidents.forms.custom import form_fields, given, name_of
from incidents.forms.figures import check_figure, figure_fields, figure_from
from incidents.forms.services import ServicesField
from incidents.forms.timed import LONGEST_TEXT, MilestoneField, TimedForm
from incidents.models import MILESTONES, CustomField, ImpactFigure, Incident
from people.models import Service

_FIGURE = re.compile(r"(figure_(\d{1,2}))_(?:value|unit|label)")
_MORE_FIGURES = 2


def _figure_rows(
    data: QueryDict | None, held: Sequence[ImpactFigure]
) -> dict[str, ImpactFigure | None]:
    """The figures of the form by the beginning of their inputs' names: those that are kept and a
    few empty ones, or the ones that were sent."""
    if data is None:
        rows = [*held, *[None] * _MORE_FIGURES]
        return {f"figure_{place}": figure for place, figure in enumerate(rows)}
    by_key = {str(figure.pk): figure for figure in held}
    sent = sorted({(int(found[2]), found[1]) for found in map(_FIGURE.fullmatch, data) if found})
    return {prefix: by_key.get(data.get(f"{prefix}_row", "")) for _, prefix in sent}


class EditForm(TimedForm):
    """Texts, services and milestones of an incident. `seen` is the version that was opened."""

    seen = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    title = forms.CharField(label=_("In one sentence"), max_length=200)
    summary = forms.CharField(
        label=_("In short"),
        help_text=_("Markdown is fine. Roles instead of names: “on-call engineer”."),
        required=False,
        max_length=LONGEST_TEXT,
        widget=CoachedTextarea(attrs={"rows": 6}),
    )
    impact = forms.CharField(
        label=_("What people noticed"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=CoachedTextarea(attrs={"rows": 3}),
    )
    started = MilestoneField(label=milestones.LABELS["started"], required=False)
    detected = MilestoneField(label=milestones.LABELS["detected"], required=False)
    acknowledged = MilestoneField(label=milestones.LABELS["acknowledged"], required=False)
    mitigated = MilestoneField(label=milestones.LABELS["mitigated"], required=False)
    resolved = MilestoneField(label=milestones.LABELS["resolved"], required=False)
    services = ServicesField(
        Service.objects.none(),
        label=_("Services"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    TEXTS = ("title", "summary", "impact")

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        incident: Incident,
        services: QuerySet[Service],
        zone: zoneinfo.ZoneInfo,
        **kwargs: Any,
    ) -> None:
        self.incident = incident
        initial = {
            "seen": incident.version,
            "services": [service.pk for service in incident.services.all()],
            **{name: getattr(incident, name) for name in self.TEXTS},
        }
        stands = {
            milestone.name: when.Moment(milestone.at, milestone.zone, milestone.precision)
            for milestone in incident.milestones
            if milestone.at
        }
        initial |= {
            milestone.name: typed
            for milestone in incident.milestones
            if (typed := milestones.as_typed(milestone, zone))
        }
        self.questions = custom.fields_for(incident.kind)
        held = {each.field.pk: each.text for each in custom.answers(incident)}
        self.figure_rows = _figure_rows(data, figures.of(incident))
        self.base_fields = OwnFields.of(type(self).base_fields)
        self.base_fields |= form_fields(self.questions, held)
        for prefix, figure in self.figure_rows.items():
            self.base_fields |= figure_fields(prefix, figure)
        super().__init__(data, zone=zone, initial=initial, **kwargs)
        for name, moment in stands.items():
            self.fields[name].keep(initial[name], moment)
        self.fields["services"].queryset = services

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not any(name in self.errors for name in MILESTONES):
            self.check_order({name: cleaned[name] for name in MILESTONES})
        for prefix in self.figure_rows:
            check_figure(self, prefix, cleaned)
        return cleaned

    @property
    def question_fields(self) -> list[forms.BoundField]:
        return [self[name_of(question)] for question in self.questions]

    @property
    def figure_fields(self) -> list[dict[str, Any]]:
        """For each figure its inputs by name, and the key of its row."""
        return [
            {name: self[f"{prefix}_{name}"] for name in ("value", "unit", "label", "qualifier")}
            | {"prefix": prefix, "pk": figure.pk if figure else ""}
            for prefix, figure in self.figure_rows.items()
        ]

    @property
    def figures(self) -> list[Figure]:
        rows = self.figure_rows.items()
        read = (
            figure_from(self.cleaned_data, prefix, figure and figure.pk) for prefix, figure in rows
        )
        return [figure for figure in read if figure]

    @property
    def answers(self) -> dict[CustomField, custom.Value]:
        return given(self.questions, self.cleaned_data)

    @property
    def changes(self) -> dict[str, Any]:
        """The columns to write. A time that reads as it stood is left exactly as it was."""
        cleaned = self.cleaned_data
        changes = {name: cleaned[name] for name in self.TEXTS}
        for name in MILESTONES:
            if name in self.changed_data:
                changes |= milestones.columns({name: cleaned[name]})
        return changes
