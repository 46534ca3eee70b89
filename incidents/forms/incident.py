"""What people fill in about an incident. Times are read by common.when."""

from __future__ import annotations

import copy
import zoneinfo
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from common import when
from common.forms import ProductForm, SeveralField
from common.when.fields import MomentField
from incidents import milestones
from incidents.models import (
    MILESTONES,
    Incident,
    SeverityLevel,
    TimelineEvent,
)
from people.models import Service

_TEXT = 20_000
UNKNOWN_SERVICE = "unknown"

KINDS = [
    (Incident.Kind.INCIDENT, "activity", "Something is, or was, affecting people"),
    (Incident.Kind.NEAR_MISS, "eye", "It almost did. Just as valuable."),
    (Incident.Kind.GAME_DAY, "flask-2", "We are about to do it on purpose"),
    (Incident.Kind.SIGNAL, "broadcast", "Small and odd, worth watching"),
    (Incident.Kind.TEST, "tool", "Trying this form out"),
]


def with_answers(data: QueryDict | None) -> QueryDict | None:
    """The data with each `use_<field>` button pressed put into its field."""
    if data is None:
        return None
    chosen = {name.removeprefix("use_"): data[name] for name in data if name.startswith("use_")}
    if not chosen:
        return data
    data = data.copy()
    for name, value in chosen.items():
        data[name] = value
    return data


class TimedForm(ProductForm):
    """A form with times in it: says what was typed instead, and keeps its milestones in order."""

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        now: datetime,
        zone: zoneinfo.ZoneInfo,
        around: when.Span | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(with_answers(data), **kwargs)
        self.times = [name for name, field in self.fields.items() if isinstance(field, MomentField)]
        for name in self.times:
            self.fields[name].know(now=now, zone=zone, around=around)

    def check_order(self, known: dict[str, when.Moment | None]) -> None:
        """Put an error on the first milestone that comes before an earlier one."""
        wrong = milestones.out_of_order({name: m.at for name, m in known.items() if m})
        if wrong:
            self.add_error(*wrong)


class FileForm(TimedForm):
    kind = forms.ChoiceField(
        label="What are you filing?",
        choices=[(kind, kind.label) for kind, _, _ in KINDS],
        initial=Incident.Kind.INCIDENT,
        widget=forms.RadioSelect,
    )
    title = forms.CharField(
        label="What is happening?",
        help_text="One plain sentence about the system, as it looks from outside",
        max_length=200,
        error_messages={
            "required": "Say in one sentence what people notice.",
            "max_length": "Keep the sentence to 200 characters; the rest fits below.",
        },
    )
    started = MomentField(
        label="When did it start?",
        help_text="21:30 or “25 min ago”. A guess is fine.",
        required=False,
    )
    started_unknown = forms.BooleanField(label="I do not know", required=False)
    service = forms.ChoiceField(
        label="Which service?",
        help_text="Pick the one people notice. More can be added later.",
        error_messages={
            "required": "Pick a service, or “I do not know yet”.",
            "invalid_choice": "That service is gone. Pick another, or “I do not know yet”.",
        },
    )
    severity = forms.ChoiceField(
        label="How does it feel for the people who use it?",
        choices=Incident.Severity.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Pick how it feels. Not sure? Pick the worse one."},
    )
    summary = forms.CharField(
        label="What else is known",
        help_text="Markdown is fine. Roles instead of names: “on-call engineer”.",
        required=False,
        max_length=_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    impact = forms.CharField(
        label="What people notice, in their words",
        help_text="With a figure if there is one: about 700 new accounts lost",
        required=False,
        max_length=_TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    detected = MomentField(
        label="When was it noticed?", help_text="Empty means not known yet", required=False
    )
    resolved = MomentField(
        label="Over already? When did it end?",
        help_text="Empty while it goes on",
        required=False,
    )
    visibility = forms.ChoiceField(
        label="Who can see it?",
        choices=Incident.Visibility.choices,
        initial=Incident.Visibility.OPEN,
        widget=forms.RadioSelect,
    )

    #: Shown behind "Add more now".
    MORE = ("summary", "impact", "detected", "resolved", "visibility")

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        services: Iterable[Service],
        **kwargs: Any,
    ) -> None:
        self.services = {str(service.pk): service for service in services}
        self.base_fields = copy.deepcopy(type(self).base_fields)
        self.base_fields["service"].choices = [
            ("", "Pick one"),
            *((pk, service.name) for pk, service in self.services.items()),
            (UNKNOWN_SERVICE, "I do not know yet"),
        ]
        super().__init__(data, **kwargs)
        if self.data.get("kind") == Incident.Kind.GAME_DAY:
            for name in self.times:
                self.fields[name].may_be_ahead = True

    @property
    def has_more(self) -> bool:
        """Whether "Add more now" starts open: something in it was typed or is wrong."""
        return any(
            self[name].errors or (self[name].value() or "") not in {"", Incident.Visibility.OPEN}
            for name in self.MORE
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        typed = str(self.data.get("started", "")).strip()
        if cleaned.get("started_unknown"):
            cleaned["started"] = None
            self.errors.pop("started", None)
        elif not typed:
            self.add_error("started", "Say when it started, or tick “I do not know”.")
        if "service" in cleaned:
            cleaned["services"] = [
                self.services[pk] for pk in [cleaned["service"]] if pk != UNKNOWN_SERVICE
            ]
        cleaned["moments"] = {name: cleaned.get(name) for name in self.times}
        if not any(name in self.errors for name in self.times):
            self.check_order(cleaned["moments"])
        return cleaned


class EditForm(TimedForm):
    """Texts, services and milestones of an incident. `seen` is the version that was opened."""

    seen = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    title = forms.CharField(label="In one sentence", max_length=200)
    summary = forms.CharField(
        label="In short",
        help_text="Markdown is fine. Roles instead of names: “on-call engineer”.",
        required=False,
        max_length=_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    impact = forms.CharField(
        label="What people noticed",
        required=False,
        max_length=_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    started = MomentField(label="Impact started", required=False)
    detected = MomentField(label="Noticed", required=False)
    acknowledged = MomentField(label="Somebody took it on", required=False)
    mitigated = MomentField(label="Impact stopped", required=False)
    resolved = MomentField(label="Resolved", required=False)
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
            name: when.written(moment.at, zone, moment.precision) for name, moment in stands.items()
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


class EventForm(TimedForm):
    """One event of the timeline. Without a time it keeps its place in the telling."""

    seen = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    time = MomentField(
        label="When",
        help_text="23:27, about 23:27, before 23:27, or a day alone. Empty when nobody knows.",
        required=False,
        day_is_enough=True,
    )
    text = forms.CharField(
        label="What happened",
        max_length=_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say what happened."},
    )
    kind = forms.ChoiceField(label="Kind", choices=TimelineEvent.Kind.choices)
    is_key = forms.BooleanField(label="A key moment of the story", required=False)
    known_then = forms.CharField(
        label="What was visible at that moment",
        help_text="Only what could be seen then, not what was learned later",
        required=False,
        max_length=_TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    evidence = forms.CharField(
        label="Source",
        help_text="A graph, a log line, a link",
        required=False,
        max_length=500,
    )

    TEXTS = ("text", "known_then", "evidence")

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        event: TimelineEvent,
        zone: zoneinfo.ZoneInfo,
        **kwargs: Any,
    ) -> None:
        typed = when.written(event.at, zone, event.precision) if event.at else event.on
        initial = {
            "seen": event.version,
            "time": typed,
            "kind": event.kind,
            "is_key": event.is_key,
            **{name: getattr(event, name) for name in self.TEXTS},
        }
        super().__init__(data, zone=zone, initial=initial, **kwargs)
        self.fields["time"].keep(
            typed, when.Moment(event.at, event.zone, event.precision) if event.at else None
        )


def levels() -> list[SeverityLevel]:
    """The organisation's words for each severity, worst first."""
    return list(SeverityLevel.objects.order_by("severity"))
