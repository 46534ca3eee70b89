"""The second step of logging in, for whoever wants one: a code of an app, or a passkey.

allauth.mfa does the work. Here stands what is ours: secrets are not readable in a copy of the
database, keys belong to the site's own name, and it is kept nowhere when a key was used last.
"""

from __future__ import annotations

import base64
import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from allauth.account.stages import LoginStage
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.internal.constants import LoginStageKey
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.history import record
from people.models import User

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_SALT = "people.second_step"


def _box() -> MultiFernet:
    """With the key that counts now, and those that counted before."""
    from cryptography.fernet import Fernet, MultiFernet  # only here: most have no second step

    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [salted_hmac(_SALT, "", secret=each, algorithm="sha256").digest() for each in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


class SecondStepAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This is not the code now. Wait for the next one and type that."),
    }

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        return settings.PRODUCT_NAME

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The site as it is configured, whatever host a request names."""
        return {"id": _host(), "name": settings.PRODUCT_NAME}

    def generate_authenticator_name(
        self,
        user: AbstractBaseUser,
        type: Authenticator.Type,  # noqa: A002 its name there
    ) -> str:
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return gettext("Passkey {number}").format(number=count + 1)


class SecondStep(LoginStage):
    """allauth's own, which is read with all that passkeys need, for those who have a second step.
    The log-in of anybody else ends without it."""

    key = LoginStageKey.MFA_AUTHENTICATE.value
    urlname = "mfa_authenticate"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        if self.login.user is None or not is_on(self.login.user):
            return None, True
        from allauth.mfa.stages import AuthenticateStage

        return AuthenticateStage(self.controller, self.request, self.login).handle()


def _host() -> str:
    return urlsplit(settings.SITE_ORIGIN).hostname or ""


def can_have_passkeys() -> bool:
    """Browsers tie them to a name, never to a bare address."""
    try:
        ipaddress.ip_address(_host())
    except ValueError:
        return True
    return False


def is_on(user: User) -> bool:
    return Authenticator.objects.filter(user=user).exists()


def has_passkey(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).exists()


def forget_use(user: AbstractBaseUser) -> None:
    """When somebody logged in is kept nowhere."""
    Authenticator.objects.filter(user_id=user.pk, last_used_at__isnull=False).update(
        last_used_at=None
    )


@transaction.atomic
def take_off(user: User, *, by: User) -> None:
    """For somebody who lost it: the password alone opens the account until they set it up anew."""
    Authenticator.objects.filter(user=user).delete()
    record(by, "took off second step", user)
