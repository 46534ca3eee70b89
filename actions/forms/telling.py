"""What people say about an action, and the files that show it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from actions.models import ActionFile
from common.forms import ProductForm
from incidents.forms.files import ShowsForm


class WordsForm(ProductForm):
    text = forms.CharField(
        label=_("Note"),
        max_length=2_000,
        help_text=_("Write @ and a name to call somebody who can read this"),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write a sentence, then send it.")},
    )


class FileShowsForm(ShowsForm):
    """What a file shows; `seen` is its mark when it was shown."""

    seen = forms.CharField(max_length=16, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, file: ActionFile, **kwargs: Any) -> None:
        initial = {"description": file.description, "seen": file.mark}
        super().__init__(data, initial=initial, **kwargs)
