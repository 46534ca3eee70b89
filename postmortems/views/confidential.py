"""Confidential notes. Nothing here says anything to the log, the session or a message about who
writes: see common/confidence.py, and docs/confidential-notes.md for the whole of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from common.access import require
from common.confidence import in_confidence
from common.forms import form_page, posted
from common.history import TextConflict, mark_of
from common.merging import by_words
from incidents.models import Incident
from postmortems import confidential, deidentification, permissions, premises, receipts, workflow
from postmortems.deidentification import Directory, Replacement
from postmortems.forms.board import BringForm
from postmortems.forms.confidential import (
    AddNoteForm,
    AnswerForm,
    AskForm,
    CodeForm,
    PrepareForm,
    RewriteForm,
    SetAsideForm,
)
from postmortems.models import ConfidentialNote, NoteQuestion, Review
from postmortems.views.shared import NOT_OPEN, back, collisions, find, find_to_edit, once

_ADDED_BY = _(
    "Nothing was kept. Confidential notes are written by the people who were near "
    "it. If you were, say so under “People and roles” of the incident."
)


def _incident(request: HttpRequest, reference: str) -> Incident:
    return get_object_or_404(
        Incident.objects.visible_to(request.user).select_related("team"), reference=reference
    )


# Its author -------------------------------------------------------------------------------------
@form_page
@in_confidence
def note(request: HttpRequest, reference: str) -> HttpResponse:
    """Add a note. Its code is on the page that answers, and at no address. A reload shows it again
    until its author says that they have it."""
    incident = _incident(request, reference)
    require(permissions.can_add_note(request.user, incident), _ADDED_BY)
    review = confidential.review_of(incident)
    form = AddNoteForm(posted(request), initial={"secret": receipts.new_secret()})
    context: dict[str, Any] = {
        "incident": incident,
        "review": review,
        "form": form,
        "premises": premises.PREMISES,
    }
    status = 422 if form.is_bound else 200
    try:
        context["possible"] = confidential.require_open(incident, review)
        if form.is_valid():
            code = confidential.add(
                incident,
                words=form.cleaned_data["words"],
                secret=form.cleaned_data["secret"],
                today=confidential.today_of(timezone.now()),
            )
            context = {"incident": incident, "code": code}
            return render(request, "postmortems/note_sent.html", context)
    except confidential.CodeTaken:
        return render(request, "postmortems/note_sent.html", {"incident": incident})
    except workflow.Refused as error:
        context["closed"] = str(error)
        status = 409 if form.is_bound else 200
    return render(request, "postmortems/note_add.html", context, status=status)


@form_page
@in_confidence
def note_again(request: HttpRequest, reference: str) -> HttpResponse:
    """Back to one's note by its code, which comes with every deed: no session knows it.

    A wrong code, another note's and an incident that does not exist get one and the same answer.
    """
    if request.method != "POST":
        incident = _incident(request, reference)
        context = {"incident": incident, "form": CodeForm()}
        context["codes_were_lost"] = confidential.codes_were_lost(incident)
        return render(request, "postmortems/note_code.html", context)
    now = timezone.now()
    asked_for = Incident.objects.visible_to(request.user).filter(reference=reference).first()
    if asked_for and confidential.too_many_tries(asked_for, now=now):
        return render(request, "postmortems/note_later.html", status=429)
    code = request.POST.get("code", "")[:200]
    mine = confidential.found(asked_for, code)
    if mine is None:
        if asked_for:
            confidential.count_wrong_code(asked_for, now=now)
        return render(request, "postmortems/note_nothing.html", status=404)
    return _with_code(request, mine, receipts.normal(code))


def _with_code(request: HttpRequest, mine: ConfidentialNote, code: str) -> HttpResponse:
    incident = mine.incident
    do = request.POST.get("do", "")
    status, said = 200, ""
    form = answer_form = None
    context: dict[str, Any] = {"incident": incident, "code": code}
    today = confidential.today_of(timezone.now())
    try:
        if do == "taken":
            confidential.take_code(mine)
            return redirect(incident)
        if do == "withdraw":
            confidential.withdraw(mine)
            return render(request, "postmortems/note_withdrawn.html", context)
        if do == "rewrite":
            form = RewriteForm(request.POST)
            if form.is_valid():
                mine = confidential.rewrite(mine, today=today, **form.cleaned_data)
                form, said = (
                    None,
                    gettext("Kept. The facilitator reads these words after the next opening."),
                )
            else:
                status = 422
        elif do == "answer":
            answer_form = AnswerForm(request.POST)
            question = _question(mine, request.POST.get("question", ""))
            context["answering"] = question.pk
            if answer_form.is_valid():
                words = answer_form.cleaned_data["answer"]
                confidential.answer(question, words=words, today=today)
                answer_form = None
                said = gettext("Kept. The facilitator reads your answer after the next opening.")
            else:
                status = 422
    except TextConflict as conflict:
        assert form is not None  # noqa: S101 only a rewriting can collide
        status = 409
        typed = form.cleaned_data["words"]
        context["collisions"] = collisions([(gettext("Your note"), conflict.current, typed)])
        form.shows(conflict.current)
    except workflow.Refused as error:
        status, said = 409, str(error)
        context["typed"] = request.POST.get("words") or request.POST.get("answer", "")
        form = answer_form = None
        mine.refresh_from_db()
    context |= {
        "note": mine,
        "questions": mine.questions.in_order(),
        "may_change": mine.is_unreleased and mine.receipt,
        "rewrite_form": form
        or RewriteForm(initial={"words": mine.latest_words, "mark": mark_of(mine.latest_words)}),
        "answer_form": answer_form or AnswerForm(),
        "form": form or answer_form,
        "said": said,
    }
    return render(request, "postmortems/note_mine.html", context, status=status)


def _question(mine: ConfidentialNote, key: str) -> NoteQuestion:
    try:
        return get_object_or_404(mine.questions, pk=UUID(key))
    except ValueError:
        raise Http404 from None


# The facilitator, and counts for the others -----------------------------------------------------
def _to_read(
    request: HttpRequest, reference: str, pk: UUID
) -> tuple[Review, ConfidentialNote, Any]:
    """For the facilitator alone; for everybody else it does not exist."""
    review = find(request, reference)
    if not permissions.can_read_notes(request.user, review):
        raise Http404
    opening = confidential.last_opening(confidential.today_of(timezone.now()))
    opened = ConfidentialNote.objects.of(review).opened(before=opening)
    shown = get_object_or_404(opened.exclude(state=ConfidentialNote.State.WITHDRAWN), pk=pk)
    return review, shown, opening


@require_safe
@in_confidence
def notes(request: HttpRequest, reference: str) -> HttpResponse:
    """The facilitator reads them here; others see how many wait, and the released ones."""
    review = find(request, reference)
    require(permissions.can_count_notes(request.user, review), NOT_OPEN)
    now = timezone.now()
    opening = confidential.last_opening(confidential.today_of(now))
    opened = confidential.opened_notes(review, now=now)
    is_reader = permissions.can_read_notes(request.user, review)
    state = ConfidentialNote.State
    waiting = [one for one in opened if one.state == state.RECEIVED]
    aside = [one for one in opened if one.state == state.SET_ASIDE]
    for one in (*waiting, *aside) if is_reader else ():
        one.words = confidential.words_for_facilitator(one, opening=opening)
    context = {
        "review": review,
        "is_reader": is_reader,
        "waiting": waiting if is_reader else [],
        "aside": aside if is_reader else [],
        "count_waiting": len(waiting) + len(aside),
        "released": [one for one in opened if one.state == state.RELEASED],
        "withdrawn": sum(one.state == state.WITHDRAWN for one in opened),
    }
    return render(request, "postmortems/notes.html", context)


def _reading_page(
    request: HttpRequest,
    review: Review,
    shown: ConfidentialNote,
    opening: Any,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    words = confidential.words_for_facilitator(shown, opening=opening)
    directory = Directory.around(review)
    traces = deidentification.find([("", words)], directory)
    sure = [Replacement(one.found, one.kind, one.instead) for one in traces if one.is_sure]
    questions = list(shown.questions.in_order())
    for question in questions:
        if question.answered_on and question.answered_on >= opening:
            question.answer = ""
    prepared = shown.edited or deidentification.replace(words, sure)
    context = {
        "review": review,
        "note": shown,
        "words": words,
        "traces": traces,
        "questions": questions,
        "prepare_form": PrepareForm(initial={"words": prepared, "mark": mark_of(shown.edited)}),
        "ask_form": AskForm(),
        "aside_form": SetAsideForm(),
        "changed_since": shown.edited and shown.edited_from != mark_of(words),
        "awaits_opening": confidential.awaits_opening(shown, opening=opening),
    } | more
    return render(request, "postmortems/note_read.html", context, status=status)


@form_page
@in_confidence
def read_note(request: HttpRequest, reference: str, pk: UUID) -> HttpResponse:
    """Read one, with what leads to people marked, and prepare what the review would read."""
    review, shown, opening = _to_read(request, reference, pk)
    if shown.state == ConfidentialNote.State.RELEASED:
        return redirect("postmortems:notes", reference)
    form = PrepareForm(posted(request))
    if not form.is_bound:
        return _reading_page(request, review, shown, opening)
    if not form.is_valid():
        return _reading_page(
            request, review, shown, opening, status=422, prepare_form=form, form=form
        )
    today = confidential.today_of(timezone.now())
    try:
        confidential.prepare(review, shown, today=today, **form.cleaned_data)
    except TextConflict as conflict:
        typed = form.cleaned_data["words"]
        form.shows(conflict.current)
        return _reading_page(
            request,
            review,
            shown,
            opening,
            status=409,
            prepare_form=form,
            collisions=collisions(
                [(gettext("What the review would read"), conflict.current, typed)]
            ),
        )
    except workflow.Refused as error:
        return _refused(request, review, error, typed=form.cleaned_data["words"])
    return redirect("postmortems:release_note", reference, pk)


def _refused(
    request: HttpRequest, review: Review, error: workflow.Refused, *, typed: str = ""
) -> HttpResponse:
    context = {
        "review": review,
        "why": str(error),
        "typed": [(gettext("Text"), typed)] if typed else [],
    }
    return render(request, "postmortems/not_kept.html", context, status=409)


@require_POST
@in_confidence
def ask_note(request: HttpRequest, reference: str, pk: UUID) -> HttpResponse:
    """Ask its author something: they find it when they come back with their code."""
    review, shown, opening = _to_read(request, reference, pk)
    form = AskForm(request.POST)
    if not form.is_valid():
        return _reading_page(request, review, shown, opening, status=422, ask_form=form, form=form)
    words = form.cleaned_data["question"]
    try:
        confidential.ask(review, shown, words=words, today=confidential.today_of(timezone.now()))
    except workflow.Refused as error:
        return _refused(request, review, error, typed=words)
    messages.success(request, gettext("Asked. An answer, if one comes, is here after an opening."))
    return redirect("postmortems:read_note", reference, pk)


@require_POST
@in_confidence
def set_aside_note(request: HttpRequest, reference: str, pk: UUID) -> HttpResponse:
    """Not for this review, with a sentence for its author; `again` takes it up once more."""
    review, shown, opening = _to_read(request, reference, pk)
    reason = ""
    if "again" not in request.POST:
        form = SetAsideForm(request.POST)
        if not form.is_valid():
            return _reading_page(
                request, review, shown, opening, status=422, aside_form=form, form=form
            )
        reason = form.cleaned_data["reason"]
    try:
        confidential.set_aside(
            review, shown, reason=reason, today=confidential.today_of(timezone.now())
        )
    except workflow.Refused as error:
        return _refused(request, review, error, typed=reason)
    return redirect("postmortems:notes", reference)


@form_page
@in_confidence
def release_note(request: HttpRequest, reference: str, pk: UUID) -> HttpResponse:
    """The second look: what was written beside what the review would read."""
    review, shown, opening = _to_read(request, reference, pk)
    if shown.state == ConfidentialNote.State.RELEASED or not shown.edited:
        return redirect("postmortems:read_note", reference, pk)
    why = ""
    if request.method == "POST":
        seen = request.POST.get("seen", "")
        try:
            confidential.release(
                review, shown, seen=seen, today=confidential.today_of(timezone.now())
            )
        except workflow.NotReady as error:
            why = str(error)
        except workflow.Refused as error:
            return _refused(request, review, error)
        else:
            messages.success(
                request, gettext("Released. Those who may read the draft read it now.")
            )
            return redirect("postmortems:notes", reference)
    words = confidential.words_for_facilitator(shown, opening=opening)
    directory = Directory.around(review)
    context = {
        "review": review,
        "note": shown,
        "pieces": by_words(words, shown.edited),
        "left": deidentification.find([("", shown.edited)], directory),
        "seen": mark_of(shown.edited),
        "possible": confidential.possible_authors(shown.incident, review),
        "why": why,
    }
    status = 409 if why else 200
    return render(request, "postmortems/note_release.html", context, status=status)


@form_page
@in_confidence
def bring_note(request: HttpRequest, reference: str, pk: UUID) -> HttpResponse:
    """Put what a released note says onto the board, as a card that nobody has written."""
    review, shown, _ = _to_read(request, reference, pk)
    find_to_edit(request, reference)
    form = BringForm(posted(request), initial={"text": shown.edited})
    if form.is_valid():
        goal, text = form.cleaned_data["goal"], form.cleaned_data["text"]
        try:
            once(
                request,
                review,
                lambda: confidential.bring_in(review, shown, goal=goal, words=text),
            )
        except workflow.Refused as error:
            return _refused(request, review, error, typed=text)
        return back(request, review, goal)
    context = {"review": review, "note": shown, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "postmortems/note_bring.html", context, status=status)
