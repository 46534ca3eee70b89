"""Fetch an incident for a page: as far as this person may know of it, or not at all (404)."""

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from incidents import around, permissions, reading
from incidents.models import Incident, TimelineEvent


def find(request: HttpRequest, reference: str) -> Incident:
    visible = Incident.objects.visible_to(request.user).select_related("team")
    incident = get_object_or_404(visible, reference=reference)
    reading.note_page(request, incident)
    return incident


def find_for_page(request: HttpRequest, reference: str) -> Incident:
    """The same with what its page shows, and with what there is `around` it."""
    incident = around.find(request.user, reference)
    if incident is None:
        raise Http404
    return incident


def find_event(
    request: HttpRequest, reference: str, pk: int, *, also_removed: bool = False
) -> TimelineEvent:
    """The event, with the very incident that was found, so that standing is looked up once."""
    incident = find(request, reference)
    events = TimelineEvent.with_removed if also_removed else TimelineEvent.objects
    event = get_object_or_404(events, incident=incident, pk=pk)
    event.incident = incident
    return event


def may(request: HttpRequest, incident: Incident) -> dict[str, bool]:
    """What this person may do here, for drawing the buttons."""
    user = request.user
    return {
        "edit": permissions.can_edit(user, incident),
        "add": permissions.can_add_to_timeline(user, incident),
        "attach": permissions.can_attach(user, incident),
        "join": permissions.can_join(user, incident),
        "take_on": permissions.can_take_on(user, incident),
        "hand_over": permissions.can_hand_over(user, incident),
        "tell": permissions.can_tell(user, incident),
        "close": permissions.can_close(user, incident),
        "restrict": permissions.can_restrict(user, incident),
        "name_people": permissions.can_name_people(user, incident),
    }
