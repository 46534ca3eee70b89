"""One's own settings, and the page of a team."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views import i18n
from django.views.decorators.http import require_POST, require_safe

from common.access import is_own_address, require
from common.forms import form_page, posted
from common.history import TextConflict, mark_of
from people import working_days
from people.forms.account import ZoneField
from people.forms.settings import WorkingDaysForm, YouForm
from people.models import Membership, Team, User
from people.permissions import can_administer, can_set_working_days


@form_page
def settings(request: HttpRequest) -> HttpResponse:
    """You: name, time zone, look."""
    # A row of its own: a name that is refused must not appear in the frame of the page.
    you = User.objects.get(pk=request.user.pk)
    form = YouForm(posted(request), instance=you)
    if form.is_valid():
        form.save()
        messages.success(request, gettext("Saved."))
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


#: For whoever is not logged in: this browser is answered in it from now on.
choose_language = login_not_required(require_POST(i18n.set_language))


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
            "leads": any(one.is_manager and one.user_id == request.user.pk for one in members),
            "services": found.services.visible_to(request.user).by_name(),
            "may_edit": can_administer(request.user),
            "may_set_days": can_set_working_days(request.user, found),
            "weekdays": [working_days.WEEKDAYS[int(day) - 1] for day in found.working_days],
            "days_off": found.days_off.filter(on__gte=timezone.localdate()).order_by("on")[:12],
        },
    )


@form_page
def team_days(request: HttpRequest, slug: str) -> HttpResponse:
    """When a team works: dates that are counted in working days follow it."""
    found = get_object_or_404(Team.objects.visible_to(request.user), slug=slug)
    require(
        can_set_working_days(request.user, found),
        gettext("Nothing was changed. The managers of the team and administrators do that."),
    )
    off = list(found.days_off.order_by("on"))
    form = WorkingDaysForm(
        posted(request),
        today=timezone.localdate(),
        initial={
            "weekdays": list(found.working_days),
            "time_zone": found.time_zone,
            "days_off": working_days.as_text(off),
            "mark": mark_of(working_days.in_words(found, off)),
        },
    )
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            working_days.save(found, by=request.user, **form.cleaned_data)
        except TextConflict as conflict:
            status = 409
            form.shows(conflict.current)
        else:
            messages.success(request, gettext("Saved. Dates given from now on are counted by it."))
            return redirect("people:team", slug=found.slug)
    context = {
        "team": found,
        "form": form,
        "zones": ZoneField.offered(),
    }
    return render(request, "people/team_days.html", context, status=status)
