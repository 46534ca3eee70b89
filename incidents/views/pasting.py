"""Paste a timeline: read it, look it over, add it."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from common import drafts, when
from common.access import require
from common.forms import form_page
from incidents import permissions, telling, timeline
from incidents.forms import pasting
from incidents.forms.pasting import PasteForm, Preview, Story
from incidents.forms.timed import with_answers
from incidents.models import Incident, TimelineEvent
from incidents.pasting import TooLong
from incidents.views.shared import find
from people.forms.account import ZoneField

#: Offered beside those that are named.
_ROLES = (_("on-call engineer"), _("incident lead"), pgettext_lazy("a role", "support"))


def draft_of(incident: Incident) -> str:
    """Name of the autosaved draft."""
    return f"paste-{incident.pk}"


@form_page
def paste(request: HttpRequest, reference: str) -> HttpResponse:
    """First the text, then what was understood of it, to correct before anything is saved."""
    incident = find(request, reference)
    require(permissions.can_add_to_timeline(request.user, incident))
    if request.method != "POST":
        if "check" in request.GET:
            return _time_as_read(request, incident)
        return _from_draft(request, incident)
    token = request.POST.get("form_token", "")
    if token and drafts.first_address(token):
        return redirect(incident)
    asked = (with_answers(request.POST) or request.POST).dict()
    form = PasteForm(asked)
    if asked.get("step") == "back" or not form.is_valid():
        status = 422 if form.errors and asked.get("step") != "back" else 200
        shown = PasteForm(initial=asked) if status == 200 else form
        return _text_page(request, incident, shown, token=token, status=status)
    read = _preview(incident, asked, form)
    if isinstance(read, TooLong):
        form.add_error("text", str(read))
        return _text_page(request, incident, form, token=token, status=422)
    if asked.get("step") != "save" or "read_zone" not in asked:
        return _preview_page(request, incident, form, read, token=token)
    if not read.check():
        return _preview_page(request, incident, form, read, token=token, status=422)
    return _save(request, incident, read, token)


def _save(request: HttpRequest, incident: Incident, read: Preview, token: str) -> HttpResponse:
    added = telling.add_once(incident, read.readings(), by=request.user, form_token=token)
    drafts.discard(request.user, draft_of(incident))
    if not added:
        return redirect(incident)
    count = len(added)
    words = (
        gettext("Added to the timeline.")
        if count == 1
        else ngettext(
            "Added {count} event to the timeline.", "Added {count} events to the timeline.", count
        ).format(count=count)
    )
    messages.success(request, words)
    return redirect(f"{incident.get_absolute_url()}#e{added[0].pk}")


def _from_draft(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Where somebody left off: at the text, or at what was understood of it."""
    saved = drafts.saved(request.user, draft_of(incident))
    asked = {name: value[-1] if isinstance(value, list) else value for name, value in saved.items()}
    asked.setdefault("zone", request.user.zone.key)
    if "step" in asked or "read_zone" in asked:
        form = PasteForm(asked)
        read = _preview(incident, asked, form) if form.is_valid() else None
        if isinstance(read, Preview):
            return _preview_page(request, incident, form, read, draft=saved)
    return _text_page(request, incident, PasteForm(initial=asked), draft=saved)


def _preview(incident: Incident, asked: Mapping[str, str], form: PasteForm) -> Preview | TooLong:
    try:
        return pasting.preview(asked, form.cleaned_data, _story(incident))
    except TooLong as refusal:
        return refusal


def _story(incident: Incident) -> Story:
    now = timezone.now()
    around = timeline.span(incident)
    if around is None and incident.started_at:
        around = when.Span(min(incident.started_at, now), now, now)
    events = incident.events.values_list("at", "on", "text")
    known = {
        (f"{at:%Y-%m-%d %H:%M}" if at else on, " ".join(text.split())) for at, on, text in events
    }
    return Story(now, around, frozenset(known), incident.kind == Incident.Kind.GAME_DAY)


def _time_as_read(request: HttpRequest, incident: Incident) -> HttpResponse:
    """How the time in one field, named by `check`, is read; the field itself comes along."""
    name = request.GET.get("check", "")[:40]
    context: dict[str, Any] = {"now": timezone.now(), "input_id": name}
    zone = zoneinfo.ZoneInfo(_zone_asked(request))
    typed = request.GET.get(name, "")
    if typed.strip():
        try:
            context["moment"] = pasting.read_time(typed, zone, _story(incident))
        except when.NotRead as refusal:
            context["refusal"] = refusal
    return render(request, "incidents/_reading.html", context)


def _zone_asked(request: HttpRequest) -> str:
    form = PasteForm({"text": "-", "zone": request.GET.get("zone", "")[:64]})
    return form.cleaned_data["zone"] if form.is_valid() else request.user.zone.key


def _text_page(
    request: HttpRequest, incident: Incident, form: PasteForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = _context(incident, form, **more)
    return render(request, "incidents/timeline_paste.html", context, status=status)


def _preview_page(
    request: HttpRequest,
    incident: Incident,
    form: PasteForm,
    read: Preview,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    roles = incident.involvements.exclude(role_words="").values_list("role_words", flat=True)
    context = _context(incident, form, **more) | {
        "preview": read,
        "event_kinds": TimelineEvent.Kind.choices,
        "roles": sorted({*roles, *map(str, _ROLES)}),
    }
    return render(request, "incidents/timeline_paste.html", context, status=status)


def _context(
    incident: Incident, form: PasteForm, *, token: str = "", draft: Any = None
) -> dict[str, Any]:
    return {
        "incident": incident,
        "form": form,
        "form_token": token or drafts.new_token(),
        "draft": draft,
        "draft_name": draft_of(incident),
        "zones": ZoneField.offered(),
    }
