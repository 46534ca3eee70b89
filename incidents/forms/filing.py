"""What people fill in to file an incident."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.forms import CoachedTextarea, OwnFields
from common.when.fields import MomentField
from incidents import custom
from incidents.figures import Figure
from incidents.forms.custom import form_fields, given, name_of
from incidents.forms.figures import check_figure, figure_fields, figure_from
from incidents.forms.services import service_label
from incidents.forms.severity import ImpactQuestions
from incidents.forms.short_forms import SHORT_FORMS
from incidents.forms.timed import LONGEST_TEXT, TimedForm
from incidents.models import Incident
from people.models import Service

UNKNOWN_SERVICE = "unknown"


class FileForm(ImpactQuestions, TimedForm):
    """The short form of one kind. What was typed for another kind travels along in `carried`."""

    kind = forms.ChoiceField(
        label=_("What are you filing?"),
        choices=[(kind, kind.label) for kind in SHORT_FORMS],
        initial=Incident.Kind.INCIDENT,
        widget=forms.RadioSelect,
    )
    title = forms.CharField(
        max_length=200,
        error_messages={
            "required": _("Say in one sentence what people notice."),
            "max_length": _("Keep the sentence to 200 characters; the rest fits below."),
        },
    )
    started = MomentField(required=False)
    started_unknown = forms.BooleanField(label=_("I do not know"), required=False)
    service = forms.ChoiceField(
        error_messages={
            "required": _("Pick a service, or “I do not know yet”."),
            "invalid_choice": _("That service is gone. Pick another, or “I do not know yet”."),
        },
    )
    severity = forms.ChoiceField(
        choices=Incident.Severity.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Pick how it feels. Not sure? Pick the worse one.")},
    )
    summary = forms.CharField(
        label=_("What else is known"),
        help_text=_("Markdown is fine. Roles instead of names: “on-call engineer”."),
        required=False,
        max_length=LONGEST_TEXT,
        widget=CoachedTextarea(attrs={"rows": 3}),
    )
    impact = forms.CharField(
        label=_("What people notice, in their words"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    detected = MomentField(
        label=_("When was it noticed?"), help_text=_("Empty means not known yet"), required=False
    )
    resolved = MomentField(
        label=_("Over already? When did it end?"),
        help_text=_("Empty while it goes on"),
        required=False,
    )
    more_services = forms.MultipleChoiceField(
        label=_("Other services it touches"), required=False, widget=forms.CheckboxSelectMultiple
    )
    visibility = forms.ChoiceField(
        label=_("Who can see it?"),
        choices=Incident.Visibility.choices,
        initial=Incident.Visibility.OPEN,
        widget=forms.RadioSelect,
    )

    #: Shown behind "Add more now".
    MORE = (
        "summary", "impact", "figure_value", "figure_unit", "figure_label", "detected", "resolved",
        "more_services", "visibility",
    )  # fmt: skip

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        services: Iterable[Service],
        initial: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.services = {str(service.pk): service for service in services}
        chosen = str((data if data is not None else initial or {}).get("kind", ""))
        kind = chosen if chosen in SHORT_FORMS else Incident.Kind.INCIDENT
        self.short = SHORT_FORMS[Incident.Kind(kind)]
        self.every_question = custom.every_field()
        self.questions = custom.fields_for(kind, when_filing=True, among=self.every_question)
        self.sent = {**(initial or {}), **(dict(data.lists()) if data is not None else {})}
        self.base_fields = self._fields()
        super().__init__(data, initial=initial, **kwargs)

    def _fields(self) -> OwnFields:
        """What this kind is asked, in its words."""
        fields = OwnFields.of(type(self).base_fields)
        fields |= self._figure_fields() | form_fields(self.questions)
        fields["service"].choices = self._by_team()
        fields["more_services"].choices = [
            (pk, service_label(each)) for pk, each in self.services.items()
        ]
        for name in ("service", "severity"):
            fields[name].required = name in self.short.required
        for name, (label, hint) in self.short.words.items():
            fields[name].label, fields[name].help_text = label, hint
        for field in fields.values():
            if isinstance(field, MomentField):
                field.may_be_ahead = self.short.may_be_ahead
        if "started" not in self.short.required:
            del fields["started_unknown"]
        for name in {"started", "service", "severity"} - self.short.asked:
            del fields[name]
        return fields

    def _figure_fields(self) -> dict[str, forms.Field]:
        return figure_fields("figure")

    def _by_team(self) -> list[Any]:
        """Services under the team that looks after them, as a select shows them."""
        teams: dict[str, list[tuple[str, str]]] = {}
        for pk, service in self.services.items():
            teams.setdefault(service.team.name, []).append((pk, service.name))
        known = sorted(teams.items(), key=lambda team: team[0].casefold())
        return [("", gettext("Pick one")), *known, (UNKNOWN_SERVICE, gettext("I do not know yet"))]

    @property
    def question_fields(self) -> list[forms.BoundField]:
        return [self[name_of(question)] for question in self.questions]

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What was typed into fields that this kind does not have: it comes back with its kind."""
        known = {
            *type(self).base_fields,
            *(name_of(field) for field in self.every_question
              if not field.is_retired and field not in self.questions),
        }  # fmt: skip
        return [
            (name, each)
            for name, value in self.sent.items()
            if name in known and name not in self.fields
            for each in (value if isinstance(value, list) else [value])
            if each
        ]

    @property
    def has_more(self) -> bool:
        """Whether "Add more now" starts open: something in it was typed or is wrong."""
        return any(
            self[name].errors or (self[name].value() or "") not in {"", Incident.Visibility.OPEN}
            for name in self.MORE
            if not isinstance(self[name].value(), list)
        ) or bool(self["more_services"].value())

    @property
    def figure(self) -> Figure | None:
        return figure_from(self.cleaned_data, "figure")

    @property
    def answers(self) -> dict[Any, custom.Value]:
        return given(self.questions, self.cleaned_data)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        typed = str(self.data.get("started", "")).strip()
        if cleaned.get("started_unknown"):
            cleaned["started"] = None
            self.errors.pop("started", None)
        elif not typed and "started" in self.short.required:
            self.add_error("started", gettext("Say when it started, or tick “I do not know”."))
        first = [cleaned.get("service") or UNKNOWN_SERVICE]
        chosen = dict.fromkeys([*first, *cleaned.get("more_services", ())])
        cleaned["services"] = [self.services[pk] for pk in chosen if pk != UNKNOWN_SERVICE]
        cleaned["moments"] = {name: cleaned.get(name) for name in self.times}
        if not any(name in self.errors for name in self.times):
            self.check_order(cleaned["moments"])
        if "severity" not in self.errors:
            least = self.suggestion.severity if self.suggestion else Incident.Severity.SEV4
            cleaned["severity"] = cleaned.get("severity") or least
        check_figure(self, "figure", cleaned)
        return cleaned


class PlainFileForm(FileForm):
    """For those who send no figures and no answers that help to find a severity."""

    reach = effect = data = way_round = overruled_because = None
    suggestion = None

    def _dress(self) -> None:
        """It is never drawn."""

    def _figure_fields(self) -> dict[str, forms.Field]:
        return {}
