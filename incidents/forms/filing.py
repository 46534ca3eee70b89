"""What people fill in to file an incident."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict

from common.when.fields import MomentField
from incidents.forms.timed import LONGEST_TEXT, TimedForm
from incidents.models import Incident
from people.models import Service

UNKNOWN_SERVICE = "unknown"

KINDS = [
    (Incident.Kind.INCIDENT, "activity", "Something is, or was, affecting people"),
    (Incident.Kind.NEAR_MISS, "eye", "It almost did. Just as valuable."),
    (Incident.Kind.GAME_DAY, "flask-2", "We are about to do it on purpose"),
    (Incident.Kind.SIGNAL, "broadcast", "Small and odd, worth watching"),
    (Incident.Kind.TEST, "tool", "Trying this form out"),
]


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
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    impact = forms.CharField(
        label="What people notice, in their words",
        help_text="With a figure if there is one: about 700 new accounts lost",
        required=False,
        max_length=LONGEST_TEXT,
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
