"""Which incidents one review looks at together."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from common.addresses import word
from incidents.models import Incident
from postmortems import covering
from postmortems.views.shared import back, find_to_guide, refuse
from postmortems.workflow import Refused


def _other(request: HttpRequest) -> Incident:
    reference = word(request.POST, "other").strip().upper()[:20]
    found = Incident.objects.visible_to(request.user).filter(reference=reference).first()
    if found is None:
        raise Refused(
            gettext("There is no {reference}. Check it.").format(reference=reference)
            if reference
            else gettext("There is no incident without a reference. Check it.")
        )
    return found


@require_POST
def cover(request: HttpRequest, reference: str) -> HttpResponse:
    """Look at one more incident, named by its reference in `other`, in this review."""
    review = find_to_guide(request, reference)
    try:
        other = _other(request)
        covering.cover(review, other, by=request.user)
    except Refused as error:
        return refuse(request, review, error)
    messages.success(
        request,
        gettext("{reference} is looked at in this review, too.").format(reference=other.reference),
    )
    return back(request, review)


@require_POST
def uncover(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    review = find_to_guide(request, reference)
    other = review.also_covers.filter(pk=pk).first()
    if other is None:
        raise Http404
    try:
        covering.uncover(review, other, by=request.user)
    except Refused as error:
        return refuse(request, review, error)
    messages.success(
        request,
        gettext("{reference} is no longer part of this review.").format(reference=other.reference),
    )
    return back(request, review)
