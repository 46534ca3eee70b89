"""Meeting mode: one screen for the room, the keys for those who guide, a line for everybody."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from common import drafts
from common.access import require
from common.forms import form_page, posted
from common.history import TextConflict
from postmortems import meeting, meeting_page, permissions, workflow
from postmortems.forms.meeting import AgendaForm, CaptureForm
from postmortems.live import Seen, meeting_version
from postmortems.models import AgendaStep, BankQuestion, ContributingFactor, Review
from postmortems.views.shared import (
    NOT_OPEN,
    find,
    find_to_contribute,
    find_to_edit,
    keep_typed,
    premises_first,
    refuse,
)


def _to_meeting(review: Review) -> HttpResponse:
    return redirect("postmortems:meeting", review.reference)


@require_safe
def meeting_mode(request: HttpRequest, reference: str) -> HttpResponse:
    """The agenda before it begins, the screen while it goes on, and what came of it."""
    review = find(request, reference)
    require(permissions.can_contribute(request.user, review), NOT_OPEN)
    if first := premises_first(request, review):
        return first
    return _page(request, review)


def _page(request: HttpRequest, review: Review, *, form: CaptureForm | None = None,
          status: int = 200) -> HttpResponse:  # fmt: skip
    # Asked before the screen is read: what changes between the two is then shown once more.
    seen = meeting_version(review.reference, user=request.user)
    screen = meeting_page.screen(review, request.user, now=timezone.now())
    context = {
        "mark": seen.mark,
        "here": seen.here.get("meeting", ""),
        "review": review,
        "screen": screen,
        "form": form or CaptureForm(initial={"kind": screen.first_choice}),
        "capture_as": [
            (kind, words)
            for kind, words in meeting.CAPTURE_AS
            if kind != meeting.FACTOR or screen.can_run
        ],
        "chosen": request.POST.get("kind") or screen.first_choice,
        "token": drafts.new_token(),
    }
    return render(request, "postmortems/meeting_mode.html", context, status=status)


@require_safe
def meeting_now(request: HttpRequest, reference: str) -> HttpResponse:
    """What somebody else may have moved or captured; 304 when nobody has. Asked every few
    seconds by whoever has the screen open."""
    seen = meeting_version(reference, user=request.user)
    if seen.mark and request.headers.get("If-None-Match") == f'"{seen.mark}"':
        return HttpResponseNotModified(headers={"ETag": f'"{seen.mark}"'})
    return _fragment(request, find_to_contribute(request, reference), seen)


def _fragment(request: HttpRequest, review: Review, seen: Seen) -> HttpResponse:
    context = {
        "review": review,
        "screen": meeting_page.screen(review, request.user, now=timezone.now()),
        "swap": True,
        "mark": seen.mark,
        "here": seen.here.get("meeting", ""),
    }
    answer = render(request, "postmortems/meeting/_live.html", context)
    answer["ETag"] = f'"{seen.mark}"'
    return answer


@require_POST
def run_meeting(request: HttpRequest, reference: str) -> HttpResponse:
    """`do`: start, pause, next, back, go (to `step`), ask (about `situation`) or end. `at` is
    where the meeting stood for whoever pressed: when it has moved on since, nothing happens."""
    review = find_to_edit(request, reference)
    now, seen = timezone.now(), request.POST.get("at", "")
    try:
        match request.POST.get("do"):
            case "start":
                meeting.start(review, by=request.user, now=now)
            case "pause":
                meeting.pause(review, now=now)
            case "end":
                meeting.end(review, by=request.user, now=now)
            case "next" | "back" as way:
                screen = meeting_page.screen(review, request.user, now=now)
                step, asked = screen.neighbour(1 if way == "next" else -1)
                situation = screen.clock.situation if step == screen.step.kind else ""
                meeting.go(review, seen=seen, step=step, asked=asked, now=now, situation=situation)
            case "go":
                step = request.POST.get("step", "")
                if step not in {each.kind for each in meeting.agenda(review)}:
                    raise Http404
                meeting.go(review, seen=seen, step=step, asked=0, now=now)
            case "ask":
                situation = request.POST.get("situation", "")
                if situation and situation not in BankQuestion.Situation.values:
                    raise Http404
                meeting.ask_about(review, situation, seen=seen)
            case _:
                raise Http404
    except workflow.Refused as error:
        return refuse(request, review, error)
    if request.htmx and request.POST.get("do") != "end":
        return _fragment(request, review, meeting_version(reference, user=request.user))
    return _to_meeting(review)


@require_POST
def capture(request: HttpRequest, reference: str) -> HttpResponse:
    """One line, as a card of a part, a surprise or an open question; or as a factor, for those who
    guide the review. A line that arrives twice with the same token is kept once."""
    review = find_to_contribute(request, reference)
    if request.POST.get("kind") == meeting.FACTOR:
        require(
            permissions.can_add_line(request.user, review, ContributingFactor),
            gettext("Factors are named by those who guide the review. Say it to one of them."),
        )
    form = CaptureForm(request.POST)
    if not form.is_valid():
        return _page(request, review, form=form, status=422)
    try:
        meeting.capture(
            review,
            author=request.user,
            kind=form.cleaned_data["kind"],
            text=form.cleaned_data["text"],
            token=drafts.sending(request.POST),
            event=review.incident.events.filter(pk=form.cleaned_data["event"] or 0).first(),
        )
    except workflow.Refused as error:
        if request.htmx:
            return HttpResponse(str(error), status=409, content_type="text/plain; charset=utf-8")
        return keep_typed(request, review, error)
    return HttpResponse(status=204) if request.htmx else _to_meeting(review)


def _kept(minutes: int, review: Review) -> str:
    if not review.meeting_at or minutes == review.meeting_minutes:
        return gettext("The agenda is kept: {minutes} minutes.").format(minutes=minutes)
    return gettext(
        "The agenda is kept: {minutes} minutes, in a meeting of {meeting_minutes}. "
        "Change either of them, or see how far you get."
    ).format(minutes=minutes, meeting_minutes=review.meeting_minutes)


@form_page
def plan_meeting(request: HttpRequest, reference: str) -> HttpResponse:
    """The minutes of each step, before the meeting and during it."""
    review = find(request, reference)
    require(permissions.can_edit(request.user, review))
    if request.method != "POST" and (first := premises_first(request, review)):
        return first
    workflow.require_premises(request.user, review)
    form = AgendaForm(posted(request), steps=meeting.whole_agenda(review))
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            meeting.plan(review, form.minutes, mark=form.cleaned_data["mark"], by=request.user)
        except workflow.NotReady as error:
            form.add_error(None, str(error))
        except workflow.Refused as error:
            return keep_typed(request, review, error)
        except TextConflict as conflict:
            status = 409
            form.shows(conflict.current)
        else:
            messages.success(request, _kept(sum(form.minutes.values()), review))
            return _to_meeting(review)
    context = {
        "review": review,
        "form": form,
        "fields": [form[kind] for kind in AgendaStep.Kind],
    }
    return render(request, "postmortems/plan_meeting.html", context, status=status)
