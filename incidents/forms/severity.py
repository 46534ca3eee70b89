"""Four questions about the effect that lead to a severity, for every form that asks for one."""

from __future__ import annotations

from typing import Any

from django import forms

from incidents import severity
from incidents.models import ImpactAnswers

_MISSING = "Pick how it feels. Not sure? Pick the worse one."


def _question(label: str, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False, widget=forms.RadioSelect)


class ImpactQuestions(forms.Form):
    """The help beside a field `severity`. It never stands in the way of sending the form."""

    reach = _question("Who is touched?", ImpactAnswers.Reach.choices)
    effect = _question("What is it like for them?", ImpactAnswers.Effect.choices)
    data = _question("Is data safe?", ImpactAnswers.Data.choices)
    way_round = _question("Is there a way round?", ImpactAnswers.WayRound.choices)
    overruled_because = forms.CharField(
        label="Why another one?",
        help_text="One line. It helps to tune the questions.",
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
            offer = f"{_MISSING} Suggested: {self.suggestion.label}."
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
