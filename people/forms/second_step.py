"""Codes and names of the second step of logging in."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ReauthenticateForm
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.forms import ProductForm
from people.forms.account import OurWords

_CODE = _("Six digits of your app, or one of your recovery codes")


class _Code(OurWords):
    """Too many wrong ones are answered like too many wrong passwords."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"
        self.fields["code"].max_length = 40

    def clean_code(self) -> str:
        try:
            code: str = super().clean_code()
        except ValidationError as error:
            if error.code in ("too_many_login_attempts", "rate_limited"):
                raise ImmediateHttpResponse(respond_429(context.request)) from None
            raise
        return code


class CodeForm(ProductForm, _Code, base.AuthenticateForm):
    words = {"code": (_("Code"), _CODE)}


class CodeAgainForm(ProductForm, _Code, base.ReauthenticateForm):
    words = {"code": (_("Code"), _CODE)}


class FirstCodeForm(ProductForm, _Code, totp.ActivateTOTPForm):
    words = {"code": (_("Code"), _("The six digits your app shows now"))}


class PasswordAgainForm(ProductForm, OurWords, ReauthenticateForm):
    words = {"password": (_("Your password"), "")}


#: What fido2 and allauth raise by what a browser, or somebody in its place, may send.
_UNREADABLE = (AttributeError, KeyError, OverflowError, TypeError, ValueError)


def _not_taken() -> ValidationError:
    return ValidationError(gettext("The passkey was not taken. Try it again, or take another way."))


class _Credential(forms.Form):
    """What a passkey answers. Anything unreadable is a passkey nobody knows."""

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except ValidationError as error:
            if error.code == "too_many_login_attempts":
                raise ImmediateHttpResponse(respond_429(context.request)) from None
            raise
        except _UNREADABLE:
            raise _not_taken() from None


class PasskeyLoginForm(_Credential, webauthn.LoginWebAuthnForm):
    pass


class PasskeyStepForm(_Credential, webauthn.AuthenticateWebAuthnForm):
    pass


class PasskeyAgainForm(_Credential, webauthn.ReauthenticateWebAuthnForm):
    pass


class PasskeyForm(ProductForm, OurWords, webauthn.AddWebAuthnForm):
    """Always one that can log in by itself: the device asks for a finger, a face or a PIN."""

    words = {"name": (_("Name"), _("To know it by, such as “Phone”"))}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("passwordless", None)
        self.fields["name"].max_length = 60

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean() or self.cleaned_data
        except _UNREADABLE as error:
            if isinstance(error, ValidationError):
                raise
            raise _not_taken() from None
