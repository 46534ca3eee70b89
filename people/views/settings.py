"""One's own settings, and the page of a team."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from common.access import is_own_address
from common.forms import form_page, posted
from people.forms.account import ZoneField
from people.forms.settings import YouForm
from people.models import Membership, Team, User
from people.permissions import can_administer


@form_page
def settings(request: HttpRequest) -> HttpResponse:
    """You: name, time zone, look."""
    # A row of its own: a name that is refused must not appear in the frame of the page.
    you = User.objects.get(pk=request.user.pk)
    form = YouForm(posted(request), instance=you)
    if form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("people:settings")
    return render(
        request,
        "people/settings.html",
        {"form": form, "zones": ZoneField.offered()},
        status=422 if form.is_bound else 200,
    )


@require_POST
def switch_theme(request: HttpRequest) -> HttpResponse:
    """To the theme that was named; without a name, to dark, or from dark to light."""
    themes = User.Theme
    wanted = request.POST.get("theme", "")
    if wanted not in themes:
        wanted = themes.LIGHT if request.user.theme == themes.DARK else themes.DARK
    User.objects.filter(pk=request.user.pk).update(theme=wanted)
    back = request.POST.get("next")
    return redirect(back if is_own_address(back) else "home")


@require_safe
def team(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Team.objects.visible_to(request.user), slug=slug)
    members = (
        Membership.objects.filter(team=found, user__is_active=True)
        .select_related("user")
        .order_by("-is_manager", "user__name", "user_id")
    )
    return render(
        request,
        "people/team.html",
        {
            "team": found,
            "members": members,
            "services": found.services.visible_to(request.user).by_name(),
            "may_edit": can_administer(request.user),
        },
    )
