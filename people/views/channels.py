"""Rooms of a chat and programs that are told of something. Managers look after those of their
team, administrators after all."""

from __future__ import annotations

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from common.access import require
from common.addresses import word
from common.forms import form_page, posted
from common.history import TextConflict, mark_of
from people import channels as deeds
from people import posting
from people.forms.channels import ChannelChangeForm, ChannelForm
from people.models import Endpoint, Post, Team
from people.permissions import can_change_channels, can_see_channels

_TAKEN = _("There is a channel of this name. Choose another one.")
_THEIRS = _("Channels of a team are changed by who manages it; ask them, or an administrator.")
_OUTCOMES = 10


def _find(request: HttpRequest, pk: int) -> Endpoint:
    require(can_see_channels(request.user))
    every = Endpoint.objects.visible_to(request.user).select_related("team")
    endpoint = get_object_or_404(every, pk=pk)
    require(can_change_channels(request.user, endpoint.team), _THEIRS)
    return endpoint


@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    """Where which team is told; the addresses are shown to nobody."""
    require(can_see_channels(request.user))
    managed = set(Team.objects.managed_by(request.user).values_list("pk", flat=True))
    rows = [
        (endpoint, request.user.is_admin or endpoint.team_id in managed)
        for endpoint in Endpoint.objects.visible_to(request.user).select_related("team").by_name()
    ]
    every = Team.objects.visible_to(request.user).by_name()
    mine = every if request.user.is_admin else every.filter(pk__in=managed)
    return render(request, "people/channels.html", {"rows": rows, "teams": mine})


@form_page
def new_channel(request: HttpRequest) -> HttpResponse:
    """`?team=` names whose it is; without it, it is the whole organisation's."""
    slug = word(request.GET, "team")
    team = get_object_or_404(Team.objects.visible_to(request.user), slug=slug) if slug else None
    require(can_change_channels(request.user, team), _THEIRS)
    form = ChannelForm(posted(request))
    if form.is_valid():
        try:
            endpoint = deeds.add(form.cleaned_data, team=team, by=request.user)
        except IntegrityError:
            form.add_error("name", _TAKEN)
        else:
            if endpoint.secret:
                return render(request, "people/channel_secret.html", {"endpoint": endpoint})
            messages.success(
                request,
                gettext("{endpoint} is here. Send a test to see that it arrives.").format(
                    endpoint=endpoint
                ),
            )
            return redirect("people:channel", pk=endpoint.pk)
    status = 422 if form.is_bound else 200
    return render(request, "people/channel_new.html", {"form": form, "team": team}, status=status)


@form_page
def channel(request: HttpRequest, pk: int) -> HttpResponse:
    endpoint = _find(request, pk)
    form = ChannelChangeForm(
        posted(request),
        host=endpoint.host,
        initial={
            "name": endpoint.name,
            "occasions": endpoint.occasions,
            "least_severity": endpoint.least_severity,
            "is_on": endpoint.is_on,
            "mark": mark_of(deeds.in_words(endpoint)),
        },
    )
    status = 422 if form.is_bound else 200
    if form.is_valid():
        typed = dict(form.cleaned_data)
        try:
            deeds.change(endpoint, typed, mark=typed.pop("mark"), by=request.user)
        except IntegrityError:
            form.add_error("name", _TAKEN)
        except TextConflict as conflict:
            status = 409
            form.shows(conflict.current)
        else:
            messages.success(request, gettext("Saved."))
            return redirect("people:channel", pk=pk)
    context = {
        "form": form,
        # A name that was refused must not appear in the frame of the page.
        "endpoint": Endpoint.objects.select_related("team").get(pk=pk),
        "posts": Post.objects.filter(endpoint=pk)
        .about_known(request.user)
        .order_by("-pk")[:_OUTCOMES],
    }
    return render(request, "people/channel.html", context, status=status)


@require_POST
def try_channel(request: HttpRequest, pk: int) -> HttpResponse:
    """Post a line there now, and say what was answered."""
    endpoint = _find(request, pk)
    was_taken, answer = posting.test(endpoint)
    if was_taken:
        messages.success(
            request,
            gettext("It arrived. {host} answered: {answer}").format(
                host=endpoint.host, answer=answer
            ),
        )
    else:
        messages.error(request, gettext("It did not arrive. {answer}").format(answer=answer))
    return redirect("people:channel", pk=pk)


@form_page
def channel_secret(request: HttpRequest, pk: int) -> HttpResponse:
    """A new secret, shown this once. The one there is, is shown to nobody."""
    endpoint = _find(request, pk)
    require(
        request.method == "POST",
        gettext(
            "A secret is shown once, when it is made. Make a new one on the page of the channel."
        ),
    )
    require(endpoint.kind == Endpoint.Kind.SIGNED, gettext("Only signed webhooks have a secret."))
    deeds.renew_secret(endpoint, by=request.user)
    return render(request, "people/channel_secret.html", {"endpoint": endpoint})


@require_POST
def remove_channel(request: HttpRequest, pk: int) -> HttpResponse:
    endpoint = _find(request, pk)
    deeds.remove(endpoint, by=request.user)
    messages.success(
        request,
        gettext("{endpoint} is gone. Nothing more is posted there.").format(endpoint=endpoint),
    )
    return redirect("people:channels")
