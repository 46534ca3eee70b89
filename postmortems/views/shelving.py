"""Set a published review apart, and bring it back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from common.forms import form_page, posted
from postmortems import shelving, workflow
from postmortems.forms.review import ArchiveForm
from postmortems.models import Review
from postmortems.views.shared import find_to_guide, refuse


@form_page
def archive(request: HttpRequest, reference: str) -> HttpResponse:
    review = find_to_guide(request, reference)
    seen = Review.objects.visible_to(request.user).select_related("incident")
    form = ArchiveForm(posted(request), seen=seen)
    if form.is_valid():
        try:
            shelving.archive(
                review,
                by=request.user,
                reason=form.cleaned_data["reason"],
                superseded_by=form.cleaned_data["later"],
            )
        except workflow.Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, gettext("Archived. It stays readable, and can be brought back.")
            )
            return redirect("postmortems:published", review.reference)
    context = {"review": review, "form": form}
    return render(
        request, "postmortems/archive.html", context, status=422 if form.is_bound else 200
    )


@require_POST
def bring_back(request: HttpRequest, reference: str) -> HttpResponse:
    review = find_to_guide(request, reference)
    try:
        shelving.bring_back(review, by=request.user)
    except workflow.Refused as error:
        return refuse(request, review, error)
    messages.success(request, gettext("Back among what is published."))
    return redirect("postmortems:published", review.reference)
