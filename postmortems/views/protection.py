"""Settings for administrators: what protects those who write."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from common.access import require
from common.forms import form_page, posted
from people.permissions import can_administer
from postmortems.forms.protection import ProtectionForm
from postmortems.models import Protection


@form_page
def protection(request: HttpRequest) -> HttpResponse:
    require(can_administer(request.user))
    form = ProtectionForm(posted(request), instance=Protection.current())
    if form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("postmortems:protection")
    status = 422 if form.is_bound else 200
    return render(request, "postmortems/protection.html", {"form": form}, status=status)
