"""Setting up the second step of logging in, and taking it. people/account_urls.py says which of
these pages come before the log-in, and reads this module when one of them is asked for."""

from __future__ import annotations

import json
from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as base
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import auth
from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from common.forms import form_page
from common.history import record
from people import second_step, unsent
from people.models import User
from people.views.account import Answers422

_NOT_TAKEN = _("Not logged in. The passkey was not taken; try it again, or use your password.")


@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What one has set up."""
    mine = Authenticator.objects.filter(user=request.user).order_by("pk")
    codes = next((one for one in mine if one.type == Authenticator.Type.RECOVERY_CODES), None)
    return render(
        request,
        "people/second_step.html",
        {
            "has_app": any(one.type == Authenticator.Type.TOTP for one in mine),
            "passkeys": [one for one in mine if one.type == Authenticator.Type.WEBAUTHN],
            "codes_left": len(codes.wrap().get_unused_codes()) if codes else None,
            "can_have_passkeys": second_step.can_have_passkeys(),
        },
    )


class ActivateView(Answers422, totp.ActivateTOTPView):
    def form_valid(self, form: BaseForm) -> HttpResponse:
        response = super().form_valid(form)
        record(self.request.user, "added second step", self.request.user)
        messages.success(
            self.request, gettext("From now on, logging in asks for a code of your app.")
        )
        return response


class DeactivateView(Answers422, totp.DeactivateTOTPView):
    def form_valid(self, form: BaseForm) -> HttpResponse:
        response = super().form_valid(form)
        record(self.request.user, "removed second step", self.request.user)
        messages.success(self.request, gettext("Logging in asks for no code of an app any more."))
        return response


class AddPasskeyView(Answers422, webauthn.AddWebAuthnView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not second_step.can_have_passkeys():
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context.update(kwargs)
        context["options"] = json.dumps(
            auth.begin_registration(self.request.user, passwordless=True)
        )
        return context

    def form_valid(self, form: BaseForm) -> HttpResponse:
        response = super().form_valid(form)
        record(self.request.user, "added passkey", self.request.user)
        messages.success(self.request, gettext("The passkey is kept. You can log in with it."))
        return response


class RemovePasskeyView(webauthn.RemoveWebAuthnView):
    def get_success_url(self) -> str:
        return reverse("mfa_index")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        response = super().form_valid(form)
        record(self.request.user, "removed passkey", self.request.user)
        messages.success(self.request, gettext("The passkey opens nothing here any more."))
        return response


class NewCodesView(recovery.GenerateRecoveryCodesView):
    def form_valid(self, form: BaseForm) -> HttpResponse:
        response = super().form_valid(form)
        record(self.request.user, "made recovery codes", self.request.user)
        return response


class AuthenticateView(base.AuthenticateView):
    """Between the right password and being logged in."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return _with_options(super().get_context_data(**kwargs), self.stage.login.user)

    def form_valid(self, form: BaseForm) -> HttpResponse:
        return _back_to_what_was_typed(self.request, super().form_valid(form))

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(), status=422)


def _with_options(context: dict[str, Any], user: User) -> dict[str, Any]:
    """What the browser has to answer, for somebody who has a passkey."""
    if second_step.has_passkey(user):
        context["options"] = json.dumps(context["js_data"]["request_options"])
    return context


class PasskeyLoginView(webauthn.LoginWebAuthnView):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What the browser has to answer with a passkey."""
        return JsonResponse(auth.begin_authentication(user=None))

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        messages.error(self.request, _NOT_TAKEN)
        return redirect("account_login")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        return _back_to_what_was_typed(self.request, super().form_valid(form))


def _back_to_what_was_typed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    page = unsent.restored(request, request.user) if request.user.is_authenticated else None
    return redirect(page) if page else response


class _AsksAgain(Answers422):
    def form_valid(self, form: BaseForm) -> HttpResponse:
        response = super().form_valid(form)
        second_step.forget_use(self.request.user)
        return response


class PasswordAgainView(_AsksAgain, account.ReauthenticateView):
    pass


class CodeAgainView(_AsksAgain, base.ReauthenticateView):
    pass


class PasskeyAgainView(_AsksAgain, webauthn.ReauthenticateWebAuthnView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return _with_options(super().get_context_data(**kwargs), self.request.user)

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        messages.error(self.request, gettext("The passkey was not taken. Try it again."))
        return redirect(self.request.get_full_path())


activate = never_cache(form_page(ActivateView.as_view()))
deactivate = form_page(DeactivateView.as_view())
add_passkey = never_cache(form_page(AddPasskeyView.as_view()))
remove_passkey = form_page(RemovePasskeyView.as_view())
codes = never_cache(require_safe(recovery.view_recovery_codes))
new_codes = form_page(NewCodesView.as_view())
authenticate = form_page(AuthenticateView.as_view())
passkey_login = never_cache(form_page(PasskeyLoginView.as_view()))
password_again = sensitive_post_parameters("password")(form_page(PasswordAgainView.as_view()))
code_again = form_page(CodeAgainView.as_view())
passkey_again = form_page(PasskeyAgainView.as_view())
