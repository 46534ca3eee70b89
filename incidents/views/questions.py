"""Settings for administrators: the organisation's own questions about incidents."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from common.access import require
from common.forms import form_page, posted
from common.history import TextConflict, record
from incidents.forms.custom import QuestionForm
from incidents.models import CustomField, Incident
from people.permissions import can_administer


@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    """The questions in their order, then those that are no longer asked."""
    require(can_administer(request.user))
    every = list(CustomField.objects.order_by("is_retired", "position", "pk"))
    labels = dict(Incident.Kind.choices)
    for question in every:
        question.asked_about = ", ".join(str(labels.get(kind, kind)) for kind in question.kinds)
    return render(request, "incidents/questions.html", {"questions": every})


@form_page
def question(request: HttpRequest, key: str = "") -> HttpResponse:
    """Add a question, or change the one with this key."""
    require(can_administer(request.user))
    instance = get_object_or_404(CustomField, key=key) if key else CustomField()
    form = QuestionForm(posted(request), instance=instance)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            with transaction.atomic():
                if not key:
                    form.instance.position = CustomField.objects.count()
                saved = form.save()
                record(request.user, "changed a question", saved, saved.label)
        except TextConflict as conflict:
            status = 409
            form.shows(conflict.current)
        else:
            messages.success(request, gettext("“{label}” is saved.").format(label=saved.label))
            return redirect("incidents:questions")
    context = {"form": form, "question": instance if key else None}
    return render(request, "incidents/question.html", context, status=status)


@require_POST
def arrange_question(request: HttpRequest, key: str) -> HttpResponse:
    """`to`: up, down, retire or ask. Its answers stay whatever happens to it."""
    require(can_administer(request.user))
    chosen = get_object_or_404(CustomField, key=key)
    to = request.POST.get("to", "")
    if to not in {"up", "down", "retire", "ask"}:
        raise Http404
    with transaction.atomic():
        if to in {"up", "down"}:
            _swap(chosen, -1 if to == "up" else 1)
        else:
            chosen.is_retired = to == "retire"
            chosen.save(update_fields=["is_retired"])
        record(request.user, "arranged a question", chosen, chosen.label)
    return redirect("incidents:questions")


def _swap(chosen: CustomField, step: int) -> None:
    """Number the questions anew with this one a place further."""
    order = list(
        CustomField.objects.select_for_update().filter(is_retired=False).order_by("position", "pk")
    )
    if chosen not in order:
        return
    at = order.index(chosen)
    order.insert(max(0, at + step), order.pop(at))
    for position, each in enumerate(order):
        each.position = position
    CustomField.objects.bulk_update(order, ["position"])
