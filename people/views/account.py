"""The door: allauth's pages in our look, invitations, and the first set-up."""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login as log_in
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from common.forms import form_page, posted
from people import account_mail, second_step, unsent, workflow
from people.forms.account import ChangePasswordForm, OwnPasswordForm, SetUpForm, ZoneField
from people.models import User


class Answers422:
    """A form that was not accepted comes back with status 422, as everywhere else."""

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class LoginView(Answers422, allauth.LoginView):
    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Back to the form that was sent when the session had ended, with all that was in it."""
        response = super().form_valid(form)
        if not self.request.user.is_authenticated:  # a second step follows
            return response
        page = unsent.restored(self.request, self.request.user)
        return redirect(page) if page else response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **kwargs,
            can_have_passkeys=second_step.can_have_passkeys(),
            sign_on_name=settings.OIDC_NAME if settings.OIDC_ISSUER else "",
        )


class PasswordResetView(Answers422, allauth.PasswordResetView):
    pass


class PasswordResetFromKeyView(Answers422, allauth.PasswordResetFromKeyView):
    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        if context.get("token_fail"):
            kwargs.setdefault("status", 410)
        return super().render_to_response(context, **kwargs)


@login_not_required
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """The pages that the browser has kept go, too. A text that could not be sent stays there: it
    waits for whoever typed it."""
    response = allauth.logout(request)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


login = form_page(LoginView.as_view())
password_reset = form_page(PasswordResetView.as_view())
password_reset_done = allauth.password_reset_done
password_reset_from_key = form_page(PasswordResetFromKeyView.as_view())
password_reset_from_key_done = allauth.password_reset_from_key_done


@never_cache
@login_not_required
@sensitive_post_parameters("password1", "password2")
@form_page
def setup(request: HttpRequest) -> HttpResponse:
    """Once, on an empty installation; later there is no such page."""
    if User.objects.exists():
        raise Http404
    form = SetUpForm(posted(request))
    if form.is_valid():
        typed = form.cleaned_data
        try:
            admin = workflow.set_up(
                name=typed["name"],
                email=typed["email"],
                password=typed["password1"],
                time_zone=typed["time_zone"],
                team=typed["team"],
                service=typed["service"],
            )
        except workflow.AlreadySetUp:
            raise Http404 from None
        log_in(request, admin)
        return redirect("home")
    return render(
        request,
        "people/setup.html",
        {"form": form, "zones": ZoneField.offered()},
        status=422 if form.is_bound else 200,
    )


@never_cache
@login_not_required
@sensitive_post_parameters("password1", "password2")
@form_page
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """Where the mail of an invitation leads: choose a password. GET shows, POST acts, once."""
    try:
        user = account_mail.invited_by(token)
    except account_mail.NotValid:
        return render(request, "people/welcome_over.html", status=410)
    form = OwnPasswordForm(posted(request), user=user)
    if form.is_valid():
        try:
            workflow.accept_invitation(user, form.cleaned_data["password1"])
        except account_mail.NotValid:
            return render(request, "people/welcome_over.html", status=410)
        log_in(request, user)
        return redirect("home")
    status = 422 if form.is_bound else 200
    return render(request, "people/welcome.html", {"form": form, "person": user}, status=status)


@never_cache
@sensitive_post_parameters("current_password", "password1", "password2")
@form_page
def change_password(request: HttpRequest) -> HttpResponse:
    """One's own. Every other session of this account ends."""
    if request.method == "POST":
        refused = ratelimit.consume_or_429(request, action="change_password")
        if refused:
            return refused
    form = ChangePasswordForm(posted(request), user=request.user)
    if form.is_valid():
        workflow.change_own_password(
            request.user, form.cleaned_data["password1"], session=request.session.session_key
        )
        update_session_auth_hash(request, request.user)
        messages.success(
            request, gettext("Your password is changed. You stay logged in here, and nowhere else.")
        )
        return redirect("people:settings")
    status = 422 if form.is_bound else 200
    return render(request, "people/change_password.html", {"form": form}, status=status)
