"""Who was part of an incident."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from common.access import require
from common.forms import form_page, posted
from incidents import permissions, response, workflow
from incidents.forms.moves import JoinForm, PersonForm
from incidents.models import Incident, Involvement
from incidents.views.shared import find, may
from people.models import User


@form_page
def people(request: HttpRequest, reference: str) -> HttpResponse:
    """Everybody named on it. Facilitator and manager name others."""
    incident = find(request, reference)
    if request.method == "POST":
        require(permissions.can_name_people(request.user, incident))
    form = _naming_form(request, incident, posted(request))
    if form is not None and form.is_valid():
        named = workflow.name_person(
            incident,
            user=form.cleaned_data["person"],
            capacity=form.cleaned_data["capacity"],
            role_words=form.cleaned_data["role_words"],
            by=request.user,
            now=timezone.now(),
        )
        messages.success(
            request,
            gettext("{user} is named on {reference} now.").format(
                user=named.user, reference=incident.reference
            ),
        )
        return redirect("incidents:people", incident.reference)
    return _people_page(request, incident, form, JoinForm(auto_id="join-%s"))


def _naming_form(
    request: HttpRequest, incident: Incident, sent: QueryDict | None = None
) -> PersonForm | None:
    """For who names people; the others have none."""
    if not permissions.can_name_people(request.user, incident):
        return None
    return PersonForm(sent, people=User.objects.visible_to(request.user).by_name())


def _people_page(
    request: HttpRequest, incident: Incident, naming: PersonForm | None, joining: JoinForm
) -> HttpResponse:
    """The page, or (422) the same page with what was typed into one of its forms."""
    refused = next((form for form in (naming, joining) if form is not None and form.is_bound), None)
    context = {
        "incident": incident,
        "form": refused or naming,
        "naming": naming,
        "join_form": joining,
        "may": may(request, incident),
        "involvements": incident.involvements.select_related("user").order_by("since", "pk"),
        "who_sees_it": (
            permissions.who_sees_it_restricted(incident) if incident.is_restricted else ()
        ),
        "duties": response.duties(incident),
        "removable": {Involvement.Capacity.PARTICIPANT, Involvement.Capacity.LEARNER},
    }
    return render(
        request, "incidents/incident_people.html", context, status=422 if refused else 200
    )


@require_POST
def join(request: HttpRequest, reference: str) -> HttpResponse:
    """ "I was part of this"."""
    incident = find(request, reference)
    require(permissions.can_join(request.user, incident), gettext("You are named on it already."))
    form = JoinForm(request.POST, auto_id="join-%s")
    if not form.is_valid():
        return _people_page(request, incident, _naming_form(request, incident), form)
    workflow.name_person(
        incident,
        user=request.user,
        capacity=Involvement.Capacity.PARTICIPANT,
        role_words=form.cleaned_data["role_words"],
        by=request.user,
        now=timezone.now(),
    )
    messages.success(
        request, gettext("You are part of it now. Add to the timeline in your own words.")
    )
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
        messages.success(
            request, gettext("{user} is no longer named on it.").format(user=involvement.user)
        )
    if own and incident.is_restricted:
        return redirect("incidents:list")
    return redirect("incidents:people", incident.reference)
