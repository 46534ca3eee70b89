"""What is asked when several incidents are changed at once, or the tags of one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import ProductForm, SeveralField
from common.models import Tag
from common.tags import TagsField, tags_known, tags_named
from people.models import Service
from people.querysets import ServiceQuerySet


def _line() -> forms.TextInput:
    return forms.TextInput(attrs={"data-focus-now": True, "autocomplete": "off"})


class TogetherForm(ProductForm):
    """Tags to put on several incidents, or to take off."""

    DEEDS = {"tag": _("Put them on"), "untag": _("Take them off")}

    tags = TagsField(
        label=_("Tags"), help_text=_("With commas between them."), max_length=1_000, widget=_line()
    )
    deed = forms.ChoiceField(
        label=_("What to do with them"), choices=list(DEEDS.items()), widget=forms.RadioSelect
    )

    @property
    def deed_asked(self) -> str:
        return self.cleaned_data["deed"] if self.is_bound else self.initial["deed"]

    def others(self) -> list[Tag]:
        find = tags_named if self.deed_asked == "tag" else tags_known
        return find(self.cleaned_data["tags"])


class ServicesForm(ProductForm):
    """Services that several incidents touched too."""

    deed_asked = "serve"

    services = SeveralField(
        Service.objects.none(),
        label=_("Which services were touched too?"),
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("Ctrl or ⌘ chooses several."),
    )

    def __init__(self, *args: Any, services: ServiceQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["services"].queryset = services

    def others(self) -> list[Service]:
        return list(self.cleaned_data["services"])


class TagsForm(ProductForm):
    """All tags of one incident. `were` holds those it had when the form was opened, so that tags
    somebody else adds meanwhile stay."""

    tags = TagsField(
        label=_("Tags"),
        help_text=_("With commas between them. Lessons share them."),
        required=False,
        max_length=1_000,
        widget=_line(),
    )
    were = TagsField(required=False, max_length=4_000, most=100, widget=forms.HiddenInput)
