"""What happens on the way from agreed to verified."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from actions import snoozing
from actions.forms.fields import OwnerField, date_field, not_past
from common.forms import ProductForm, SeveralField
from people.models import Team, User


class OwnerForm(ProductForm):
    owner = OwnerField(label=_("Who takes it on?"))

    def __init__(self, *args: Any, owners: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners


class TeamForm(ProductForm):
    team = forms.ModelChoiceField(
        Team.objects.none(), label=_("Which team looks after them?"), empty_label=_("Choose a team")
    )

    def __init__(self, *args: Any, teams: QuerySet[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = teams


class HelpersForm(ProductForm):
    helpers = SeveralField(
        User.objects.none(),
        label=_("Who helps?"),
        help_text=_("They work on it, too, and are told. The promise stays with its owner."),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 10}),
        error_messages={"invalid_choice": _("Choose people who can read where it comes from.")},
    )

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["helpers"].queryset = people


class StateForm(ProductForm):
    """Which of the states that need nothing but a word."""

    conditional = frozenset({"blocked_on"})
    START, ASIDE, WAIT = "start", "aside", "wait"

    to = forms.ChoiceField(
        label=_("Where is it by now?"),
        choices=[
            (START, _("In progress")),
            (ASIDE, _("Agreed, and nobody works on it for now")),
            (WAIT, _("Waiting for something")),
        ],
        widget=forms.RadioSelect,
    )
    blocked_on = forms.CharField(label=_("What does it wait for?"), required=False, max_length=300)

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if typed.get("to") == self.WAIT and not typed.get("blocked_on"):
            self.add_error(
                "blocked_on", gettext("Say what it waits for, so that somebody can help.")
            )
        return typed

    def values(self) -> dict[str, Any]:
        """For the verb of the state that was chosen."""
        is_waiting = self.cleaned_data["to"] == self.WAIT
        return {"blocked_on": self.cleaned_data["blocked_on"]} if is_waiting else {}


class DateForm(ProductForm):
    """A new day, one of those offered or one's own, and why. `present` is the one it has."""

    due_on = date_field(label=_("Until which day?"))
    reason = forms.CharField(
        label=_("What came in between?"),
        help_text=_("One sentence. The old date stays visible."),
        max_length=300,
    )

    def __init__(self, *args: Any, today: date, present: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.present = today, present
        # The next key is for the day, or for the reason when a day was picked already.
        first = "reason" if self.initial.get("due_on") else "due_on"
        self.fields[first].widget.attrs["data-focus-now"] = True

    @property
    def offers(self) -> list[date]:
        """A week, two and four from the present day, or from today once that has passed; Mondays
        instead of weekends."""
        start = max(self.today, self.present or self.today)
        days = [start + timedelta(weeks=weeks) for weeks in (1, 2, 4)]
        return [day + timedelta(days=(7 - day.weekday()) * (day.weekday() >= 5)) for day in days]

    def clean_due_on(self) -> date | None:
        return not_past(self.cleaned_data["due_on"], today=self.today)


class BlockForm(ProductForm):
    blocked_on = forms.CharField(label=_("What does it wait for?"), max_length=300)


class ProofForm(ProductForm):
    proof = forms.CharField(
        label=_("What shows that it works?"),
        help_text=_("What was tried, by how many, and what came out. Links are welcome."),
        max_length=8_000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class WorkedForm(ProductForm):
    showed = forms.CharField(
        label=_("What did you look at, and what did it show?"),
        help_text=_("A sentence is enough. Links are welcome."),
        max_length=8_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class NotYetForm(ProductForm):
    missing = forms.CharField(
        label=_("What does it not show yet?"),
        help_text=_("The owner reads this."),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class SnoozeForm(ProductForm):
    """Until when, by one click or a day of one's own, and why."""

    #: The first word is kept, and said in the language of whoever reads it.
    REASONS = (
        ("Other work comes first for now", _("Other work comes first for now")),
        ("It waits for somebody else", _("It waits for somebody else")),
        ("I am away", _("I am away")),
    )

    reason = forms.ChoiceField(
        label=_("Why?"),
        help_text=_("Its page shows this."),
        choices=REASONS,
        initial=REASONS[0][0],
        widget=forms.RadioSelect,
    )
    until = date_field(label=_("Until another day"), required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    @property
    def offers(self) -> list[tuple[str, date]]:
        return snoozing.days_on_offer(self.today)

    def clean(self) -> dict[str, Any]:
        """A button with a day wins over the day that was typed."""
        typed = self.cleaned_data
        offered = {day.isoformat(): day for _, day in self.offers}
        until = offered.get(self.data.get("offered", ""), typed.get("until"))
        if until is None and "until" not in self.errors:
            self.add_error("until", gettext("Choose a day, or one of the buttons."))
        elif until and not self.today < until <= self.today + snoozing.LONGEST:
            self.add_error(
                "until",
                gettext(
                    "Choose a day within the next two months. Later than that, set a new date."
                ),
            )
        return typed | {"until": until}
