"""The public edition: written and approved inside, read by anybody outside."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from common.access import require
from common.forms import form_page, posted, seen_version
from common.history import EditConflict
from people.permissions import can_administer
from postmortems import permissions, public_editions
from postmortems.forms.publication import PublicEditionForm, PutPublicForm, WithdrawForm
from postmortems.models import PublicEdition, Review
from postmortems.views.shared import collisions, find, keep_typed
from postmortems.workflow import Refused

_NOT_YOURS = _("The facilitator and the managers of the owning team write the public edition.")
_MINUTES = 5


def _find_to_write(request: HttpRequest, reference: str) -> Review:
    review = find(request, reference)
    require(permissions.can_write_public(request.user, review), _NOT_YOURS)
    return review


def _find_to_put(request: HttpRequest, reference: str) -> tuple[Review, PublicEdition]:
    review = find(request, reference)
    require(permissions.can_put_public(request.user, review))
    editions = PublicEdition.objects.visible_to(request.user).select_related("review__incident")
    return review, get_object_or_404(editions, review=review)


@form_page
def public_edition(request: HttpRequest, reference: str) -> HttpResponse:
    """Write the text for outsiders. ?start=published puts the published words into the boxes, to
    be rewritten; nothing of them is kept before somebody saves."""
    review = _find_to_write(request, reference)
    edition = public_editions.of(review)
    initial = {}
    if edition is None and request.GET.get("start") == "published":
        latest = review.publications.order_by("-revision").first()
        if latest is not None:
            initial = {"title": latest.title[:140], "impact": latest.snapshot["impact"]}
    form = PublicEditionForm(posted(request), instance=edition, initial=initial)
    if not form.is_valid():
        return _page(request, review, form, status=422 if form.is_bound else 200)
    try:
        public_editions.save(
            review, by=request.user, seen=seen_version(request), changes=form.cleaned_data
        )
    except EditConflict as conflict:
        return _both(request, review, form, conflict)
    except Refused as error:
        return keep_typed(request, review, error)
    messages.success(
        request, gettext("Saved. Outsiders read it once another person has approved it.")
    )
    return redirect("postmortems:public_edition", reference)


def _both(
    request: HttpRequest, review: Review, form: ModelForm, conflict: EditConflict
) -> HttpResponse:
    current = conflict.current
    texts = [
        (str(form[name].label), getattr(current, name), form.cleaned_data[name])
        for name in PublicEdition.TEXTS
    ]
    return _page(request, review, form, status=409, collisions=collisions(texts))


def _page(
    request: HttpRequest,
    review: Review,
    form: ModelForm,
    *,
    status: int = 200,
    withdrawing: WithdrawForm | None = None,
    **more: Any,
) -> HttpResponse:
    edition = public_editions.of(review)
    if edition is not None:
        edition.review = review
    context = {
        "review": review,
        "incident": review.incident,
        "form": form,
        "edition": edition,
        "found": public_editions.look_over(edition) if edition else None,
        "versions": list(edition.versions.select_related("approved_by").order_by("-number"))
        if edition
        else [],
        "is_on": public_editions.is_on(),
        "may_put": permissions.can_put_public(request.user, review),
        "wrote_it": edition is not None and public_editions.have_written(request.user, edition),
        "putting": PutPublicForm(),
        "withdrawing": withdrawing or WithdrawForm(auto_id="withdraw-%s"),
        "is_out": edition is not None and edition.state == PublicEdition.State.PUBLIC,
        "day_words": public_editions.day_words(edition) if edition else "",
    }
    return render(request, "postmortems/public_edition.html", context | more, status=status)


@require_POST
def put_public(request: HttpRequest, reference: str) -> HttpResponse:
    review, edition = _find_to_put(request, reference)
    form = PutPublicForm(request.POST)
    form.is_valid()
    try:
        public_editions.approve(
            edition,
            by=request.user,
            seen=seen_version(request),
            has_looked=form.cleaned_data["has_looked"],
            now=timezone.now(),
        )
    except EditConflict:
        message = gettext(
            "Nothing was made public. The text changed since you read it: read it once more."
        )
        return _page(
            request,
            review,
            PublicEditionForm(instance=public_editions.of(review)),
            status=409,
            refused=message,
        )
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("It is public now. It can be withdrawn at any time."))
    return redirect("postmortems:public_edition", reference)


@require_POST
def withdraw_public(request: HttpRequest, reference: str) -> HttpResponse:
    review, edition = _find_to_put(request, reference)
    form = WithdrawForm(request.POST, auto_id="withdraw-%s")
    if not form.is_valid():
        text = PublicEditionForm(instance=edition)
        return _page(request, review, text, status=422, withdrawing=form)
    try:
        public_editions.withdraw(
            edition, by=request.user, reason=form.cleaned_data["reason"], now=timezone.now()
        )
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, gettext("Withdrawn. Outsiders find nothing at its address any more.")
        )
    return redirect("postmortems:public_edition", reference)


@form_page
def public_switch(request: HttpRequest) -> HttpResponse:
    """Whether public editions may go out at all: for administrators."""
    require(can_administer(request.user))
    if request.method == "POST":
        on = request.POST.get("on") == "yes"
        public_editions.switch(on, by=request.user)
        words = (
            gettext("Public editions may go out now.")
            if on
            else gettext("Nothing is public any more.")
        )
        messages.success(request, words)
        return redirect("postmortems:public_switch")
    out = PublicEdition.objects.out().count()
    context = {"is_on": public_editions.is_on(), "out": out}
    return render(request, "postmortems/public_switch.html", context)


@login_not_required
@require_safe
def public(request: HttpRequest, slug: str) -> HttpResponse:
    """For anybody, the same for everybody: no session, no cookie, nothing of the inside."""
    version = public_editions.read(slug)
    if version is None:
        raise Http404
    context = {"version": version, "is_later": version.number > 1}
    response = HttpResponse(render_to_string("postmortems/public.html", context))
    patch_cache_control(response, public=True, max_age=60 * _MINUTES)
    return response
