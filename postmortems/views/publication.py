"""The checklist before publishing, the signature, and what readers get afterwards."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST, require_safe

from common import seen_again
from common.access import require
from common.forms import ProductForm, form_page
from common.history import TextConflict, mark_of
from postmortems import (
    comparing,
    deidentification,
    noting,
    permissions,
    plain,
    publishing,
    reading,
)
from postmortems import published as published_page
from postmortems.checklist import checklist
from postmortems.forms.publication import ApprovalForm, PreventionForm, RepliesForm, SigningForm
from postmortems.models import PendingPublication, Publication, Review
from postmortems.views.shared import find, find_readable, find_to_guide, note_page
from postmortems.workflow import WITH_READER, Refused

State = Review.State


def find_publication(request: HttpRequest, reference: str, revision: int | None) -> Publication:
    """The revision asked for, or the latest one."""
    found = (
        Publication.objects.visible_to(request.user)
        .filter(review__incident__reference=reference)
        .select_related("review__incident__team")
        .annotate(covers_restricted=noting.covers_restricted("review"))
        .order_by("-revision")
    )
    publication = (found if revision is None else found.filter(revision=revision)).first()
    if publication is None:
        raise Http404
    noting.note_page(request, publication.review, covers_restricted=publication.covers_restricted)
    return publication


# Before publishing ------------------------------------------------------------------------------
@require_GET
def publish(request: HttpRequest, reference: str) -> HttpResponse:
    """What is done, what is open, and who does what next."""
    review = find_readable(request, reference)
    if review.state == State.PUBLISHED:
        published_page = reverse("postmortems:published", args=[reference])
        if request.htmx:  # the countdown looks again
            return HttpResponse(headers={"HX-Redirect": published_page})
        return redirect(published_page)
    return _checklist_page(request, review)


def _checklist_page(
    request: HttpRequest, review: Review, refused: ProductForm | None = None
) -> HttpResponse:
    """The page, or with a `refused` form the same page (422) with what was typed."""
    user = request.user
    prefetch_related_objects([review], "lessons", "participants")
    waiting = publishing.waiting(review)
    checks = checklist(review, signed=waiting)
    open_checks = [check for check in checks.all if not check.is_done]
    holding_up = {check.key for check in checks.blocking}
    forms = {
        "approval": ApprovalForm(),
        "replies": RepliesForm(
            initial={"note": review.replies_note, "mark": mark_of(review.replies_note)},
            auto_id="replies-%s",
        ),
        "prevention": PreventionForm(
            initial={
                "reason": review.no_preventive_action_reason,
                "mark": mark_of(review.no_preventive_action_reason),
            },
            auto_id="prevention-%s",
        ),
    }
    if refused is not None:
        forms = {
            name: refused if type(refused) is type(form) else form for name, form in forms.items()
        }
    return render(
        request,
        "postmortems/publish.html",
        forms
        | {
            "form": refused,
            "review": review,
            "incident": review.incident,
            "checks": checks,
            "open_checks": open_checks,
            "done_count": len(checks.all) - len(open_checks),
            "preview": reading.read(checks.content),
            "waiting": waiting,
            "judges": permissions.can_judge(user, review) and review.state in WITH_READER,
            "signs": permissions.can_publish(user, review) and review.state == State.APPROVED,
            "take_back_minutes": int(settings.TAKE_BACK.total_seconds() // 60),
            "guides": permissions.can_guide(user, review),
            "asks_about_replies": bool(review.replies_note) or "replies" in holding_up,
            "asks_about_prevention": bool(review.no_preventive_action_reason)
            or "preventive" in holding_up,
        },
        status=422 if refused is not None else 200,
    )


@require_POST
def approve(request: HttpRequest, reference: str) -> HttpResponse:
    review = find(request, reference)
    require(permissions.can_judge(request.user, review))
    form = ApprovalForm(request.POST)
    if not form.is_valid():
        return _checklist_page(request, review, form)
    try:
        publishing.approve(
            review, by=request.user, now=timezone.now(), comment=form.cleaned_data["comment"]
        )
    except Refused as error:
        messages.error(request, gettext("Not approved. {error}").format(error=error))
    else:
        messages.success(request, gettext("Approved. The manager of the team can publish it now."))
    return redirect("postmortems:publish", reference)


@require_POST
def note_replies(request: HttpRequest, reference: str) -> HttpResponse:
    review = find_to_guide(request, reference)
    form = RepliesForm(request.POST, auto_id="replies-%s")
    if not form.is_valid():
        return _checklist_page(request, review, form)
    try:
        publishing.note_replies(review, by=request.user, **form.cleaned_data)
    except TextConflict as conflict:
        title = gettext("How those who took part were heard")
        return note_page(
            request, review, form, name="note", title=title, meanwhile=conflict.current
        )
    except Refused as error:
        messages.error(request, str(error))
    return redirect("postmortems:publish", reference)


@require_POST
def explain_no_prevention(request: HttpRequest, reference: str) -> HttpResponse:
    review = find_to_guide(request, reference)
    form = PreventionForm(request.POST, auto_id="prevention-%s")
    if not form.is_valid():
        return _checklist_page(request, review, form)
    try:
        publishing.explain_no_prevention(review, by=request.user, **form.cleaned_data)
    except TextConflict as conflict:
        title = gettext("If nothing can prevent it")
        return note_page(
            request, review, form, name="reason", title=title, meanwhile=conflict.current
        )
    except Refused as error:
        messages.error(request, str(error))
    return redirect("postmortems:publish", reference)


# Signing ----------------------------------------------------------------------------------------
@form_page
def sign(request: HttpRequest, reference: str) -> HttpResponse:
    """Decide on each trace, read the difference, sign it. GET proposes, POST shows or publishes."""
    review = find(request, reference)
    require(permissions.can_publish(request.user, review))
    if review.state != State.APPROVED or publishing.waiting(review):
        return redirect("postmortems:publish", reference)
    edition = publishing.edition(review)
    if request.method == "GET":
        return _signing_page(request, review, edition, SigningForm(traces=edition.traces))
    form = SigningForm(request.POST, traces=edition.traces)
    if not form.is_valid():
        return _signing_page(request, review, edition, form, status=422)
    if request.POST.get("do") != "publish":
        chosen = publishing.edition(review, form.decisions(), known=edition)
        return _signing_page(request, review, chosen, form)
    try:
        signed = publishing.sign_off(
            review,
            by=request.user,
            decisions=form.decisions(),
            signed=request.POST.get("signed", ""),
            now=timezone.now(),
        )
    except publishing.TextChanged as changed:
        again = SigningForm(request.POST, traces=changed.edition.traces)
        return _signing_page(request, review, changed.edition, again, status=409, has_changed=True)
    except Refused as error:
        messages.error(request, gettext("Not published. {error}").format(error=error))
        return redirect("postmortems:publish", reference)
    if isinstance(signed, PendingPublication):
        messages.success(request, gettext("Signed. Until it goes out, nobody is told."))
        return redirect("postmortems:publish", reference)
    messages.success(
        request, gettext("Published. Those who took part and the team have been told.")
    )
    return redirect("postmortems:publication", reference, signed.revision)


@require_POST
def take_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Before anybody is told: the publication that was signed does not go out."""
    review = find(request, reference)
    require(permissions.can_publish(request.user, review))
    try:
        publishing.take_back(review, by=request.user)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("Taken back. Nobody was told."))
    return redirect("postmortems:publish", reference)


def _signing_page(
    request: HttpRequest,
    review: Review,
    edition: publishing.Edition,
    form: SigningForm,
    *,
    status: int = 200,
    has_changed: bool = False,
) -> HttpResponse:
    return render(
        request,
        "postmortems/sign.html",
        {
            "review": review,
            "incident": review.incident,
            "edition": edition,
            "take_back_minutes": int(settings.TAKE_BACK.total_seconds() // 60),
            "found_words": deidentification.in_words(edition.traces),
            "form": form,
            "has_changed": has_changed,
        },
        status=status,
    )


# Published --------------------------------------------------------------------------------------
@require_safe
def published(request: HttpRequest, reference: str, revision: int | None = None) -> HttpResponse:
    """What readers get, from the snapshot alone; with ?as=markdown or ?as=json, to keep it."""
    if revision is None and request.GET.get("revision", "").isdecimal():
        return redirect("postmortems:publication", reference, int(request.GET["revision"][:9]))
    if request.GET.get("as") in _TO_KEEP:
        return _to_keep(find_publication(request, reference, revision), request.GET["as"])
    edition = published_page.Edition.of(request.user, reference, revision)
    if edition is None:
        raise Http404
    noting.note_page(request, edition.review, covers_restricted=edition.around["covers_restricted"])

    def page() -> HttpResponse:
        context = published_page.page(request.user, edition)
        return render(request, "postmortems/published.html", context)

    return seen_again.answer(request, parts=edition.parts, changed_at=edition.changed_at, page=page)


_TO_KEEP = {"markdown": "md", "json": "json"}


def _to_keep(publication: Publication, form: str) -> HttpResponse:
    name = f"{publication.snapshot['reference']}-revision-{publication.revision}.{_TO_KEEP[form]}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if form == "json":
        return JsonResponse(plain.as_data(publication), headers=headers)
    words = plain.as_markdown(publication)
    return HttpResponse(words, "text/markdown; charset=utf-8", headers=headers)


@require_GET
def compare(request: HttpRequest, reference: str, before: int, after: int) -> HttpResponse:
    """What a later revision says otherwise, part by part."""
    old = find_publication(request, reference, before)
    new = find_publication(request, reference, after)
    changed = comparing.changed_parts(old.snapshot, new.snapshot)
    context = {"review": new.review, "old": old, "new": new, "changed": changed}
    return render(request, "postmortems/compare.html", context)


@require_POST
def revise(request: HttpRequest, reference: str) -> HttpResponse:
    review = find_to_guide(request, reference)
    try:
        publishing.begin_revision(review, by=request.user)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("postmortems:published", reference)
    messages.success(
        request,
        gettext("The review can be written on again. What is published stays readable meanwhile."),
    )
    return redirect(review)
