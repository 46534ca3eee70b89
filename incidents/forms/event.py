"""What people change about one event of the timeline."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.http import QueryDict

from common import when
from common.when.fields import MomentField
from incidents.forms.timed import LONGEST_TEXT, TimedForm
from incidents.models import TimelineEvent


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
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say what happened."},
    )
    kind = forms.ChoiceField(label="Kind", choices=TimelineEvent.Kind.choices)
    is_key = forms.BooleanField(label="A key moment of the story", required=False)
    known_then = forms.CharField(
        label="What was visible at that moment",
        help_text="Only what could be seen then, not what was learned later",
        required=False,
        max_length=LONGEST_TEXT,
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
