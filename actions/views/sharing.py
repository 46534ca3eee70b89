"""An action that is there already answers one more review; and is taken off it again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from actions import permissions, sharing
from actions.models import Action
from actions.views.action import find
from actions.workflow import NotReady
from common.access import require
from common.addresses import word
from common.forms import form_page
from postmortems.models import Review

WHO = _("This is for those who guide the review. Tell one of them which action fits.")


def _review(request: HttpRequest, reference: str) -> Review:
    return get_object_or_404(
        Review.objects.visible_to(request.user).select_related("incident__team"),
        incident__reference=reference,
    )


@form_page
def share(request: HttpRequest, reference: str) -> HttpResponse:
    """`reference` is the review's. ?q= finds actions; a POST with `action` takes one on."""
    review = _review(request, reference)
    require(permissions.can_create_in(request.user, review), WHO)
    if request.method == "POST":
        visible = Action.objects.visible_to(request.user)
        action = get_object_or_404(visible, reference=word(request.POST, "action", longest=16))
        try:
            sharing.take_on(action, review, by=request.user)
        except NotReady as refusal:
            messages.error(
                request, gettext("Nothing was changed. {refusal}").format(refusal=refusal)
            )
        else:
            messages.success(
                request,
                gettext("{reference} answers this review as well.").format(
                    reference=action.reference
                ),
            )
        return redirect(f"{review.get_absolute_url()}#actions")
    words = word(request.GET, "q")
    context = {
        "review": review,
        "words": words,
        "actions": sharing.offered(review, request.user, words=words),
    }
    return render(request, "actions/share.html", context)


@require_POST
def unshare(request: HttpRequest, reference: str, review: str) -> HttpResponse:
    """Take the action off the review that `review` refers to."""
    action, answered = find(request, reference), _review(request, review)
    require(permissions.can_create_in(request.user, answered), WHO)
    try:
        sharing.take_off(action, answered, by=request.user)
    except NotReady as refusal:
        messages.error(request, gettext("Nothing was changed. {refusal}").format(refusal=refusal))
    else:
        messages.success(
            request,
            gettext("It no longer answers the review of {reference}.").format(
                reference=answered.reference
            ),
        )
    return redirect(action)
