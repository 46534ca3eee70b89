"""The pulse after a review: two questions without a name."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext

from common.access import require
from common.confidence import in_confidence
from common.forms import form_page, posted
from postmortems import pulse
from postmortems.forms.publication import PulseForm
from postmortems.models import Review


@form_page
@in_confidence
def pulse_page(request: HttpRequest, reference: str) -> HttpResponse:
    """What was answered, for everybody who may read the review; the questions, for who took part
    and has not answered. The thanks come without a redirect: a message would go by the session."""
    review = get_object_or_404(
        Review.objects.visible_to(request.user)
        .filter(publications__isnull=False)
        .select_related("incident")
        .distinct(),
        incident__reference=reference,
    )
    asked = pulse.may_answer(review, request.user)
    form = PulseForm(posted(request)) if asked else None
    is_counted = False
    if request.method == "POST":
        require(
            asked, gettext("Nothing was counted. You have answered already, or were not asked.")
        )
        if form is not None and form.is_valid():
            pulse.answer(review, request.user, form.cleaned_data)
            form, is_counted = None, True
    context = {
        "review": review,
        "form": form,
        "is_counted": is_counted,
        "pulse": pulse.of(review),
        "enough": pulse.ENOUGH,
    }
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "postmortems/pulse.html", context, status=status)
