"""What people change about an incident."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from common import when
from common.forms import SeveralField
from incidents import milestones
from incidents.forms.timed import LONGEST_TEXT, MilestoneField, TimedForm
from incidents.models import MILESTONES, Incident
from people.models import Service


class EditForm(TimedForm):
    """Texts, services and milestones of an incident. `seen` is the version that was opened."""

    seen = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    title = forms.CharField(label="In one sentence", max_length=200)
    summary = forms.CharField(
        label="In short",
        help_text="Markdown is fine. Roles instead of names: “on-call engineer”.",
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    impact = forms.CharField(
        label="What people noticed",
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    started = MilestoneField(label=milestones.LABELS["started"], required=False)
    detected = MilestoneField(label=milestones.LABELS["detected"], required=False)
    acknowledged = MilestoneField(label=milestones.LABELS["acknowledged"], required=False)
    mitigated = MilestoneField(label=milestones.LABELS["mitigated"], required=False)
    resolved = MilestoneField(label=milestones.LABELS["resolved"], required=False)
    services = SeveralField(
        Service.objects.none(),
        label="Services",
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
        super().__init__(data, zone=zone, initial=initial, **kwargs)
        for name, moment in stands.items():
            self.fields[name].keep(initial[name], moment)
        self.fields["services"].queryset = services

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not any(name in self.errors for name in MILESTONES):
            self.check_order({name: cleaned[name] for name in MILESTONES})
        return cleaned

    @property
    def changes(self) -> dict[str, Any]:
        """The columns to write. A time that reads as it stood is left exactly as it was."""
        cleaned = self.cleaned_data
        changes = {name: cleaned[name] for name in self.TEXTS}
        for name in MILESTONES:
            if name in self.changed_data:
                changes |= milestones.columns({name: cleaned[name]})
        return changes
