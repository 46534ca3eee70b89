"""What the second reader, the facilitator and the signer of a publication say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.forms import NoteForm, ProductForm, ProductModelForm
from postmortems.deidentification import Replacement, Trace
from postmortems.models import PublicEdition, PulseCount

REPLACE, KEEP = "replace", "keep"


class ApprovalForm(ProductForm):
    comment = forms.CharField(
        label=_("Anything to say with it?"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The people who work on the review can read it."),
    )


class RepliesForm(NoteForm):
    note = forms.CharField(
        label=_("How were missing answers and wishes heard?"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Such as: asked twice, the last time on Monday. Roles, not names."),
    )


class PreventionForm(NoteForm):
    reason = forms.CharField(
        label=_("Why does no preventive action make sense?"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Readers will see this sentence."),
    )


class TraceRow(NamedTuple):
    trace: Trace
    do: BoundField
    instead: BoundField


class SigningForm(ProductForm):
    """One decision for each trace, and further words to replace.

    A certain trace is replaced unless the signer says otherwise, and what is only advice is kept;
    an uncertain one has no answer before somebody gives it.
    """

    extra = forms.CharField(
        label=_("Replace something else, too"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One to a line, with an equals sign: Contractor Max = the contractor"),
    )

    def __init__(self, *args: Any, traces: Iterable[Trace], **kwargs: Any) -> None:
        self.traces = {self._key(trace): trace for trace in traces}
        self.base_fields = self.base_fields.copy()
        for key, trace in self.traces.items():
            self.base_fields[f"{key}-do"] = forms.ChoiceField(
                label=gettext("What about “{found}”?").format(found=trace.found),
                choices=[
                    (REPLACE, gettext("Say instead")),
                    (
                        KEEP,
                        gettext("Keep it") if trace.is_advice else gettext("Not a person, keep it"),
                    ),
                ],
                initial=KEEP if trace.is_advice else REPLACE if trace.is_sure else None,
                required=not trace.is_advice,
                widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
                error_messages={
                    "required": gettext("Say whether “{found}” leads to a person.").format(
                        found=trace.found
                    )
                },
            )
            self.base_fields[f"{key}-instead"] = forms.CharField(
                label=gettext("Instead of “{found}”").format(found=trace.found),
                required=False,
                max_length=80,
                initial=trace.instead,
            )
        super().__init__(*args, **kwargs)

    @staticmethod
    def _key(trace: Trace) -> str:
        return f"trace-{hashlib.sha256(trace.found.encode()).hexdigest()[:12]}"

    def rows(self) -> Iterator[TraceRow]:
        for key, trace in self.traces.items():
            yield TraceRow(trace, self[f"{key}-do"], self[f"{key}-instead"])

    def clean_extra(self) -> list[Replacement]:
        """Lines of "found = instead" as replacements."""
        replacements = []
        for line in self.cleaned_data["extra"].splitlines():
            found, equals, instead = (part.strip() for part in line.partition("="))
            if not line.strip():
                continue
            if not (found and equals and instead):
                raise ValidationError(
                    gettext(
                        "Write one to a line, with an equals sign between: Contractor Max = the "
                        "contractor."
                    )
                )
            replacements.append(Replacement(found, "other", instead))
        return replacements

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for key, trace in self.traces.items():
            instead = cleaned.get(f"{key}-instead", "").strip()
            if cleaned.get(f"{key}-do") == REPLACE and not instead:
                self.add_error(
                    f"{key}-instead",
                    gettext("Say what stands instead of “{found}”.").format(found=trace.found),
                )
        return cleaned

    def decisions(self) -> list[Replacement]:
        """What was decided for each trace, "" to keep it; call it on a valid form."""
        cleaned = self.cleaned_data
        decided = [
            Replacement(
                trace.found,
                trace.kind,
                cleaned[f"{key}-instead"].strip() if cleaned[f"{key}-do"] == REPLACE else "",
            )
            for key, trace in self.traces.items()
        ]
        return [*decided, *cleaned["extra"]]


class PulseForm(ProductForm):
    learned = forms.ChoiceField(
        label=PulseCount.Question.LEARNED.label,
        choices=PulseCount.Answer.choices,
        widget=forms.RadioSelect,
    )
    again = forms.ChoiceField(
        label=PulseCount.Question.AGAIN.label,
        choices=PulseCount.Answer.choices,
        widget=forms.RadioSelect,
    )


class PublicEditionForm(ProductModelForm):
    """The text for outsiders. Every word of it is written here."""

    class Meta:
        model = PublicEdition
        fields = ("title", "what_happened", "impact", "what_we_do", "dates")
        labels: ClassVar = {
            "title": _("Title"),
            "what_happened": _("What happened?"),
            "impact": _("What did customers notice, in their words?"),
            "what_we_do": _("What do we do about it?"),
            "dates": _("How exactly is the date told?"),
        }
        help_texts: ClassVar = {
            "title": _("It becomes part of the address. No names, no references."),
            "what_happened": _("For somebody who has never seen our systems. Plain text."),
            "impact": _("What they could not do, and for how long."),
            "what_we_do": _("What is done and what is planned; only what you will keep to."),
        }
        widgets: ClassVar = {
            "what_happened": forms.Textarea(attrs={"rows": 8, "maxlength": 20_000}),
            "impact": forms.Textarea(attrs={"rows": 4, "maxlength": 20_000}),
            "what_we_do": forms.Textarea(attrs={"rows": 5, "maxlength": 20_000}),
        }


class PutPublicForm(ProductForm):
    has_looked = forms.BooleanField(
        label=_("I have looked at each of these words, and outsiders may read them"),
        required=False,
    )


class WithdrawForm(ProductForm):
    reason = forms.CharField(
        label=_("Why is it withdrawn?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For those who work here; outsiders find nothing any more."),
    )
