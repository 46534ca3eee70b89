"""Four questions about the effect that lead to a severity, for every form that asks for one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from incidents import severity
from incidents.models import ImpactAnswers

_MISSING = _("Pick how it feels. Not sure? Pick the worse one.")


def _question(label: str, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False, widget=forms.RadioSelect)


class ImpactQuestions(forms.Form):
    """The help beside a field `severity`. It never stands in the way of sending the form."""

    reach = _question(_("Who is touched?"), ImpactAnswers.Reach.choices)
    effect = _question(_("What is it like for them?"), ImpactAnswers.Effect.choices)
    data = _question(_("Is data safe?"), ImpactAnswers.Data.choices)
    way_round = _question(_("Is there a way round?"), ImpactAnswers.WayRound.choices)
    overruled_because = forms.CharField(
        label=_("Why another one?"),
        help_text=_("One line. It helps to tune the questions."),
        required=False,
        max_length=500,
    )

    @property
    def help_questions(self) -> list[forms.BoundField]:
        return [self[name] for name in severity.QUESTIONS]

    @property
    def help_is_used(self) -> bool:
        return any(self[name].value() for name in severity.QUESTIONS)

    @property
    def suggestion(self) -> severity.Suggestion | None:
        """From what stands in the form now, sent or not."""
        return severity.suggest({name: str(self[name].value()) for name in severity.QUESTIONS})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("severity") and "severity" in self.errors and self.suggestion:
            suggested = gettext("Suggested: {severity}.").format(severity=self.suggestion.label)
            offer = f"{_MISSING} {suggested}"
            self.errors["severity"] = self.error_class([offer])
        return cleaned

    @property
    def impact_answers(self) -> dict[str, str]:
        """Columns of ImpactAnswers; empty when nothing was answered."""
        cleaned = self.cleaned_data
        answers = {name: cleaned[name] for name in severity.QUESTIONS}
        if not any(answers.values()):
            return {}
        suggested = severity.suggest(answers)
        differs = suggested is not None and suggested.severity != cleaned["severity"]
        return answers | {
            "suggested": suggested.severity if suggested else "",
            "overruled_because": cleaned["overruled_because"] if differs else "",
        }
