"""What people fill in to make a token."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from api.models import ApiToken
from api.tokens import LASTS
from common.forms import ProductForm

_LASTS = {30: _("30 days"), 90: _("90 days"), 365: _("A year")}


class TokenForm(ProductForm):
    name = forms.CharField(
        label=_("What is it for?"),
        help_text=_("The program that will use it: “dashboard in the hall”"),
        max_length=80,
    )
    scope = forms.ChoiceField(
        label=_("What may it do?"),
        choices=ApiToken.Scope.choices,
        initial=ApiToken.Scope.READ,
        widget=forms.RadioSelect,
    )
    days = forms.TypedChoiceField(
        label=_("How long?"),
        choices=[(days, _LASTS[days]) for days in LASTS],
        coerce=int,
        initial=90,
    )
