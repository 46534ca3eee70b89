"""Settings for administrators: what protects those who write."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from common.access import require
from common.forms import form_page, posted
from common.history import TextConflict
from people.permissions import can_administer
from postmortems.forms.protection import ProtectionForm
from postmortems.models import Protection


@form_page
def protection(request: HttpRequest) -> HttpResponse:
    require(can_administer(request.user))
    form = ProtectionForm(posted(request), instance=Protection.current())
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            form.save()
        except TextConflict as conflict:
            status = 409
            form.shows(conflict.current)
        else:
            messages.success(request, _("Saved."))
            return redirect("postmortems:protection")
    return render(request, "postmortems/protection.html", {"form": form}, status=status)
