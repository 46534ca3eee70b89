"""How long identities are kept, and when confidential notes are opened."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import SharedModelForm
from postmortems.models import Protection


class ProtectionForm(SharedModelForm):
    class Meta:
        model = Protection
        fields = ("seal_after_days", "notes_open")
        labels = {
            "seal_after_days": _(
                "After how many days does a published review forget who wrote what?"
            ),
            "notes_open": _("When are confidential notes opened?"),
        }
        help_texts = {
            "seal_after_days": _("0 is the night after publication. Leave it empty for never"),
            "notes_open": _(
                "All together, so that the hour of a note says nothing. The rarer, the less "
                "the day says, too"
            ),
        }
        widgets = {"notes_open": forms.RadioSelect}
