"""What all our forms share: how they are read, Tabler's classes, ids for hints and errors."""

import copy
import re
from collections.abc import Mapping
from typing import Any, Self

from django import forms
from django.db import models, transaction
from django.forms import widgets
from django.forms.utils import pretty_name
from django.http import HttpRequest, QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common.history import mark_of, require_seen
from common.models import Versioned

_CLASS_OF_WIDGET: list[tuple[type[forms.Widget], str]] = [
    (widgets.CheckboxInput, "form-check-input"),
    (widgets.RadioSelect, ""),
    (widgets.CheckboxSelectMultiple, ""),
    (widgets.Select, "form-select"),
    (widgets.Input, "form-control"),
    (widgets.Textarea, "form-control"),
]


#: For a view that shows a form and takes it.
form_page = require_http_methods(["GET", "HEAD", "POST"])


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form was sent with, also when that is nothing at all; None when it is asked for."""
    return request.POST if request.method == "POST" else None


def seen_version(request: HttpRequest, name: str = "seen") -> int:
    """The version the form was opened with; 0 when it is missing, which saves over nothing."""
    seen = request.POST.get(name, "")
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else 0


class CoachedTextarea(forms.Textarea):
    """For texts about an event: the wording coach reads along, see static/js/coach.js."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"data-coach": "", **(attrs or {})})


class SeveralField(forms.ModelMultipleChoiceField):
    """Some of the rows. A number beyond any key, which SQLite cannot be asked for, is no choice."""

    def clean(self, value: Any) -> Any:
        try:
            return super().clean(value)
        except OverflowError:
            message = self.error_messages["invalid_choice"]
            raise forms.ValidationError(message, "invalid_choice", {"value": ""}) from None


#: A token of the API, or a secret address of a feed: whoever reads it reads as its owner.
_KEY = re.compile(
    r"(?<![^\W_])story_[\w-]{43}(?![^\W_]|-)|\.(?:ics|atom)\?key=[\w-]{43}(?![^\W_]|-)"
)
HOLDS_KEY = gettext_lazy(
    "There is a key in it that opens this site as its owner. Take it out here, and take it back "
    "under Settings if anybody has seen it."
)
_NOT_SAID = forms.Field.default_error_messages["required"]
#: Put into words only where it is shown: a form has many fields, and few are left out.
_MISSING = gettext_lazy("“{label}” is still missing.")


def holds_key(text: str) -> bool:
    return bool(_KEY.search(text))


class OwnFields(dict[str, forms.Field]):
    """Fields that were made for one form, as its `base_fields`: Django copies those of a class for
    each form, and these are copies already."""

    @classmethod
    def of(cls, fields: Mapping[str, forms.Field]) -> Self:
        """Copies of these. Choices, most of what there is to copy, are shared: a form gives a field
        others, and never alters those it has."""
        choices = [each.choices for each in fields.values() if isinstance(each, forms.ChoiceField)]
        return cls(copy.deepcopy(dict(fields), {id(each): each for each in choices}))

    def __deepcopy__(self, memo: Any) -> Self:
        return self


class ProductForm(forms.Form):
    """A form as templates/components/form_errors.html and field.html expect it.

    On errors each input is marked invalid and points to its hint and its message.
    """

    use_required_attribute = False
    #: Names of fields that are asked for under a condition: they are not called optional.
    conditional: frozenset[str] = frozenset()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            self._name_what_is_missing(name, field)
        self._dress()

    def _dress(self) -> None:
        """Give each input what only its page needs."""
        for name, field in self.fields.items():
            css = next(
                (css for kind, css in _CLASS_OF_WIDGET if isinstance(field.widget, kind)), ""
            )
            if css and css not in field.widget.attrs.get("class", ""):
                field.widget.attrs["class"] = f"{field.widget.attrs.get('class', '')} {css}".strip()
            if isinstance(field.widget, widgets.Textarea):
                field.widget.attrs.setdefault("rows", 3)
                field.widget.attrs.pop("cols", None)
            if field.help_text:
                field.widget.attrs["aria-describedby"] = f"{self._id_of(name)}-hint"

    def full_clean(self) -> None:
        super().full_clean()
        self._refuse_keys()
        for name in self._errors or ():
            if name in self.fields:
                self._mark_invalid(name)

    def _refuse_keys(self) -> None:
        typed = getattr(self, "cleaned_data", {}).items()
        for name in [name for name, text in typed if isinstance(text, str) and holds_key(text)]:
            self.add_error(name, str(HOLDS_KEY))

    def add_error(self, field: str | None, error: Any) -> None:
        super().add_error(field, error)
        if field in self.fields:
            self._mark_invalid(str(field))

    def _mark_invalid(self, name: str) -> None:
        attributes = self.fields[name].widget.attrs
        message = f"{self._id_of(name)}-error"
        described = attributes.get("aria-describedby", "").split()
        attributes["aria-invalid"] = "true"
        attributes["aria-describedby"] = " ".join(dict.fromkeys([message, *described]))

    def _id_of(self, name: str) -> str:
        return str(self.auto_id) % self.add_prefix(name) if self.auto_id else name

    def _name_what_is_missing(self, name: str, field: forms.Field) -> None:
        """In the summary, a link has to say which answer it leads to."""
        if field.error_messages.get("required") is _NOT_SAID:
            label = field.label or pretty_name(name)
            field.error_messages["required"] = format_lazy(_MISSING, label=label)


class ProductModelForm(ProductForm, forms.ModelForm):
    """The same for a form that is one row."""


class SharedForm(ProductForm):
    """What several people may change; `mark` is history.mark_of what was seen."""

    mark = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)
    #: What somebody else saved in the meantime, see templates/components/meanwhile.html.
    meanwhile: str | None = None

    def shows(self, current: str) -> None:
        """Show it again with what stands there by now. Sending it then is a decision made with
        both in sight."""
        self.meanwhile = current
        self.data = self.data.dict() | {self.add_prefix("mark"): mark_of(current)}


class NoteForm(SharedForm):
    """One short text that several people may change."""


class SharedModelForm(ProductModelForm):
    """One row of settings that several people may change."""

    mark = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)
    meanwhile: str | None = None
    shows = SharedForm.shows

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A row that is new says nothing yet that could be overwritten.
        self.is_new = self.instance.pk is None
        self.initial["mark"] = "" if self.is_new else mark_of(self.in_words(self.instance))

    def in_words(self, row: models.Model) -> str:
        """ "question: What did you see?; situation: Noticing": what the row says of this form."""
        said = []
        for name in self._meta.fields:
            shown = getattr(row, f"get_{name}_display", lambda name=name: getattr(row, name))()
            if isinstance(shown, bool):
                shown = "yes" if shown else "no"
            said.append(f"{row._meta.get_field(name).verbose_name}: {shown}")
        return "; ".join(said)

    @transaction.atomic
    def save(self, commit: bool = True) -> Any:
        """Write what this form asks, and nothing else of the row. Raises history.TextConflict when
        somebody else has saved since it was shown; then nothing was written."""
        if self.is_new:
            return super().save(commit)
        rows = type(self.instance)._base_manager
        # Settings that stand as they come have no row yet.
        rows.get_or_create(pk=self.instance.pk)
        held = rows.select_for_update().get(pk=self.instance.pk)
        require_seen(
            self.in_words(held),
            mark=self.cleaned_data["mark"],
            wanted=self.in_words(self.instance),
        )
        written = list(self._meta.fields)
        if isinstance(held, Versioned):
            self.instance.version = held.version + 1
            written.append("version")
        self.instance.save(update_fields=written)
        return self.instance
