"""What people say about an action."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from actions import notes as talk
from actions import permissions
from actions.forms.telling import WordsForm
from actions.models import Note
from actions.views.action import find
from actions.workflow import NotReady
from common import drafts
from common.access import require
from common.forms import form_page, posted, seen_version
from common.history import EditConflict
from postmortems.views.shared import collisions

_PAGE = 50
_OTHERS_WORDS = _("Nothing was changed. Everybody changes only what they said themselves.")


def _note(request: HttpRequest, reference: str, pk: int) -> Note:
    action = find(request, reference)
    note = get_object_or_404(action.notes.select_related("author"), pk=pk)
    note.action = action
    return note


@require_safe
def notes(request: HttpRequest, reference: str) -> HttpResponse:
    """All of them, the newest last; `before` is the oldest one that was shown."""
    action = find(request, reference)
    rows = talk.for_reading(action, request.user)
    before = request.GET.get("before", "")
    if before.isascii() and before.isdecimal():
        rows = rows.filter(pk__lt=int(before[:18]))
    shown = list(rows[: _PAGE + 1])
    context = {
        "action": action,
        "said": talk.all_said(reversed(shown[:_PAGE]), request.user, action),
        "earlier": shown[_PAGE - 1].pk if len(shown) > _PAGE else None,
        "back": talk.address(action),
    }
    return render(request, "actions/notes.html", context)


@require_safe
def readers(request: HttpRequest, reference: str) -> HttpResponse:
    """Whom a note may call: everybody who may see the action."""
    people = permissions.readers(find(request, reference)).exclude(pk=request.user.pk)
    return render(request, "components/readers.html", {"readers": people})


@require_POST
def add(request: HttpRequest, reference: str) -> HttpResponse:
    action = find(request, reference)
    form = WordsForm(request.POST)
    if not form.is_valid():
        return render(request, "actions/note.html", {"action": action, "form": form}, status=422)
    token = drafts.sending(request.POST)
    talk.add(action, author=request.user, text=form.cleaned_data["text"], token=token)
    drafts.discard(request.user, talk.draft_of(action))
    return redirect(talk.address(action))


@form_page
def edit(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    note = _note(request, reference, pk)
    require(permissions.can_edit_note(request.user, note), _OTHERS_WORDS)
    form = WordsForm(posted(request), initial={"text": note.text})
    context = {"action": note.action, "note": note, "form": form, "seen": note.version}
    context["keep_theirs"] = talk.address(note.action)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        text = form.cleaned_data["text"]
        try:
            talk.edit(note, author=request.user, seen=seen_version(request), text=text)
        except NotReady as gone:
            # What was typed can be sent as a note of its own.
            status, context["note"], context["why"] = 409, None, str(gone)
        except EditConflict as conflict:
            status = 409
            context["seen"] = conflict.current.version
            theirs = conflict.current.text
            context["collisions"] = collisions([(str(form["text"].label), theirs, text)])
        else:
            return redirect(talk.address(note.action))
    return render(request, "actions/note.html", context, status=status)


@require_POST
def remove(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    note = _note(request, reference, pk)
    require(permissions.can_remove_note(request.user, note), _OTHERS_WORDS)
    try:
        talk.remove(note, by=request.user)
    except NotReady as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("The note is removed."))
    return redirect(talk.address(note.action))
