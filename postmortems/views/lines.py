"""Factors, mitigators and open questions: add, edit and remove one line."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from common.forms import ProductForm, form_page, posted, seen_version
from common.history import EditConflict
from postmortems import lines, workflow
from postmortems.forms.board import FactorForm, MitigatorForm, QuestionForm
from postmortems.models import ContributingFactor, Mitigator, OpenQuestion, Review
from postmortems.views.shared import (
    back,
    collisions,
    find_to_contribute,
    find_to_edit,
    keep_typed,
    refuse,
    who_else_writes,
)


class Kind(NamedTuple):
    name: str
    model: type[Any]  # one of the three in lines.Line
    form: type[ProductForm]
    title: str


KINDS = {
    kind.name: kind
    for kind in (
        Kind("factors", ContributingFactor, FactorForm, "A contributing factor"),
        Kind("mitigators", Mitigator, MitigatorForm, "What kept it from being worse"),
        Kind("questions", OpenQuestion, QuestionForm, "An open question"),
    )
}


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Http404
    return KINDS[name]


def _line(review: Review, kind: Kind, pk: int) -> lines.Line:
    line: lines.Line = get_object_or_404(kind.model.objects.filter(review=review), pk=pk)
    line.review = review
    return line


@form_page
def add_line(request: HttpRequest, reference: str, kind: str) -> HttpResponse:
    """Questions come from everybody; factors and mitigators from those who guide the review."""
    chosen = _kind(kind)
    find = find_to_contribute if chosen.name == "questions" else find_to_edit
    review = find(request, reference)
    form = chosen.form(posted(request))
    if form.is_valid():
        try:
            lines.add(review, chosen.model, by=request.user, fields=form.cleaned_data)
        except workflow.Refused as error:
            return keep_typed(request, review, error)
        return back(request, review, chosen.name)
    context = {"review": review, "form": form, "kind": chosen}
    context |= who_else_writes(request, review, chosen.name)
    status = 422 if form.is_bound else 200
    return render(request, "postmortems/line.html", context, status=status)


@form_page
def edit_line(request: HttpRequest, reference: str, kind: str, pk: int) -> HttpResponse:
    chosen = _kind(kind)
    review = find_to_edit(request, reference)
    line = _line(review, chosen, pk)
    form = chosen.form(
        posted(request),
        initial={name: getattr(line, name) for name in chosen.form.base_fields},
    )
    context = {"review": review, "form": form, "kind": chosen, "line": line, "seen": line.version}
    context |= who_else_writes(request, review, chosen.name)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            lines.edit(
                line,
                by=request.user,
                seen=seen_version(request),
                fields=form.cleaned_data,
            )
        except workflow.Refused as error:
            return keep_typed(request, review, error)
        except EditConflict as conflict:
            status = 409
            context["seen"] = conflict.current.version
            context["collisions"] = collisions(
                [
                    (str(form[name].label), _shown(getattr(conflict.current, name)), _shown(mine))
                    for name, mine in form.cleaned_data.items()
                ]
            )
        else:
            return back(request, review, chosen.name)
    return render(request, "postmortems/line.html", context, status=status)


def _shown(answer: object) -> str:
    return ("yes" if answer else "no") if isinstance(answer, bool) else str(answer)


@require_POST
def remove_line(request: HttpRequest, reference: str, kind: str, pk: int) -> HttpResponse:
    chosen = _kind(kind)
    review = find_to_edit(request, reference)
    try:
        lines.remove(_line(review, chosen, pk), by=request.user)
    except workflow.Refused as error:
        return refuse(request, review, error)
    messages.success(request, "The line is removed.")
    return back(request, review, chosen.name)
