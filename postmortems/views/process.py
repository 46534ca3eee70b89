"""Settings for administrators: when a review is due by itself, and what each depth shows."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from common.access import require
from common.forms import form_page
from common.history import TextConflict
from incidents.models import Incident
from people.permissions import can_administer
from postmortems import depths, rules
from postmortems.forms.process import RulesForm, TemplateForm
from postmortems.models import Review, ReviewRule, ReviewTemplate


def _sent(request: HttpRequest, name: str, known: list[str]) -> str | None:
    """Which of several forms on the page was sent; None when the page is asked for."""
    if request.method != "POST":
        return None
    sent = request.POST.get(name, "")
    if sent not in known:
        raise Http404
    return sent


@form_page
def due_rules(request: HttpRequest) -> HttpResponse:
    """One form for each kind of incident; `kind` in the POST says which one was sent."""
    require(can_administer(request.user))
    sent = _sent(request, "kind", Incident.Kind.values)
    held: dict[str, dict[str, ReviewRule]] = {kind: {} for kind in Incident.Kind.values}
    for rule in ReviewRule.objects.order_by("pk"):
        held[rule.kind][rule.severity] = rule
    forms = [
        RulesForm(request.POST if kind == sent else None, kind=kind, held=held[kind])
        for kind in Incident.Kind.values
    ]
    form = next((form for form in forms if form.is_bound), None)
    status = 422 if form else 200
    if form is not None and form.is_valid():
        try:
            rules.save(form.kind, form.wanted, mark=form.cleaned_data["mark"], by=request.user)
        except TextConflict as conflict:
            status = 409
            form.shows(conflict.current)
        else:
            messages.success(
                request,
                gettext("{label}: saved. It holds from the next one on.").format(label=form.label),
            )
            return redirect("postmortems:due_rules")
    context = {"forms": forms, "form": form}
    return render(request, "postmortems/due_rules.html", context, status=status)


@form_page
def templates(request: HttpRequest) -> HttpResponse:
    """One form for each depth; `depth` in the POST says which one was sent."""
    require(can_administer(request.user))
    sent = _sent(request, "depth", Review.Depth.values)
    held = {template.depth: template for template in ReviewTemplate.objects.all()}
    forms = [
        TemplateForm(request.POST if depth == sent else None, template=held[depth])
        for depth in Review.Depth.values
    ]
    for each in forms:
        each.words = depths.WORDS[Review.Depth(each.template.depth)]
    form = next((form for form in forms if form.is_bound), None)
    status = 422 if form else 200
    if form is not None and form.is_valid():
        try:
            depths.save(form.template, form.hides, mark=form.cleaned_data["mark"], by=request.user)
        except TextConflict as conflict:
            status = 409
            form.shows(conflict.current)
        else:
            messages.success(
                request,
                gettext("{template}: saved. Nothing that is written is hidden.").format(
                    template=form.template
                ),
            )
            return redirect("postmortems:templates")
    context = {"forms": forms, "form": form}
    return render(request, "postmortems/templates.html", context, status=status)
