"""What was sent after the session had ended, after logging in again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from common.forms import form_page
from people import unsent

#: Shorter values without a space are keys and choices, not something somebody wrote.
_WRITTEN = 20


@form_page
def show(request: HttpRequest) -> HttpResponse:
    """It is shown, can be changed and sent; POST throws it away."""
    kept = unsent.of(request)
    if request.method == "POST":
        unsent.forget(request)
        messages.info(request, gettext("Gone. Nothing was saved."))
        return redirect("home")
    if kept is None:
        return redirect("home")
    every = [(name, value) for name, values in kept["fields"].items() for value in values]
    written = [each for each in every if " " in each[1].strip() or len(each[1]) > _WRITTEN]
    context = {
        "kept": kept,
        "written": [(name, name.replace("_", " ").capitalize(), text) for name, text in written],
        "chosen": [each for each in every if each not in written],
    }
    return render(request, "people/unsent.html", context)
