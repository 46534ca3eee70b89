"""An action in words: a new one, and new words for one."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from actions.forms.fields import OwnerField, date_field, not_past
from actions.models import Action
from common.dates import say
from common.forms import ProductModelForm
from people.models import Team, User


class PromisedMixin(forms.Form):
    """A day later than promised is fine, with a reason that is kept.

    `promised` is {priority: the day until which the organisation promises it}.
    """

    conditional = frozenset({"later_because"})
    later_because = forms.CharField(
        label=_("Why later than we promise?"),
        help_text=_("Only for a day after the promised one. It stays visible."),
        required=False,
        max_length=300,
    )
    promised: dict[str, date]

    def _check_promise(self, cleaned: dict[str, Any], priority: str) -> None:
        due_on, day = cleaned.get("due_on"), self.promised.get(priority)
        if due_on and day and due_on > day and not cleaned.get("later_because"):
            self.add_error(
                "later_because",
                gettext(
                    "What this answers is promised by {day}. A later day is fine: say why."
                ).format(day=say(day, "j F Y")),
            )

    def _say_promise(self) -> None:
        if not self.promised:
            del self.fields["later_because"]
            return
        said = ", ".join(
            gettext("“{priority}” by {day}").format(
                priority=Action.Priority(priority).label, day=say(day, "j M")
            )
            for priority, day in self.promised.items()
        )
        self.fields["due_on"].help_text = gettext("We promise: {said}.").format(said=said)
        self.fields["due_on"].widget.attrs["aria-describedby"] = f"{self._id_of('due_on')}-hint"


class ActionForm(ProductModelForm):
    """A new action, or new words for one."""

    ticket_url = forms.URLField(
        label=_("Ticket elsewhere"), required=False, max_length=500, assume_scheme="https"
    )

    class Meta:
        model = Action
        fields = ("title", "kind", "measure", "strength", "priority", "detail", "team",
                  "done_test", "ticket_url")  # fmt: skip
        labels = {
            "title": _("What will change?"),
            "kind": _("What does it do for us?"),
            "measure": _("By which means?"),
            "strength": _("How strong is it?"),
            "priority": _("How soon?"),
            "detail": _("What does somebody need to know to start?"),
            "team": _("Team"),
            "done_test": _("How will we know it worked?"),
        }
        help_texts = {
            "title": _("One change, starting with a verb: “Show the host role in every prompt”."),
            "strength": _("What removes a hazard outlasts what reminds people of it."),
            "done_test": _(
                "Something anybody could try and see: “Removing a test dump pages someone "
                "within 15 minutes”."
            ),
        }
        widgets = {
            "kind": forms.RadioSelect,
            "strength": forms.RadioSelect,
            "detail": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *args: Any, teams: QuerySet[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = teams
        self.fields["team"].empty_label = gettext("No team")
        self.fields["strength"].empty_value = None
        for name in ("measure", "priority"):
            self.fields[name].required = True
        self.fields["strength"].choices = [("", gettext("Not sure")), *Action.Strength.choices]
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


class NewActionForm(PromisedMixin, ActionForm):
    """Agree on it now, with owner, date and done-test; or park it as an idea."""

    AGREE, PARK = "agree", "park"

    conditional = frozenset({"due_on", "later_because"})
    decision = forms.ChoiceField(
        label=_("Is it agreed?"),
        help_text=_("An idea can be parked without an owner, a day and a sign."),
        choices=[
            (AGREE, _("Agreed: somebody will do it, by a day")),
            (PARK, _("Parked: a good idea, to be decided later")),
        ],
        widget=forms.RadioSelect,
        initial=AGREE,
    )
    owner = OwnerField(label=_("Who will see to it?"), required=False)
    due_on = date_field(label=_("By when?"), required=False)
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
            ("owner", gettext("Choose who will see to it, or park it for now.")),
            ("done_test", gettext("Say how we will know that it worked, or park it for now.")),
        ):
            self.fields[name].required = not is_parked
            self.fields[name].error_messages["required"] = message

    def clean_due_on(self) -> date | None:
        return not_past(self.cleaned_data["due_on"], today=self.today)

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
