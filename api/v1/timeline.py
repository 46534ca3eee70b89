"""The timeline of an incident."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Status
from pydantic import Field

from api.etags import etag_of, require_seen
from api.once import once
from api.problems import Problem
from api.v1 import incidents
from api.v1.door import CHANGING, FILING, READING, Scope, Sent, Token, Told
from api.v1.incidents import answer
from api.v1.lists import Asked, link, page, require_known
from api.v1.sent import as_form, require_valid
from api.v1.words import EventKind, Known, Number, Reference, Text, Time
from common import when
from common.downloads import iso
from common.history import EditConflict
from incidents import kinds, permissions, reading, telling, timeline
from incidents.forms.event import EventForm
from incidents.models import Incident, TimelineEvent
from people.models import User

router = Router(tags=["Timeline"])
_TIME = {"time": "at"}


class EventTold(Told):
    id: int
    incident: str
    version: int
    at: str | None
    until: str | None = Field(description="The later end of a time between two.")
    on: str | None = Field(description="The day or month, when no clock time is known.")
    precision: Known
    zone: str
    kind: EventKind
    text: str
    told_by: str | None = Field(description="A role, not a name.")
    source: str | None
    evidence: str | None
    known_then: str | None
    learned_later: bool
    is_key: bool


class Events(Told):
    items: list[EventTold]
    next: str | None


class NewEvent(Sent):
    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    at: Time | None = Field(
        None, description="null: now while it goes on, and no time once it is over."
    )
    kind: EventKind | None = Field(None, description="null: guessed from the text.")
    source: Annotated[str, Field(max_length=120)] = ""


class ChangedEvent(Sent):
    """What is left out stays as it is."""

    text: Annotated[str, Field(min_length=1, max_length=20_000)] = "-"
    at: Time | None = None
    kind: EventKind = "observation"
    told_by: Annotated[str, Field(max_length=80)] = ""
    source: Annotated[str, Field(max_length=120)] = ""
    evidence: Annotated[str, Field(max_length=500)] = ""
    known_then: Text = ""
    learned_later: bool = False
    is_key: bool = False


def tell(event: TimelineEvent, reference: str) -> dict[str, Any]:
    return {
        "id": event.pk,
        "incident": reference,
        "version": event.version,
        "at": iso(event.at),
        "until": iso(event.until),
        "on": event.on or None,
        "precision": event.precision,
        "zone": event.zone,
        "kind": event.kind,
        "text": event.text,
        "told_by": event.author_role or None,
        "source": event.source or None,
        "evidence": event.evidence or None,
        "known_then": event.known_then or None,
        "learned_later": event.learned_later,
        "is_key": event.is_key,
    }


def find(reader: User, reference: str, pk: int) -> TimelineEvent:
    event: TimelineEvent = incidents.find_part(reader, reference, "events", pk)
    return event


@router.get(
    "/incidents/{reference:reference}/timeline",
    response={200: Events, **READING},
    auth=Token(find=incidents.find),
)
def list_events(request: HttpRequest, reference: Reference, asked: Query[Asked]) -> Any:
    """What happened, in its order. Events that were taken out are not there."""
    require_known(request, asked)
    incident: Incident = request.found
    reading.note(request.auth.reader, incident)
    return page(
        request,
        asked,
        incident.events.all(),
        order=("sort_at", "position", "pk"),
        told=lambda rows: [tell(event, incident.reference) for event in rows],
    )


@router.get(
    "/incidents/{reference:reference}/timeline/{int:pk}",
    response={200: EventTold, 304: None, **READING},
    auth=Token(find=find),
)
def read_event(
    request: HttpRequest, reference: Reference, pk: Number, response: HttpResponse
) -> Any:
    return answer(request, response, _told(request.found))


@router.post(
    "/incidents/{reference:reference}/timeline",
    response={201: EventTold, **FILING},
    auth=Token(Scope.WRITE, find=incidents.find, may=permissions.can_add_to_timeline),
)
def add_event(
    request: HttpRequest, reference: Reference, sent: NewEvent, response: HttpResponse
) -> Any:
    """Add one event. It stands where its time belongs."""
    incident: Incident = request.found

    def deed() -> str:
        now, zone = timezone.now(), request.user.zone
        form = EventForm(
            as_form(
                {
                    "seen": 1,
                    "time": sent.at,
                    "kind": sent.kind or kinds.guess(sent.text),
                    "text": sent.text,
                    "source": sent.source,
                }
            ),
            event=TimelineEvent(incident=incident),
            initial={},
            now=now,
            zone=zone,
            around=timeline.span(incident),
        )
        require_valid(form, _TIME)
        moment, told = form.cleaned_data["time"], form.told
        if moment is None and incident.is_ongoing:
            moment = when.read("now", now=now, zone=zone)
        line = timeline.Reading(moment, told["text"], told["kind"], source=told["source"])
        return str(telling.add_events(incident, [line], by=request.user)[0].pk)

    event = find(request.auth.reader, incident.reference, int(once(request, deed)))
    told = _told(event)
    response["ETag"] = etag_of(told)
    response["Location"] = link(f"/api/v1/incidents/{incident.reference}/timeline/{event.pk}")
    return Status(201, told)


@router.patch(
    "/incidents/{reference:reference}/timeline/{int:pk}",
    response={200: EventTold, **CHANGING},
    auth=Token(Scope.WRITE, find=find, may=permissions.can_edit_event),
)
def edit_event(
    request: HttpRequest,
    reference: Reference,
    pk: Number,
    sent: ChangedEvent,
    response: HttpResponse,
) -> Any:
    """Change one event: one's own, or any for those who guide the review. Needs If-Match. What
    it said before stays in the history."""

    def deed() -> str:
        event = _locked(request)
        settings: dict[str, Any] = {
            "event": event,
            "now": timezone.now(),
            "zone": request.user.zone,
            "around": timeline.span(event.incident),
        }
        stands = EventForm(**settings)
        said = sent.model_dump(exclude_unset=True)
        for ours, theirs in (("at", "time"), ("told_by", "author_role")):
            if ours in said:
                said[theirs] = said.pop(ours) or ""
        form = EventForm(as_form({name: stands[name].value() for name in stands.fields} | said),
                         **settings)  # fmt: skip
        require_valid(form, _TIME | {"author_role": "told_by"})
        changes = {name: value for name, value in form.told.items() if name in said}
        if "time" in said and "time" in form.changed_data:
            changes |= timeline.time_fields(form.cleaned_data["time"])
        try:
            telling.edit_event(event, seen=event.version, by=request.user, changes=changes)
        except EditConflict:  # the row is locked, so its version cannot have moved
            raise Problem(409, "Somebody else is saving. Try again.") from None
        return request.found.incident.reference

    once(request, deed)
    told = _told(find(request.auth.reader, request.found.incident.reference, pk))
    response["ETag"] = etag_of(told)
    return told


@router.delete(
    "/incidents/{reference:reference}/timeline/{int:pk}",
    response={204: None, **CHANGING},
    auth=Token(Scope.WRITE, find=find, may=permissions.can_edit_event),
)
def take_out_event(request: HttpRequest, reference: Reference, pk: Number) -> Any:
    """Take it out of the story; the history keeps it. Needs If-Match."""

    def deed() -> str:
        event = _locked(request)
        telling.take_out(event.incident, [event], by=request.user)
        return request.found.incident.reference

    once(request, deed)
    return Status(204, None)


def _locked(request: HttpRequest) -> TimelineEvent:
    row = TimelineEvent.objects.select_for_update().filter(pk=request.found.pk).first()
    if row is None:
        raise Problem(409, "It was taken out of the timeline meanwhile. Nothing was changed.")
    row.incident = request.found.incident
    require_seen(request, _told(row))
    return row


def _told(event: TimelineEvent) -> Mapping[str, Any]:
    return tell(event, event.incident.reference)
