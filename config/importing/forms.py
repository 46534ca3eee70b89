"""What the page for imports is asked: first files, then what was understood of them."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common.forms import ProductForm
from config.importing.looking import FORMS, File
from config.importing.table import FIELDS
from incidents.models import Incident
from people.forms.account import ZoneField
from people.models import Team

#: Bytes of all files together: the page takes them along until they are imported.
MOST_TEXT = 1_000_000
MOST_FILES = 20
#: Postmortems at a time; the command takes any number.
MOST_AT_ONCE = 200
_BY_COMMAND = _("Send fewer at a time, or let whoever runs this site use `import_postmortems`.")


class ImportForm(ProductForm):
    form = forms.ChoiceField(label=_("What they are"), choices=FORMS, widget=forms.RadioSelect)
    team = forms.ModelChoiceField(
        label=_("Team that will own them"),
        queryset=Team.objects.none(),
        to_field_name="slug",
        empty_label=None,
    )
    severity = forms.ChoiceField(
        label=_("Severity where they tell none"), choices=Incident.Severity, initial="sev3"
    )
    zone = ZoneField(label=_("Time zone where they tell none"))

    def __init__(self, *args: Any, teams: QuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["team"]
        field.queryset = teams
        self.texts: list[File] = []

    def clean_zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.cleaned_data["zone"])

    def take(self, uploads: Sequence[UploadedFile], names: list[str], texts: list[str]) -> None:
        """The files: just sent, or taken along from the page before."""
        if uploads:
            if sum(upload.size or 0 for upload in uploads) > 4 * MOST_TEXT:
                words = _("These files are too large for one page.")
                self.add_error(None, f"{words} {_BY_COMMAND}")
                return
            self.texts = [File.of(upload.name or "file", upload.read()) for upload in uploads]
        else:
            self.texts = [File(name, text) for name, text in zip(names, texts, strict=False)]
        if not self.texts:
            self.add_error(None, _("Choose at least one file."))
        elif (
            len(self.texts) > MOST_FILES
            or sum(len(file.text.encode(errors="replace")) for file in self.texts) > MOST_TEXT
        ):
            words = _("That is more than {files} files or {size} MB of text.").format(
                files=MOST_FILES, size=MOST_TEXT // 1_000_000
            )
            self.add_error(None, f"{words} {_BY_COMMAND}")

    def too_many(self, count: int) -> bool:
        if count > MOST_AT_ONCE:
            words = _("These are {number} postmortems, more than {most}.").format(
                number=count, most=MOST_AT_ONCE
            )
            self.add_error(None, f"{words} {_BY_COMMAND}")
        return count > MOST_AT_ONCE


class ColumnsForm(ProductForm):
    """Which column of a table is what."""

    def __init__(
        self, *args: Any, columns: list[str], guessed: dict[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("no column")), *((name, name[:80]) for name in dict.fromkeys(columns))]
        for name, label in FIELDS.items():
            self.fields[f"column_{name}"] = forms.ChoiceField(
                label=_(label),
                choices=choices,
                required=False,
                initial=guessed.get(name, ""),
                widget=forms.Select(attrs={"class": "form-select"}),
            )

    @property
    def mapping(self) -> dict[str, str]:
        return {
            name.removeprefix("column_"): column
            for name, column in self.cleaned_data.items()
            if column
        }
