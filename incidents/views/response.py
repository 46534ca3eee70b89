"""While it goes on: take something on, tell everyone, and keep the page fresh."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from common.access import require
from common.forms import form_page, posted
from incidents import permissions, response
from incidents.forms.response import HandOverForm, UpdateForm
from incidents.models import Duty, Incident
from incidents.views.page import page_context
from incidents.views.shared import find, find_for_page, may
from incidents.workflow import NotReady
from people.models import User

#: htmx stops asking.
_STOP_POLLING = 286


def _kind(kind: str) -> Duty.Kind:
    if kind not in Duty.Kind.values:
        raise Http404
    return Duty.Kind(kind)


# Duties -----------------------------------------------------------------------------------------
@require_POST
def take_on(request: HttpRequest, reference: str, kind: str) -> HttpResponse:
    """ "I will"."""
    incident, duty = find(request, reference), _kind(kind)
    require(permissions.can_take_on(request.user, incident))
    try:
        response.take_on(incident, kind=duty, by=request.user, now=timezone.now())
    except NotReady as reason:
        messages.error(request, str(reason))
    else:
        messages.success(
            request, gettext("Yours now: {duty}. Thank you.").format(duty=duty.label.lower())
        )
    return redirect(incident)


@form_page
def hand_over(request: HttpRequest, reference: str, kind: str) -> HttpResponse:
    incident, duty = find(request, reference), _kind(kind)
    require(permissions.can_hand_over(request.user, incident))
    form = HandOverForm(posted(request), people=_who_can_see(request, incident))
    if form.is_valid():
        to = form.cleaned_data["person"]
        try:
            response.hand_over(incident, kind=duty, to=to, by=request.user, now=timezone.now())
        except NotReady as reason:
            form.add_error("person", str(reason))
        else:
            messages.success(
                request,
                gettext("{duty}: {name} now. They have been told.").format(
                    duty=duty.label, name=to
                ),
            )
            return redirect(incident)
    held = incident.duties.select_related("user").filter(kind=duty).first()
    context = {"incident": incident, "kind": duty, "duty": held, "form": form}
    return render(request, "incidents/duty.html", context, status=422 if form.is_bound else 200)


def _who_can_see(request: HttpRequest, incident: Incident) -> QuerySet[User]:
    """Of a restricted incident, nobody is offered who may not know of it."""
    if incident.is_restricted:
        return permissions.who_sees_it_restricted(incident)
    return User.objects.visible_to(request.user).by_name()


@require_POST
def give_back(request: HttpRequest, reference: str, kind: str) -> HttpResponse:
    incident, duty = find(request, reference), _kind(kind)
    require(permissions.can_hand_over(request.user, incident))
    if response.give_back(incident, kind=duty, by=request.user):
        messages.success(
            request,
            gettext("{duty}: nobody for now. Anyone here can take it on.").format(duty=duty.label),
        )
    return redirect(incident)


# Telling everyone -------------------------------------------------------------------------------
@require_POST
def tell_everyone(request: HttpRequest, reference: str) -> HttpResponse:
    incident = find(request, reference)
    require(permissions.can_tell(request.user, incident))
    now = timezone.now()
    form = UpdateForm(posted(request), now=now, zone=request.user.zone)
    if not form.is_valid():
        return _page_with(request, reference, form)
    promised = form.cleaned_data["next"]
    update = response.tell_everyone(
        incident,
        text=form.cleaned_data["text"],
        next_at=promised.at if promised else None,
        by=request.user,
        now=now,
        form_token=form.cleaned_data["form_token"],
    )
    if update:
        messages.success(
            request, gettext("Told. It stands here, in the timeline, and is on its way.")
        )
    return redirect(incident)


def _page_with(request: HttpRequest, reference: str, form: UpdateForm) -> HttpResponse:
    incident = find_for_page(request, reference)
    context = page_context(request, incident, update_form=form, form=form)
    return render(request, "incidents/incident_detail.html", context, status=422)


# The page that refreshes itself -----------------------------------------------------------------
@require_safe
def live(request: HttpRequest, reference: str) -> HttpResponse:
    """The parts of the page that others may have changed; 304 when nobody has.

    htmx asks every ten seconds while it goes on, and is told to stop when it is resolved.
    """
    incident = find(request, reference)
    now = timezone.now()
    version = f'"{response.page_version(incident, user=request.user, now=now)}"'
    if request.headers.get("If-None-Match") == version:
        return HttpResponseNotModified(headers={"ETag": version})
    incident = find_for_page(request, reference)
    context = page_context(request, incident, swap=True, may=may(request, incident))
    status = 200 if incident.is_ongoing else _STOP_POLLING
    answer = render(request, "incidents/_live.html", context, status=status)
    answer["ETag"] = version
    return answer
