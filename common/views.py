"""Autosave: the browser hands over what was typed, and gets back when it was kept."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common import drafts
from common.models import Draft

_LARGEST_DRAFT = 200_000  # characters


@require_POST
def draft(request: HttpRequest, form: str) -> HttpResponse:
    """Keep the posted fields as this person's draft of `form`. Nobody else can read it."""
    data = {name: values if len(values) > 1 else values[0] for name, values in request.POST.lists()}
    if len(form) > Draft._meta.get_field("form").max_length:
        raise Http404
    if sum(len(str(value)) for value in data.values()) > _LARGEST_DRAFT:
        return HttpResponse(_("Too long to keep as a draft. Save it in parts."), status=413)
    kept = drafts.save(request.user, form, data)
    return render(request, "components/draft_saved.html", {"saved_at": kept.saved_at})
