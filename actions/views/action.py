"""The pages of one action: itself, a new one, its words."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from actions import (
    effects,
    examples,
    export,
    notes,
    origin,
    paper,
    permissions,
    promise,
    reminders,
    sharing,
    snoozing,
    titles,
    workflow,
)
from actions.forms.writing import ActionForm, NewActionForm
from actions.models import Action
from actions.querysets import OPEN
from common import downloads, drafts, papers
from common.access import require
from common.addresses import word
from common.forms import form_page, posted, seen_version
from common.history import EditConflict
from common.models import Activity
from incidents import reading
from incidents.models import Incident
from people.models import Team, User

State = Action.State
#: On its page; all of them stand on the page of its evidence.
_FILES_SHOWN = 12


def find(request: HttpRequest, reference: str) -> Action:
    """The action, if this person may know of it. Raises Http404."""
    visible = Action.objects.visible_to(request.user)
    return get_object_or_404(
        visible.select_related(
            "owner", "team", "done_by", "verified_by", "ticket", "drop_suggestion__by", "snooze"
        ),
        reference=reference,
    )


@require_safe
def detail(request: HttpRequest, reference: str) -> HttpResponse:
    """Proof first, then where it comes from, what happened to it, and what can be done; with
    ?as=markdown or ?as=json a file to keep."""
    action, user = find(request, reference), request.user
    sources = permissions.sources(action)
    for incident in sources:
        reading.note_page(request, incident)
    if request.GET.get("as") in downloads.FORMS:
        row = export.described(action, Incident.objects.visible_to(user).filter(actions=action))
        return downloads.kept(request.GET["as"], row, export.in_markdown(row))
    today = timezone.localdate()
    context = {
        "action": action,
        "incidents": sources,
        "reviews": (
            reviews := list(action.reviews.select_related("incident__team").order_by("pk"))
        ),
        "trace": origin.trace(action, user),
        "dates": action.due_date_changes.select_related("by").order_by("at", "pk"),
        "history": Activity.objects.about(action)
        .exclude(verb=notes.WROTE)
        .select_related("actor")
        .order_by("-at", "-pk")[:50],
        "thread": notes.thread(action, user),
        "files": list(action.attachments.order_by("uploaded_at", "pk")[:_FILES_SHOWN]),
        "may_attach": permissions.can_attach(user, action),
        "reminders": reminders.steps(action, now=timezone.now()),
        "today": today,
        "is_overdue": action.is_overdue(on=today),
        "rests": action.rests(on=today),
        "helpers": list(action.helpers.by_name()),
        "effects": (told := effects.history(action, user)),
        "effect_question": effects.question(action, today=today) if action.may_recur else None,
        "follow_up": effects.follow_up_address(action, told),
        "follows": Action.objects.visible_to(user).filter(pk=action.follows_id).first()
        if action.follows_id
        else None,
        "followed_by": Action.objects.visible_to(user).filter(follows=action).order_by("pk"),
        "adoptions": action.adoptions.visible_to(user).select_related("lesson").order_by("pk"),
        "may_plan": permissions.can_plan(user, action),
        "may_tell": action.may_recur and permissions.can_tell_effect(user, action),
        "ladder": Action.Strength.choices,
        "title_hints": titles.hints(action.title)
        if action.state in {State.PARKED, *OPEN} and permissions.can_progress(user, action)
        else [],
        "may_assign": permissions.can_assign(user, action),
        "may_progress": permissions.can_progress(user, action),
        "may_verify": permissions.can_verify(user, action),
        "may_decide": permissions.can_decide_against(user, action),
        "may_agree": permissions.guides(user, action),
        "is_silent": snoozing.is_silent(action, on=today),
        "may_take_back": permissions.can_take_back_suggestion(user, action),
    }
    for review in reviews if len(reviews) > 1 else ():
        review.may_take_off = permissions.can_create_in(user, review)
    return render(request, "actions/action_detail.html", context)


@require_safe
def pdf(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The same on paper, made by a worker."""
    action = find(request, reference)
    sources = permissions.sources(action)
    for incident in sources:
        reading.note(request.user, incident, detail="PDF")
    page = paper.action_page(action, sources, today=timezone.localdate())
    back = action.get_absolute_url()
    return papers.answer(request, page, name=f"{reference}.pdf", back=back)


@form_page
def new(request: HttpRequest) -> HttpResponse:
    """A new action: from a card on the board, from a review, from an incident, or alone."""
    source = origin.read(request.GET, request.user)
    require(
        source.allows(request.user),
        gettext(
            "Actions are agreed by those who guide the review, and by managers. Ask one of them."
        ),
    )
    token, today = request.POST.get("form_token", ""), timezone.localdate()
    initial = source.initial()
    team = source.incidents()[0].team if source.incidents() else None
    promised = promise.days_by_priority(source.incidents(), team, today=today)
    suggested = promised or promise.days_alone(team, today=today)
    example = examples.called(request.GET.get("like", ""))
    if example:
        initial |= example.initial
    day = suggested[initial.get("priority", Action.Priority.NORMAL)]
    initial["suggested_on"] = initial.setdefault("due_on", day)
    form = NewActionForm(
        posted(request),
        initial=initial,
        teams=Team.objects.visible_to(request.user).by_name(),
        owners=permissions.possible_owners(source.incidents()),
        needs_team=not source.incidents(),
        promised=promised,
        suggested=suggested,
        today=today,
    )
    if form.is_valid():
        try:
            action = workflow.create(
                by=request.user,
                values=form.values(),
                is_agreed=form.is_agreed,
                review=source.review,
                finding=source.finding,
                incident=source.incident,
                follows=source.follows,
                note=source.note,
                token=token,
            )
        except workflow.AlreadySent as first:
            return redirect(first.address)
        messages.success(
            request,
            gettext("{reference} is {state}.").format(
                reference=action.reference, state=action.get_state_display().lower()
            ),
        )
        return redirect(action)
    context = {
        "form": form,
        "source": source,
        "form_token": token or drafts.new_token(),
        "examples": examples.EXAMPLES,
        "example": example,
        "asked": _asked(request.GET),
        **_said_of(form["title"].value() or "", request.user),
    }
    return render(request, "actions/action_new.html", context, status=422 if form.errors else 200)


def _asked(asked: QueryDict) -> str:
    """The query string of where a new action comes from, without the example: "review=INC-1&"."""
    names = ("review", "finding", "from", "incident", "follows", "note")
    kept = {name: asked[name] for name in names if name in asked}
    return f"{urlencode(kept)}&" if kept else ""


@require_safe
def title(request: HttpRequest) -> HttpResponse:
    """?title= as it is typed: what it leaves open, and which actions promise the same already.
    `besides` is the reference of the action whose words are changed."""
    typed = word(request.GET, "title")
    besides = word(request.GET, "besides", longest=16).upper()
    return render(request, "actions/_title_says.html", _said_of(typed, request.user, besides))


def _said_of(typed: str, user: User, besides: str = "") -> dict[str, object]:
    return {
        "title_hints": titles.hints(typed),
        "alike": sharing.alike(typed, user, besides=besides),
    }


@form_page
def edit(request: HttpRequest, reference: str) -> HttpResponse:
    """Change its words. Somebody else's version saved meanwhile is shown beside one's own."""
    action = find(request, reference)
    require(permissions.can_progress(request.user, action))
    form = ActionForm(
        posted(request),
        instance=action,
        teams=Team.objects.visible_to(request.user).by_name(),
    )
    seen = request.POST.get("version", "")
    conflict, status = None, 200
    # Cleaning a model form writes into its instance; the row itself stays as it was.
    if form.is_valid():
        try:
            workflow.edit(
                action,
                seen=seen_version(request, "version"),
                by=request.user,
                changes=form.cleaned_data,
            )
        except EditConflict as error:
            conflict, status = form.differences(error.current), 409
            seen = str(error.current.version)
        else:
            messages.success(request, gettext("Saved."))
            return redirect(action)
    elif form.errors:
        status = 422
    context = {
        "form": form,
        "action": action,
        "version": seen or action.version,
        "conflict": conflict,
        **_said_of(form["title"].value() or "", request.user, reference),
    }
    return render(request, "actions/action_edit.html", context, status=status)
