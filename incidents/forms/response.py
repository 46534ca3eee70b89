"""What people fill in while an incident goes on: an update to everyone, a hand-over."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common import when
from common.forms import ProductForm
from common.when.fields import MomentField
from incidents.forms.timed import TimedForm
from people.models import User


class PromiseField(MomentField):
    """A time ahead: "22:15", "in 30 min". Cleans to a Moment or None."""

    def clean(self, value: Any) -> when.Moment | None:
        text = forms.CharField.clean(self, value)
        self.offers = ()
        if not text:
            return None
        try:
            return when.read_promise(text, now=self.now, zone=self.zone)
        except when.NotRead as refusal:
            self.offers = refusal.offers
            raise forms.ValidationError(refusal.message, code="not_read") from refusal


class UpdateForm(TimedForm):
    text = forms.CharField(
        label=_("Tell everyone"),
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": _("Say what people should know now."),
            "max_length": _("Keep it to 4,000 characters; the rest fits into the timeline."),
        },
    )
    next = PromiseField(
        label=_("Next word promised by"), help_text=_("22:15 or in 30 min"), required=False
    )
    form_token = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


class HandOverForm(ProductForm):
    person = forms.ModelChoiceField(
        User.objects.none(),
        label=_("To whom?"),
        empty_label=_("Pick somebody"),
        error_messages={"required": _("Pick somebody, or give it back.")},
    )

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people
