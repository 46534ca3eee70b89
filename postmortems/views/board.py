"""The board: its four parts and their cards."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from common import drafts
from common.access import require
from common.forms import form_page, posted, seen_version
from common.history import EditConflict, TextConflict
from common.undo import say_with_undo
from postmortems import (
    board,
    board_parts,
    comments,
    moments,
    permissions,
    premises,
    presence,
    question_bank,
    workflow,
)
from postmortems.board_parts import GOALS
from postmortems.forms.board import CardForm, EmptyGoalForm, JoinForm
from postmortems.live import page_version
from postmortems.models import Finding, Goal, Review
from postmortems.presence import Here
from postmortems.views.combining import combine, saved_by
from postmortems.views.shared import (
    NOT_OPEN,
    back,
    collisions,
    find,
    find_readable,
    find_to_contribute,
    find_to_edit,
    goal_named,
    keep_typed,
    note_page,
    once,
    premises_first,
    refuse,
    who_else_writes,
)


def _card(review: Review, pk: int) -> Finding:
    return get_object_or_404(Finding.objects.on_board().filter(review=review), pk=pk)


def one_part(
    request: HttpRequest,
    review: Review,
    goal: Goal,
    *,
    form: CardForm | None = None,
    is_next: bool = False,
    here: Here | None = None,
) -> board_parts.Part:
    """A part with what this person may do in it; `here` is who else writes where."""
    user = request.user
    is_open = review.takes_contributions and premises.have_been_accepted(user, review)
    [part] = board_parts.parts(
        review,
        user,
        told=moments.of(review),
        covers=list(review.also_covers.order_by("pk")),
        actions=list(review.actions.visible_to(user)),
        lessons=list(review.lessons.visible_to(user)),
        can_edit=is_open and permissions.can_edit(user, review),
        can_contribute=is_open and permissions.can_contribute(user, review),
        only=goal,
        adding=goal if is_next else "",
        here=presence.others(review.pk, user) if here is None else here,
        threads=comments.threads(
            review,
            user,
            list(review.participants.all()),
            may_speak=review.is_under_way
            and permissions.can_contribute(user, review)
            and premises.have_been_accepted(user, review),
            unfolded=request.GET.get("talk", ""),
        ),
    )
    part.form = form or part.form
    return part


def _card_form(
    review: Review, goal: Goal | str, posted: QueryDict | None = None, **options: Any
) -> CardForm:
    """The whole form of a card, with everything it may be tied to."""
    incidents = [review.incident, *review.also_covers.order_by("pk")]
    return CardForm(posted, goal=goal, told=moments.of(review), incidents=incidents, **options)


def _begun(request: HttpRequest, form: CardForm) -> dict[str, Any]:
    """What a suggestion leads to: ?event=12&deed=action is a card tied to that moment."""
    asked = request.GET.getlist("event")
    tied = [pk for pk in form.told if str(pk) in asked]
    begun: dict[str, Any] = {"events": tied, "deed": request.GET.get("deed", "")}
    if tied and begun["deed"] == Finding.Deed.ACTION:
        begun["text"] = form.told[tied[0]].event.text
    return begun


def _answer_with_part(
    request: HttpRequest,
    review: Review,
    goal: Goal,
    *,
    form: CardForm | None = None,
    is_next: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The part alone for htmx, which also counts its cards anew in the tabs. With `is_next` the
    focus goes on to the next line."""
    part = one_part(request, review, goal, form=form, is_next=is_next)
    context = {
        "review": review,
        "part": part,
        "can_edit": permissions.can_edit(request.user, review) and part.form is not None,
        "is_fragment": True,
    }
    return render(request, "postmortems/_part.html", context, status=status)


@require_safe
def part(request: HttpRequest, reference: str, goal: str) -> HttpResponse:
    """One part by itself, with room to write a whole card."""
    chosen = goal_named(goal)
    review = find_readable(request, reference)
    seen = page_version(reference, user=request.user)
    shown = one_part(request, review, chosen, here=seen.here)
    form = None
    if shown.form:
        form = _card_form(review, chosen)
        form.initial = _begun(request, form)
        shown.form = None
    context = {
        "review": review,
        "part": shown,
        "card_form": form,
        "can_edit": form is not None and permissions.can_edit(request.user, review),
        "page_version": seen.mark,
        "premises_come_first": form is None and _premises_come_first(request, review),
    }
    return render(request, "postmortems/part.html", context)


def _premises_come_first(request: HttpRequest, review: Review) -> bool:
    return (
        review.takes_contributions
        and permissions.can_contribute(request.user, review)
        and not premises.have_been_accepted(request.user, review)
    )


@require_POST
def add_finding(request: HttpRequest, reference: str, goal: str) -> HttpResponse:
    chosen = goal_named(goal)
    review = find_to_contribute(request, reference)
    is_whole = "whole" in request.POST or "events" in request.POST
    if is_whole:
        form = _card_form(review, chosen, request.POST)
    else:
        form = CardForm(
            request.POST,
            goal=chosen,
            auto_id=f"{chosen}_%s",
            is_one_line=True,
            is_next=True,
        )
    if not form.is_valid():
        if request.htmx:
            return _answer_with_part(request, review, chosen, form=form, status=422)
        context = {
            "review": review,
            "part": one_part(request, review, chosen),
            "form": form,
            "card_form": form,
        }
        context["part"].form = None
        return render(request, "postmortems/part.html", context, status=422)
    try:
        once(
            request,
            review,
            lambda: board.add_card(
                review,
                author=request.user,
                goal=chosen,
                fields=form.values(),
                events=form.chosen_events(),
            ),
        )
    except workflow.Refused as error:
        return keep_typed(request, review, error)
    if request.htmx:
        return _answer_with_part(request, review, chosen, is_next=True)
    if is_whole:
        return back(request, review, chosen)
    return redirect(f"{review.get_absolute_url()}?adding={chosen}#{chosen}")


@require_POST
def explain_empty(request: HttpRequest, reference: str, goal: str) -> HttpResponse:
    chosen = goal_named(goal)
    review = find_to_edit(request, reference)
    form = EmptyGoalForm(request.POST)
    page = partial(note_page, request, review, form, name="explanation", title=Goal(chosen).label)
    if not form.is_valid():
        return page()
    try:
        board.explain_empty(review, goal=chosen, by=request.user, **form.cleaned_data)
    except TextConflict as conflict:
        return page(meanwhile=conflict.current)
    except workflow.Refused as error:
        return keep_typed(request, review, error)
    return back(request, review, chosen)


@form_page
def edit_finding(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """One's own card, or any card for those who guide the review."""
    review = find(request, reference)
    require(permissions.can_contribute(request.user, review), NOT_OPEN)
    card = _card(review, pk)
    card.review = review
    require(permissions.can_edit_finding(request.user, card))
    if request.method != "POST" and (first := premises_first(request, review)):
        return first
    workflow.require_premises(request.user, review)
    draft = f"card-{review.reference}-{card.pk}"
    kept = drafts.saved(request.user, draft) if request.method == "GET" else {}
    saved = {name: getattr(card, name) for name in board.TEXTS} | {
        "deed": card.deed,
        "incident": card.incident_id,
        "events": list(card.events.values_list("pk", flat=True)),
    }
    typed = {name: value for name, value in kept.items() if name in saved}
    form = _card_form(review, card.goal, posted(request), initial=saved | typed)
    context = {
        "review": review,
        "card": card,
        "form": form,
        "seen": kept.get("seen") or card.version,
        "draft": draft,
        "has_draft": any(typed[name] != saved[name] for name in typed if name in board.TEXTS),
        "words": GOALS[Goal(card.goal)],
        "asking": question_bank.beside(Goal(card.goal))[card.goal],
    } | who_else_writes(request, review, f"card-{card.pk}")
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            board.edit_card(
                card,
                author=request.user,
                seen=seen_version(request),
                changes=form.values(),
                events=form.chosen_events(),
            )
        except workflow.Refused as error:
            return keep_typed(request, review, error)
        except EditConflict as conflict:
            if _fits(request, review, conflict, form):
                drafts.discard(request.user, draft)
                return back(request, review, f"card-{card.pk}")
            status = 409
            context["seen"] = conflict.current.version
            context["saved_by"] = saved_by(review, conflict.current)
            context["collisions"] = collisions(
                [
                    (str(form[name].label), getattr(conflict.current, name), typed)
                    for name, typed in form.values().items()
                    if name in board.TEXTS
                ]
            )
        else:
            drafts.discard(request.user, draft)
            return back(request, review, f"card-{card.pk}")
    return render(request, "postmortems/edit_card.html", context, status=status)


def _fits(request: HttpRequest, review: Review, conflict: EditConflict, form: CardForm) -> bool:
    """Combine what two people wrote on a card; what is chosen has to be the same."""
    current, values = conflict.current, form.values()
    texts = {name: value for name, value in values.items() if name in board.TEXTS}
    chosen = form.chosen_events()
    if any(getattr(current, name) != values[name] for name in values.keys() - texts.keys()):
        return False
    if chosen is not None and set(chosen) != set(current.events.all()):
        return False
    current.review = review
    return combine(
        request,
        review,
        conflict,
        texts,
        seen=seen_version(request),
        save=lambda both, version: board.edit_card(
            current, author=request.user, seen=version, changes=both
        ),
    )


_MOVES = {"earlier", "later", *Goal.values}
_MOVED = "postmortems.moved"
_UNDO_WITHIN = 3_600  # seconds


@require_POST
def move_finding(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """To "earlier", "later" or another part; or, dragged, between two neighbours: `part` with
    `before` and `after`. A `token` takes a move back."""
    review = find_to_edit(request, reference)
    card = _card(review, pk)
    to = request.POST.get("to", "")
    try:
        if to in _MOVES:
            was = board.move_card(card, to=to, by=request.user)
        else:
            was = board.place_card(card, _wanted_place(request), by=request.user)
    except workflow.Refused as error:
        return refuse(request, review, error)
    address = reverse("postmortems:move_finding", args=[review.reference, pk])
    token = signing.dumps(was, salt=_MOVED)
    if request.htmx:
        context = {"address": address, "token": token}
        return render(request, "postmortems/_moved.html", context)
    if "token" in request.POST:
        messages.success(request, gettext("Moved back."))
    else:
        say_with_undo(request, gettext("The card is moved."), address=address, token=token)
    return back(request, review, f"card-{card.pk}")


def _wanted_place(request: HttpRequest) -> board.Place:
    if "token" in request.POST:
        try:
            place = signing.loads(request.POST["token"], salt=_MOVED, max_age=_UNDO_WITHIN)
        except signing.BadSignature as error:
            raise Http404 from error
        return board.Place(*place)
    neighbours = {
        name: int(pk) if pk.isascii() and pk.isdecimal() and len(pk) < 19 else None
        for name in ("before", "after")
        for pk in [request.POST.get(name, "")]
    }
    return board.Place(goal_named(request.POST.get("part", "")), **neighbours)


@require_POST
def echo(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """ "I saw this too": said (`say`), or taken back without it. A second click says the same."""
    review = find_to_contribute(request, reference)
    card = _card(review, pk)
    try:
        board.echo(card, by=request.user, is_said="say" in request.POST)
    except workflow.Refused as error:
        return refuse(request, review, error)
    if request.htmx:
        card.echo_count = card.echoes.count()
        card.is_echoed = card.echoes.filter(user=request.user).exists()
        context = {
            "review": review,
            "card": card,
            "words": GOALS[Goal(card.goal)],
            "can_contribute": True,
        }
        return render(request, "postmortems/_echo.html", context)
    return back(request, review, f"card-{card.pk}")


@form_page
def merge_finding(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """Join a card with another one; both texts are then there to be rewritten as one."""
    review = find_to_edit(request, reference)
    card = _card(review, pk)
    others = review.findings.on_board().exclude(pk=card.pk)
    form = JoinForm(posted(request), cards=others)
    if form.is_valid():
        try:
            kept = board.join_cards(card, form.cleaned_data["other"], by=request.user)
        except workflow.Refused as error:
            return refuse(request, review, error)
        messages.success(request, gettext("Joined. Both texts are here: rewrite them as one."))
        return redirect("postmortems:edit_finding", review.reference, kept.pk)
    context = {"review": review, "card": card, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "postmortems/join_cards.html", context, status=status)


@require_POST
def take_apart(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """Put a card that was joined into another one back on the board."""
    review = find_to_edit(request, reference)
    card = get_object_or_404(review.findings.exclude(merged_into=None), pk=pk)
    card.review = review
    try:
        other = board.take_apart(card, by=request.user)
    except workflow.Refused as error:
        return refuse(request, review, error)
    messages.success(
        request,
        gettext(
            "Both are on the board again, each with its own words. If they had been "
            "rewritten as one, look whether the other still says more than its own."
        ),
    )
    return back(request, review, f"card-{other.pk}")


@form_page
def remove_finding(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """Removing a card is for everyone, so it asks first."""
    review = find_to_edit(request, reference)
    card = _card(review, pk)
    if request.method != "POST":
        context = {"review": review, "card": card}
        return render(request, "postmortems/remove_card.html", context)
    try:
        board.remove_card(card, by=request.user)
    except workflow.Refused as error:
        return refuse(request, review, error)
    messages.success(request, gettext("The card is removed."))
    return back(request, review, card.goal)
