"""Settings for administrators: the organisation's own words for each severity."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.access import require
from common.forms import SharedModelForm, form_page
from common.history import TextConflict, record
from incidents.models import SeverityLevel
from people.permissions import can_administer


class SeverityWordsForm(SharedModelForm):
    class Meta:
        model = SeverityLevel
        fields = ["name", "explanation", "example"]
        labels = {
            "name": _("In a word"),
            "explanation": _("In a sentence"),
            "example": _("For example"),
        }


@form_page
def severity_words(request: HttpRequest) -> HttpResponse:
    """One small form for each severity; `severity` in the POST says which one was sent."""
    require(can_administer(request.user))
    levels = {level.severity: level for level in SeverityLevel.objects.order_by("severity")}
    sent = request.POST.get("severity", "") if request.method == "POST" else None
    if sent is not None and sent not in levels:
        raise Http404
    forms = [
        SeverityWordsForm(
            request.POST if severity == sent else None, instance=level, prefix=severity
        )
        for severity, level in levels.items()
    ]
    form = next((form for form in forms if form.is_bound), None)
    status = 422 if form else 200
    if form is not None and form.is_valid():
        try:
            with transaction.atomic():
                level = form.save()
                record(request.user, "changed severity words", request.user, detail=level.label)
        except TextConflict as conflict:
            status = 409
            form.shows(conflict.current)
        else:
            messages.success(
                request,
                gettext("{label} is saved. Forms show its new words from now on.").format(
                    label=level.label
                ),
            )
            return redirect("incidents:severity_words")
    context = {"forms": forms, "form": form}
    return render(request, "incidents/severity_words.html", context, status=status)
