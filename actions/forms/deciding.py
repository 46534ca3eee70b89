"""Whether it is done at all: parked, agreed, dropped or kept."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from actions.forms.fields import OwnerField, date_field, not_past
from actions.forms.writing import PromisedMixin
from common.forms import ProductForm
from people.models import Team, User


class ParkForm(ProductForm):
    """One line, as it was said. What does not fit into a title stands below it in full."""

    text = forms.CharField(label=_("Which fix came up?"), max_length=5_000)

    def values(self, *, team: Team | None) -> dict[str, Any]:
        """Fields of the new Action."""
        text = " ".join(self.cleaned_data["text"].split())
        return {"title": text[:200], "detail": text if len(text) > 200 else "", "team": team}


class _EarlyForm(ProductForm):
    """Deciding an idea that still rests needs a reason; one that has rested is not asked."""

    early_reason = forms.CharField(label=_("Why can it not wait?"), max_length=300)

    def __init__(self, *args: Any, rests_because: str, **kwargs: Any) -> None:
        """`rests_because` is the sentence on until when it rests, or "" when it does not."""
        super().__init__(*args, **kwargs)
        early = self.fields["early_reason"]
        early.help_text = rests_because
        early.error_messages["required"] = rests_because
        if not rests_because:
            del self.fields["early_reason"]


class AgreeForm(PromisedMixin, _EarlyForm):
    owner = OwnerField(label=_("Who will see to it?"))
    due_on = date_field(label=_("By when?"))
    done_test = forms.CharField(
        label=_("How will we know it worked?"),
        help_text=_("Something anybody could try and see."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    field_order = ("owner", "due_on", "later_because", "done_test", "early_reason")

    def __init__(
        self,
        *args: Any,
        owners: QuerySet[User],
        today: date,
        priority: str,
        promised: dict[str, date],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.priority, self.promised = today, priority, promised
        self._say_promise()
        self.fields["owner"].queryset = owners

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._check_promise(cleaned, self.priority)
        return cleaned

    def clean_due_on(self) -> date | None:
        return not_past(self.cleaned_data["due_on"], today=self.today)


class DropForm(_EarlyForm):
    """Why not, and for an action that was promised, who carries the risk that stays."""

    reason = forms.CharField(
        label=_("Why not?"),
        help_text=_("One sentence. It counts as an answer."),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    risk_carried_by = forms.CharField(
        label=_("Who carries the risk that stays?"),
        help_text=_("A team or a role, such as “Platform, with its manager”."),
        max_length=160,
    )

    def __init__(self, *args: Any, is_promised: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_promised:
            del self.fields["risk_carried_by"]


class KeepForm(ProductForm):
    """Why it stays promised, though somebody suggested not to do it."""

    reason = forms.CharField(
        label=_("What makes it worth doing?"),
        help_text=_("One sentence. Its owner reads this."),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
