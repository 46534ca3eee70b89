"""A participant's own telling, and bringing what was shared onto the board."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from common import drafts
from common.access import require
from common.forms import form_page, posted, seen_version
from common.history import EditConflict
from postmortems import board, permissions, perspectives, premises, workflow
from postmortems.forms.board import BringForm
from postmortems.forms.review import PerspectiveForm
from postmortems.models import Participant, Perspective, Review
from postmortems.views.combining import combine
from postmortems.views.shared import (
    NOT_OPEN,
    back,
    collisions,
    find,
    find_readable,
    find_to_contribute,
    find_to_edit,
    find_to_guide,
    keep_typed,
    once,
    premises_first,
    refuse,
)

_SENTENCES = {
    Perspective.Audience.AUTHOR: _("Kept. Only you can read it."),
    Perspective.Audience.FACILITATOR: _("Shared with the facilitator, and with nobody else."),
    Perspective.Audience.REVIEW: _(
        "Shared. Everyone in the review reads it once all perspectives are opened together."
    ),
}


def draft_name(review: Review) -> str:
    return f"perspective-{review.reference}"


@form_page
def perspective(request: HttpRequest, reference: str) -> HttpResponse:
    """One's own perspective: nobody else's can be reached by this address."""
    review = find(request, reference)
    require(permissions.can_contribute(request.user, review), NOT_OPEN)
    if request.method == "POST":
        workflow.require_premises(request.user, review)
    elif first := premises_first(request, review):
        return first
    mine = Perspective.objects.filter(review=review, author=request.user).first()
    kept = drafts.saved(request.user, draft_name(review)) if request.method == "GET" else {}
    me = premises.acceptance(request.user, review)
    form = PerspectiveForm(_posted(request), initial=_initial(mine, me, kept))
    seen = mine.version if mine else 0
    context = {
        "review": review,
        "form": form,
        "mine": mine,
        "is_locked": mine is not None and perspectives.is_locked(mine, review),
        "seen": kept.get("seen") or seen,
        "has_draft": any(kept.get(name) for name in perspectives.TEXTS),
        "draft": draft_name(review),
        "events": review.incident.events.in_order(),
        "invited": review.participants.taking_part().count(),
        "acceptance": me,
    }
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            _save(request, review, form)
        except workflow.Refused as error:
            return keep_typed(request, review, error)
        except EditConflict as conflict:
            status = 409
            context["seen"] = conflict.current.version
            context["collisions"] = collisions(
                [
                    (question, getattr(conflict.current, name), form.cleaned_data[name])
                    for name, question in Perspective.QUESTIONS
                ]
            )
        else:
            drafts.discard(request.user, draft_name(review))
            audience = Perspective.Audience(form.cleaned_data["audience"])
            messages.success(request, _SENTENCES[audience])
            return back(request, review)
    return render(request, "postmortems/perspective.html", context, status=status)


def _save(request: HttpRequest, review: Review, form: PerspectiveForm) -> None:
    """Save it, combined with what another window saved meanwhile where that fits together."""
    fields, seen = dict(form.cleaned_data), seen_version(request)

    def save(texts: dict[str, str], version: int) -> None:
        perspectives.save(review, request.user, seen=version, fields=fields | texts)

    try:
        save({}, seen)
    except EditConflict as conflict:
        if not combine(
            request,
            review,
            conflict,
            {name: fields[name] for name in perspectives.TEXTS},
            seen=seen,
            save=save,
            fits=lambda current: perspectives.differs_in_texts_alone(current, fields),
        ):
            raise


def _initial(
    mine: Perspective | None, me: Participant | None, kept: dict[str, Any]
) -> dict[str, Any]:
    """What the form opens with: the draft where there is one, else what was saved."""
    texts = {
        name: kept.get(name) or (getattr(mine, name) if mine else "") for name in perspectives.TEXTS
    }
    roles = {"role_words": kept.get("role_words") or (me.role_words if me else "")}
    if mine is None:
        return texts | roles
    return texts | {
        **roles,
        "audience": mine.audience,
        "is_signed_with_role": "1" if mine.is_signed_with_role else "",
        "may_be_quoted": mine.may_be_quoted,
    }


def _posted(request: HttpRequest) -> dict | None:
    """What was sent; "Keep as draft" means that nobody else may read it."""
    if request.method != "POST":
        return None
    if "keep" not in request.POST:
        return request.POST
    posted = request.POST.copy()
    posted["audience"] = Perspective.Audience.AUTHOR
    return posted


@require_POST
def take_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Make one's own perspective private again, or delete it: always possible."""
    review = find(request, reference)
    require(permissions.can_contribute(request.user, review), NOT_OPEN)
    get_object_or_404(Perspective, review=review, author=request.user)
    if "delete" in request.POST:
        perspectives.delete(review, request.user)
        drafts.discard(request.user, draft_name(review))
        messages.success(request, gettext("Deleted, with all its versions."))
        return back(request, review)
    try:
        perspectives.take_back(review, request.user)
    except workflow.Refused as error:
        return refuse(request, review, error)
    messages.success(request, gettext("Taken back. Only you can read it."))
    return redirect("postmortems:perspective", review.reference)


@require_POST
def answer_quote(request: HttpRequest, reference: str) -> HttpResponse:
    """The author's yes or no to being quoted."""
    review = find_to_contribute(request, reference)
    get_object_or_404(Perspective, review=review, author=request.user)
    agreed = request.POST.get("agreed") == "yes"
    perspectives.answer_quote(review, request.user, agreed=agreed)
    messages.success(
        request,
        gettext("Thank you. The facilitator may quote sentences from it, without your name.")
        if agreed
        else gettext("Noted. Nothing of it is quoted from now on."),
    )
    return redirect("postmortems:perspective", review.reference)


@require_POST
def open_perspectives(request: HttpRequest, reference: str) -> HttpResponse:
    review = find_to_guide(request, reference)
    try:
        workflow.open_perspectives(review, by=request.user)
    except workflow.Refused as error:
        return refuse(request, review, error)
    messages.success(
        request, gettext("Open. Everyone in the review reads what was shared with it.")
    )
    return back(request, review)


@require_safe
def side_by_side(request: HttpRequest, reference: str) -> HttpResponse:
    """What was opened, question by question and role beside role."""
    review = find_readable(request, reference)
    told = perspectives.side_by_side(review)
    rows = [
        (question, [(one, one.answers[name]) for one in told])
        for name, question in Perspective.QUESTIONS
    ]
    context = {"review": review, "told": told, "rows": rows}
    return render(request, "postmortems/side_by_side.html", context)


def _readable(request: HttpRequest, review: Review, pk: int) -> Perspective:
    """Somebody's perspective that was shared with this reader; 404 for any other."""
    return get_object_or_404(
        Perspective.objects.readable_by(
            request.user, review, is_facilitator=request.user.pk == review.facilitator_id
        ),
        pk=pk,
    )


@require_POST
def ask_to_quote(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    review = find_to_edit(request, reference)
    voice = _readable(request, review, pk)
    try:
        perspectives.ask_to_quote(voice, by=request.user)
    except workflow.Refused as error:
        return refuse(request, review, error)
    messages.success(request, gettext("Its author is asked. You see here when they agree."))
    return back(request, review, "perspectives")


@form_page
def bring_in(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """Turn a sentence of a perspective into a card, when its author agreed."""
    review = find_to_edit(request, reference)
    voice = _readable(request, review, pk)
    require(
        perspectives.may_be_brought_in(voice, review),
        gettext("Nothing was brought in. Its author has not agreed to be quoted: ask them first."),
    )
    form = BringForm(posted(request))
    if form.is_valid():
        try:
            once(
                request,
                review,
                lambda: board.add_card(
                    review,
                    author=request.user,
                    goal=form.cleaned_data["goal"],
                    fields={"text": form.cleaned_data["text"]},
                    perspective=voice,
                ),
            )
        except workflow.Refused as error:
            return keep_typed(request, review, error)
        return back(request, review, form.cleaned_data["goal"])
    roles = dict(review.participants.values_list("user_id", "role_words"))
    context = {
        "review": review,
        "form": form,
        "voice": voice,
        "signature": perspectives.signature(voice, roles),
    }
    status = 422 if form.is_bound else 200
    return render(request, "postmortems/bring_in.html", context, status=status)
