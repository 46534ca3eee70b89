"""What people type about actions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet

from actions import promise, snoozing
from actions.models import Action, EffectCheck, ParkingRule, ReminderRule, Tracker
from common.forms import (
    ProductForm,
    ProductModelForm,
    SeveralField,
    SharedForm,
    SharedModelForm,
)
from common.history import mark_of
from incidents.models import Incident
from people.models import Team, User


class _OwnerField(forms.ModelChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            User.objects.none(),
            empty_label="Nobody yet",
            error_messages={"invalid_choice": "Choose somebody who can read where it comes from."},
            **kwargs,
        )


#: Nobody promises further ahead; a slip of the finger writes the year 9999.
FURTHEST = timedelta(days=3_653)


def _date_field(**kwargs: Any) -> forms.DateField:
    return forms.DateField(
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Write the day as 2026-02-14, or pick it from the calendar."},
        **kwargs,
    )


def _not_past(due_on: date | None, *, today: date) -> date | None:
    if due_on is not None and due_on < today:
        raise ValidationError("That day has passed. Choose today or a later day.")
    if due_on is not None and due_on > today + FURTHEST:
        raise ValidationError("That is more than ten years ahead. Choose an earlier day.")
    return due_on


class _PromisedMixin(forms.Form):
    """A day later than promised is fine, with a reason that is kept.

    `promised` is {priority: the day until which the organisation promises it}.
    """

    conditional = frozenset({"later_because"})
    later_because = forms.CharField(
        label="Why later than we promise?",
        help_text="Only for a day after the promised one. It stays visible.",
        required=False,
        max_length=300,
    )
    promised: dict[str, date]

    def _check_promise(self, cleaned: dict[str, Any], priority: str) -> None:
        due_on, day = cleaned.get("due_on"), self.promised.get(priority)
        if due_on and day and due_on > day and not cleaned.get("later_because"):
            self.add_error(
                "later_because",
                f"What this answers is promised by {day.day} {day:%B %Y}. A later day is fine: "
                "say why.",
            )

    def _say_promise(self) -> None:
        if not self.promised:
            del self.fields["later_because"]
            return
        said = ", ".join(
            f"“{Action.Priority(priority).label}” by {day.day} {day:%b}"
            for priority, day in self.promised.items()
        )
        self.fields["due_on"].help_text = f"We promise: {said}."
        self.fields["due_on"].widget.attrs["aria-describedby"] = f"{self._id_of('due_on')}-hint"


class ActionForm(ProductModelForm):
    """A new action, or new words for one."""

    ticket_url = forms.URLField(
        label="Ticket elsewhere", required=False, max_length=500, assume_scheme="https"
    )

    class Meta:
        model = Action
        fields = ("title", "kind", "measure", "strength", "priority", "detail", "team",
                  "done_test", "ticket_url")  # fmt: skip
        labels = {
            "title": "What will change?",
            "kind": "What does it do for us?",
            "measure": "By which means?",
            "strength": "How strong is it?",
            "priority": "How soon?",
            "detail": "What does somebody need to know to start?",
            "team": "Team",
            "done_test": "How will we know it worked?",
        }
        help_texts = {
            "title": "One change, starting with a verb: “Show the host role in every prompt”.",
            "strength": "What removes a hazard outlasts what reminds people of it.",
            "done_test": "Something anybody could try and see: “Removing a test dump pages someone "
            "within 15 minutes”.",
        }
        widgets = {
            "kind": forms.RadioSelect,
            "strength": forms.RadioSelect,
            "detail": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *args: Any, teams: QuerySet[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = teams
        self.fields["team"].empty_label = "No team"
        self.fields["strength"].empty_value = None
        for name in ("measure", "priority"):
            self.fields[name].required = True
        self.fields["strength"].choices = [("", "Not sure"), *Action.Strength.choices]
        if self.instance.pk and self.instance.state != Action.State.PARKED:
            self.fields["done_test"].required = True

    def differences(self, current: Action) -> list[tuple[str, str]]:
        """(label, text) of each field that reads differently in `current` than in this form."""
        found = []
        for name in self.fields:
            theirs, mine = getattr(current, name), self.cleaned_data[name]
            if theirs != mine:
                display = getattr(current, f"get_{name}_display", None)
                found.append((self.fields[name].label, str(display() if display else theirs or "")))
        return found


class NewActionForm(_PromisedMixin, ActionForm):
    """Agree on it now, with owner, date and done-test; or park it as an idea."""

    AGREE, PARK = "agree", "park"

    conditional = frozenset({"due_on", "later_because"})
    decision = forms.ChoiceField(
        label="Is it agreed?",
        help_text="An idea can be parked without an owner, a day and a sign.",
        choices=[
            (AGREE, "Agreed: somebody will do it, by a day"),
            (PARK, "Parked: a good idea, to be decided later"),
        ],
        widget=forms.RadioSelect,
        initial=AGREE,
    )
    owner = _OwnerField(label="Who will see to it?", required=False)
    due_on = _date_field(label="By when?", required=False)
    # The day that was suggested: left as it was, it follows "How soon?".
    suggested_on = forms.DateField(required=False, widget=forms.HiddenInput)

    field_order = ("title", "kind", "done_test", "decision", "owner", "due_on", "priority",
                   "later_because", "team", "measure", "strength", "detail",
                   "ticket_url")  # fmt: skip

    def __init__(
        self,
        *args: Any,
        owners: QuerySet[User],
        today: date,
        needs_team: bool = False,
        promised: dict[str, date],
        suggested: dict[str, date],
        **kwargs: Any,
    ) -> None:
        """`suggested` is {priority: day}: what is promised, or else what would be usual."""
        super().__init__(*args, **kwargs)
        self.promised, self.suggested = promised, suggested
        self._say_promise()
        self.fields["due_on"].widget.attrs |= {
            "data-suggested-by": self._id_of("priority"),
            **{f"data-day-{priority}": day.isoformat() for priority, day in suggested.items()},
        }
        # What it does for us is a choice, so none is made beforehand.
        if "kind" not in (kwargs.get("initial") or {}):
            self.initial["kind"] = ""
        self.fields["team"].required = needs_team
        self.today = today
        self.fields["owner"].queryset = owners
        is_parked = self.is_bound and self.data.get("decision") == self.PARK
        for name, message in (
            ("owner", "Choose who will see to it, or park it for now."),
            ("done_test", "Say how we will know that it worked, or park it for now."),
        ):
            self.fields[name].required = not is_parked
            self.fields[name].error_messages["required"] = message

    def clean_due_on(self) -> date | None:
        return _not_past(self.cleaned_data["due_on"], today=self.today)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("decision") == self.AGREE:
            day = self.suggested.get(cleaned.get("priority", ""))
            if day and cleaned.get("due_on", day) in {None, cleaned.get("suggested_on")}:
                cleaned["due_on"] = day
            self._check_promise(cleaned, cleaned.get("priority", ""))
        return cleaned

    @property
    def is_agreed(self) -> bool:
        return self.cleaned_data["decision"] == self.AGREE

    def values(self) -> dict[str, Any]:
        """Fields of the new Action."""
        asked_only = {"decision", "suggested_on"}
        return {name: value for name, value in self.cleaned_data.items() if name not in asked_only}


class ParkingRuleForm(SharedModelForm):
    class Meta:
        model = ParkingRule
        fields = ("working_days",)
        labels = {"working_days": "How many working days does a parked idea rest?"}
        help_texts = {
            "working_days": "From 0, which is not at all, to 20. It holds for ideas parked from "
            "now on.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["working_days"].max_value = 20
        self.fields["working_days"].validators.append(
            MaxValueValidator(20, "At most 20 working days: ideas go stale, too.")
        )


class ParkForm(ProductForm):
    """One line, as it was said. What does not fit into a title stands below it in full."""

    text = forms.CharField(label="Which fix came up?", max_length=5_000)

    def values(self, *, team: Team | None) -> dict[str, Any]:
        """Fields of the new Action."""
        text = " ".join(self.cleaned_data["text"].split())
        return {"title": text[:200], "detail": text if len(text) > 200 else "", "team": team}


class _EarlyForm(ProductForm):
    """Deciding an idea that still rests needs a reason; one that has rested is not asked."""

    early_reason = forms.CharField(label="Why can it not wait?", max_length=300)

    def __init__(self, *args: Any, rests_because: str, **kwargs: Any) -> None:
        """`rests_because` is the sentence on until when it rests, or "" when it does not."""
        super().__init__(*args, **kwargs)
        early = self.fields["early_reason"]
        early.help_text = rests_because
        early.error_messages["required"] = rests_because
        if not rests_because:
            del self.fields["early_reason"]


class AgreeForm(_PromisedMixin, _EarlyForm):
    owner = _OwnerField(label="Who will see to it?")
    due_on = _date_field(label="By when?")
    done_test = forms.CharField(
        label="How will we know it worked?",
        help_text="Something anybody could try and see.",
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
        return _not_past(self.cleaned_data["due_on"], today=self.today)


class OwnerForm(ProductForm):
    owner = _OwnerField(label="Who takes it on?")

    def __init__(self, *args: Any, owners: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners


class StateForm(ProductForm):
    """Which of the states that need nothing but a word."""

    conditional = frozenset({"blocked_on"})
    START, ASIDE, WAIT = "start", "aside", "wait"

    to = forms.ChoiceField(
        label="Where is it by now?",
        choices=[
            (START, "In progress"),
            (ASIDE, "Agreed, and nobody works on it for now"),
            (WAIT, "Waiting for something"),
        ],
        widget=forms.RadioSelect,
    )
    blocked_on = forms.CharField(label="What does it wait for?", required=False, max_length=300)

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if typed.get("to") == self.WAIT and not typed.get("blocked_on"):
            self.add_error("blocked_on", "Say what it waits for, so that somebody can help.")
        return typed

    def values(self) -> dict[str, Any]:
        """For the verb of the state that was chosen."""
        is_waiting = self.cleaned_data["to"] == self.WAIT
        return {"blocked_on": self.cleaned_data["blocked_on"]} if is_waiting else {}


class TeamForm(ProductForm):
    team = forms.ModelChoiceField(
        Team.objects.none(), label="Which team looks after them?", empty_label="Choose a team"
    )

    def __init__(self, *args: Any, teams: QuerySet[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = teams


class HelpersForm(ProductForm):
    helpers = SeveralField(
        User.objects.none(),
        label="Who helps?",
        help_text="They work on it, too, and are told. The promise stays with its owner.",
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 10}),
        error_messages={"invalid_choice": "Choose people who can read where it comes from."},
    )

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["helpers"].queryset = people


class DateForm(ProductForm):
    """A new day, one of those offered or one's own, and why. `present` is the one it has."""

    due_on = _date_field(label="Until which day?")
    reason = forms.CharField(
        label="What came in between?",
        help_text="One sentence. The old date stays visible.",
        max_length=300,
    )

    def __init__(self, *args: Any, today: date, present: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.present = today, present

    @property
    def offers(self) -> list[date]:
        """A week, two and four from the present day, or from today once that has passed; Mondays
        instead of weekends."""
        start = max(self.today, self.present or self.today)
        days = [start + timedelta(weeks=weeks) for weeks in (1, 2, 4)]
        return [day + timedelta(days=(7 - day.weekday()) * (day.weekday() >= 5)) for day in days]

    def clean_due_on(self) -> date | None:
        return _not_past(self.cleaned_data["due_on"], today=self.today)


class BlockForm(ProductForm):
    blocked_on = forms.CharField(label="What does it wait for?", max_length=300)


class ProofForm(ProductForm):
    proof = forms.CharField(
        label="What shows that it works?",
        help_text="What was tried, by how many, and what came out. Links are welcome.",
        max_length=8_000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class WorkedForm(ProductForm):
    showed = forms.CharField(
        label="What did you look at, and what did it show?",
        help_text="A sentence is enough. Links are welcome.",
        max_length=8_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _sentence_field() -> forms.CharField:
    return forms.CharField(
        label="What tells you so?",
        help_text="One sentence. It stays with the answer.",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class HeldForm(ProductForm):
    """The same question from a mail: what names no incident can be answered there."""

    answer = forms.ChoiceField(
        label="Did the same kind of thing happen again?",
        choices=[
            (answer.value, answer.label)
            for answer in (EffectCheck.Answer.HELD, EffectCheck.Answer.CANNOT_TELL)
        ],
        widget=forms.RadioSelect,
    )
    sentence = _sentence_field()


class EffectForm(ProductForm):
    """Did it happen again? Before the day of the question, only "yes" is an answer."""

    answer = forms.ChoiceField(label="What happened since?", widget=forms.RadioSelect)
    incidents = SeveralField(
        Incident.objects.none(),
        label="In which did it happen again?",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    other = forms.CharField(
        label="In another one",
        help_text="Its reference, such as INC-142.",
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
            raise ValidationError("There is no such incident that everybody reading this may see.")
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        named = [*cleaned.get("incidents", []), *filter(None, [cleaned.get("other")])]
        cleaned["named"] = named
        is_again = cleaned.get("answer") == EffectCheck.Answer.RECURRED
        if is_again and not named and "other" not in self.errors:
            self.add_error("other", "Name at least one incident in which it happened again.")
        return cleaned


class PromiseForm(SharedForm):
    """Working days for every severity and priority."""

    def __init__(self, *args: Any, held: dict[tuple[str, str], int], **kwargs: Any) -> None:
        super().__init__(*args, initial={"mark": mark_of(promise.in_words(held))}, **kwargs)
        for severity, label in Incident.Severity.choices:
            for priority, words in Action.Priority.choices:
                what = f"{label}, {words.lower()}"
                self.fields[f"{severity}_{priority}"] = forms.IntegerField(
                    label=f"{what}: within how many working days?",
                    min_value=1,
                    max_value=260,
                    initial=held[severity, priority],
                    widget=forms.NumberInput(
                        attrs={"class": "form-control", "inputmode": "numeric"}
                    ),
                    error_messages=dict.fromkeys(
                        ("required", "invalid", "min_value", "max_value"),
                        f"{what}: write a number of working days, from 1 to 260.",
                    ),
                )

    @property
    def rows(self) -> list[tuple[str, list[tuple[str, forms.BoundField]]]]:
        """(severity, [(words of the priority, field)])."""
        return [
            (
                severity,
                [
                    (label, self[f"{severity}_{priority}"])
                    for priority, label in Action.Priority.choices
                ],
            )
            for severity in Incident.Severity.values
        ]

    @property
    def wanted(self) -> dict[tuple[str, str], int]:
        return {
            (severity, priority): self.cleaned_data[f"{severity}_{priority}"]
            for severity in Incident.Severity.values
            for priority in Action.Priority.values
        }


class NotYetForm(ProductForm):
    missing = forms.CharField(
        label="What does it not show yet?",
        help_text="The owner reads this.",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DropForm(_EarlyForm):
    """Why not, and for an action that was promised, who carries the risk that stays."""

    reason = forms.CharField(
        label="Why not?",
        help_text="One sentence. It counts as an answer.",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    risk_carried_by = forms.CharField(
        label="Who carries the risk that stays?",
        help_text="A team or a role, such as “Platform, with its manager”.",
        max_length=160,
    )

    def __init__(self, *args: Any, is_promised: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_promised:
            del self.fields["risk_carried_by"]


class KeepForm(ProductForm):
    """Why it stays promised, though somebody suggested not to do it."""

    reason = forms.CharField(
        label="What makes it worth doing?",
        help_text="One sentence. Its owner reads this.",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class SnoozeForm(ProductForm):
    """Until when, by one click or a day of one's own, and why."""

    REASONS = (
        ("Other work comes first for now", "Other work comes first for now"),
        ("It waits for somebody else", "It waits for somebody else"),
        ("I am away", "I am away"),
    )

    reason = forms.ChoiceField(
        label="Why?",
        help_text="Its page shows this.",
        choices=REASONS,
        initial=REASONS[0][0],
        widget=forms.RadioSelect,
    )
    until = _date_field(label="Until another day", required=False)

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
            self.add_error("until", "Choose a day, or one of the buttons.")
        elif until and not self.today < until <= self.today + snoozing.LONGEST:
            self.add_error(
                "until", "Choose a day within the next two months. Later than that, set a new date."
            )
        return typed | {"until": until}


class ReminderRuleForm(SharedModelForm):
    class Meta:
        model = ReminderRule
        fields = ("list_after_days",)
        labels = {
            "list_after_days": "After how many days past its date does the team's list have it?"
        }
        help_texts = {
            "list_after_days": "From 1 to 90. Managers get the list once a week; it names actions, "
            "not people."
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = self.fields["list_after_days"]
        days.min_value, days.max_value = 1, 90
        days.validators += [
            MinValueValidator(1, "At least one day, so that the owner answers first."),
            MaxValueValidator(90, "At most 90 days: after that nobody remembers why."),
        ]


class TrackerForm(ProductModelForm):
    address = forms.URLField(
        label="Where do people see it?",
        help_text="The beginning of its addresses: https://github.com, or "
        "https://jira.example.org/tracker.",
        max_length=200,
        assume_scheme="https",
    )

    class Meta:
        model = Tracker
        fields = ("kind", "address")
        labels = {"kind": "Which one is it?"}
        widgets = {"kind": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = Tracker.Kind.choices

    def clean_address(self) -> str:
        address = self.cleaned_data["address"].rstrip("/")
        parts = urlsplit(address)
        if parts.query or parts.fragment or parts.username:
            raise ValidationError(
                "Leave out everything behind the path, and names before the host."
            )
        return address
