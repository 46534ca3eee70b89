"""Did it hold? Asked on the page, and in short from a mail."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from actions.models import EffectCheck
from common.forms import ProductForm, SeveralField
from incidents.models import Incident


def _sentence_field() -> forms.CharField:
    return forms.CharField(
        label=_("What tells you so?"),
        help_text=_("One sentence. It stays with the answer."),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class HeldForm(ProductForm):
    """The same question from a mail: what names no incident can be answered there."""

    answer = forms.ChoiceField(
        label=_("Did the same kind of thing happen again?"),
        choices=[
            (answer.value, answer.label)
            for answer in (EffectCheck.Answer.HELD, EffectCheck.Answer.CANNOT_TELL)
        ],
        widget=forms.RadioSelect,
    )
    sentence = _sentence_field()


class EffectForm(ProductForm):
    """Did it happen again? Before the day of the question, only "yes" is an answer."""

    answer = forms.ChoiceField(label=_("What happened since?"), widget=forms.RadioSelect)
    incidents = SeveralField(
        Incident.objects.none(),
        label=_("In which did it happen again?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    other = forms.CharField(
        label=_("In another one"),
        help_text=_("Its reference, such as INC-142."),
        required=False,
        max_length=16,
    )
    sentence = _sentence_field()

    def __init__(
        self,
        *args: Any,
        is_due: bool,
        shown: list[Incident],
        nameable: QuerySet[Incident],
        **kwargs: Any,
    ) -> None:
        """`shown` stand on the form to be ticked; `nameable` can be named by their reference."""
        super().__init__(*args, **kwargs)
        answers = EffectCheck.Answer
        self.fields["answer"].choices = [
            (value, label)
            for value, label in answers.choices
            if is_due or value == answers.RECURRED
        ]
        self.nameable = nameable
        self.fields["incidents"].queryset = nameable.filter(pk__in=[row.pk for row in shown])
        if not shown:
            del self.fields["incidents"]

    def clean_other(self) -> Incident | None:
        reference = self.cleaned_data["other"].strip().upper()
        if not reference:
            return None
        found = self.nameable.filter(reference=reference).first()
        if found is None:
            raise ValidationError(
                gettext("There is no such incident that everybody reading this may see.")
            )
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        named = [*cleaned.get("incidents", []), *filter(None, [cleaned.get("other")])]
        cleaned["named"] = named
        is_again = cleaned.get("answer") == EffectCheck.Answer.RECURRED
        if is_again and not named and "other" not in self.errors:
            self.add_error(
                "other", gettext("Name at least one incident in which it happened again.")
            )
        return cleaned
