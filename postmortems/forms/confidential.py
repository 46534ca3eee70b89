"""Confidential notes: what their author and the facilitator write. No form here keeps a draft."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import NoteForm, ProductForm

WORDS = 10_000
_LINE = 2_000


def _text(label: str, missing: str, *, hint: str = "", rows: int = 3, most: int = WORDS) -> Any:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=most,
        widget=forms.Textarea(
            attrs={"rows": rows, "autocomplete": "off", "class": "is-tall" if rows > 5 else ""}
        ),
        error_messages={"required": missing},
    )


class AddNoteForm(ProductForm):
    words = _text(
        _("What should the review know?"),
        _("Write what the review should know."),
        hint=_(
            "Say what the moment looked like, what pressed, what helped. Leave out names, "
            "and what only you could know"
        ),
        rows=9,
    )
    premises = forms.BooleanField(
        label=_("I write on the six premises: nobody is looked for, the work is looked at"),
        error_messages={"required": _("A note is written on the six premises, like the review.")},
    )
    understood = forms.BooleanField(
        label=_("I know that only the next page shows the code, and that a lost code is lost"),
        error_messages={
            "required": _(
                "The code is the only way back to your note, and nobody can send it again."
            )
        },
    )
    # Of this one showing; it is kept nowhere. See receipts.new_secret.
    secret = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


class CodeForm(ProductForm):
    code = forms.CharField(
        label=_("Your code"),
        help_text=_("Seven groups of four. Spaces and small letters are fine"),
        max_length=120,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": _("Type the code that was shown when the note was sent.")},
    )


class RewriteForm(NoteForm):
    words = _text(
        _("Your note"), _("Write what the review should know, or withdraw the note."), rows=9
    )


class AnswerForm(ProductForm):
    answer = _text(_("Your answer"), _("Write an answer, or leave the question."), most=_LINE)


class PrepareForm(NoteForm):
    words = _text(
        _("What the review would read"),
        _("Write what the review would read."),
        hint=_("Keep what was meant; leave out what leads to a person"),
        rows=9,
    )


class AskForm(ProductForm):
    question = _text(
        _("Ask its author"),
        _("Write your question."),
        hint=_("They find it when they come back with their code, if they do"),
        most=_LINE,
    )


class SetAsideForm(ProductForm):
    reason = _text(
        _("Why is it not for this review?"),
        _("Say why in a sentence: its author reads it."),
        hint=_("Its author reads this sentence"),
        rows=2,
        most=_LINE,
    )
