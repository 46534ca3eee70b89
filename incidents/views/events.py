"""One event of the timeline: edit it, tell it once more, take it out, see what it said before."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from common import history
from common.access import require
from common.forms import form_page, posted
from common.text import one_line
from incidents import conflicts, permissions, questions, telling, telling_history, timeline
from incidents.forms.event import EventForm
from incidents.models import Incident, TimelineEvent
from incidents.views.shared import find, find_event

_NOT_YOURS = _(
    "Events are changed by who wrote them, the facilitator and the team’s manager. "
    "Add another account of the same moment beside it."
)
_LONGEST_REASON = 300


@form_page
def edit_event(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    event = find_event(request, reference, pk, also_removed=True)
    require(permissions.can_edit_event(request.user, event), _NOT_YOURS)
    if event.removed_at and request.method != "POST":
        return redirect("incidents:event_history", reference, pk)
    form = _form(request, event)
    context = _page_of(event, form)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            telling.edit_event(
                event,
                seen=form.cleaned_data["seen"],
                by=request.user,
                changes=_changes(form),
            )
        except history.EditConflict as conflict:
            context["conflict"] = conflicts.of_event(form, conflict.current, zone=request.user.zone)
            context["was_taken_out"] = conflict.current.removed_at
            form.data = {**form.data.dict(), "seen": str(conflict.current.version)}
            status = 409
        else:
            messages.success(request, gettext("Saved. The earlier version stays in the history."))
            return _back_to(event)
    return render(request, "incidents/event_edit.html", context, status=status)


@form_page
def add_account(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """Tell the same moment from where somebody else stood; both stay as they were told."""
    beside = find_event(request, reference, pk)
    require(permissions.can_add_to_timeline(request.user, beside.incident))
    role = telling.role_of(beside.incident, request.user)
    form = _form(request, beside, initial={"kind": beside.kind, "author_role": role})
    if form.is_valid():
        moment = form.cleaned_data["time"] if "time" in form.changed_data else None
        added = telling.add_account(beside, moment, by=request.user, told=form.told)
        messages.success(
            request, gettext("Added beside the other account. Neither replaces the other.")
        )
        return _back_to(added)
    status = 422 if form.is_bound else 200
    context = _page_of(beside, form) | {"is_account": True}
    return render(request, "incidents/event_edit.html", context, status=status)


@require_POST
def set_apart(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    event = find_event(request, reference, pk)
    require(permissions.can_edit_event(request.user, event), _NOT_YOURS)
    telling.set_apart(event, by=request.user)
    messages.success(request, gettext("It stands alone now."))
    return _back_to(event)


@form_page
def take_out(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    event = find_event(request, reference, pk, also_removed=True)
    require(permissions.can_edit_event(request.user, event), _NOT_YOURS)
    if request.method == "POST":
        why = one_line(request.POST.get("why", ""))[:_LONGEST_REASON]
        telling.take_out(event.incident, [event], by=request.user, why=why)
        messages.success(
            request, gettext("Taken out. The history keeps it, and it can be put back.")
        )
        return redirect(event.incident)
    context = {"incident": event.incident, "event": event, "longest": _LONGEST_REASON}
    return render(request, "incidents/event_take_out.html", context)


@require_POST
def take_out_several(request: HttpRequest, reference: str) -> HttpResponse:
    """Undo of a paste: the events named in `event`, all of them one's own, or none."""
    incident = find(request, reference)
    require(permissions.can_add_to_timeline(request.user, incident))
    events = _named(request, incident)
    own = [event for event in events if event.author_id == request.user.pk]
    require(bool(own) and own == events, gettext("Only events of your own are taken out together."))
    count = telling.take_out(incident, events, by=request.user)
    words = ngettext(
        "Took {count} event out again. The history keeps what they said.",
        "Took {count} events out again. The history keeps what they said.",
        count,
    )
    messages.success(request, words.format(count=count))
    return redirect(incident)


def _named(request: HttpRequest, incident: Incident) -> list[TimelineEvent]:
    """The events of this incident whose numbers were sent. Others are as if they were not there."""
    sent = {text for text in request.POST.getlist("event") if text.isascii() and text.isdigit()}
    keys = {int(text) for text in sent if len(text) < 19}
    return [event for event in incident.events.all() if event.pk in keys]


@require_POST
def put_back(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    event = find_event(request, reference, pk, also_removed=True)
    require(permissions.can_edit_event(request.user, event), _NOT_YOURS)
    telling.put_back(event, by=request.user)
    messages.success(request, gettext("Put back where it stood."))
    return _back_to(event)


@require_safe
def event_history(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    event = find_event(request, reference, pk, also_removed=True)
    context = {
        "incident": event.incident,
        "event": event,
        "entries": telling_history.of_event(event),
        "may_edit": permissions.can_edit_event(request.user, event),
    }
    return render(request, "incidents/event_history.html", context)


def _form(
    request: HttpRequest, event: TimelineEvent, initial: dict[str, object] | None = None
) -> EventForm:
    return EventForm(
        posted(request),
        event=event,
        initial=initial,
        now=timezone.now(),
        zone=request.user.zone,
        around=timeline.span(event.incident),
    )


def _page_of(event: TimelineEvent, form: EventForm) -> dict[str, object]:
    return {
        "incident": event.incident,
        "event": event,
        "form": form,
        "questions": questions.CATALOGUE,
    }


def _changes(form: EventForm) -> dict[str, object]:
    """The columns to write. A time that reads as it stood is left exactly as it was."""
    changes = form.told
    if "time" in form.changed_data:
        changes |= timeline.time_fields(form.cleaned_data["time"])
    return changes


def _back_to(event: TimelineEvent) -> HttpResponse:
    return redirect(f"{event.incident.get_absolute_url()}#e{event.pk}")
