"""What is asked when a list is kept under a name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import ProductForm
from common.text import one_line
from people.models import SavedView

_NAME = SavedView._meta.get_field("name").max_length


class SavedViewForm(ProductForm):
    name = forms.CharField(
        label=_("What do you call it?"),
        help_text=_("Such as “Near misses this year”."),
        max_length=_NAME,
        widget=forms.TextInput(attrs={"data-focus-now": True, "autocomplete": "off"}),
    )
    is_pinned = forms.BooleanField(label=_("Show it in my sidebar"), required=False)
    is_shared = forms.BooleanField(
        label=_("Share it with everyone here"),
        help_text=_("They see its name, and what it finds as far as they may see that."),
        required=False,
    )

    def clean_name(self) -> str:
        return " ".join(one_line(self.cleaned_data["name"]).split())


class NewViewForm(SavedViewForm):
    """`query` is the part of an address behind the question mark."""

    replace = forms.BooleanField(label=_("Replace my view of this name"), required=False)
    query = forms.CharField(required=False, widget=forms.HiddenInput)
    page = forms.ChoiceField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, pages: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["page"].choices = [(page, page) for page in pages]
