"""The door through which alerts come, and the pages of administrators about them."""

from __future__ import annotations

import re
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from alerts import formats, hearing, settings_of, signing
from alerts.forms import RuleForm, SecretForm, SourceForm
from alerts.models import AlertSource
from common.access import require
from common.forms import form_page, posted
from incidents.workflow import NotReady
from people.models import Service, User
from people.permissions import can_administer

#: Bytes of one delivery.
MOST_TOLD = 1_000_000


@csrf_exempt
@login_not_required
@require_POST
def hear(request: HttpRequest, pk: int) -> HttpResponse:
    """A source tells of alerts. The raw body is checked before it is read, and whoever has not
    signed it learns nothing, not even whether there is such a source."""
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        return _said("Only by https.", 403)
    length = request.headers.get("Content-Length", "")
    if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > MOST_TOLD:
        return _said("Too large.", 413)
    try:
        body = request.body
    except RawPostDataException:  # a form with files, which no source sends
        return _said("Not signed.", 401)
    source = AlertSource.objects.select_related("files_as").filter(pk=pk).first()
    now = timezone.now()
    if source is None:
        return _said("Not signed.", 401)
    try:
        signing.check(source, body, request.headers, now=now)
    except signing.NotSigned as why:
        hearing.refuse(source, str(why), now=now)
        return _said("Not signed.", 401)
    return _take(source, body, now)


def _take(source: AlertSource, body: bytes, now: datetime) -> HttpResponse:
    """What is signed: 202, or why not."""
    if not hearing.count(source, now=now):
        hearing.refuse(source, "More deliveries in a minute than are taken.", now=now)
        return _said("Too many.", 429, **{"Retry-After": "60"})
    if not source.files_as.is_active:
        hearing.refuse(source, f"The account of {source.files_as} is closed.", now=now)
        return _said("Nobody to file as.", 409)
    try:
        hearing.hear(source, formats.read(source, body, now=now), now=now)
    except (formats.NotUnderstood, NotReady) as why:
        hearing.refuse(source, str(why), now=now)
        return _said("Not understood.", 400)
    return _said("Taken.", 202)


def _said(words: str, status: int, **headers: str) -> HttpResponse:
    return HttpResponse(f"{words}\n", "text/plain; charset=utf-8", status, headers=headers)


# Settings ---------------------------------------------------------------------------------------
@form_page
@never_cache
def sources(request: HttpRequest) -> HttpResponse:
    """Which sources there are; a POST adds one and shows its secret, this once."""
    require(can_administer(request.user))
    form = SourceForm(
        posted(request),
        people=User.objects.visible_to(request.user).by_name(),
        initial={"files_as": request.user},
    )
    if form.is_valid():
        try:
            source = settings_of.add(form.cleaned_data, by=request.user)
        except IntegrityError:
            form.add_error("name", gettext("There is a source of this name. Choose another one."))
        else:
            return _secret_page(request, source)
    context = {"form": form, "sources": AlertSource.objects.order_by("name")}
    return render(request, "alerts/sources.html", context, status=422 if form.errors else 200)


@form_page
@never_cache
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """What it told last, why something was refused, and its rules; a POST adds one."""
    require(can_administer(request.user))
    found = get_object_or_404(AlertSource.objects.select_related("files_as"), pk=pk)
    services = Service.objects.visible_to(request.user).by_name()
    form = RuleForm(posted(request), services=services)
    if form.is_valid():
        settings_of.add_rule(found, form.cleaned_data, by=request.user)
        messages.success(request, gettext("Added. It stands behind the rules before it."))
        return redirect("alerts:source", pk)
    context = {
        "source": found,
        "form": form,
        "secret_form": SecretForm(),
        "rules": found.rules.select_related("service").order_by("pk"),
        "address": _address(request, found),
    }
    return render(request, "alerts/source.html", context, status=422 if form.errors else 200)


@require_POST
@never_cache
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    """Another secret, shown this once; the one before is good for a day more."""
    require(can_administer(request.user))
    found = get_object_or_404(AlertSource, pk=pk)
    secret = None
    if found.kind == AlertSource.Kind.PAGERDUTY:
        form = SecretForm(request.POST)
        if not form.is_valid():
            messages.error(
                request, gettext("Nothing was changed. Paste the secret of at least 16 signs.")
            )
            return redirect("alerts:source", pk)
        secret = form.cleaned_data["secret"]
    renewed = settings_of.renew(found, secret=secret, by=request.user, now=timezone.now())
    return _secret_page(request, renewed)


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    require(can_administer(request.user))
    found = get_object_or_404(AlertSource, pk=pk)
    settings_of.remove(found, by=request.user)
    messages.success(request, gettext("{found} is gone. What it opened stays.").format(found=found))
    return redirect("alerts:sources")


@require_POST
def remove_rule(request: HttpRequest, pk: int, rule: int) -> HttpResponse:
    require(can_administer(request.user))
    source = get_object_or_404(AlertSource, pk=pk)
    found = get_object_or_404(source.rules.select_related("source"), pk=rule)
    settings_of.remove_rule(found, by=request.user)
    messages.success(request, gettext("The rule is gone. The next one that fits decides."))
    return redirect("alerts:source", pk)


def _secret_page(request: HttpRequest, source: AlertSource) -> HttpResponse:
    context = {
        "source": source,
        "address": _address(request, source),
        "signature_header": signing.GRAFANA_SIGNATURE,
        "time_header": signing.GRAFANA_TIME,
    }
    return render(request, "alerts/secret.html", context)


def _address(request: HttpRequest, source: AlertSource) -> str:
    return f"{settings.SITE_ORIGIN}/hooks/alerts/{source.pk}/"
