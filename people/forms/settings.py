"""What people type in the settings: about themselves, and about people, teams and services."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.forms import ProductForm, ProductModelForm, SharedForm, SharedModelForm
from common.when import Ambiguous, NotRead
from people import working_days
from people.forms.account import ZoneField, clean_new_email
from people.models import Membership, Service, Team, User


class YouForm(ProductModelForm):
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, required=False)
    time_zone = ZoneField(help_text=_("Type a city. Every time you read is shown in it"))

    class Meta:
        model = User
        fields = ["name", "language", "time_zone", "theme"]
        labels = {"name": _("Name"), "theme": _("Theme")}
        help_texts = {"name": _("Shown where you sign up for work")}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "theme": forms.RadioSelect,
        }

    conditional = frozenset({"language"})

    def clean_language(self) -> str:
        """One that is not said stays."""
        return self.cleaned_data["language"] or self.instance.language


class InviteForm(ProductForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(
        label=_("E-mail"), help_text=_("A mail with a link to choose a password goes there")
    )
    team = forms.ModelChoiceField(
        label=_("Team"),
        queryset=Team.objects.by_name(),
        required=False,
        empty_label=_("No team yet"),
    )

    def clean_email(self) -> str:
        return clean_new_email(self.cleaned_data["email"])


class PersonForm(SharedModelForm):
    class Meta:
        model = User
        fields = ["name", "is_in_facilitator_pool", "is_admin"]
        labels = {
            "name": _("Name"),
            "is_in_facilitator_pool": _("Can be asked to facilitate reviews"),
            "is_admin": _("Looks after settings, accounts and teams"),
        }
        help_texts = {
            "is_admin": _("Opens no restricted incident"),
        }


class ForgetForm(ProductForm):
    """The name, typed once more: this cannot be taken back."""

    name = forms.CharField(
        label=_("Type the name to confirm"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        self.person = person
        super().__init__(*args, **kwargs)

    def clean_name(self) -> str:
        typed: str = self.cleaned_data["name"]
        if typed.strip().casefold() != self.person.name.strip().casefold():
            raise ValidationError(
                gettext("Type “{name}”, so that nobody else is meant.").format(
                    name=self.person.name
                )
            )
        return typed


class _NamedForm(SharedModelForm):
    """A team or a service: its name is free in any case of letters."""

    taken: str

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        kind = type(self.instance)
        if kind.objects.filter(name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(self.taken)
        return name


class TeamForm(_NamedForm):
    taken = _("There is a team of this name. Give it another one.")

    class Meta:
        model = Team
        fields = ["name"]
        labels = {"name": _("Name")}


class ServiceForm(_NamedForm):
    taken = _("There is a service of this name. Give it another one.")

    class Meta:
        model = Service
        fields = ["name", "team"]
        labels = {"name": _("Name"), "team": _("Team that looks after it")}
        field_classes = {"team": forms.ModelChoiceField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.by_name()
        self.fields["team"].empty_label = gettext("Choose a team")


class NewMemberForm(ProductForm):
    """Somebody joins a team; found by the e-mail address, offered while typing."""

    email = forms.EmailField(
        label=_("E-mail of the person"),
        widget=forms.EmailInput(attrs={"list": "colleagues", "autocomplete": "off"}),
    )
    is_manager = forms.BooleanField(label=_("Manages the team"), required=False)

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        self.team = team
        self.user: User | None = None
        super().__init__(*args, **kwargs)

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        self.user = User.objects.active().filter(email=email).first()
        if self.user is None:
            raise ValidationError(
                gettext("Nobody here has this address. Invite them under People first.")
            )
        if Membership.objects.filter(team=self.team, user=self.user).exists():
            raise ValidationError(gettext("This person is in the team already."))
        return email


class WorkingDaysForm(SharedForm):
    """When a team works; `mark` is that of working_days.in_words."""

    weekdays = forms.MultipleChoiceField(
        label=_("Works on"),
        choices=[(str(number), name) for number, name in enumerate(working_days.WEEKDAYS, 1)],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one day, or no date could ever be counted.")},
    )
    time_zone = ZoneField(
        label=_("Time zone of the team"),
        help_text=_("Where its days begin and end. Type a city; empty is the zone of the server"),
        required=False,
    )
    days_off = forms.CharField(
        label=_("Days off"),
        help_text=_(
            "One on each line, such as “2026-12-25 Christmas Day” or “2026-12-28 to "
            "2027-01-01 Closed”. A list from elsewhere can be pasted"
        ),
        required=False,
        max_length=40_000,
        widget=forms.Textarea(attrs={"rows": 10}),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        self.today = today
        super().__init__(*args, **kwargs)

    def clean_days_off(self) -> dict[date, str]:
        try:
            return working_days.read(self.cleaned_data["days_off"], today=self.today)
        except (NotRead, Ambiguous) as error:
            raise ValidationError(str(error)) from None
