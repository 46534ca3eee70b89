"""The list of reviews, one review, and its way from stage to stage."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from common import downloads, papers
from common.access import require
from common.forms import form_page, posted
from incidents.models import Incident
from postmortems import board_page, export, listing, paper, permissions, progress, workflow
from postmortems.forms.process import DepthForm
from postmortems.forms.review import (
    ChangesForm,
    HandOverForm,
    ListFilter,
    NotNeededForm,
)
from postmortems.live import page_version
from postmortems.models import Review
from postmortems.querysets import ReviewQuerySet
from postmortems.views.shared import (
    back,
    find,
    find_to_guide,
    keep_typed,
    refuse,
    why_not_open,
)

_MOVES: dict[str, tuple[Callable[..., Review], Promise]] = {
    "gathering": (workflow.open_gathering, _("Open. Everyone invited can contribute now.")),
    "analysis": (workflow.begin_analysis, _("Time to look at it together.")),
    "drafting": (
        workflow.begin_drafting,
        _(
            "Time to write it up. Everyone who took part is asked whether it does the "
            "moment justice."
        ),
    ),
    "needed": (workflow.decide_needed_after_all, _("Taken up again.")),
}


@require_safe
def review_list(request: HttpRequest) -> HttpResponse:
    shown = ListFilter(request.GET)
    page = listing.page(
        request.user,
        view=request.GET.get("view", ""),
        wanted=shown.cleaned_data if shown.is_valid() else {},
        asked=request.GET,
        now=timezone.now(),
    )
    return render(request, "postmortems/list.html", {"page": page, "filter": shown})


def _listed(request: HttpRequest) -> ReviewQuerySet:
    shown = ListFilter(request.GET)
    return listing.rows(
        request.user,
        view=request.GET.get("view", ""),
        wanted=shown.cleaned_data if shown.is_valid() else {},
    )


@require_safe
def export_csv(request: HttpRequest) -> StreamingHttpResponse:
    """What the list shows with the same filters, all pages of it."""
    return downloads.file(export.as_csv(_listed(request)), name="reviews", ending="csv")


@require_safe
def export_json(request: HttpRequest) -> StreamingHttpResponse:
    """The same as JSON, with what was published."""
    parts = export.as_json(_listed(request), now=timezone.now())
    return downloads.file(parts, name="reviews", ending="json")


@require_safe
def export_markdown(request: HttpRequest) -> StreamingHttpResponse:
    """What was published, to read without a program."""
    return downloads.file(export.as_markdown(_listed(request)), name="reviews", ending="md")


@require_safe
def export_pdf(request: HttpRequest) -> HttpResponseBase:
    """The same on paper, made by a worker."""
    shown, view = ListFilter(request.GET), request.GET.get("view", "")
    wanted = shown.cleaned_data if shown.is_valid() else {}
    reviews = list(listing.rows(request.user, view=view, wanted=wanted)[: papers.MOST_ROWS + 1])
    chosen = listing.in_words(request.user, view=view, wanted=wanted)
    html = paper.list_page(reviews, chosen, today=timezone.localdate())
    back = f"{reverse('postmortems:list')}?{request.GET.urlencode()}"
    return papers.answer(request, html, name="reviews.pdf", back=back)


@require_safe
def detail(request: HttpRequest, reference: str) -> HttpResponse:
    review = find(request, reference)
    if not permissions.can_read_draft(request.user, review):
        if review.is_published or review.publications.exists():
            return redirect("postmortems:published", review.reference)
        return render(
            request,
            "postmortems/not_open.html",
            {
                "review": review,
                "why": why_not_open(review),
                "may_offer": permissions.can_offer(request.user, review),
                "has_offered": review.offers.filter(user=request.user).exists(),
            },
            status=403,
        )
    seen = page_version(reference, user=request.user)
    board = board_page.board(
        review,
        request.user,
        now=timezone.now(),
        adding=request.GET.get("adding", ""),
        here=seen.here,
        talk=request.GET.get("talk", ""),
    )
    context = {"board": board, "review": review, "page_version": seen.mark}
    return render(request, "postmortems/review.html", context)


@require_POST
def request_review(request: HttpRequest, reference: str) -> HttpResponse:
    """`reference` is the incident's: the review may not exist yet."""
    incident = get_object_or_404(
        Incident.objects.visible_to(request.user).select_related("team"), reference=reference
    )
    require(permissions.can_request(request.user))
    review = workflow.request(incident, by=request.user, today=timezone.localdate())
    if review.state == Review.State.NOT_REQUIRED:
        messages.info(
            request,
            gettext(
                "It was decided that no review is needed. The facilitator or a manager of the "
                "team can take it up again."
            ),
        )
    else:
        messages.success(request, _asked_for(incident))
    if permissions.can_read_draft(request.user, review):
        return redirect(review)
    return redirect(incident)


def _asked_for(incident: Incident) -> str:
    if incident.team.memberships.filter(is_manager=True).exists():
        return gettext("Asked for. The managers of {team} name who guides it.").format(
            team=incident.team
        )
    return gettext(
        "Asked for. Nobody manages {team} yet, so nobody can name who guides it: ask "
        "an administrator to say who looks after the team."
    ).format(team=incident.team)


@require_POST
def move(request: HttpRequest, reference: str) -> HttpResponse:
    """To the stage named by `to`; see _MOVES."""
    review = find_to_guide(request, reference)
    if request.POST.get("to") not in _MOVES:
        raise Http404
    act, sentence = _MOVES[request.POST["to"]]
    try:
        act(review, by=request.user)
    except workflow.Refused as error:
        return refuse(request, review, error)
    messages.success(request, str(sentence))
    return back(request, review)


@require_POST
def set_depth(request: HttpRequest, reference: str) -> HttpResponse:
    review = find_to_guide(request, reference)
    form = DepthForm(request.POST)
    if not form.is_valid():
        raise Http404
    try:
        review = workflow.set_depth(review, form.cleaned_data["depth"], by=request.user)
    except workflow.Refused as error:
        return refuse(request, review, error)
    messages.success(
        request,
        gettext("{depth} now. What is written stays where it is.").format(
            depth=review.get_depth_display()
        ),
    )
    return back(request, review)


@form_page
def not_needed(request: HttpRequest, reference: str) -> HttpResponse:
    review = find_to_guide(request, reference)
    form = NotNeededForm(posted(request))
    if form.is_valid():
        try:
            workflow.decide_not_needed(review, by=request.user, reason=form.cleaned_data["reason"])
        except workflow.Refused as error:
            return keep_typed(request, review, error)
        messages.success(request, gettext("Noted: no review is needed. It can be taken up again."))
        return back(request, review)
    status = 422 if form.is_bound else 200
    context = {"review": review, "form": form}
    return render(request, "postmortems/not_needed.html", context, status=status)


@form_page
def hand_over(request: HttpRequest, reference: str) -> HttpResponse:
    """Name the second pair of eyes and give the write-up to them."""
    review = find_to_guide(request, reference)
    form = HandOverForm(
        posted(request),
        initial={"reviewer": review.reviewer.email if review.reviewer else ""},
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                review = workflow.name_reviewer(
                    review, form.cleaned_data["reviewer"], by=request.user
                )
                workflow.send_to_reviewer(
                    review,
                    by=request.user,
                    answer_to_objections=form.cleaned_data["answer_to_objections"],
                )
            except workflow.Refused as error:
                form.add_error(None, str(error))
            else:
                messages.success(
                    request,
                    gettext("With {reviewer} now, who is told by mail.").format(
                        reviewer=review.reviewer
                    ),
                )
                return back(request, review)
    context = {
        "review": review,
        "form": form,
        "checks": progress.checks_before_reading(review),
        "objections": workflow.standing_objections(review),
    }
    return render(request, "postmortems/hand_over.html", context, status=status)


@form_page
def ask_for_changes(request: HttpRequest, reference: str) -> HttpResponse:
    review = find(request, reference)
    require(permissions.can_judge(request.user, review))
    form = ChangesForm(posted(request))
    if form.is_valid():
        try:
            workflow.ask_for_changes(review, by=request.user, comment=form.cleaned_data["comment"])
        except workflow.Refused as error:
            return keep_typed(request, review, error)
        messages.success(request, gettext("Sent back with your comment. The facilitator is told."))
        return back(request, review)
    context = {"review": review, "form": form}
    return render(
        request,
        "postmortems/ask_for_changes.html",
        context,
        status=422 if form.is_bound else 200,
    )
