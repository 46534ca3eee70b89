"""How people get in: by e-mail and password; accounts are made by invitation, not by signing up."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from prometheus_client import Counter

from common import whence
from common.access import is_own_address
from people import account_mail, second_step, sessions
from people.models import User

logger = logging.getLogger(__name__)

_refused = Counter("second_story_logins_refused", "Wrong passwords, and addresses nobody has.")


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        # One text for an unknown address, a wrong password and a closed account.
        "email_password_mismatch": _(
            "Not logged in. This e-mail address and password do not belong together. Check "
            "both, or set a new password."
        ),
        "incorrect_password": _("This is not your password. Type it once more."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_ajax(self, request: HttpRequest) -> bool:
        """Pages only: no JSON twin of each form."""
        return False

    def is_safe_url(self, url: str) -> bool:
        return is_own_address(url)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Our pages say themselves what happened."""

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Answer 429 once there were too many wrong passwords (ACCOUNT_RATE_LIMITS)."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            raise ImmediateHttpResponse(respond_429(request)) from None

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Counted and told without the account, and in no table: it takes as long for one that is
        not there."""
        super().authentication_failed(request, **credentials)
        _refused.inc()
        logger.warning("A log-in was refused, from %s", whence.address() or "nowhere")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """None for closed accounts too, so that the answer does not tell them apart."""
        user = super().authenticate(request, **credentials)
        return user if user is not None and user.is_active else None

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        super().login(request, user)
        second_step.forget_use(user)

    def get_login_stages(self) -> list[str]:
        ours = {"allauth.mfa.stages.AuthenticateStage": "people.second_step.SecondStep"}
        return [ours.get(stage, stage) for stage in super().get_login_stages()]

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """By a passkey, or from elsewhere: told like a passkey nobody here knows."""
        messages.error(
            request, gettext("Not logged in. Ask whoever runs this site for an account.")
        )
        return redirect("account_login")

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """By the link of a mail: whoever was in with the old one is out."""
        super().set_password(user, password)
        sessions.end_all(User.objects.get(pk=user.pk))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # allauth's own key holds the Host header: each allowed host would give ten more tries.
        return str(credentials.get("email", "")).strip().lower()

    def send_password_reset_mail(
        self, user: AbstractBaseUser, email: str, context: dict[str, Any]
    ) -> None:
        """By the outbox: a slow or dead mail server changes neither answer nor time. allauth's
        own link, which would hold the Host header, is left aside."""
        account_mail.send_password_reset(User.objects.get(pk=user.pk))
