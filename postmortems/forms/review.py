"""What people type into a review."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.forms import CoachedTextarea, ProductForm, SharedForm
from common.history import mark_of
from common.text import MAX_LENGTH
from common.when import NotRead
from common.when.zones import to_utc
from people.forms.account import ZoneField
from people.models import User
from postmortems import booking
from postmortems.models import Participant, Perspective, Review
from postmortems.querysets import ReviewQuerySet
from postmortems.taking_part import Suggestion

_CARD = 5_000


def _one(sentence: str) -> dict[str, str]:
    return {"required": sentence}


# Texts ------------------------------------------------------------------------------------------
class SectionForm(ProductForm):
    text = forms.CharField(
        required=False,
        max_length=MAX_LENGTH,
        strip=False,
        widget=CoachedTextarea(attrs={"rows": 11}),
    )

    def clean_text(self) -> str:
        return self.cleaned_data["text"].replace("\r\n", "\n").rstrip()


class StoryForm(ProductForm):
    trigger = forms.CharField(
        label=_("What happened just before?"),
        help_text=_(
            "The last event before it began, such as: “A removal runs on the primary”. It "
            "started the chain; it is not what made it possible"
        ),
        required=False,
        max_length=_CARD,
        widget=CoachedTextarea,
    )


class NoticingForm(ProductForm):
    how_known = forms.CharField(
        label=_("How did we know?"),
        help_text=_(
            "What told whom: “A customer wrote to support”, “The alert on orders per minute”"
        ),
        required=False,
        max_length=_CARD,
        widget=forms.Textarea,
    )
    known_sooner = forms.CharField(
        label=_("How could we have known sooner?"),
        help_text=_(
            "What would have shown it, and where it was already to be seen: “An alert on "
            "dumps that are missing, beside the one on dumps that break off”"
        ),
        required=False,
        max_length=_CARD,
        widget=CoachedTextarea,
    )


class PerspectiveForm(ProductForm):
    audience = forms.ChoiceField(
        label=_("Who may read this?"),
        choices=Perspective.Audience.choices,
        widget=forms.RadioSelect,
        initial=Perspective.Audience.REVIEW,
    )
    is_signed_with_role = forms.TypedChoiceField(
        label=_("How is it signed?"),
        choices=[("1", _("With my role")), ("", _("Without my role"))],
        coerce=lambda value: value == "1",
        empty_value=False,
        required=False,
        widget=forms.RadioSelect,
    )
    role_words = forms.CharField(
        label=_("What was your role then?"),
        help_text=_("Such as database engineer. It stands under your perspective, never your name"),
        max_length=80,
        required=False,
    )
    may_be_quoted = forms.BooleanField(
        label=_("The facilitator may quote sentences from this, without my name"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        answers = {
            name: forms.CharField(
                label=question,
                required=False,
                max_length=20_000,
                widget=CoachedTextarea(attrs={"rows": 3}),
            )
            for name, question in Perspective.QUESTIONS
        }
        self.base_fields = answers | self.base_fields
        super().__init__(*args, **kwargs)

    @property
    def answers(self) -> list[forms.BoundField]:
        return [self[name] for name, _ in Perspective.QUESTIONS]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        is_shared = cleaned.get("audience") not in (None, Perspective.Audience.AUTHOR)
        if is_shared and not any(cleaned.get(name) for name, _ in Perspective.QUESTIONS):
            first = Perspective.QUESTIONS[0][0]
            self.add_error(
                first, gettext("Answer at least one of the four questions before you share it.")
            )
        if cleaned.get("is_signed_with_role") and not cleaned.get("role_words"):
            self.add_error(
                "role_words", gettext("Say which role it is signed with, or sign without one.")
            )
        return cleaned


# People and stages ------------------------------------------------------------------------------
class PremisesForm(ProductForm):
    accept = forms.BooleanField(
        label=_("I accept these premises for this review"),
        error_messages=_one(
            _(
                "Tick the box to accept them, or talk to the facilitator first about the one "
                "you are not comfortable with."
            )
        ),
    )


class WordForm(ProductForm):
    text = forms.CharField(
        label=_("What would you like to say?"),
        help_text=_("Only the facilitator reads it"),
        max_length=_CARD,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages=_one(_("Write a sentence, then send it.")),
    )


class AssignForm(ProductForm):
    facilitator = forms.ModelChoiceField(
        queryset=User.objects.facilitators().by_name(),
        empty_label=_("Choose somebody"),
        error_messages=_one(_("Choose who guides the review.")),
    )
    override_reason = forms.CharField(
        label=_("If they were near it: why can nobody else guide it?"),
        help_text=_("It is kept with the review"),
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class PeopleField(forms.CharField):
    """People by e-mail or full name, several with commas between. Gives a list of users."""

    def clean(self, value: Any) -> list[User]:
        words = super().clean(value).replace(";", ",").split(",")
        return [self._one(word.strip()) for word in words if word.strip()]

    def _one(self, word: str) -> User:
        here = User.objects.active()
        matches = list(here.filter(email__iexact=word)[:1]) or list(
            here.filter(name__iexact=word)[:2]
        )
        if not matches:
            raise ValidationError(
                gettext("Nobody here is called “{word}”. Try their e-mail address.").format(
                    word=word
                )
            )
        if len(matches) > 1:
            raise ValidationError(
                gettext("Several people are called “{word}”. Use the e-mail address.").format(
                    word=word
                )
            )
        return matches[0]


class InviteForm(ProductForm):
    others = PeopleField(
        label=_("Somebody else"),
        help_text=_("Their e-mail or full name; several with commas between"),
        required=False,
        max_length=2_000,
    )

    def __init__(self, *args: Any, suggestions: list[Suggestion], **kwargs: Any) -> None:
        suggested = forms.TypedMultipleChoiceField(
            label=gettext("People who were near it"),
            choices=[(who.user.pk, f"{who.user} · {who.why}") for who in suggestions],
            coerce=int,
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
        self.suggestions = {who.user.pk: who.user for who in suggestions}
        self.base_fields = ({"suggested": suggested} if suggestions else {}) | self.base_fields
        super().__init__(*args, **kwargs)
        self.initial["suggested"] = list(self.suggestions)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self._errors and not self.people:
            raise ValidationError(gettext("Tick somebody, or type an e-mail address."))
        return cleaned

    @property
    def people(self) -> list[User]:
        ticked = [self.suggestions[pk] for pk in self.cleaned_data.get("suggested", ())]
        both = ticked + self.cleaned_data.get("others", [])
        return list({user.pk: user for user in both}.values())


class SeatForm(ProductForm):
    """Who listens in to learn; with `beside`, the one who sits beside the facilitator."""

    people = PeopleField(
        label=_("Who would like to listen and learn?"),
        help_text=_(
            "Their e-mail or full name; several with commas between. They read the draft "
            "and come to the meeting, and write nothing"
        ),
        max_length=2_000,
        error_messages=_one(_("Name somebody.")),
    )
    beside = forms.BooleanField(
        label=_("They sit beside the facilitator, to learn to guide"), required=False
    )


class MeetingForm(SharedForm):
    """Cleaned, `meeting_at` is aware, or None to take the meeting off."""

    meeting_at = forms.CharField(
        label=_("When do you meet?"),
        help_text=_("Left empty, there is no meeting; whoever was asked is told"),
        required=False,
        max_length=40,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    zone = ZoneField(label=_("Time zone"), help_text=_("Type a city"), required=False)
    minutes = forms.TypedChoiceField(
        label=_("How long?"),
        choices=[
            (20, _("20 minutes")),
            (30, _("30 minutes")),
            (45, _("45 minutes")),
            (60, _("1 hour")),
            (90, _("1 h 30 min")),
            (120, _("2 hours")),
            (180, _("3 hours")),
        ],
        coerce=int,
        empty_value=60,
        required=False,
        initial=60,
    )
    place = forms.CharField(
        label=_("Where?"),
        help_text=_("A room, or the address of a call"),
        required=False,
        max_length=300,
    )

    def __init__(self, *args: Any, own_zone: str, **kwargs: Any) -> None:
        self.own_zone = own_zone
        super().__init__(*args, **kwargs)

    @classmethod
    def of(cls, review: Review, *, own_zone: str) -> MeetingForm:
        zone = review.meeting_zone or own_zone
        at = review.meeting_at and review.meeting_at.astimezone(ZoneInfo(zone))
        return cls(
            own_zone=own_zone,
            initial={
                "meeting_at": f"{at:%Y-%m-%dT%H:%M}" if at else "",
                "zone": zone,
                "minutes": review.meeting_minutes,
                "place": review.meeting_place,
                "mark": mark_of(booking.in_words(review)),
            },
        )

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        cleaned["zone"] = cleaned.get("zone") or self.own_zone
        typed = cleaned.get("meeting_at", "").strip()
        cleaned["meeting_at"] = None
        if typed and "zone" not in self.errors:
            try:
                naive = datetime.fromisoformat(typed).replace(tzinfo=None, second=0, microsecond=0)
                cleaned["meeting_at"] = to_utc(naive, ZoneInfo(cleaned["zone"]))
            except NotRead as error:
                self.add_error("meeting_at", str(error))
            except ValueError:
                self.add_error(
                    "meeting_at", gettext("Write the day and the time, such as 2017-02-10 10:00.")
                )
        return cleaned


class NotNeededForm(ProductForm):
    reason = forms.CharField(
        label=_("Why is no review needed?"),
        help_text=_("One sentence is enough. It can be taken up again at any time"),
        max_length=1_000,
        widget=forms.Textarea,
        error_messages=_one(_("Say in a sentence why no review is needed.")),
    )


class ArchiveForm(ProductForm):
    reason = forms.CharField(
        label=_("Why does it stand apart from now on?"),
        help_text=_(
            "Every reader sees it. Speak of roles and systems, such as “The service is gone”"
        ),
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    later = forms.CharField(
        label=_("Which review says more by now?"),
        help_text=_("The reference of its incident, such as INC-142"),
        required=False,
        max_length=20,
    )

    def __init__(self, *args: Any, seen: ReviewQuerySet, **kwargs: Any) -> None:
        self.seen = seen
        super().__init__(*args, **kwargs)

    def clean_later(self) -> Review | None:
        typed = self.cleaned_data["later"].strip()
        if not typed:
            return None
        found: Review | None = self.seen.filter(incident__reference__iexact=typed).first()
        if found is None:
            raise ValidationError(
                gettext("There is no review of “{typed}”. Check the reference.").format(typed=typed)
            )
        return found


class HandOverForm(ProductForm):
    reviewer = PeopleField(
        label=_("Who reads it with fresh eyes?"),
        help_text=_("The e-mail or full name of somebody who has written nothing in it"),
        max_length=200,
        error_messages=_one(_("Name who reads it.")),
    )
    answer_to_objections = forms.CharField(
        label=_("How was it heard?"),
        help_text=_("Say why the text stays as it is. It is kept with the review"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea,
    )

    def clean_reviewer(self) -> User:
        people = self.cleaned_data["reviewer"]
        if len(people) != 1:
            raise ValidationError(gettext("Name one person."))
        return people[0]


class ChangesForm(ProductForm):
    comment = forms.CharField(
        label=_("What is to change first?"),
        max_length=_CARD,
        widget=forms.Textarea,
        error_messages=_one(
            _("Say what is to change, so that the facilitator knows where to look.")
        ),
    )


class ReplyForm(ProductForm):
    reply = forms.ChoiceField(
        choices=[
            (Participant.Reply.CONFIRMED, _("It is fine as it is")),
            (Participant.Reply.OBJECTED, _("Something is to change first")),
        ],
        label=_("Does the text do the moment justice?"),
        widget=forms.RadioSelect,
        error_messages=_one(_("Choose one of the two.")),
    )
    note = forms.CharField(
        label=_("What is to change?"),
        help_text=_("Only the facilitator and the second pair of eyes read it"),
        required=False,
        max_length=_CARD,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("reply") == Participant.Reply.OBJECTED and not cleaned.get("note"):
            self.add_error(
                "note", gettext("Say what is to change, so that the facilitator can do it.")
            )
        return cleaned


# The list ---------------------------------------------------------------------------------------
class ListFilter(ProductForm):
    stage = forms.ChoiceField(
        label=_("Stage"),
        required=False,
        choices=[("", _("Any stage")), *Review.State.choices],
    )
    q = forms.CharField(label=_("Words in the title"), required=False, max_length=100)
