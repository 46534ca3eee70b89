"""When people look at it together, and that as a file for a calendar."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from common.history import TextConflict
from people.forms.account import ZoneField
from postmortems import booking, invitation, workflow
from postmortems.forms.review import MeetingForm
from postmortems.views.shared import back, find_readable, find_to_guide, keep_typed


@require_POST
def set_meeting(request: HttpRequest, reference: str) -> HttpResponse:
    review = find_to_guide(request, reference)
    form = MeetingForm(request.POST, own_zone=request.user.time_zone)
    context = {"review": review, "form": form, "zones": ZoneField.offered()}
    if not form.is_valid():
        return render(request, "postmortems/meeting.html", context, status=422)
    wanted = form.cleaned_data
    try:
        review = booking.set_meeting(
            review,
            wanted["meeting_at"],
            by=request.user,
            minutes=wanted["minutes"],
            place=wanted["place"],
            zone=wanted["zone"],
            seen=wanted["mark"],
        )
    except TextConflict as conflict:
        form.shows(conflict.current)
        return render(request, "postmortems/meeting.html", context, status=409)
    except workflow.Refused as error:
        return keep_typed(request, review, error)
    if review.meeting_at is None:
        messages.success(request, gettext("The meeting is taken off, and out of the calendars."))
    elif review.meeting_at <= timezone.now():
        messages.success(request, gettext("Noted. It was in the past, so nobody is told by mail."))
    else:
        messages.success(
            request,
            gettext("The meeting is set. Everyone who comes gets an entry for their calendar."),
        )
    return back(request, review)


@require_safe
def meeting_file(request: HttpRequest, reference: str) -> HttpResponse:
    """The entry for a calendar of one's own; it names nobody."""
    review = find_readable(request, reference)
    meeting = invitation.Meeting.of(review)
    if meeting is None:
        raise Http404
    made = invitation.entry(
        review,
        meeting,
        method=invitation.PUBLISH,
        stamped_at=timezone.now(),
        private=review.incident.is_restricted,
    )
    return HttpResponse(
        made.text,
        content_type="text/calendar; method=PUBLISH; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="review-{review.reference}.ics"'},
    )
