"""One page of the handbook."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from common import text as markdown
from common.forms import CoachedTextarea, ProductForm


class HandbookForm(ProductForm):
    title = forms.CharField(label=_("What is it about?"), max_length=120)
    text = forms.CharField(
        label=_("The page"),
        help_text=_(
            "**bold**, _italic_, - list, ## heading, [words](https://…). An empty line "
            "begins a new paragraph."
        ),
        max_length=markdown.MAX_LENGTH,
        widget=CoachedTextarea(attrs={"rows": 22}),
    )
    position = forms.IntegerField(
        label=_("Place in the list"),
        help_text=_("1 stands first. Left empty, it stays where it is; a new page goes last."),
        min_value=1,
        max_value=99,
        required=False,
    )
    is_retired = forms.BooleanField(label=_("List it no longer"), required=False)
