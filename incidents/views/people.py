"""Who was part of an incident."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from common.access import require
from common.forms import form_page, posted
from incidents import permissions, response, workflow
from incidents.forms.moves import JoinForm, PersonForm
from incidents.models import Involvement
from incidents.views.shared import find, may
from people.models import User


@form_page
def people(request: HttpRequest, reference: str) -> HttpResponse:
    """Everybody named on it. Facilitator and manager name others."""
    incident = find(request, reference)
    form = None
    if permissions.can_name_people(request.user, incident):
        colleagues = User.objects.visible_to(request.user).by_name()
        form = PersonForm(posted(request), people=colleagues)
    elif request.method == "POST":
        require(False)
    if form is not None and form.is_valid():
        named = workflow.name_person(
            incident,
            user=form.cleaned_data["person"],
            capacity=form.cleaned_data["capacity"],
            role_words=form.cleaned_data["role_words"],
            by=request.user,
            now=timezone.now(),
        )
        messages.success(request, f"{named.user} is named on {incident.reference} now.")
        return redirect("incidents:people", incident.reference)
    context = {
        "incident": incident,
        "form": form,
        "join_form": JoinForm(),
        "may": may(request, incident),
        "involvements": incident.involvements.select_related("user").order_by("since", "pk"),
        "who_sees_it": (
            permissions.who_sees_it_restricted(incident) if incident.is_restricted else ()
        ),
        "duties": response.duties(incident),
        "removable": {Involvement.Capacity.PARTICIPANT, Involvement.Capacity.LEARNER},
    }
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "incidents/incident_people.html", context, status=status)


@require_POST
def join(request: HttpRequest, reference: str) -> HttpResponse:
    """ "I was part of this"."""
    incident = find(request, reference)
    require(permissions.can_join(request.user, incident), "You are named on it already.")
    form = JoinForm(request.POST)
    role_words = form.cleaned_data["role_words"] if form.is_valid() else ""
    workflow.name_person(
        incident,
        user=request.user,
        capacity=Involvement.Capacity.PARTICIPANT,
        role_words=role_words,
        by=request.user,
        now=timezone.now(),
    )
    messages.success(request, "You are part of it now. Add to the timeline in your own words.")
    return redirect(incident)


@require_POST
def unname(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """Take a naming back: one's own, or anybody's for those who guide the review."""
    incident = find(request, reference)
    involvement = get_object_or_404(
        Involvement.objects.select_related("user"), incident=incident, pk=pk
    )
    own = involvement.user_id == request.user.pk
    require(own or permissions.can_name_people(request.user, incident))
    involvement.incident = incident
    try:
        workflow.unname_person(involvement, by=request.user)
    except workflow.NotReady as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, f"{involvement.user} is no longer named on it.")
    if own and incident.is_restricted:
        return redirect("incidents:list")
    return redirect("incidents:people", incident.reference)
