"""What administrators fill in about sources of alerts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from alerts.models import AlertRule, AlertSource
from common.forms import ProductForm
from common.text import one_line
from incidents.forms.short_forms import SHORT_FORMS
from incidents.models import Incident
from people.models import Service, User

_MOST_LABELS = 10


class SourceForm(ProductForm):
    conditional = frozenset({"secret"})

    name = forms.CharField(label=_("What is it called?"), max_length=80)
    kind = forms.ChoiceField(
        label=_("What sends them?"), choices=AlertSource.Kind.choices, widget=forms.RadioSelect
    )
    files_as = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Who is named as having reported what it opens?"),
        help_text=_("Somebody who looks after it, such as the manager of the team on call."),
        empty_label=_("Choose somebody"),
    )
    secret = forms.CharField(
        label=_("The secret of PagerDuty"),
        help_text=_("For PagerDuty alone, which shows it when the webhook is made there."),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["files_as"].queryset = people

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        is_theirs = typed.get("kind") == AlertSource.Kind.PAGERDUTY
        if is_theirs and len(typed.get("secret", "")) < 16 and "secret" not in self.errors:
            self.add_error(
                "secret", gettext("Paste the secret that PagerDuty shows for the webhook.")
            )
        return typed | {"secret": typed.get("secret") if is_theirs else None}


class SecretForm(ProductForm):
    """The new secret of a source that makes its own."""

    secret = forms.CharField(label=_("The new secret"), min_length=16, max_length=200)


class RuleForm(ProductForm):
    labels = forms.CharField(
        label=_("Which alerts?"),
        help_text=_(
            "A label to a line: severity=critical. All of them have to fit; empty fits "
            "every alert. PagerDuty has service, service_id, urgency and priority."
        ),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    deed = forms.ChoiceField(
        label=_("What becomes of them?"),
        choices=AlertRule.Deed.choices,
        initial=AlertRule.Deed.OPEN,
        widget=forms.RadioSelect,
    )
    service = forms.ModelChoiceField(
        Service.objects.none(),
        label=_("Which service is it about?"),
        help_text=_("Its team looks after what is opened."),
        required=False,
        empty_label=pgettext_lazy("no service", "None"),
    )
    severity = forms.ChoiceField(
        label=_("With which severity?"), choices=Incident.Severity.choices, initial="sev3"
    )
    kind = forms.ChoiceField(
        label=_("As what?"), choices=[(kind, kind.label) for kind in SHORT_FORMS],
        initial=Incident.Kind.INCIDENT,
    )  # fmt: skip
    resolves = forms.BooleanField(
        label=_("Resolve it when all its alerts are over"),
        help_text=_("Otherwise the timeline says so, and people decide."),
        required=False,
    )

    def __init__(self, *args: Any, services: QuerySet[Service], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service"].queryset = services

    def clean_labels(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in map(one_line, self.cleaned_data["labels"].splitlines()):
            name, is_pair, value = (part.strip() for part in line.partition("="))
            if line and not (name and is_pair and value):
                raise forms.ValidationError(
                    gettext("“{line}” is no label: write name=value.").format(line=line[:60])
                )
            if line:
                found[name] = value
        if len(found) > _MOST_LABELS:
            raise forms.ValidationError(gettext("Up to {most} labels.").format(most=_MOST_LABELS))
        return found

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        if typed.get("deed") != AlertRule.Deed.IGNORE and not typed.get("service"):
            self.add_error("service", gettext("Choose the service, whose team looks after it."))
        return typed
