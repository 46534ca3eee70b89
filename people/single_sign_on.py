"""Log in by the organisation's own OpenID Connect provider, when the environment names one.

allauth speaks the protocol (code flow with PKCE and state). Here stands what it leaves open: the
signature of every identity token is checked, only the issuer that was named counts, who may come
in, and what the groups of the provider say about roles.
"""

from __future__ import annotations

import functools
import json
import logging
import re
from typing import Any
from urllib.parse import urlsplit

import jwt
import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialAccount, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from requests.adapters import BaseAdapter

from common import outbound
from people import workflow
from people.models import User

logger = logging.getLogger(__name__)

_ALGORITHMS = {"RS256", "ES256"}
_MOST_READ = 256_000  # bytes
_TIMEOUT = 5.0  # seconds, for each of at most four questions


def provider_id() -> str:
    return str(settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["provider_id"])


class _Outbound(BaseAdapter):
    """Asks the provider by common/outbound.py: no redirects, not long, not much, and only the
    issuer itself may stand inside."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        url, body = str(request.url), request.body
        if urlsplit(url).scheme not in {"https", urlsplit(settings.OIDC_ISSUER).scheme}:
            raise OAuth2Error("An address of the provider is not one of https")
        try:
            told = outbound.ask_of(
                settings.OIDC_ISSUER,
                str(request.method),
                url,
                body=body.encode() if isinstance(body, str) else body,
                headers=dict(request.headers) | {"Accept-Encoding": "identity"},
                most=_MOST_READ + 1,
                within=_TIMEOUT,
            )
        except outbound.NotReached as error:
            raise requests.ConnectionError(str(error)) from error
        if len(told.text) > _MOST_READ:
            raise OAuth2Error("The provider answered with too much")
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = told.status, url, request
        answer.headers["Content-Type"] = told.kind
        answer.encoding, answer._content = "utf-8", told.text.encode()
        return answer

    def close(self) -> None:
        """Nothing is held open."""


class _Asks(requests.Session):
    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Outbound())

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        return super().request(method, url, *args, **kwargs | {"allow_redirects": False})


class Provider(OpenIDConnectOAuth2Adapter):
    def get_provider(self) -> Any:
        provider = super().get_provider()
        provider.oauth2_adapter_class = Provider
        return provider

    @functools.cached_property
    def openid_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().openid_config
        if config.get("issuer") != settings.OIDC_ISSUER:
            raise OAuth2Error("The provider calls itself by another name")
        return config

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return settings.SITE_ORIGIN + reverse("single_sign_on_callback")

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """Both what is signed and what is asked for must be about the same person."""
        claims = self._decode_id_token(app, str(kwargs["response"].get("id_token", "")))
        asked = self._fetch_user_info(token.token)
        if not claims.get("sub") or asked.get("sub") != claims["sub"]:
            raise OAuth2Error("Two answers of the provider are about different people")
        login = self.get_provider().sociallogin_from_response(request, {"userinfo": asked})
        request.said_by_provider = claims | asked
        # Nothing of it is stored but the number of the person there.
        login.account.extra_data = {}
        return login

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        try:
            algorithm = jwt.get_unverified_header(id_token).get("alg")
        except jwt.PyJWTError:
            raise OAuth2Error("There is no identity token") from None
        if algorithm not in _ALGORITHMS:
            raise OAuth2Error("The identity token is signed in another way")
        claims: dict[str, Any] = jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=settings.OIDC_ISSUER,
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        return claims


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    def get_requests_session(self) -> requests.Session:
        return _Asks()

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """allauth makes no account; `pre_social_login` may."""
        return False

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Any = None,
    ) -> None:
        if isinstance(exception, requests.RequestException):
            raise ImmediateHttpResponse(not_reached(request, exception))
        raise ImmediateHttpResponse(not_let_in(request, f"{error} {exception or ''}"))

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find whose account it is, or make one where a group says so; then follow the groups."""
        said = request.said_by_provider
        roles = roles_of(said)
        if settings.OIDC_GROUP_ROLES and not roles:
            raise ImmediateHttpResponse(not_let_in(request, "in none of the groups"))
        if not sociallogin.is_existing:
            user = _by_verified_address(said, roles)
            if user is None:
                raise ImmediateHttpResponse(not_let_in(request, "nobody has this address"))
            others = SocialAccount.objects.filter(user=user, provider=sociallogin.account.provider)
            if others.exists():
                raise ImmediateHttpResponse(not_let_in(request, "somebody else has this address"))
            sociallogin.connect(request, user)
        if settings.OIDC_GROUP_ROLES and sociallogin.user.is_active:
            workflow.follow_groups(sociallogin.user, roles, of=settings.OIDC_GROUP_ROLES.values())


def roles_of(said: dict[str, Any]) -> set[str]:
    """What the groups in the claim stand for here: "member", "facilitator", "admin"."""
    groups = said.get(settings.OIDC_GROUPS_CLAIM)
    if isinstance(groups, str):
        groups = [groups]
    if not isinstance(groups, list):
        return set()
    named = (each for each in groups if isinstance(each, str))
    known = settings.OIDC_GROUP_ROLES
    return {known[each] for each in named if each in known}


def _by_verified_address(said: dict[str, Any], roles: set[str]) -> User | None:
    """Whoever has the address that the provider has verified; a new account for somebody in one
    of the groups."""
    email = said.get("email")
    if said.get("email_verified") is not True or not isinstance(email, str):
        return None
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        return None
    user = User.objects.filter(email=email).first()
    if user is None and roles:
        user = workflow.join_by_groups(name=_name(said, email), email=email)
    return user


def _name(said: dict[str, Any], email: str) -> str:
    name = said.get("name") if isinstance(said.get("name"), str) else ""
    clean = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", " ", name).split())
    return clean[:120] or email.partition("@")[0]


def not_let_in(request: HttpRequest, why: str) -> HttpResponse:
    """One page for every reason. The reason is in the log, without what came."""
    logger.warning("Single sign-on refused: %s", why[:200])
    return render(request, "account/not_let_in.html", status=403)


def not_reached(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.warning("Single sign-on not reached: %s", type(error).__name__)
    return render(request, "account/provider_not_reached.html", status=503)


UNREADABLE = (json.JSONDecodeError, KeyError, AttributeError, TypeError, ValueError)
