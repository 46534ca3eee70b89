"""What people tell of one event of the timeline."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from common import when
from common.forms import CoachedTextarea
from common.when.fields import MomentField
from incidents import event_times, questions
from incidents.forms.timed import LONGEST_TEXT, TimedForm
from incidents.models import TimelineEvent


class KindSelect(forms.Select):
    """Each kind brings its question along; static/js/hints.js shows that of the chosen one."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["data-hint"] = questions.OF_KIND[str(value)]
        return option


class EventForm(TimedForm):
    """One event. `event` is the one to change, or for another account the one it stands beside.

    Without a time it keeps its place in the telling.
    """

    seen = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    time = MomentField(
        label=_("When"),
        help_text=_(
            "23:27, about 23:27, before 23:27, between 23:10 and 23:40, or a day alone. "
            "Empty when nobody knows."
        ),
        required=False,
        day_is_enough=True,
        may_be_between=True,
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=TimelineEvent.Kind.choices,
        widget=KindSelect(attrs={"data-hints": "id_text-hint"}),
    )
    text = forms.CharField(
        label=_("What happened"),
        help_text=questions.OF_KIND[TimelineEvent.Kind.OBSERVATION],
        max_length=LONGEST_TEXT,
        widget=CoachedTextarea(attrs={"rows": 3}),
        error_messages={"required": _("Say what happened.")},
    )
    author_role = forms.CharField(
        label=_("Told by"),
        help_text=_("Their role, not a name: on-call engineer, support"),
        required=False,
        max_length=80,
    )
    source = forms.CharField(
        label=_("Known from"),
        help_text=_("Who or what says so: a chat, an alert, somebody who was there"),
        required=False,
        max_length=120,
    )
    evidence = forms.CharField(
        label=_("Evidence"),
        help_text=_("A graph, a log line, a link"),
        required=False,
        max_length=500,
    )
    known_then = forms.CharField(
        label=_("What was visible at that moment"),
        help_text=_("Only what could be seen then, not what was learned later"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=CoachedTextarea(attrs={"rows": 2}),
    )
    learned_later = forms.BooleanField(
        label=_("We learned this only afterwards"),
        help_text=_("Then it stands apart from what could be known at the time"),
        required=False,
    )
    is_key = forms.BooleanField(label=_("A key moment of the story"), required=False)

    TEXTS = ("text", "author_role", "source", "evidence", "known_then")
    TOLD = (*TEXTS, "kind", "learned_later", "is_key")

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        event: TimelineEvent,
        zone: zoneinfo.ZoneInfo,
        initial: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        typed = event_times.as_typed(event, zone)
        told = {name: getattr(event, name) for name in self.TOLD} if initial is None else initial
        initial = {"seen": event.version, "time": typed} | told
        super().__init__(data, zone=zone, initial=initial, **kwargs)
        at = event.at
        stands = when.Moment(at, event.zone, event.precision, event.until) if at else None
        self.fields["time"].keep(typed, stands)
        chosen = str(self["kind"].value() or "")
        self.fields["text"].help_text = questions.OF_KIND.get(chosen, self.fields["text"].help_text)

    @property
    def told(self) -> dict[str, Any]:
        """The columns that say what was told, besides the time."""
        return {name: self.cleaned_data[name] for name in self.TOLD}
