"""Settings for administrators: when what is past its date stands in the list of its team."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from actions import reminders
from actions.forms.settings import ReminderRuleForm
from common.access import require
from common.forms import form_page, posted
from common.history import TextConflict, record
from people.permissions import can_administer


@form_page
def rule(request: HttpRequest) -> HttpResponse:
    require(can_administer(request.user))
    form = ReminderRuleForm(posted(request), instance=reminders.rule())
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            with transaction.atomic():
                rule = form.save()
                record(request.user, "changed when a team gets its list", rule, str(rule))
        except TextConflict as conflict:
            status = 409
            form.shows(conflict.current)
        else:
            messages.success(request, gettext("Saved. It holds from the next list on."))
            return redirect("actions:reminding")
    return render(request, "actions/reminding.html", {"form": form}, status=status)
