"""Settings for administrators: how soon actions are promised."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from actions import promise
from actions.forms.settings import PromiseForm
from actions.models import Action
from common.access import require
from common.forms import form_page, posted
from common.history import TextConflict
from people.permissions import can_administer


@form_page
def promised_days(request: HttpRequest) -> HttpResponse:
    """One table of working days, by severity and priority."""
    require(can_administer(request.user))
    form = PromiseForm(posted(request), held=promise.table())
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            promise.save(form.wanted, mark=form.cleaned_data["mark"], by=request.user)
        except TextConflict as conflict:
            status = 409
            form.shows(conflict.current)
        else:
            messages.success(request, gettext("Saved. It holds for actions agreed from now on."))
            return redirect("actions:promise")
    context = {"form": form, "priorities": Action.Priority.labels}
    return render(request, "actions/promise.html", context, status=status)
