"""Surprises, factors, mitigators and open questions: add, edit and remove one line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from common.access import require
from common.addresses import word
from common.forms import form_page, posted, seen_version
from common.history import EditConflict
from postmortems import lines, moments, permissions, saved_us, workflow
from postmortems.forms.board import (
    AnsweredQuestionForm,
    FactorForm,
    LineForm,
    MitigatorForm,
    OfferForm,
    QuestionForm,
    SurpriseForm,
)
from postmortems.models import (
    ContributingFactor,
    Line,
    Mitigator,
    OpenQuestion,
    Publication,
    Review,
    Surprise,
)
from postmortems.views.combining import combine, saved_by
from postmortems.views.publication import find_publication
from postmortems.views.shared import (
    NOT_OPEN,
    back,
    collisions,
    find,
    find_readable,
    keep_typed,
    once,
    refuse,
    who_else_writes,
)

_MOST_OFFERED = 8


class Kind(NamedTuple):
    name: str
    model: type[Any]  # one of the four in models.Line
    form: type[LineForm]
    title: str
    edit_form: type[LineForm] | None = None


KINDS = {
    kind.name: kind
    for kind in (
        Kind("surprises", Surprise, SurpriseForm, _("What surprised us")),
        Kind("factors", ContributingFactor, FactorForm, _("A contributing factor")),
        Kind("mitigators", Mitigator, MitigatorForm, _("What kept it from being worse")),
        Kind("questions", OpenQuestion, QuestionForm, _("An open question"), AnsweredQuestionForm),
    )
}


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Http404
    return KINDS[name]


def _find_to_edit(request: HttpRequest, reference: str, kind: Kind, pk: int) -> Line:
    """The line, for who guides the review, and one's own surprise."""
    review = find(request, reference)
    require(permissions.can_contribute(request.user, review), NOT_OPEN)
    line: Line = get_object_or_404(kind.model.objects.filter(review=review), pk=pk)
    line.review = review
    require(permissions.can_edit_line(request.user, line))
    workflow.require_premises(request.user, review)
    return line


def _tied_to(kind: Kind, review: Review, line: Line | None = None) -> dict[str, Any]:
    """What the form of a factor offers to point to, and what the line at hand points to."""
    if kind.model is not ContributingFactor:
        return {}
    cards = review.findings.on_board().only("pk", "text")
    options: dict[str, Any] = {"told": moments.of(review), "cards": list(cards)}
    if line is not None:
        options["keep"] = line.category_id
    return options


def _initial(line: Line, form: type[LineForm]) -> dict[str, Any]:
    initial = {name: getattr(line, name) for name in form.base_fields if hasattr(line, name)}
    if isinstance(line, ContributingFactor):
        for name in ("events", "findings"):
            initial[name] = list(getattr(line, name).values_list("pk", flat=True))
    return initial


@form_page
def add_line(request: HttpRequest, reference: str, kind: str) -> HttpResponse:
    """A mitigator can be chosen from what saved us before: ?same=12 begins with its words."""
    chosen = _kind(kind)
    review = find(request, reference)
    may = permissions.can_add_line(request.user, review, chosen.model)
    require(may, NOT_OPEN if chosen.model in {Surprise, OpenQuestion} else "")
    workflow.require_premises(request.user, review)
    same = _same(request) if chosen.model is Mitigator else None
    form = chosen.form(
        posted(request),
        initial={"text": same.published_text} if same else None,
        **_tied_to(chosen, review),
    )
    if form.is_valid():
        fields = form.values()
        if same:
            fields["same_as"] = same.same_as or same
        try:
            once(
                request,
                review,
                lambda: lines.add(
                    review, chosen.model, by=request.user, fields=fields, ties=form.ties()
                ),
            )
        except workflow.Refused as error:
            return keep_typed(request, review, error)
        if "next" in request.POST:
            page = review.get_absolute_url()
            return redirect(f"{page}?adding={chosen.name}#{chosen.name}")
        return back(request, review, chosen.name)
    context = {"review": review, "form": form, "kind": chosen, "same": same}
    if chosen.model is Mitigator:
        context["words"] = word(request.GET, "q")
        context["before"] = saved_us.before(request.user, context["words"])[:_MOST_OFFERED]
    context |= who_else_writes(request, review, chosen.name)
    status = 422 if form.is_bound else 200
    return render(request, "postmortems/line.html", context, status=status)


def _same(request: HttpRequest) -> Mitigator | None:
    """What is chosen from earlier reviews, as far as this reader may see it."""
    asked = request.GET.get("same", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 16 else 0
    earlier = Mitigator.objects.told_to(request.user).select_related("same_as")
    return earlier.filter(pk=number).first() if number else None


@form_page
def edit_line(request: HttpRequest, reference: str, kind: str, pk: int) -> HttpResponse:
    chosen = _kind(kind)
    line = _find_to_edit(request, reference, chosen, pk)
    review = line.review
    form_of = chosen.edit_form or chosen.form
    form = form_of(
        posted(request), initial=_initial(line, form_of), **_tied_to(chosen, review, line)
    )
    context = {"review": review, "form": form, "kind": chosen, "line": line, "seen": line.version}
    context |= who_else_writes(request, review, chosen.name)
    if isinstance(line, OpenQuestion):
        context["offered"] = line.offered.select_related("by").order_by("at", "pk")
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            _save(request, line, form)
        except workflow.Refused as error:
            return keep_typed(request, review, error)
        except EditConflict as conflict:
            status = 409
            context["seen"] = conflict.current.version
            context["saved_by"] = saved_by(review, conflict.current)
            context["collisions"] = collisions(
                [
                    (str(form[name].label), _shown(getattr(conflict.current, name)), _shown(mine))
                    for name, mine in form.values().items()
                ]
            )
        else:
            return back(request, review, chosen.name)
    return render(request, "postmortems/line.html", context, status=status)


def _save(request: HttpRequest, line: Line, form: LineForm) -> None:
    """Save it, combined with what somebody else saved meanwhile where that fits together."""
    fields, ties, seen = form.values(), form.ties(), seen_version(request)

    def save(texts: dict[str, str], version: int) -> None:
        lines.edit(line, by=request.user, seen=version, fields=fields | texts, ties=ties)

    try:
        save({}, seen)
    except EditConflict as conflict:
        written = {name: value for name, value in fields.items() if name in lines.TEXTS}
        if not combine(
            request,
            line.review,
            conflict,
            written,
            seen=seen,
            save=save,
            fits=lambda current: lines.differs_in_texts_alone(current, fields, ties),
        ):
            raise


def _shown(answer: object) -> str:
    return ("yes" if answer else "no") if isinstance(answer, bool) else str(answer)


@require_POST
def remove_line(request: HttpRequest, reference: str, kind: str, pk: int) -> HttpResponse:
    chosen = _kind(kind)
    line = _find_to_edit(request, reference, chosen, pk)
    try:
        lines.remove(line, by=request.user)
    except workflow.Refused as error:
        return refuse(request, line.review, error)
    messages.success(request, gettext("The line is removed."))
    return back(request, line.review, chosen.name)


@require_GET
def question(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """An open question with what readers of the publication know about it, for those who may
    read the working text."""
    review = find_readable(request, reference)
    asked = get_object_or_404(review.open_questions, pk=pk)
    offered = asked.offered.select_related("by").order_by("at", "pk")
    context = {"review": review, "question": asked, "offered": offered}
    return render(request, "postmortems/question.html", context)


@require_GET
def what_saved_us(request: HttpRequest) -> HttpResponse:
    """What saved us, how often, and where, as far as this reader may see it."""
    words = word(request.GET, "q")
    context = {"saved": saved_us.before(request.user, words), "words": words}
    return render(request, "postmortems/what_saved_us.html", context)


def _editions(review: Review) -> Iterable[Publication]:
    """What readers could have opened the question from."""
    return Publication.objects.filter(review=review).order_by("-revision")


def _asked_in(publication: Publication, pk: int) -> dict[str, Any] | None:
    """The open question as this publication asks it."""
    asked = publication.snapshot["open_questions"]
    return next((question for question in asked if question.get("id") == pk), None)


def _published(review: Review) -> str:
    return reverse("postmortems:published", args=[review.reference])


@form_page
def offer_answer(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """A reader of the publication may know: what they write goes to the people of the review."""
    publication = find_publication(request, reference, None)
    review = publication.review
    said = _asked_in(publication, pk)
    question = (
        OpenQuestion.objects.select_related("review__incident", "review__facilitator")
        .filter(pk=pk, review=review)
        .first()
    )
    if said is None or question is None:
        if request.method == "POST" and any(_asked_in(each, pk) for each in _editions(review)):
            return keep_typed(request, review, lines.TakenAway(), back_to=_published(review))
        raise Http404
    form = OfferForm(posted(request))
    if form.is_valid():
        words = form.cleaned_data["text"]
        try:
            once(request, review, lambda: lines.offer_answer(question, by=request.user, text=words))
        except workflow.Refused as error:
            return keep_typed(request, review, error, back_to=_published(review))
        messages.success(
            request,
            gettext("Thank you. The people of the review read it; the next revision may say it."),
        )
        return redirect("postmortems:published", reference)
    context = {"review": publication.review, "question": said, "pk": pk, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "postmortems/offer_answer.html", context, status=status)
