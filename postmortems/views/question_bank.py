"""Settings for administrators: the questions to ask in a meeting, and beside the board."""

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
from people.permissions import can_administer
from postmortems import question_bank
from postmortems.forms.meeting import BankQuestionForm
from postmortems.models import BankQuestion


@require_safe
def bank(request: HttpRequest) -> HttpResponse:
    """Every question under its situation, in the order in which they are asked."""
    require(can_administer(request.user))
    every = list(BankQuestion.objects.for_list())
    groups = [
        (situation.label, found)
        for situation in BankQuestion.Situation
        if (found := [each for each in every if each.situation == situation])
    ]
    context = {"groups": groups, "asked": sum(not each.is_retired for each in every)}
    return render(request, "postmortems/bank.html", context)


@form_page
def bank_question(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Add a question, or change this one."""
    require(can_administer(request.user))
    instance = get_object_or_404(BankQuestion, pk=pk) if pk else BankQuestion()
    form = BankQuestionForm(posted(request), instance=instance)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            with transaction.atomic():
                if not pk:
                    form.instance.position = question_bank.last_position() + 1
                saved = form.save()
                record(request.user, "changed a question to ask", saved, saved.text)
        except TextConflict as conflict:
            status = 409
            form.shows(conflict.current)
        else:
            messages.success(request, gettext("“{title}” is saved.").format(title=saved.text))
            return redirect("postmortems:bank")
    context = {"form": form, "question": instance if pk else None}
    return render(request, "postmortems/bank_question.html", context, status=status)


@require_POST
def arrange_bank_question(request: HttpRequest, pk: int) -> HttpResponse:
    """`to`: up or down among the questions of its situation, retire or ask."""
    require(can_administer(request.user))
    chosen = get_object_or_404(BankQuestion, pk=pk)
    to = request.POST.get("to", "")
    if to not in {"up", "down", "retire", "ask"}:
        raise Http404
    with transaction.atomic():
        if to in {"up", "down"}:
            question_bank.move(chosen, -1 if to == "up" else 1)
        else:
            chosen.is_retired = to == "retire"
            chosen.save(update_fields=["is_retired"])
        record(request.user, "arranged a question to ask", chosen, chosen.text)
    return redirect("postmortems:bank")
