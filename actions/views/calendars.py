"""Calendars of due dates: the addresses one has made, and what is behind one."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from actions import calendar
from common.addresses import word
from common.forms import form_page
from common.languages import in_language_of
from people import feed_keys
from people.models import FeedKey, Team


@form_page
def calendars(request: HttpRequest) -> HttpResponse:
    """One's own calendars. A new address is shown on the answer to the form, and never again."""
    user, address = request.user, ""
    if request.method == "POST":
        slug = word(request.POST, "team")
        of = calendar.MINE
        if slug:
            of = calendar.of_team(get_object_or_404(Team.objects.visible_to(user), slug=slug))
        secret = feed_keys.issue(user, of, now=timezone.now())
        address = f"{settings.SITE_ORIGIN}{reverse('actions:calendar')}?key={secret}"
    keys = list(FeedKey.objects.of_owner(user).filter(of__startswith="actions:"))
    names = calendar.names(keys)
    context = {
        "rows": [(key, names[key.pk]) for key in keys if key.pk in names],
        "address": address,
        "teams": Team.objects.visible_to(user).by_name(),
        "my_teams": Team.objects.of(user).by_name(),
        "now": timezone.now(),
    }
    return render(request, "actions/calendars.html", context)


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    if not feed_keys.take_back(request.user, pk):
        raise Http404
    messages.success(request, gettext("That address shows nothing any more."))
    return redirect("actions:calendars")


@login_not_required
@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """What a calendar program asks for, as the owner of the address would see it now.

    The secret stands behind the question mark, which our logs leave out.
    """
    key = feed_keys.find(request.GET.get("key", ""), of="actions:", now=timezone.now())
    if key is None:
        raise Http404
    with in_language_of(key.owner):
        name = calendar.names([key])[key.pk]
        content = calendar.as_calendar(
            calendar.actions_of(key), name=f"{name}, {settings.PRODUCT_NAME}"
        )
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="actions.ics"'
    response["X-Robots-Tag"] = "noindex"
    # What was taken back or restricted a moment ago must not stay in a cache.
    patch_cache_control(response, private=True, no_cache=True)
    return response
