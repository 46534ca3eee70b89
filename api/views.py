"""Tokens under Settings, and the description of the API for people and for programs."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from api import permissions
from api import reference as descriptions
from api import tokens as deeds
from api.forms import TokenForm
from api.models import ApiToken
from common.access import require
from common.forms import form_page, posted

_MOST_OF_OTHERS = 200


@form_page
def tokens(request: HttpRequest) -> HttpResponse:
    """One's own, and for administrators that others have some. A new one is shown this once."""
    form = TokenForm(posted(request))
    if form.is_valid():
        try:
            token, secret = deeds.issue(request.user, **form.cleaned_data, now=timezone.now())
        except IntegrityError:
            form.add_error("name", gettext("You have a token of this name. Choose another one."))
        except deeds.TooMany:
            form.add_error(
                None,
                gettext("You have {most} tokens. Take one back first.").format(most=deeds.MOST),
            )
        else:
            return render(request, "api/token_secret.html", {"token": token, "secret": secret})
    visible = ApiToken.objects.visible_to(request.user).select_related("owner").newest_first()
    context = {
        "form": form,
        "mine": visible.of_owner(request.user),
        "of_others": visible.exclude(owner=request.user)[:_MOST_OF_OTHERS],
        "now": timezone.now(),
    }
    return render(request, "api/tokens.html", context, status=422 if form.is_bound else 200)


@form_page
def renew_token(request: HttpRequest, pk: int) -> HttpResponse:
    """Another secret for one's own, shown this once."""
    token = get_object_or_404(ApiToken, pk=pk)
    require(permissions.can_renew(request.user, token), gettext("A token is renewed by its owner."))
    if request.method != "POST":
        return redirect("api:tokens")
    secret = deeds.renew(token, by=request.user)
    return render(request, "api/token_secret.html", {"token": token, "secret": secret})


@require_POST
def take_back_token(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=pk)
    require(
        permissions.can_take_back(request.user, token),
        gettext("A token is taken back by its owner or an administrator."),
    )
    deeds.take_back(token, by=request.user)
    messages.success(request, gettext("“{token}” opens nothing any more.").format(token=token.name))
    return redirect("api:tokens")


# The description --------------------------------------------------------------------------------
@login_not_required
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1. It holds nothing of anybody."""
    return JsonResponse(descriptions.schema(), headers={"Cache-Control": "no-cache, private"})


@login_not_required
@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """The same to read, with a form to try each operation."""
    return render(request, "api/reference.html", {"groups": descriptions.groups()})
