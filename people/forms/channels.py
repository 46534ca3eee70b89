"""Where a team, or everybody, is told of something."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common import outbound
from common.forms import ProductForm, SharedForm
from common.text import one_line
from people.models import Endpoint

#: What an incident must at least be, gravest first; the words are those of incidents.
_SEVERITIES = [
    ("", _("Every incident")),
    ("sev1", _("SEV 1 only")),
    ("sev2", _("SEV 1 and 2")),
    ("sev3", _("SEV 1 to 3")),
]


class ChannelForm(ProductForm):
    """A new one. `occasions` is a list of Endpoint.Occasion."""

    name = forms.CharField(
        label=_("What do you call it?"),
        help_text=_("Such as “Storage room”. Everybody who manages a team sees the name"),
        max_length=80,
    )
    kind = forms.ChoiceField(label=_("What is it?"), choices=Endpoint.Kind)
    address = forms.CharField(
        label=_("Address to post to"),
        help_text=_(
            "The one that Slack, Teams or Mattermost gives for an incoming webhook. It is "
            "kept as a secret and not shown again"
        ),
        max_length=1000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url"}),
    )
    occasions = forms.MultipleChoiceField(
        label=_("Tell it when"),
        choices=Endpoint.Occasion,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one, or it would never hear anything.")},
    )
    least_severity = forms.ChoiceField(
        label=_("Of incidents, tell"), choices=_SEVERITIES, required=False
    )

    def clean_name(self) -> str:
        return " ".join(one_line(self.cleaned_data["name"]).split())

    def clean_address(self) -> str:
        address = self.cleaned_data["address"].strip()
        if address:
            try:
                outbound.require_public(address)
            except outbound.NotAllowed as error:
                raise ValidationError(str(error)) from None
        return address


class ChannelChangeForm(SharedForm, ChannelForm):
    """The address is asked for only to change it."""

    is_on = forms.BooleanField(label=_("It is on"), required=False)

    def __init__(self, *args: Any, host: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["kind"]
        self.fields["address"].required = False
        self.fields["address"].help_text = gettext(
            "It leads to {host}. Leave it empty to keep it"
        ).format(host=host)
