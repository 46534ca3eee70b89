"""What is asked when somebody writes a lesson."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.dates import say
from common.forms import ProductForm, SeveralField
from common.models import Tag
from common.tags import TagsField, slug_of
from lessons import bulletins, curating
from lessons.models import Lesson
from lessons.querysets import reread_day
from people.models import Service, Team, User
from postmortems.models import FactorCategory, Finding, Goal, Review

_LONGEST = 20_000
#: Nobody plans further ahead.
_FURTHEST = timedelta(days=5 * 366)


def _text(
    label: str | Promise, hint: str | Promise = "", *, rows: int = 4, required: bool = False
) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        required=required,
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def _day(label: str | Promise, hint: str | Promise) -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=hint,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write the day like 2017-01-31.")},
    )


class LessonForm(ProductForm):
    title = forms.CharField(
        label=_("The lesson in one line"),
        help_text=_(
            "As you would tell it to another team: “A backup counts only after a restore "
            "has been rehearsed”."
        ),
        max_length=200,
    )
    insight = _text(
        _("What did we understand?"),
        _("One or two sentences. They lead the page."),
        rows=3,
        required=True,
    )
    situation = _text(
        _("What was the situation?"),
        _("Roles instead of names. What was there, and what happened."),
    )
    advice = _text(_("What do you advise?"), _("What another team can do on Monday."))
    where_applies = _text(
        _("Where does it apply?"), _("Kinds of systems or moments; also where it does not."), rows=2
    )
    team = forms.ModelChoiceField(
        Team.objects.none(),
        label=_("Which team looks after it?"),
        help_text=_("Its manager publishes it."),
    )
    services = SeveralField(
        Service.objects.none(),
        label=_("Services"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text=_("Ctrl or ⌘ chooses several."),
    )
    factors = SeveralField(
        FactorCategory.objects.order_by("name"),
        label=_("Contributing factors it is about"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    tags = TagsField(
        label=_("Tags"), help_text=_("With commas between them."), required=False, max_length=1_000
    )
    happened_on = _day(_("When did it happen?"), _("Brings it back on the home page a year later."))
    reread_on = _day(
        _("When is it to be read again?"), _("A year after publishing, if left empty.")
    )

    def __init__(
        self, *args: Any, teams: Any, services: Any, review: Review | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.review = review
        self.fields["services"].queryset = services
        self.fields["team"].queryset = teams
        if review is not None:
            del self.fields["team"]

    def clean(self) -> dict[str, Any]:
        """Everybody reads a published lesson, so it must not lead to a restricted incident."""
        answers = super().clean()
        incident = self.review.incident if self.review else None
        if incident and incident.is_restricted:
            for name in ("title", "insight", "situation", "advice", "where_applies", "tags"):
                text = str(answers.get(name, "")).casefold()
                for trace in (incident.reference, incident.title):
                    if trace.casefold() in text:
                        self.add_error(
                            name,
                            gettext(
                                "This holds “{trace}”. The incident is restricted and a lesson is "
                                "read by everybody, so leave that out."
                            ).format(trace=trace),
                        )
        return answers


def answers_of(lesson: Lesson) -> dict[str, Any]:
    """The form's initial values for a lesson that exists."""
    return {
        "title": lesson.title,
        "insight": lesson.insight,
        "situation": lesson.situation,
        "advice": lesson.advice,
        "where_applies": lesson.where_applies,
        "team": lesson.team_id,
        "services": [service.pk for service in lesson.services.all()],
        "factors": [factor.pk for factor in lesson.factors.all()],
        "tags": [tag.name for tag in lesson.tags.all()],
        "happened_on": lesson.happened_on,
        "reread_on": lesson.reread_on,
    }


def _told_by(finding: Finding, *, with_events: bool) -> dict[str, Any]:
    """Situation, insight and advice as far as a card has them. What was seen from inside, or else
    the moments it is tied to, make the situation; what one would do differently is advice."""
    seen = [f"{label}: {text}" for label, text in finding.inside]
    if not seen and with_events:
        seen = list(finding.events.in_order().values_list("text", flat=True))
    is_advice = finding.goal == Goal.DIFFERENTLY
    return {
        "situation": "\n".join(seen),
        "insight": finding.text,
        "advice": finding.text if is_advice else finding.safer,
    }


def suggested(review: Review, finding: Finding | None) -> dict[str, Any]:
    """What the review already says. Of a restricted incident only the card itself."""
    incident = review.incident
    first = _told_by(finding, with_events=not incident.is_restricted) if finding else {}
    first["factors"] = list(review.factors.values_list("category", flat=True).distinct())
    if not incident.is_restricted:
        first["services"] = list(incident.services.values_list("pk", flat=True))
        first["happened_on"] = incident.started_at.date() if incident.started_at else None
    return first


class AdoptionForm(ProductForm):
    """What a team says of another team's lesson."""

    answer = forms.ChoiceField(label=_("Could this happen to us?"), widget=forms.RadioSelect)
    note = _text(
        _("What did you find?"),
        _(
            "Why it could, or what keeps you from it. One sentence helps the next reader; "
            "it is needed when you are fine."
        ),
        rows=3,
    )

    def __init__(self, *args: Any, answers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].choices = answers

    def clean(self) -> dict[str, Any]:
        answers = super().clean()
        if answers.get("answer") == "fine" and not answers.get("note"):
            self.add_error("note", gettext("What keeps you from it? One sentence is enough."))
        return answers


class RereadForm(ProductForm):
    """It is still true, or a newer lesson says it better. `newer` comes out as that lesson, and
    None when it is still true."""

    STANDS, SUPERSEDED = "stands", "superseded"

    verdict = forms.ChoiceField(
        label=_("Is it still true?"),
        choices=[
            (STANDS, _("Yes, as it stands")),
            (SUPERSEDED, _("A newer lesson says it better")),
        ],
        widget=forms.RadioSelect,
    )
    again_on = _day(_("When is it to be read again?"), _("A year from now, if left empty."))
    newer = forms.CharField(
        label=_("Which newer lesson?"),
        help_text=_("Its number, such as L-58. This one stays where it is and leads there."),
        required=False,
        max_length=16,
    )

    def __init__(self, *args: Any, user: User, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.today = user, today

    def clean_again_on(self) -> date:
        day = self.cleaned_data["again_on"] or reread_day(self.today)
        if not self.today < day <= self.today + _FURTHEST:
            raise forms.ValidationError(
                gettext("Choose a day between tomorrow and five years from now.")
            )
        return day

    def clean(self) -> dict[str, Any]:
        answers = super().clean()
        if answers.get("verdict") != self.SUPERSEDED:
            return answers | {"newer": None}
        reference = answers.get("newer", "").strip().upper()
        reference = f"L-{reference}" if reference.isdecimal() else reference
        newer = Lesson.objects.in_library(self.user).filter(reference=reference).first()
        if newer is None:
            self.add_error(
                "newer", gettext("Name a lesson of the library by its number, such as L-58.")
            )
        return answers | {"newer": newer}


class CollectionForm(ProductForm):
    """A reading list. `picked` comes out as lessons of the library, each with its line."""

    title = forms.CharField(
        label=_("What is it for?"),
        help_text=_("“Your first week”, “Before you run a migration”."),
        max_length=120,
    )
    introduction = _text(_("A few words before it"), rows=3)
    picked = _text(
        _("The lessons, in the order in which they are read"),
        _(
            "One on a line: its number, and why it is worth the time. “L-58 Everybody "
            "meets this one in their first month.”"
        ),
        rows=8,
        required=True,
    )
    is_for_newcomers = forms.BooleanField(label=_("For newcomers: it stands first"), required=False)
    is_shown = forms.BooleanField(
        label=_("Shown to everybody"),
        help_text=_("Otherwise only facilitators and managers see it."),
        required=False,
        initial=True,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_picked(self) -> list[curating.Picked]:
        try:
            return curating.read(self.cleaned_data["picked"], self.user)
        except curating.Unreadable as error:
            raise forms.ValidationError(str(error)) from None


class MonthForm(ProductForm):
    """A lesson for a month. `months` are the first days of those that can be chosen."""

    month = forms.TypedChoiceField(label=_("For which month?"), coerce=date.fromisoformat)
    why = forms.CharField(
        label=_("Why this one?"),
        help_text=_("One line that stands above it: what makes it worth five minutes now."),
        max_length=300,
        required=False,
    )

    def __init__(self, *args: Any, months: list[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [(str(day), say(day, "F Y")) for day in months]


class FollowForm(ProductForm):
    """Something to follow by its name: one or several at once."""

    service = forms.ModelChoiceField(
        Service.objects.by_name(),
        label=_("A service"),
        required=False,
        to_field_name="slug",
        empty_label=_("None"),
    )
    team = forms.ModelChoiceField(
        Team.objects.by_name(),
        label=_("A team"),
        required=False,
        to_field_name="slug",
        empty_label=_("None"),
    )
    factor = forms.ModelChoiceField(
        FactorCategory.objects.current().order_by("name"),
        label=_("A contributing factor"),
        required=False,
        to_field_name="slug",
        empty_label=_("None"),
    )
    tag = forms.CharField(
        label=_("A tag"),
        required=False,
        max_length=60,
        help_text=_("One word, as it stands at lessons."),
    )

    def __init__(self, *args: Any, tags: QuerySet[Tag], **kwargs: Any) -> None:
        """`tags` are those this person may know of."""
        super().__init__(*args, **kwargs)
        self.tags = tags

    def clean_tag(self) -> Tag | None:
        name = self.cleaned_data["tag"]
        if not name.strip():
            return None
        tag = self.tags.filter(slug=slug_of(name)).first()
        if tag is None:
            raise forms.ValidationError(
                gettext("Nothing here has the tag “{name}” so far.").format(name=name)
            )
        return tag

    def clean(self) -> None:
        if not self.errors and not self.things():
            raise forms.ValidationError(
                gettext("Choose what to follow: a service, a team, a factor or a tag.")
            )

    def things(self) -> list[Service | Team | FactorCategory | Tag]:
        found = (self.cleaned_data.get(name) for name in self.fields)
        return [thing for thing in found if thing]


def _story_fields(place: int) -> dict[str, forms.Field]:
    return {
        f"lesson_{place}": forms.CharField(
            label=format_lazy(_("Story {place}: which lesson?"), place=place),
            help_text=_("Its number, such as L-58. Left empty, the story is left out."),
            required=False,
            max_length=16,
        ),
        f"headline_{place}": forms.CharField(
            label=format_lazy(_("Story {place}: headline"), place=place),
            required=False,
            max_length=200,
        ),
        f"text_{place}": _text(
            format_lazy(_("Story {place}: in a few sentences"), place=place), rows=6
        ),
    }


class BulletinForm(ProductForm):
    """Three stories at most; one without a lesson is left out."""

    theme = forms.CharField(label=_("What do they have in common?"), max_length=120)
    introduction = _text(_("A few words before them"), rows=3)
    places = range(1, bulletins.STORIES + 1)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        """The answers of each story, for the template."""
        return [[self[name] for name in _story_fields(place)] for place in self.places]

    def clean(self) -> dict[str, Any]:
        answers = super().clean()
        self.stories: list[bulletins.Story] = []
        for place in self.places:
            reference = answers.get(f"lesson_{place}", "").strip().upper()
            if not reference:
                continue
            reference = f"L-{reference}" if reference.isdecimal() else reference
            lesson = Lesson.objects.in_library(self.user).filter(reference=reference).first()
            if lesson is None:
                self.add_error(
                    f"lesson_{place}", gettext("Name a lesson of the library, such as L-58.")
                )
            elif any(story.lesson == lesson for story in self.stories):
                self.add_error(f"lesson_{place}", gettext("This lesson is told already."))
            else:
                headline = answers.get(f"headline_{place}") or lesson.title
                text = answers.get(f"text_{place}") or bulletins.shortened(lesson)
                self.stories.append(bulletins.Story(lesson, headline, text))
        return answers

    def values(self) -> dict[str, Any]:
        answers = self.cleaned_data
        return {name: answers[name] for name in bulletins.TEXTS} | {"stories": self.stories}


for _place in BulletinForm.places:
    BulletinForm.base_fields |= _story_fields(_place)
