"""Settings for administrators: people, teams and services."""

from __future__ import annotations

from django.contrib import messages
from django.db import IntegrityError
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from common.access import require
from common.forms import form_page, posted
from common.history import TextConflict
from common.pagination import page_of
from people import second_step, workflow
from people.forms.settings import (
    ForgetForm,
    InviteForm,
    NewMemberForm,
    PersonForm,
    ServiceForm,
    TeamForm,
)
from people.models import Membership, Service, Team, User
from people.permissions import can_administer

_TAKEN = _("There is one of this name since a moment ago. Look in the list.")


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Every account, closed ones too."""
    require(can_administer(request.user))
    words = request.GET.get("q", "")
    everybody = User.objects.called(words).with_awaited().prefetch_related("teams")
    listed = page_of(everybody, request.GET, order=("name", "pk"))
    return render(request, "people/people.html", {"page": listed, "words": words})


@form_page
def invite(request: HttpRequest) -> HttpResponse:
    require(can_administer(request.user))
    form = InviteForm(posted(request))
    if form.is_valid():
        try:
            user = workflow.invite(by=request.user, **form.cleaned_data)
        except IntegrityError:
            form.add_error("email", gettext("Somebody here has this address since a moment ago."))
        else:
            messages.success(
                request,
                gettext("Invited. A mail is on its way to {email}.").format(email=user.email),
            )
            return redirect("people:people")
    status = 422 if form.is_bound else 200
    return render(request, "people/invite.html", {"form": form}, status=status)


def _person(pk: int) -> User:
    """Closed accounts too: administrators can open them again."""
    return get_object_or_404(User.objects.with_awaited(), pk=pk)


@form_page
def person(request: HttpRequest, pk: int) -> HttpResponse:
    require(can_administer(request.user))
    user = _person(pk)
    form = PersonForm(posted(request), instance=user)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            workflow.save_person(user, write=form.save, by=request.user)
        except workflow.LastAdministrator as error:
            form.add_error("is_admin", gettext("Not saved. {error}").format(error=error))
        except TextConflict as conflict:
            status = 409
            form.shows(conflict.current)
        else:
            messages.success(request, gettext("Saved."))
            return redirect("people:people")
    return render(
        request,
        "people/person.html",
        {
            "form": form,
            "person": _person(pk),
            "has_second_step": second_step.is_on(user),
            "memberships": user.memberships.select_related("team").order_by("team__name"),
        },
        status=status,
    )


@require_POST
def invite_again(request: HttpRequest, pk: int) -> HttpResponse:
    require(can_administer(request.user))
    user = _person(pk)
    if user.has_usable_password() or not user.is_active:
        messages.error(
            request,
            gettext("No mail was sent. This account is past its invitation; see what it says now."),
        )
    else:
        workflow.invite_again(user, by=request.user)
        messages.success(
            request, gettext("A new mail is on its way to {email}.").format(email=user.email)
        )
    return redirect("people:person", pk=user.pk)


@require_POST
def close_account(request: HttpRequest, pk: int) -> HttpResponse:
    require(can_administer(request.user))
    user = _person(pk)
    try:
        workflow.close_account(user, by=request.user)
    except workflow.LastAdministrator as error:
        messages.error(request, gettext("Not closed. {error}").format(error=error))
    else:
        messages.success(
            request,
            gettext("The account of {user} is closed. Nothing they wrote is lost.").format(
                user=user
            ),
        )
    return redirect("people:person", pk=user.pk)


@require_POST
def log_out_everywhere(request: HttpRequest, pk: int) -> HttpResponse:
    require(can_administer(request.user))
    user = _person(pk)
    workflow.log_out_everywhere(user, by=request.user)
    messages.success(
        request, gettext("{user} is logged out everywhere, and can log in again.").format(user=user)
    )
    return redirect("people:person", pk=user.pk)


@require_POST
def take_off_second_step(request: HttpRequest, pk: int) -> HttpResponse:
    require(can_administer(request.user))
    user = _person(pk)
    second_step.take_off(user, by=request.user)
    messages.success(
        request,
        gettext("{user} logs in with the password alone now. This is on the trail.").format(
            user=user
        ),
    )
    return redirect("people:person", pk=user.pk)


@require_POST
def reopen_account(request: HttpRequest, pk: int) -> HttpResponse:
    require(can_administer(request.user))
    user = _person(pk)
    try:
        workflow.reopen_account(user, by=request.user)
    except workflow.Forgotten:
        messages.error(
            request, gettext("Not opened. The name was taken off for good; invite them anew.")
        )
    else:
        messages.success(request, gettext("{user} can log in again.").format(user=user))
    return redirect("people:person", pk=user.pk)


@form_page
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the name off a closed account, for good: the name has to be typed."""
    require(can_administer(request.user))
    user = _person(pk)
    form = ForgetForm(posted(request), person=user)
    if form.is_valid():
        try:
            workflow.forget(user, by=request.user)
        except workflow.NotClosed:
            form.add_error(None, gettext("Close the account first. Nothing was changed."))
        else:
            messages.success(
                request, gettext("The name is gone. What they wrote stays, as somebody's.")
            )
            return redirect("people:person", pk=user.pk)
    status = 422 if form.is_bound else 200
    return render(request, "people/forget.html", {"form": form, "person": user}, status=status)


@form_page
def teams(request: HttpRequest) -> HttpResponse:
    """All teams, and a form for one more."""
    require(can_administer(request.user))
    form = TeamForm(posted(request))
    if form.is_valid():
        try:
            team = workflow.create_team(form.cleaned_data["name"], by=request.user)
        except IntegrityError:
            form.add_error("name", _TAKEN)
        else:
            messages.success(
                request, gettext("{team} is here. Add its people next.").format(team=team)
            )
            return redirect("people:edit_team", slug=team.slug)
    managers = Membership.objects.filter(is_manager=True, user__is_active=True)
    listed = Team.objects.by_name().prefetch_related(
        Prefetch("memberships", managers.select_related("user"), to_attr="managed_by_people"),
        "services",
    )
    status = 422 if form.is_bound else 200
    return render(request, "people/teams.html", {"form": form, "teams": listed}, status=status)


def _team_page(
    request: HttpRequest,
    team: Team,
    *,
    form: TeamForm,
    new_member: NewMemberForm,
    status: int | None = None,
) -> HttpResponse:
    members = team.memberships.select_related("user").order_by("user__name", "user_id")
    colleagues = User.objects.active().exclude(memberships__team=team).by_name()
    context = {
        "form": form if form.is_bound or not new_member.is_bound else new_member,
        "team_form": form,
        "new_member": new_member,
        "team": Team.objects.get(pk=team.pk),
        "members": members,
        "colleagues": colleagues[:500],
    }
    status = status or (422 if form.is_bound or new_member.is_bound else 200)
    return render(request, "people/edit_team.html", context, status=status)


@form_page
def edit_team(request: HttpRequest, slug: str) -> HttpResponse:
    require(can_administer(request.user))
    team = get_object_or_404(Team.objects.visible_to(request.user), slug=slug)
    form = TeamForm(posted(request), instance=team)
    status = None
    if form.is_valid():
        try:
            workflow.rename_team(team, write=form.save, by=request.user)
        except IntegrityError:
            form.add_error("name", _TAKEN)
        except TextConflict as conflict:
            status = 409
            form.shows(conflict.current)
        else:
            messages.success(request, gettext("Renamed. Links to the team keep working."))
            return redirect("people:edit_team", slug=team.slug)
    new_member = NewMemberForm(team=team)
    return _team_page(request, team, form=form, new_member=new_member, status=status)


@require_POST
def add_member(request: HttpRequest, slug: str) -> HttpResponse:
    require(can_administer(request.user))
    team = get_object_or_404(Team.objects.visible_to(request.user), slug=slug)
    form = NewMemberForm(request.POST, team=team)
    if not form.is_valid() or form.user is None:
        return _team_page(request, team, form=TeamForm(instance=team), new_member=form)
    is_manager = form.cleaned_data["is_manager"]
    workflow.add_member(team, form.user, is_manager=is_manager, by=request.user)
    return redirect("people:edit_team", slug=team.slug)


@require_POST
def change_member(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """`role` is manager, member or gone. `pk` is the person's."""
    require(can_administer(request.user))
    teams = Team.objects.visible_to(request.user)
    member = get_object_or_404(
        Membership.objects.select_related("team"), team__in=teams, team__slug=slug, user__pk=pk
    )
    role = request.POST.get("role")
    if role == "gone":
        workflow.remove_member(member, by=request.user)
    elif role in {"manager", "member"}:
        workflow.set_manager(member, is_manager=role == "manager", by=request.user)
    else:
        messages.error(
            request, gettext("Nothing was changed. Choose manager, member or leaving the team.")
        )
    return redirect("people:edit_team", slug=slug)


@form_page
def services(request: HttpRequest) -> HttpResponse:
    """All services, and a form for one more."""
    require(can_administer(request.user))
    form = ServiceForm(posted(request))
    if form.is_valid():
        typed = form.cleaned_data
        try:
            service = workflow.create_service(typed["name"], typed["team"], by=request.user)
        except IntegrityError:
            form.add_error("name", _TAKEN)
        else:
            messages.success(
                request,
                gettext("{service} is here, looked after by {team}.").format(
                    service=service, team=service.team
                ),
            )
            return redirect("people:services")
    listed = Service.objects.by_name().select_related("team")
    status = 422 if form.is_bound else 200
    context = {"form": form, "services": listed}
    return render(request, "people/services.html", context, status=status)


@form_page
def edit_service(request: HttpRequest, slug: str) -> HttpResponse:
    require(can_administer(request.user))
    service = get_object_or_404(Service.objects.visible_to(request.user), slug=slug)
    form = ServiceForm(posted(request), instance=service)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            workflow.save_service(service, write=form.save, by=request.user)
        except IntegrityError:
            form.add_error("name", _TAKEN)
        except TextConflict as conflict:
            status = 409
            form.shows(conflict.current)
        else:
            messages.success(request, gettext("Saved."))
            return redirect("people:services")
    current = Service.objects.get(pk=service.pk)
    context = {"form": form, "service": current}
    return render(request, "people/edit_service.html", context, status=status)
