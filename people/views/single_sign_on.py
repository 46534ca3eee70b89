"""To the organisation's provider and back. There is no such address when none is set."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST


def _ask(view: str, request: HttpRequest) -> HttpResponse:
    if not settings.OIDC_ISSUER:
        raise Http404
    # Loaded where somebody logs in this way, and nowhere else: six megabytes.
    import requests
    from allauth.socialaccount.providers.oauth2 import client, views

    from people import single_sign_on

    provider = single_sign_on.Provider(request, single_sign_on.provider_id())
    try:
        answer: HttpResponse = getattr(views, view).adapter_view(provider)(request)
    except requests.RequestException as error:
        return single_sign_on.not_reached(request, error)
    except (client.OAuth2Error, *single_sign_on.UNREADABLE) as error:
        return single_sign_on.not_let_in(request, type(error).__name__)
    return answer


@never_cache
@login_not_required
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    return _ask("OAuth2LoginView", request)


@never_cache
@login_not_required
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    return _ask("OAuth2CallbackView", request)
