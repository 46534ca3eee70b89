"""File an incident."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from common import drafts
from common.access import require
from common.forms import form_page
from incidents import permissions, workflow
from incidents.forms.filing import FileForm
from incidents.forms.short_forms import SHORT_FORMS
from incidents.models import Incident
from incidents.severity import levels, suggest
from people.models import Service

#: Name of the autosaved draft of the form.
DRAFT = "incident"


@form_page
def file(request: HttpRequest) -> HttpResponse:
    """Four answers. A second click, or a retry, leads to the incident already filed.

    `again` asks for the form of another kind with all that was typed; nothing is filed.
    """
    require(permissions.can_file(request.user))
    now = timezone.now()
    services = Service.objects.visible_to(request.user).select_related("team").by_name()
    settings: dict[str, Any] = {"services": services, "now": now, "zone": request.user.zone}
    if request.method != "POST":
        draft = drafts.saved(request.user, DRAFT)
        form = FileForm(initial=draft or request.GET.dict(), **settings)
        return _form(request, form, token=drafts.new_token(), draft=draft)
    token = request.POST.get("form_token", "")
    if "again" in request.POST:
        typed = {name: _one_or_all(each) for name, each in request.POST.lists()}
        form = FileForm(initial=typed, **settings)
        return _form(request, form, token=token or drafts.new_token())
    if token and (address := drafts.first_address(token)):
        return redirect(address)
    form = FileForm(request.POST, **settings)
    if not form.is_valid():
        return _form(request, form, token=token or drafts.new_token(), status=422)
    try:
        incident = _file(request, form, token, now)
    except workflow.AlreadyFiled as earlier:
        return redirect(earlier.address or "incidents:list")
    except workflow.NotReady as reason:
        form.add_error(None, str(reason))
        return _form(request, form, token=token, status=422)
    drafts.discard(request.user, DRAFT)
    messages.success(
        request,
        gettext("Filed as {reference}. Add to its timeline in plain lines.").format(
            reference=incident.reference
        ),
    )
    return redirect(incident)


def _one_or_all(values: list[str]) -> str | list[str]:
    return values if len(values) > 1 else values[0]


def _file(request: HttpRequest, form: FileForm, token: str, now: Any) -> Incident:
    answers = form.cleaned_data
    return workflow.file_incident(
        by=request.user,
        kind=answers["kind"],
        title=answers["title"],
        severity=answers["severity"],
        moments=answers["moments"],
        services=answers["services"],
        summary=answers["summary"],
        impact=answers["impact"],
        visibility=answers["visibility"],
        impact_answers=form.impact_answers,
        figures=[form.figure] if form.figure else [],
        answers=form.answers,
        form_token=token,
        now=now,
    )


def _form(
    request: HttpRequest,
    form: FileForm,
    *,
    token: str,
    draft: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "form_token": token,
        "draft": draft,
        "draft_name": DRAFT,
        "kinds": SHORT_FORMS.values(),
        "levels": levels(),
    }
    page = "_questions" if request.htmx else "incident_new"
    return render(request, f"incidents/{page}.html", context, status=status)


@require_POST
def discard_draft(request: HttpRequest) -> HttpResponse:
    drafts.discard(request.user, DRAFT)
    messages.info(request, gettext("The draft is gone. Nothing was filed."))
    return redirect("incidents:list")


@require_safe
def suggest_severity(request: HttpRequest) -> HttpResponse:
    """The severity that follows from the answers so far, and why."""
    context = {
        "suggestion": suggest(request.GET.dict()),
        "chosen": request.GET.get("severity", ""),
    }
    return render(request, "incidents/_suggestion.html", context)
