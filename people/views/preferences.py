"""What to tell somebody, how and when: their own choice, and the way out of a kind of mail."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from common.forms import form_page, posted
from people import preferences, unsubscribing, working_days
from people.forms.preferences import PreferencesForm
from people.permissions import can_see_channels


@form_page
def telling(request: HttpRequest) -> HttpResponse:
    """One's own choices, kept as they are made. Nobody else has this page for somebody."""
    user = request.user
    form = PreferencesForm(
        posted(request),
        today=timezone.localdate(),
        choices=preferences.of(user).how,
        initial={
            "working_days": list(user.working_days),
            "quiet_from": user.quiet_from,
            "quiet_until": user.quiet_until,
            "digest_every": user.digest_every,
            "digest_on": user.digest_on,
            "digest_at": user.digest_at,
            "report_every": user.report_every,
            "days_off": working_days.as_text(user.days_off.order_by("on")),
        },
    )
    is_kept = form.is_valid()
    if is_kept:
        preferences.save(user, **form.values())
    if "HX-Request" in request.headers:
        # A choice was made on the page, which stays: only the line beside the button is new.
        page = {"form": form, "is_kept": is_kept}
        return render(request, "people/_telling_kept.html", page, status=200 if is_kept else 422)
    if is_kept:
        messages.success(request, gettext("Saved. It holds for what waits to be told, too."))
        return redirect("people:telling")
    return render(
        request,
        "people/telling.html",
        {"form": form, "channels_can_be_seen": can_see_channels(user)},
        status=422 if form.is_bound else 200,
    )


@csrf_exempt
@never_cache
@login_not_required
@form_page
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what would end, so that a program that follows links ends nothing; POST, from
    the page or from a mail program by itself, ends it. A link that is too old leads to the
    settings."""
    try:
        ending = unsubscribing.read(token)
    except unsubscribing.Over:
        if request.method == "POST":
            return render(request, "people/unsubscribe.html", {"is_over": True}, status=410)
        messages.info(
            request, gettext("That link was good for 60 days. Here you choose what you are told.")
        )
        return redirect("people:telling")
    if ending is None:
        raise Http404
    is_done = request.method == "POST"
    if is_done:
        preferences.silence(ending.user, [topic.name for topic in ending.topics])
    context = {"topics": ending.topics, "is_done": is_done}
    return render(request, "people/unsubscribe.html", context)
