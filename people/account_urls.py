"""The few of allauth's pages that we use. Nothing else of it has an address."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path

from people.views import account as views
from people.views import single_sign_on


def _second_step(name: str) -> Callable[..., HttpResponse]:
    """One of those pages, read when somebody asks for it: passkeys bring twelve megabytes into a
    process, and few of its readers come here."""

    def page(request: HttpRequest, **named: Any) -> HttpResponse:
        from people.views import second_step

        return getattr(second_step, name)(request, **named)

    return page


urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/sent/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("again/", _second_step("password_again"), name="account_reauthenticate"),
    path("again/code/", _second_step("code_again"), name="mfa_reauthenticate"),
    path("again/passkey/", _second_step("passkey_again"), name="mfa_reauthenticate_webauthn"),
    path("login/code/", login_not_required(_second_step("authenticate")), name="mfa_authenticate"),
    path(
        "login/passkey/",
        login_not_required(_second_step("passkey_login")),
        name="mfa_login_webauthn",
    ),
    path("sso/", single_sign_on.begin, name="single_sign_on"),
    path("sso/callback/", single_sign_on.callback, name="single_sign_on_callback"),
    path("second-step/", _second_step("index"), name="mfa_index"),
    path("second-step/app/", _second_step("activate"), name="mfa_activate_totp"),
    path("second-step/app/remove/", _second_step("deactivate"), name="mfa_deactivate_totp"),
    path("second-step/codes/", _second_step("codes"), name="mfa_view_recovery_codes"),
    path("second-step/codes/new/", _second_step("new_codes"), name="mfa_generate_recovery_codes"),
    path("second-step/passkeys/new/", _second_step("add_passkey"), name="mfa_add_webauthn"),
    path(
        "second-step/passkeys/<int:pk>/remove/",
        _second_step("remove_passkey"),
        name="mfa_remove_webauthn",
    ),
]
