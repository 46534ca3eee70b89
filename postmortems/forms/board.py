"""What people write on the board of a review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.forms import CoachedTextarea, NoteForm, ProductForm, SharedForm
from incidents.models import Incident, TimelineEvent
from postmortems.models import ContributingFactor, FactorCategory, Finding, Goal
from postmortems.moments import Moment

_CARD = 5_000
_LINE = 500


def _one(sentence: str) -> dict[str, str]:
    return {"required": sentence}


def _text(label: str, hint: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        required=False,
        max_length=_CARD,
        widget=CoachedTextarea(attrs={"rows": 2}),
    )


class EventsField(forms.TypedMultipleChoiceField):
    """Some of the moments a review looks at, each with its number, time and text."""

    def __init__(self, told: Mapping[int, Moment], **kwargs: Any) -> None:
        super().__init__(
            choices=[(pk, moment.choice) for pk, moment in told.items()],
            coerce=int,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            **kwargs,
        )


class CardForm(ProductForm):
    """One card. Which fields it has depends on the part of the board it stands in."""

    ASKS = {
        Goal.RIGHT: _("What went right?"),
        Goal.DIFFERENTLY: _("What would you do differently?"),
        Goal.WRONG: _("What went wrong?"),
        Goal.WHY: _("What made it look right from where you were?"),
    }
    INSIDE = {
        "aim": (
            _("What was to be achieved?"),
            _("Such as: “Get the copy going again before the night shift”"),
        ),
        "cues": (
            _("What was there to see?"),
            _(
                "Screens, messages, sounds, silence: “No output for ten minutes, as with a "
                "stuck copy”"
            ),
        ),
        "knowledge": (
            _("What was known then?"),
            _(
                "Leave out what was learned later: “Twice before, a leftover file had been in "
                "the way”"
            ),
        ),
        "pressure": (
            _("What pressed?"),
            _("Time, other work, tiredness, expectations: “Past eleven, and a full call”"),
        ),
        "options": (
            _("What else was possible, as it looked at that moment?"),
            _("Such as: “Wait, ask the vendor, or start the copy over”"),
        ),
    }

    def __init__(
        self,
        *args: Any,
        goal: str,
        told: Mapping[int, Moment] | None = None,
        incidents: Sequence[Incident] = (),
        is_one_line: bool = False,
        is_next: bool = False,
        **kwargs: Any,
    ) -> None:
        """`told` are the moments to choose from, None for no choice; `incidents` those that the
        review looks at, asked about when there are several. In a form of `is_one_line` Enter
        sends, and with `is_next` the focus goes into it."""
        self.told = told or {}
        self.incidents = {incident.pk: incident for incident in incidents}
        self.base_fields = self._fields(Goal(goal))
        if is_one_line:
            for name in ("text", "safer"):
                if name in self.base_fields:
                    widget = self.base_fields[name].widget
                    widget.attrs |= {"rows": 1, "data-one-line": True, "autocomplete": "off"}
        self.is_next = is_next
        if is_next:
            self.base_fields["text"].widget.attrs["data-focus-now"] = True
        super().__init__(*args, **kwargs)

    def _fields(self, goal: Goal) -> dict[str, forms.Field]:
        fields: dict[str, forms.Field] = {"text": _text(self.ASKS[goal], "")}
        fields["text"].required = True
        fields["text"].error_messages["required"] = gettext("Write a sentence, then add it.")
        if goal == Goal.WRONG:
            fields["safer"] = _text(gettext("What would make it safer?"), "")
        if goal == Goal.WHY:
            fields["deed"] = forms.ChoiceField(
                label=gettext("Is it about something done, or something not done?"),
                choices=Finding.Deed.choices,
                required=False,
                widget=forms.RadioSelect,
            )
            for name, (label, hint) in self.INSIDE.items():
                fields[name] = _text(label, hint)
        if len(self.incidents) > 1:
            fields["incident"] = forms.TypedChoiceField(
                label=gettext("Which of them is it about?"),
                choices=[
                    ("", gettext("All of them")),
                    *((pk, str(e)) for pk, e in self.incidents.items()),
                ],
                coerce=int,
                empty_value=None,
                required=False,
            )
        if self.told:
            fields["events"] = EventsField(self.told, label=gettext("Which moments is it about?"))
        return fields

    def values(self) -> dict[str, Any]:
        """The columns of the card; its events stand in a table of their own."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "events"}
        if "incident" in values:
            values["incident"] = self.incidents.get(values["incident"])
        return values

    def chosen_events(self) -> list[TimelineEvent]:
        return [self.told[pk].event for pk in self.cleaned_data.get("events", ())]


class EmptyGoalForm(NoteForm):
    explanation = forms.CharField(
        label=_("Why does this part stay empty?"),
        max_length=300,
        required=False,
        widget=forms.TextInput,
    )


class _CardChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Finding) -> str:
        return obj.text


class JoinForm(ProductForm):
    def __init__(self, *args: Any, cards: QuerySet[Finding], **kwargs: Any) -> None:
        other = _CardChoice(
            label=gettext("Which card does it belong to?"),
            queryset=cards,
            widget=forms.RadioSelect,
            empty_label=None,
            error_messages=_one(gettext("Choose the card it belongs to.")),
        )
        self.base_fields = {"other": other}
        super().__init__(*args, **kwargs)


class BringForm(ProductForm):
    goal = forms.ChoiceField(
        label=_("Which part does it belong to?"), choices=Goal.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("What the card says"),
        help_text=_("Keep their words, or say it in yours"),
        max_length=_CARD,
        widget=CoachedTextarea(attrs={"rows": 4}),
        error_messages=_one(_("Choose the sentence to bring in.")),
    )


class CommentForm(ProductForm):
    text = forms.CharField(
        label=_("Comment"),
        max_length=2_000,
        help_text=_("Write @ and a name to call somebody who can read this"),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages=_one(_("Write a sentence, then send it.")),
    )


# Lines: surprises, factors, mitigators, questions ------------------------------------------------
class LineForm(ProductForm):
    """One line. `values` are its columns, `ties` the rows of other tables it points to."""

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)

    def ties(self) -> dict[str, list[Any]]:
        return {}


class SurpriseForm(LineForm):
    text = forms.CharField(
        label=_("What surprised us?"),
        help_text=_(
            "Where it turned out to work differently from what one thought: “A replica "
            "that lags stops without a word”"
        ),
        max_length=_CARD,
        error_messages=_one(_("Say in a line what turned out differently from what you thought.")),
    )


class FactorForm(LineForm):
    text = forms.CharField(
        label=_("What made it likely?"),
        help_text=_(
            "A condition that had been there before: “No backup had been restored from for "
            "a year”. What came just before is the trigger and stands by itself"
        ),
        max_length=_LINE,
        error_messages=_one(_("Say in a line what made it likely.")),
    )
    kind = forms.ChoiceField(
        label=_("Where does it come from?"),
        choices=ContributingFactor.Kind.choices,
        widget=forms.RadioSelect,
        error_messages=_one(_("Choose where it comes from.")),
    )
    category = forms.ModelChoiceField(
        queryset=FactorCategory.objects.none(),
        label=_("What is it about?"),
        empty_label=_("Choose a category"),
        error_messages=_one(_("Choose what it is about, so that it can be found again.")),
    )
    new_category = forms.CharField(
        label=_("Or a category that is not in the list"),
        help_text=_("It is added for everybody, so that the next review can choose it"),
        max_length=80,
        required=False,
    )

    def __init__(
        self,
        *args: Any,
        told: Mapping[int, Moment] | None = None,
        cards: Sequence[Finding] = (),
        keep: int | None = None,
        **kwargs: Any,
    ) -> None:
        """`told` and `cards` are what it may point to; `keep` is the category it has."""
        self.told = told or {}
        self.cards = {card.pk: card for card in cards}
        own = dict(FactorForm.base_fields)
        if self.told:
            own["events"] = EventsField(
                self.told, label=gettext("Where does the timeline show it?")
            )
        if self.cards:
            own["findings"] = forms.TypedMultipleChoiceField(
                label=gettext("Which cards speak of it?"),
                choices=[(pk, " ".join(c.text.split())[:160]) for pk, c in self.cards.items()],
                coerce=int,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        self.base_fields = own
        super().__init__(*args, **kwargs)
        offered = FactorCategory.objects.offered()
        kept = FactorCategory.objects.filter(pk=keep)
        self.fields["category"].queryset = (offered | kept).order_by("name")
        # A new name stands in for a choice.
        is_named = self.is_bound and bool(self.data.get("new_category", "").strip())
        self.fields["category"].required = not is_named

    def values(self) -> dict[str, Any]:
        """`category` is the name of one to look up or add, where that was typed."""
        answers = self.cleaned_data
        return {
            "text": answers["text"],
            "kind": answers["kind"],
            "category": answers["new_category"] or answers["category"],
        }

    def ties(self) -> dict[str, list[Any]]:
        answers = self.cleaned_data
        return {
            "events": [self.told[pk].event for pk in answers.get("events", ())],
            "findings": [self.cards[pk] for pk in answers.get("findings", ())],
        }


class MitigatorForm(LineForm):
    text = forms.CharField(
        label=_("What kept it from being worse?"),
        help_text=_("“A snapshot had been taken by hand six hours earlier”"),
        max_length=_LINE,
        error_messages=_one(_("Say in a line what kept it from being worse.")),
    )
    is_luck = forms.BooleanField(label=_("That was luck"), required=False)
    instead_of_luck = forms.CharField(
        label=_("If it was luck: what would make it not luck?"),
        help_text=_("“A snapshot every hour, and a restore of it every week”"),
        max_length=_LINE,
        required=False,
    )


class QuestionForm(LineForm):
    text = forms.CharField(
        label=_("What do we still not understand?"),
        max_length=_LINE,
        error_messages=_one(_("Write the question in a line.")),
    )


class AnsweredQuestionForm(QuestionForm):
    """The same once it is there: it may have been answered since."""

    answer = forms.CharField(
        label=_("What do we know by now?"),
        help_text=_("With an answer it stands as answered, and readers get both"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class OfferForm(ProductForm):
    """What a reader of a publication knows about an open question."""

    text = forms.CharField(
        label=_("What do you know about it?"),
        help_text=_(
            "Speak of roles and of the system. The facilitator and the people of the "
            "review read it, with your name, so that they can ask back"
        ),
        max_length=_CARD,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages=_one(_("Write what you know, then send it.")),
    )


class CategoryForm(ProductForm):
    name = forms.CharField(
        label=_("What is it called?"),
        help_text=_("A condition, not a person: “Alerts and who hears them”"),
        max_length=80,
        error_messages=_one(_("Write a name.")),
    )


class RenameCategoryForm(SharedForm, CategoryForm):
    """Another name for one that is there."""


class JoinCategoryForm(ProductForm):
    into = forms.ModelChoiceField(
        label=_("Into which one?"),
        queryset=FactorCategory.objects.none(),
        empty_label=_("Choose a category"),
        to_field_name="slug",
        error_messages=_one(_("Choose the category it belongs to.")),
    )

    def __init__(self, *args: Any, category: FactorCategory, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = FactorCategory.objects.offered().exclude(pk=category.pk)
        self.fields["into"].queryset = others
