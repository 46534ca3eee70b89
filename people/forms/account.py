"""What people type before they are inside: log-in, passwords, first set-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account import forms as allauth
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.forms import ProductForm
from people import zones
from people.models import Service, Team, User

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PASSWORD_HINT = _("At least 12 characters. A few words in a row are easier to keep than signs.")


class OurWords(forms.Form):
    """Stands between ProductForm and a form of allauth, so that its labels are ours."""

    words: dict[str, tuple[StrOrPromise, StrOrPromise]]  # field: (label, hint)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, hint) in self.words.items():
            field = self.fields[name]
            field.label, field.help_text = label, hint
            field.widget.attrs.pop("placeholder", None)
            if field.widget.attrs.get("type") == "email":
                field.widget.attrs["autocomplete"] = "username"


class LoginForm(ProductForm, OurWords, allauth.LoginForm):
    words = {"login": (_("E-mail"), ""), "password": (_("Password"), "")}


class ResetPasswordForm(ProductForm, OurWords, allauth.ResetPasswordForm):
    words = {"email": (_("E-mail"), "")}


class NewPasswordForm(ProductForm, OurWords, allauth.ResetPasswordKeyForm):
    """After the link of a mail."""

    words = {
        "password1": (_("New password"), PASSWORD_HINT),
        "password2": (_("The same once more"), ""),
    }


class PasswordField(forms.CharField):
    def __init__(self, label: str, *, autocomplete: str = "new-password", hint: str = "") -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
        super().__init__(label=label, strip=False, widget=widget, help_text=hint, max_length=1000)


class TwoPasswordsForm(ProductForm):
    """A new password, typed twice and checked against what is known of the person."""

    password1 = PasswordField(_("Your password"), hint=PASSWORD_HINT)
    password2 = PasswordField(_("The same once more"))

    def person(self) -> User:
        """Whose password it becomes; it may not resemble their name or address. Of somebody new
        that is what they type beside it."""
        typed = self.cleaned_data
        return User(name=typed.get("name", ""), email=typed.get("email", ""))

    def clean_password1(self) -> str:
        password: str = self.cleaned_data["password1"]
        validate_password(password, self.person())
        return password

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        first, second = typed.get("password1"), typed.get("password2")
        if first and second and first != second:
            self.add_error(
                "password2", gettext("The two passwords differ. Type the same one twice.")
            )
        return typed


class OwnPasswordForm(TwoPasswordsForm):
    """For somebody known: after an invitation, or with `current_password` inside the settings."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def person(self) -> User:
        return self.user


class ChangePasswordForm(OwnPasswordForm):
    current_password = PasswordField(_("Your password now"), autocomplete="current-password")
    password1 = PasswordField(_("New password"), hint=PASSWORD_HINT)
    field_order = ["current_password", "password1", "password2"]

    def clean_current_password(self) -> str:
        password: str = self.cleaned_data["current_password"]
        if not self.user.check_password(password):
            raise ValidationError(gettext("This is not your password now. Type it once more."))
        return password


class ZoneField(forms.CharField):
    """A time zone by name or city, offered while typing by a <datalist>."""

    def __init__(self, *, label: str = _("Time zone"), **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"list": "zones", "autocomplete": "off"})
        super().__init__(label=label, widget=widget, max_length=64, **kwargs)

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        if not typed:
            return ""
        name = zones.find(typed)
        if name is None:
            raise ValidationError(
                gettext(
                    "No single time zone goes by this name. Type a city and pick one from the "
                    "list, such as Europe/Amsterdam."
                )
            )
        return name

    @staticmethod
    def offered() -> list[zones.Zone]:
        return zones.choices(now=timezone.now())


def clean_new_email(email: str) -> str:
    """Lower case, and nobody's yet. Raises ValidationError."""
    email = email.lower()
    if User.objects.filter(email=email).exists():
        raise ValidationError(
            gettext("Somebody here has this address already. Look in the list of people.")
        )
    return email


class SetUpForm(TwoPasswordsForm):
    """The first administrator, the first team and the first service."""

    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("Your e-mail"),
        help_text=_("You log in with it"),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    time_zone = ZoneField(
        label=_("Your time zone"), help_text=_("Type a city. Every time you read is shown in it")
    )
    team = forms.CharField(
        label=_("Your team"), max_length=120, help_text=_("Such as Storage. More can follow later")
    )
    service = forms.CharField(
        label=_("A service it looks after"),
        max_length=160,
        help_text=_("Something that can break at 3 a.m., such as Main database"),
    )
    field_order = ["name", "email", "password1", "password2", "time_zone", "team", "service"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].widget.attrs["data-guess-zone"] = ""

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean_team(self) -> str:
        name: str = self.cleaned_data["team"]
        if Team.objects.filter(name__iexact=name).exists():
            raise ValidationError(gettext("There is a team of this name. Give yours another one."))
        return name

    def clean_service(self) -> str:
        name: str = self.cleaned_data["service"]
        if Service.objects.filter(name__iexact=name).exists():
            raise ValidationError(
                gettext("There is a service of this name. Give yours another one.")
            )
        return name
